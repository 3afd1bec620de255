"""A file of a core that keeps the loans: each loan that it tells otherwise than before is put in step, whole or not."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from django.db import transaction

from jietong.borrowers import queries as borrowers
from jietong.connectors.commands.booking import figures
from jietong.connectors.models import CoreLoan, Source
from jietong.connectors.rules import tapes
from jietong.connectors.rules.tapes import Receipt
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import commands as loans
from jietong.loans.importing.tapes import Imported
from jietong.loans.queries import mirror as book_of
from jietong.loans.tape import InstalmentRow, LoanRow, RepaymentRow, RowError, Tape

AT_ONCE = 2000
FIELDS = [
    "loan", "digest", "seen_at", "told_at", "fetched_at", "principal_left_fen", "left_fen", "is_open", "moneys",
]  # fmt: skip


def mirror_tape(source: Source, tape: Tape, imported: Imported, *, as_of: date, full: bool, now: datetime) -> None:
    """Each loan of the file in a savepoint of its own: one that contradicts itself is named, the others go on.

    A loan that is told as it was last time costs a comparison of digests. What is not in the book now was refused by
    the import, which has named it. Counts `mirrored` and `unchanged` are added to `imported`.
    """
    plans: dict[str, list[InstalmentRow]] = defaultdict(list)
    for told in tape.instalment_rows():  # rows that cannot be read were named by the import
        if isinstance(told, InstalmentRow):
            plans[told.loan_no].append(told)
    moneys: dict[str, list[RepaymentRow]] = defaultdict(list)
    for paid in tape.repayment_rows():
        if isinstance(paid, RepaymentRow):
            moneys[paid.loan_no].append(paid)
    label = tape.files["loans"].source.label
    # without a file of receipts nothing is said about receipts, so none is taken back
    whole = full and "repayments" in tape.files
    rows = (row for row in tape.loan_rows() if isinstance(row, LoanRow))
    for part in _parts(rows):
        refs = [row.loan_no for row in part]
        booked = book_of.figures(refs)
        known = {one.ref: one for one in CoreLoan.objects.filter(source=source, ref__in=refs)}
        touched: list[CoreLoan] = []
        for row in part:
            if row.loan_no not in booked:
                continue
            core = known.get(row.loan_no) or CoreLoan(source=source, external_id=row.loan_no, ref=row.loan_no)
            try:
                is_news = _one(source, core, row, plans[row.loan_no], moneys[row.loan_no],
                               as_of=as_of, whole=whole, now=now)  # fmt: skip
            except (InputError, CommandRefused) as error:
                column = error.field if isinstance(error, InputError) else "loan_no"
                imported.errors.append(RowError(label, row.line, column, error.code, error.message, ""))
                continue
            imported.counts["mirrored" if is_news else "unchanged"] += 1
            core.seen_at = core.fetched_at = now
            touched.append(core)
        CoreLoan.objects.bulk_create([one for one in touched if one.pk is None])
        CoreLoan.objects.bulk_update([one for one in touched if one.pk is not None], FIELDS)


def _parts(rows: Iterator[LoanRow]) -> Iterator[list[LoanRow]]:
    while part := list(islice(rows, AT_ONCE)):
        yield part


def _one(
    source: Source, core: CoreLoan, row: LoanRow, plan: list[InstalmentRow], paid: list[RepaymentRow], *,
    as_of: date, whole: bool, now: datetime,
) -> bool:  # fmt: skip
    """Put one loan in step; False when it was told just so before. Raises InputError, CommandRefused."""
    before = [Receipt(receipt, date.fromisoformat(on), fen) for receipt, on, fen in core.moneys or []]
    moneys = tapes.receipts(before, paid, whole=whole)
    digest = _digest(row, plan, moneys)
    if core.digest == digest:
        return False
    told = tapes.told(row, plan, moneys, source=source.code, as_of=as_of)
    who = borrowers.by_number(row.borrower_no)
    if who is None:
        raise InputError("borrower_no", "unknown", f"there is no borrower {row.borrower_no}")
    with transaction.atomic():
        loan = loans.mirror_loan(
            told, borrower_id=who.pk, source=source.code, actor=f"link:{source.code}"[:60], now=now
        ).loan  # fmt: skip
    core.loan_id, core.digest, core.told_at = loan.pk, digest, now
    for name, value in figures(told, is_open=told.left_fen > 0).items():
        setattr(core, name, value)
    return True


def _digest(row: LoanRow, plan: Iterable[InstalmentRow], moneys: Iterable[Receipt]) -> str:
    """Of what a telling is made of; the line on which it stands is no part of it."""
    terms = (row.loan_no, row.borrower_no, row.product, row.principal_fen, str(row.rate), row.rate_unit, row.method,
             row.disbursed_on)  # fmt: skip
    rows = sorted(one[2:12] for one in plan)
    paid = [(one.receipt, one.on, one.amount_fen, one.is_reversed) for one in moneys]
    return hashlib.sha256(repr((terms, rows, paid)).encode()).hexdigest()
