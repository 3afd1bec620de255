"""What is due of a loan, for rooms that take money: under the loan's lock where it has to be exact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef

from jietong.loans import replay
from jietong.loans.models import Instalment, Loan, LoanHead
from jietong.loans.queries.book import loan


@dataclass(frozen=True, slots=True)
class Due:
    """A loan of which something that fell due within a window is not paid."""

    loan_id: int
    borrower_id: int


def due_within(start: date, end: date) -> list[Due]:
    """Active loans with an unpaid instalment that falls due in [start, end]. Heads first: only who owes is read."""
    parts = ("principal", "interest", "fee")
    owed = sum((F(f"{part}_fen") - F(f"{part}_paid_fen") for part in parts), F("penalty_fen") - F("penalty_paid_fen"))
    unpaid = (
        Instalment.objects.filter(loan=OuterRef("loan_id"), due_on__gte=start, due_on__lte=end)
        .annotate(owed_fen=owed)
        .filter(owed_fen__gt=0)
    )
    rows = LoanHead.objects.filter(oldest_unpaid_due_on__lte=end, loan__status=Loan.Status.ACTIVE)
    return [Due(*row) for row in rows.filter(Exists(unpaid)).order_by("loan_id").values_list("loan_id", "borrower_id")]


def lock_and_due(ref: str, *, on: date) -> int:
    """What of the loan is due on a day and not paid, in fen, exact while the caller's transaction holds the lock.

    Waits for whoever is booking on the loan at this moment. Nothing for a loan that does not exist or is settled.
    """
    row = replay.lock(ref)
    if row is None or row.status != Loan.Status.ACTIVE:
        return 0
    return loan(row.pk, on=on).due_now_fen


def ref_of(loan_id: int) -> str:
    return Loan.objects.values_list("ref", flat=True).get(pk=loan_id)


def own_loan(borrower_id: int, ref: str) -> int | None:
    """The key of the borrower's own loan with this number; another's does not exist for them."""
    return Loan.objects.filter(borrower_id=borrower_id, ref=ref).values_list("pk", flat=True).first()
