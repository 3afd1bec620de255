"""Writing many loans at once: rows are gathered per table and sent by COPY, in the caller's transaction.

Keys are taken from the tables' own sequences beforehand, so that a loan, its instalments and its postings can be
written in one go. Sealed columns are sealed here with the same functions as the field type's.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from psycopg import Cursor

from jietong.kernel.sealing import blind_index, seal
from jietong.loans.rules import buckets
from jietong.loans.rules.opening import COMPONENTS, Open, Received

Row = tuple[Any, ...]

COLUMNS = {
    "borrowers_borrower": (
        "id",
        "number",
        "kind",
        "name",
        "credit_code",
        "id_type",
        "id_no",
        "id_no_index",
        "region",
        "language",
        "time_zone",
        "created_at",
    ),
    "loans_loan": (
        "id",
        "ref",
        "borrower_id",
        "product_id",
        "version_id",
        "creditor",
        "principal_fen",
        "rate",
        "rate_unit",
        "day_count",
        "method",
        "instalment_count",
        "disbursed_on",
        "status",
        "booked_at",
        "source_id",
    ),
    "loans_loanarrangement": ("loan_id", "arrangement_id", "since_on", "at", "actor"),
    "loans_instalment": (
        "loan_id",
        "n",
        "due_on",
        "principal_fen",
        "interest_fen",
        "fee_fen",
        "penalty_fen",
        "principal_paid_fen",
        "interest_paid_fen",
        "fee_paid_fen",
        "penalty_paid_fen",
        "penalty_through_on",
        "interest_booked",
    ),
    "loans_loanhead": (
        "loan_id",
        "borrower_id",
        "outstanding_principal_fen",
        "outstanding_fen",
        "oldest_unpaid_due_on",
        "next_due_on",
        "bucket",
        "next_change_on",
        "aged_on",
        "updated_at",
    ),
    "loans_repayment": ("receipt", "loan_id", "amount_fen", "paid_at", "booked_at", "credit_fen", "split"),
    "loans_posting": ("entry", "loan_id", "kind", "booked_on", "at", "debit", "credit", "amount_fen"),
}

ID_INDEX = COLUMNS["borrowers_borrower"].index("id_no_index")
RECEIVABLE = ("loan_principal", "interest_receivable", "fee_receivable", "penalty_receivable")
INCOME = ("", "interest_income", "fee_income", "penalty_income")


class Batch:
    """Rows waiting to be written, by table."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}

    def write(self, cursor: Cursor[Any]) -> None:
        """Send everything by COPY, parents first."""
        for table, rows in self.rows.items():
            copy_rows(cursor, table, COLUMNS[table], rows)


def copy_rows(cursor: Cursor[Any], table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def keys(table: str, count: int) -> Iterator[int]:
    """`count` fresh keys of the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return iter([int(key) for (key,) in cursor.fetchall()])


def borrower_row(key: int, row: Any, *, region: str, now: datetime) -> Row:
    return (
        key,
        row.borrower_no,
        row.borrower_kind or "person",
        row.name,
        row.id_no if row.id_type == "uscc" else "",
        row.id_type,
        seal(row.id_no, "id"),
        blind_index(row.id_no, "id"),
        region,
        row.language or "zh-hans",
        "Asia/Shanghai",
        now,
    )


def loan_row(
    key: int, row: Any, borrower_id: int, version: Any, count: int, standing: Standing, *, now: datetime, source_id: int
) -> Row:
    """`version`: the product version of tapes; `count`: of instalments."""
    return (
        key, row.loan_no, borrower_id, version.product_id, version.pk, row.creditor, row.principal_fen, row.rate,
        row.rate_unit, row.day_count or "period", row.method, count, row.disbursed_on,
        "active" if standing.left else "settled", now, source_id,
    )  # fmt: skip


class Standing:
    """What the head and the ledger need to know of a loan's instalments, summed in one pass. Money in fen."""

    __slots__ = ("due_booked", "is_booked", "left", "next_due_on", "oldest_on", "paid", "principal_left")

    def __init__(self, rows: Sequence[Open], as_of: date) -> None:
        self.left = self.principal_left = 0
        self.oldest_on: date | None = None
        self.next_due_on: date | None = None
        self.due_booked, self.paid = [0, 0, 0, 0], [0, 0, 0, 0]
        self.is_booked: list[bool] = []
        for row in rows:
            owed, paid = row.owed, row.paid
            paid_fen = paid[0] + paid[1] + paid[2] + paid[3]
            left = owed[0] + owed[1] + owed[2] + owed[3] - paid_fen
            booked = paid_fen > 0 or row.due_on <= as_of
            self.is_booked.append(booked)
            if left:
                self.left += left
                self.principal_left += owed[0] - paid[0]
                if self.oldest_on is None:
                    self.oldest_on = row.due_on
                if self.next_due_on is None and row.due_on > as_of:
                    self.next_due_on = row.due_on
            if booked:
                for part in range(4):
                    self.due_booked[part] += owed[part]
                    self.paid[part] += paid[part]


def instalment_rows(loan_id: int, rows: Sequence[Open], standing: Standing) -> list[Row]:
    return [
        (loan_id, row.n, row.due_on, *row.owed, *row.paid, row.penalty_through_on, booked)
        for row, booked in zip(rows, standing.is_booked, strict=True)
    ]


def head_row(loan_id: int, borrower_id: int, standing: Standing, *, as_of: date, now: datetime) -> Row:
    """The loan's head as of the tape's date."""
    oldest, next_due = standing.oldest_on, standing.next_due_on
    dates = [day for day in (buckets.next_move_on(oldest, as_of), next_due) if day is not None]
    return (
        loan_id,
        borrower_id,
        standing.principal_left,
        standing.left,
        oldest,
        next_due,
        buckets.bucket_on(oldest, as_of),
        min(dates, default=None),
        as_of,
        now,
    )


def repayment_row(loan_id: int, received: Received, *, paid_at: datetime, now: datetime) -> Row:
    return (
        received.receipt,
        loan_id,
        received.amount_fen,
        paid_at,
        now,
        received.credit_fen,
        json.dumps(received.parts),
    )


def opening_postings(
    loan_id: int,
    standing: Standing,
    received: Sequence[Received],
    *,
    principal_fen: int,
    disbursed_on: date,
    as_of: date,
    now: datetime,
) -> Iterator[Row]:
    """What the ledger has to know of a loan that comes with a past: lent, earned so far, and each repayment.

    Every part that is owed or paid is on its receivable; what was paid before the tape without a receipt is an
    opening payment, so that the accounts agree with the instalments to the fen.
    """
    entry = uuid.uuid4()
    yield (entry, loan_id, "disbursement", disbursed_on, now, RECEIVABLE[0], "disbursement_clearing", principal_fen)
    for part in (1, 2, 3):
        fen = standing.due_booked[part]
        if fen:
            yield (entry, loan_id, "opening", as_of, now, RECEIVABLE[part], INCOME[part], fen)
    paid_with_receipt = [0, 0, 0, 0]
    for money in received:
        yield from _repayment_postings(loan_id, money, paid_with_receipt, now=now)
    for part in range(4):
        fen = standing.paid[part] - paid_with_receipt[part]
        if fen > 0:
            yield (entry, loan_id, "opening", as_of, now, "cash", RECEIVABLE[part], fen)


def _repayment_postings(loan_id: int, money: Received, paid: list[int], *, now: datetime) -> Iterator[Row]:
    entry = uuid.uuid4()
    totals = [0, 0, 0, 0]
    for _n, component, fen in money.parts:
        totals[COMPONENTS.index(component)] += fen
    for part, fen in enumerate(totals):
        paid[part] += fen
        if fen:
            yield (entry, loan_id, "repayment", money.on, now, "cash", RECEIVABLE[part], fen)
    if money.credit_fen:
        yield (entry, loan_id, "repayment", money.on, now, "cash", "borrower_credit", money.credit_fen)
