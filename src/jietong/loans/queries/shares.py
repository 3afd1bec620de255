"""What follows from who stands around a loan: what a guarantor may know, and which funder gets which fen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from jietong.loans.models import Repayment
from jietong.loans.queries import dividing
from jietong.loans.queries.book import loan
from jietong.loans.queries.parties import Parties, parties_on
from jietong.loans.replay import paid_on
from jietong.loans.rules import parties as rules


@dataclass(frozen=True, slots=True)
class GuarantorKnows:
    """All that a guarantor is told: of the loan that they answer for, nothing of the borrower's other affairs."""

    ref: str
    creditor: str
    days_past_due: int
    due_now_fen: int
    outstanding_fen: int


def guarantor_may_know(loan_id: int, party_id: int, *, on: date) -> GuarantorKnows | None:
    """None for whoever is not this loan's guarantor on that day: to them the loan does not exist."""
    if party_id not in {one.party_id for one in parties_on(loan_id, on).guarantors}:
        return None
    view = loan(loan_id, on=on)
    return GuarantorKnows(view.ref, view.creditor, view.days_past_due, view.due_now_fen, view.outstanding_fen)


def split_of(repayment: Repayment, *, on: date) -> list[tuple[str, int]]:
    """funder → fen of a repayment's split (not of what became the borrower's credit), by the shares of the day of
    payment; all of it to the creditor when nobody lent together. What belongs to a guarantor who paid a part is
    taken off first, by the order of its contract (rules/dividing.py)."""
    own_fen, parts = dividing.part_of(repayment)
    return _split(own_fen, parties_on(repayment.loan_id, on)) + parts


def _split(fen: int, who: Parties) -> list[tuple[str, int]]:
    if not who.funders:
        return [(who.creditor, fen)]
    parts = rules.split_by_share(fen, [one.share for one in who.funders])
    return [(one.name, part) for one, part in zip(who.funders, parts, strict=True)]


def shared_out(loan_refs: Collection[str], start: datetime, end: datetime) -> dict[str, int]:
    """funder → fen of the money that these loans got in [start, end), each repayment split by its own day's shares."""
    found: dict[str, int] = {}
    rows = Repayment.objects.filter(
        loan__ref__in=loan_refs, reversed_at=None, paid_at__gte=start, paid_at__lt=end
    ).order_by("pk")
    for repayment in rows:
        for name, fen in split_of(repayment, on=paid_on(repayment.paid_at)):
            found[name] = found.get(name, 0) + fen
    return found
