"""Columns of a snapshot and of a rebuild's result in Arrow and Parquet: one row per loan, its lists in list columns.

docs/spark.md tells them in words. Needs pyarrow (extra `[spark]`).
"""

from __future__ import annotations

import pyarrow as pa

FEN, DAY, TEXT, COUNT = pa.int64(), pa.date32(), pa.string(), pa.int32()
MOMENT = pa.timestamp("us", tz="UTC")


def _fields(**types: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind) for name, kind in types.items()]


def _lists(**types: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, pa.list_(kind)) for name, kind in types.items()]


LOAN_TERMS = _fields(
    loan_id=pa.int64(), ref=TEXT, product=TEXT, rate_e10=pa.int64(), rate_unit=TEXT, multiple_e3=pa.int64(),
    allocation=TEXT, method=TEXT, day_count=TEXT, disbursed_on=DAY, start_on=DAY, start_bucket=TEXT, as_of=DAY,
    aged_on=DAY, closed_on=DAY, refused=TEXT,
)  # fmt: skip
OPENING_LINES = _lists(
    n=COUNT, due_on=DAY,
    principal_fen=FEN, interest_fen=FEN, fee_fen=FEN, penalty_fen=FEN,
    principal_paid_fen=FEN, interest_paid_fen=FEN, fee_paid_fen=FEN, penalty_paid_fen=FEN,
    penalty_through_on=DAY,
)  # fmt: skip
MONEY = _lists(receipt=TEXT, paid_at=MOMENT, paid_on=DAY, amount_fen=FEN, of_tape=pa.bool_())

CHANGES = _lists(
    change_id=pa.int64(), change_kind=TEXT, change_at=MOMENT, change_on=DAY, change_first_n=COUNT, change_receipt=TEXT,
    change_keep=TEXT, change_terms=TEXT,
)  # fmt: skip

#: what a rebuild is given
LOANS = pa.schema([*LOAN_TERMS, *OPENING_LINES, *MONEY, *CHANGES])

HEAD = _fields(
    loan_id=pa.int64(), ref=TEXT, as_of=DAY, refused=TEXT, status=TEXT, bucket=TEXT, days_past_due=COUNT,
    outstanding_principal_fen=FEN, outstanding_fen=FEN, oldest_unpaid_due_on=DAY, next_due_on=DAY, next_change_on=DAY,
    penalty_unbooked_fen=FEN,
)  # fmt: skip
LINES = _lists(
    n=COUNT, principal_paid_fen=FEN, interest_paid_fen=FEN, fee_paid_fen=FEN, penalty_fen=FEN, penalty_paid_fen=FEN,
    penalty_through_on=DAY, line_penalty_unbooked_fen=FEN, interest_booked=pa.bool_(),
)  # fmt: skip
WHERE_MONEY_WENT = _lists(
    receipt=TEXT, credit_fen=FEN, part_receipt=COUNT, part_n=COUNT, part_component=TEXT, part_fen=FEN
)
MOVES = _lists(move_on=DAY, move_from=TEXT, move_to=TEXT)

#: what a rebuild answers, and what the book itself says (there, what it does not keep is null)
STATES = pa.schema([*HEAD, *LINES, *WHERE_MONEY_WENT, *MOVES])

#: not kept by the book but reckoned when somebody looks
NOT_IN_BOOK = ("days_past_due", "penalty_unbooked_fen", "line_penalty_unbooked_fen")
