"""Payouts whose money the bank has not shown yet, and those that it has. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Sum

from jietong.loans.models import Loan, PayoutCleared, Posting

OLD_DAYS = 3  # a payout arrives within a bank's working days; what is open longer is marked


@dataclass(frozen=True, slots=True)
class OpenPayout:
    """Lent, and the bank has not shown that the money left. owner: code of the team that finds out."""

    loan_id: int
    ref: str
    name: str
    amount_fen: int
    on: date
    days: int
    owner: str

    @property
    def is_old(self) -> bool:
        return self.days > OLD_DAYS


def _open() -> QuerySet[Loan]:
    """Loans that were paid out from here: what came by tape or is kept by a core was paid out elsewhere."""
    lent = Posting.objects.filter(loan=OuterRef("pk"), kind="disbursement", credit="disbursement_clearing")
    cleared = PayoutCleared.objects.filter(loan=OuterRef("pk"), undone_at=None)
    rows = Loan.objects.filter(Exists(lent), source=None, mirror=None).exclude(Exists(cleared))
    return rows.select_related("borrower")


def open_payouts(*, today: date, limit: int = 200) -> list[OpenPayout]:
    """The oldest first."""
    return [
        OpenPayout(
            one.pk, one.ref, one.borrower.name, one.principal_fen, one.disbursed_on, (today - one.disbursed_on).days,
            settings.SUSPENSE_TEAM,
        )
        for one in _open().order_by("disbursed_on", "pk")[:limit]
    ]  # fmt: skip


def open_totals() -> tuple[int, int]:
    """How many are open, and their sum in fen."""
    rows = _open()
    return rows.count(), rows.aggregate(s=Sum("principal_fen"))["s"] or 0


def is_open(ref: str) -> Loan | None:
    return _open().filter(ref=ref).first()


def named(words: list[str]) -> list[Loan]:
    """Open payouts whose number, or number of the order, stands among these words."""
    wanted = set(words) | {word.rpartition("-")[0] for word in words if "-" in word}
    return list(_open().filter(ref__in=wanted).order_by("pk"))


def alike(name: str, amount_fen: int, *, first: date, last: date) -> list[Loan]:
    """Open payouts of exactly this sum to somebody of this name, lent in [first, last]."""
    rows = _open().filter(borrower__name=name, principal_fen=amount_fen, disbursed_on__range=(first, last))
    return list(rows.order_by("pk")[:5])


def cleared_lately(*, limit: int = 15) -> list[PayoutCleared]:
    return list(PayoutCleared.objects.select_related("loan").order_by("-at", "-pk")[:limit])


def cleared(loan_id: int) -> PayoutCleared | None:
    return PayoutCleared.objects.filter(loan_id=loan_id, undone_at=None).first()
