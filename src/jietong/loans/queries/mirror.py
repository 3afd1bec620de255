"""What the book says of loans that a core knows too: for comparing, and for saying whose figures they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.loans.models import Loan, LoanHead, Mirror, MirrorVersion, Repayment

#: The book's side of a comparison, as relations for a room that compares a million loans in one statement. Each loan:
#: loan_id, ref, principal_left_fen, left_fen, is_open. `%(source)s`: the code of a link that keeps loans.
FIGURES = """SELECT l.id AS loan_id, l.ref, h.outstanding_principal_fen AS principal_left_fen,
  h.outstanding_fen AS left_fen, l.status <> 'settled' AS is_open
FROM loans_loan l JOIN loans_loanhead h ON h.loan_id = l.id"""
#: ref of each loan that the link keeps
MIRRORED = """SELECT l.ref FROM loans_mirror m JOIN loans_loan l ON l.id = m.loan_id WHERE m.source = %(source)s"""
#: loan_id, receipt, paid_on, amount_fen of money in force, of the days of `%(days)s` in the lender's `%(zone)s`
RECEIVED = """SELECT r.loan_id, r.receipt, (r.paid_at AT TIME ZONE %(zone)s)::date AS paid_on, r.amount_fen
FROM loans_repayment r WHERE r.reversed_at IS NULL
  AND r.paid_at >= (SELECT min(d) FROM unnest(%(days)s::date[]) d)::timestamp AT TIME ZONE %(zone)s
  AND (r.paid_at AT TIME ZONE %(zone)s)::date = ANY(%(days)s::date[])"""


@dataclass(frozen=True, slots=True)
class Standing:
    loan_id: int
    borrower_id: int
    ref: str
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """A loan's head: fen still owed of the principal, and in all (booked so far, due or not)."""

    loan_id: int
    ref: str
    principal_left_fen: int
    left_fen: int
    is_settled: bool


def standing(ref: str) -> Standing | None:
    row = Loan.objects.filter(ref=ref).values_list("pk", "borrower_id", "ref", "status").first()
    return Standing(row[0], row[1], row[2], row[3] == Loan.Status.SETTLED) if row else None


def figures(refs: Collection[str]) -> dict[str, Figures]:
    """By loan number, those that are in the book."""
    rows = LoanHead.objects.filter(loan__ref__in=refs).values_list(
        "loan_id", "loan__ref", "outstanding_principal_fen", "outstanding_fen", "loan__status"
    )
    return {row[1]: Figures(row[0], row[1], row[2], row[3], row[4] == Loan.Status.SETTLED) for row in rows}


def mirrored_refs(source: str) -> set[str]:
    """Numbers of the loans that this link keeps."""
    return set(Mirror.objects.filter(source=source).values_list("loan__ref", flat=True))


def receipts(receipts: Collection[str]) -> dict[str, bool]:
    """receipt → is it in force; those that the book knows."""
    rows = Repayment.objects.filter(receipt__in=receipts).values_list("receipt", "reversed_at")
    return {receipt: reversed_at is None for receipt, reversed_at in rows}


def received_on(day: date, loan_ids: Collection[int]) -> dict[str, tuple[str, int]]:
    """receipt → (loan number, fen) of money in force that came on a day of the lender's calendar."""
    start = datetime.combine(day, time(0), ZoneInfo(settings.LENDER_TIME_ZONE))
    rows = Repayment.objects.filter(
        loan_id__in=loan_ids, reversed_at=None, paid_at__gte=start, paid_at__lt=start + timedelta(days=1)
    )
    return {receipt: (ref, fen) for receipt, ref, fen in rows.values_list("receipt", "loan__ref", "amount_fen")}


def versions(loan_id: int) -> list[MirrorVersion]:
    """Every version of the core's figures that we were told, the newest first."""
    return list(MirrorVersion.objects.filter(loan_id=loan_id).order_by("-version"))
