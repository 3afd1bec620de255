"""Accounts, postings and the loan's head: what every booking ends with. Called by this room's commands only."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from jietong.loans import classing
from jietong.loans.models import BucketMove, Instalment, Loan, LoanHead, Posting
from jietong.loans.rules import buckets

#: part of an instalment → the account it is owed on
RECEIVABLE = {
    "principal": "loan_principal",
    "interest": "interest_receivable",
    "fee": "fee_receivable",
    "penalty": "penalty_receivable",
}
INCOME = {"interest": "interest_income", "fee": "fee_income", "penalty": "penalty_income"}
CASH, CREDIT = "cash", "borrower_credit"
LOSS, RECOVERY = "write_off_loss", "recovery_income"
GONE = frozenset({Loan.Status.WRITTEN_OFF, Loan.Status.RECOVERED})  # out of the assets
HEAD_FIELDS = (
    "outstanding_principal_fen",
    "outstanding_fen",
    "oldest_unpaid_due_on",
    "next_due_on",
    "bucket",
    "next_change_on",
    "aged_on",
    "asset_class",
    "classed_on",
    "next_class_on",
    "updated_at",
    "accrual_stale",
)

#: debit, credit, fen
Step = tuple[str, str, int]


def post(loan: Loan, steps: Iterable[Step], kind: str, *, entry: uuid.UUID, on: date, now: datetime) -> None:
    Posting.objects.bulk_create(
        Posting(entry=entry, loan=loan, kind=kind, booked_on=on, at=now, debit=debit, credit=credit, amount_fen=fen)
        for debit, credit, fen in steps
    )


def reversal(steps: Sequence[Step]) -> list[Step]:
    """The same money, undone last step first."""
    return [(credit, debit, fen) for debit, credit, fen in reversed(steps)]


def money_steps(split: Iterable[Sequence[object]], credit_fen: int, *, is_recovery: bool = False) -> list[Step]:
    """How a repayment stands in the ledger: cash onto what it paid; split as Repayment.split.

    After a write-off there is no receivable any more: what comes then is income.
    """
    totals: dict[str, int] = {}
    for _n, component, fen in split:
        account = RECOVERY if is_recovery else RECEIVABLE[str(component)]
        totals[account] = totals.get(account, 0) + int(str(fen))
    if credit_fen:
        totals[CREDIT] = credit_fen
    return [(CASH, account, fen) for account, fen in totals.items()]


def loss_steps(amounts: Sequence[int]) -> list[Step]:
    """A write-off: what was owed, by component, leaves the assets."""
    return [(LOSS, account, fen) for account, fen in zip(RECEIVABLE.values(), amounts, strict=True) if fen]


def differing(before: Iterable[Step], after: Iterable[Step]) -> bool:
    return sorted(before) != sorted(after)


def income_steps(**amounts: int) -> list[Step]:
    """What has been earned is owed from now on; amounts by component, in fen, those of nothing left out."""
    return [(RECEIVABLE[part], INCOME[part], fen) for part, fen in amounts.items() if fen > 0]


def left_fen(row: Instalment) -> int:
    owed = row.principal_fen + row.interest_fen + row.fee_fen + row.penalty_fen
    return owed - row.principal_paid_fen - row.interest_paid_fen - row.fee_paid_fen - row.penalty_paid_fen


def oldest_unpaid(rows: Iterable[Instalment]) -> date | None:
    """rows: by due date."""
    return next((row.due_on for row in rows if left_fen(row) > 0), None)


def refresh_head(loan: Loan, *, on: date, now: datetime, cause: str) -> LoanHead:
    """Bring the head in line with the instalments on a day; a move between buckets is kept with its cause."""
    rows = list(loan.instalments.order_by("due_on", "n"))
    head = LoanHead.objects.select_for_update().get(loan=loan)
    bucket = buckets.bucket_on(oldest_unpaid(rows), on)
    if bucket != head.bucket:
        BucketMove.objects.create(loan=loan, on=on, from_bucket=head.bucket, to_bucket=bucket, cause=cause)
    return write_head(loan, head, rows, on=on, now=now)


def write_head(
    loan: Loan, head: LoanHead, rows: Sequence[Instalment], *, on: date, now: datetime, written_off: bool | None = None
) -> LoanHead:
    """Write head and status as the instalments (by due date) have them on a day; moves are the caller's to keep.

    written_off: None when nothing about that has changed. A written-off loan's head goes on saying what is owed.
    """
    unpaid = [row for row in rows if left_fen(row) > 0]
    oldest = unpaid[0].due_on if unpaid else None
    head.outstanding_principal_fen = sum(row.principal_fen - row.principal_paid_fen for row in unpaid)
    head.outstanding_fen = sum(left_fen(row) for row in unpaid)
    head.oldest_unpaid_due_on = oldest
    head.next_due_on = next((row.due_on for row in unpaid if row.due_on > on), None)
    head.bucket = buckets.bucket_on(oldest, on)
    # Day-end comes back for interest that has not entered the ledger yet, due today or later, and on the next due date.
    unbooked = next((row.due_on for row in rows if not row.interest_booked), None)
    dates = [day for day in (buckets.next_move_on(oldest, on), head.next_due_on, unbooked) if day is not None]
    head.next_change_on = min(dates, default=None)
    head.aged_on = on
    classing.untold(head, on=on)
    head.updated_at = now
    head.accrual_stale = True  # the loan's interest may stand otherwise than day-end has counted it
    head.save(update_fields=HEAD_FIELDS)
    if written_off is None:
        written_off = loan.status in GONE
    if written_off:
        status = Loan.Status.WRITTEN_OFF if unpaid else Loan.Status.RECOVERED
    else:
        status = Loan.Status.ACTIVE if unpaid else Loan.Status.SETTLED
    if loan.status != status:
        loan.status = status
        loan.save(update_fields=["status"])
    return head
