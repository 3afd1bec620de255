"""Random loans as a snapshot folder, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from jietong.loans.columnar import store
from jietong.loans.columnar.layout import LOANS
from jietong.loans.tests.random_book import RandomLoan

PARTS = ("principal", "interest", "fee", "penalty")


def row_of(loan_id: int, loan: RandomLoan) -> dict:
    """The bucket in which the loan came is left for the kernel to find."""
    money = sorted(loan.in_force, key=lambda one: (one.paid_at, one.receipt))
    row = {
        "loan_id": loan_id, "ref": loan.ref, "product": "JB", "rate_e10": int(loan.rate * 10**10),
        "rate_unit": loan.rate_unit, "multiple_e3": int(loan.multiple * 1000), "allocation": ",".join(loan.order),
        "start_on": loan.start_on, "start_bucket": None, "as_of": loan.as_of, "closed_on": loan.as_of, "refused": None,
        "n": [line.n for line in loan.lines], "due_on": [line.due_on for line in loan.lines],
        "penalty_through_on": [line.through_on for line in loan.lines],
        "receipt": [one.receipt for one in money], "paid_at": [one.paid_at for one in money],
        "paid_on": [one.on for one in money], "amount_fen": [one.amount_fen for one in money],
        "of_tape": [False for _ in money],
    }  # fmt: skip
    for place, part in enumerate(PARTS):
        row[f"{part}_fen"] = [line.owed[place] for line in loan.lines]
        row[f"{part}_paid_fen"] = [line.paid[place] for line in loan.lines]
    return row


def rows_of(loans: Sequence[RandomLoan]) -> pa.Table:
    return table_of([row_of(k, loan) for k, loan in enumerate(loans, start=1)])


def table_of(rows: Sequence[dict]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=LOANS)


def write_folder(folder: Path, rows: pa.Table, *, cap: Decimal | None, per_file: int = 10_000, times: int = 1) -> Path:
    """times: each loan that often, under keys and numbers of its own."""
    whole = pa.concat_tables([_again(rows, time) for time in range(times)])
    with store.new_folder(folder) as making:
        for number, start in enumerate(range(0, whole.num_rows, per_file)):
            store.write_part(making, store.LOANS, number, whole.slice(start, per_file))
        page = store.Contents("snapshot", "2026-05-20", "" if cap is None else str(cap), "2026-05-20T04:00:00+00:00")
        store.write_page(making, page)
    return folder


def _again(rows: pa.Table, time: int) -> pa.Table:
    keys = pc.add(rows.column("loan_id"), time * rows.num_rows)
    refs = pc.binary_join_element_wise(rows.column("ref"), str(time), "-")
    return rows.set_column(0, LOANS.field("loan_id"), keys).set_column(1, LOANS.field("ref"), refs)
