"""Certificates of settlement, and whether what they say is still so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jietong.loans.models import Certificate, Loan
from jietong.loans.queries import dividing
from jietong.loans.queries.parties import OWED, history
from jietong.loans.replay import paid_on
from jietong.loans.rules import parties as rules


@dataclass(frozen=True, slots=True)
class CertificateView:
    """What a certificate says. `holds`: the book still says the same: the loan is settled, since that day, towards
    that creditor."""

    code: str
    name: str
    ref: str
    creditor: str
    principal_fen: int
    disbursed_on: date
    settled_on: date
    issued_on: date
    holds: bool
    parts: tuple[tuple[str, int], ...] = ()  # who had paid a part for the borrower, and what came back to them

    @property
    def shown_code(self) -> str:
        """In fours, as printed: 7K3M-9QXA-…"""
        return "-".join(self.code[at : at + 4] for at in range(0, len(self.code), 4))


def settled_on(loan: Loan) -> date:
    """The day of the last money in force; for a loan that came settled without receipts, the day of its tape."""
    last = loan.repayments.filter(reversed_at=None).order_by("-paid_at").first()
    if last is not None:
        return paid_on(last.paid_at)
    return loan.source.as_of if loan.source is not None else loan.head.aged_on


def creditors_at(loan: Loan, day: date) -> str:
    """Everybody who was owed a part of the loan on that day."""
    held = rules.claims(loan.creditor, history(loan.claim_changes.all()), day)
    return "、".join(claim.holder for claim in held)[:80]


def certificate_of(loan_id: int) -> CertificateView | None:
    """The newest certificate of the loan that still holds; None when there is none."""
    rows = Certificate.objects.filter(loan_id=loan_id).select_related("loan").order_by("-pk")
    return next((view for view in map(_view, rows) if view.holds), None)


def certificate_by_code(typed: str) -> CertificateView | None:
    """As somebody typed it from the paper: case, blanks and dashes do not matter. None when nobody was given it."""
    code = "".join(sign for sign in typed.upper() if sign.isalnum())[:40]
    found = Certificate.objects.filter(code=code).select_related("loan").first() if code else None
    return _view(found) if found is not None else None


def _view(row: Certificate) -> CertificateView:
    loan = row.loan
    holds = (
        loan.status not in OWED
        and settled_on(loan) == row.settled_on
        and creditors_at(loan, row.settled_on) == row.creditor
    )
    return CertificateView(
        code=row.code, name=row.name, ref=loan.ref, creditor=row.creditor, principal_fen=row.principal_fen,
        disbursed_on=row.disbursed_on, settled_on=row.settled_on, issued_on=row.issued_on, holds=holds,
        parts=tuple((one.holder, one.got_fen) for one in dividing.of_loan(loan.pk, on=row.settled_on).parts),
    )  # fmt: skip
