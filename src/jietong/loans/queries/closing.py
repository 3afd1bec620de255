"""What closing a date left to tell: loans that were set aside, and interest accrued in total. Money in fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from jietong.loans.commands.closing import HEAD_FAULTS
from jietong.loans.models import LoanHead, ProductAccrual, SetAside
from jietong.loans.sql.closing import LEDGER_AGAINST_ACCRUALS, SHARES_AGAINST_COHORTS


@dataclass(frozen=True, slots=True)
class OutLoan:
    """A loan that day-end leaves out. reason: a code of rules/soundness.py, or "error" with the database's words."""

    pk: int
    ref: str
    borrower_id: int
    step: str
    reason: str
    detail: str
    since_on: date
    tried_at: datetime | None

    @property
    def is_of_head(self) -> bool:
        """The head alone is wrong: made anew from the instalments it is mended."""
        return self.reason in HEAD_FAULTS


def set_aside() -> list[OutLoan]:
    """Loans that are out, the longest first."""
    rows = SetAside.objects.filter(ended_at=None).select_related("loan").order_by("business_date", "pk")
    return [
        OutLoan(
            row.pk,
            row.loan.ref,
            row.loan.borrower_id,
            row.step,
            row.reason,
            row.detail,
            row.business_date,
            row.tried_at,
        )
        for row in rows
    ]


def accruals(business_date: date) -> list[ProductAccrual]:
    """What each product's loans earned on the date, in total; empty when the date is not closed."""
    rows = ProductAccrual.objects.filter(business_date=business_date).select_related("product")
    return list(rows.order_by("product__code"))


@dataclass(frozen=True, slots=True)
class Difference:
    """Where accruals and book do not say the same. what: "posted" (ledger against counted) or "open" (cohorts)."""

    product_id: int
    what: str
    book_fen: int
    counted_fen: int


def accrual_differences() -> list[Difference]:
    """Compare what day-end has counted with the whole ledger and all instalments: reads the book, seconds a million.

    Loans that moved since the last day-end are taken as they were counted. Empty: they agree to the fen.
    """
    found = []
    with connection.cursor() as cursor:
        for what, text in (("posted", LEDGER_AGAINST_ACCRUALS), ("open", SHARES_AGAINST_COHORTS)):
            cursor.execute(text)
            found += [Difference(product, what, int(book), int(told)) for product, book, told in cursor.fetchall()]
    return found


def uncounted() -> int:
    """Loans whose head moved since day-end counted their share of the accruals."""
    return LoanHead.objects.filter(accrual_stale=True).count()
