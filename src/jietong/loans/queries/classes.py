"""The five classes of the book on a day, and how loans moved between them. Reads only; money in fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from jietong.loans import classing
from jietong.loans.models import AssetClassMove, ClassOverride, Loan, LoanHead
from jietong.loans.rules import classes as rules

#: a loan that was lent, or came into this book, after the first of two days
NEW = "new"


@dataclass(frozen=True, slots=True)
class Cell:
    """Loans that were in `from_class` (or NEW) on the first day and are in `to_class` on the second."""

    from_class: str
    to_class: str
    loans: int
    principal_fen: int


@dataclass(frozen=True, slots=True)
class Migrated:
    """One loan of a cell, with its last move until the second day and the principal it owes now."""

    loan_id: int
    ref: str
    borrower_id: int
    moved_on: date | None
    cause: str
    principal_fen: int


def class_on(loan_id: int, day: date) -> str:
    """The class at a day's close; days not yet told are told by the oldest unpaid due date of now."""
    head = LoanHead.objects.select_related("loan__product").get(pk=loan_id)
    told = AssetClassMove.objects.filter(loan_id=loan_id, superseded_at=None, on__lte=day)
    found = told.order_by("-on", "-pk").values_list("to_class", flat=True).first() or rules.NORMAL
    days = classing.profile(head.loan.product.class_profile)
    if days is None or (head.classed_on is not None and day <= head.classed_on):
        return found
    return rules.class_on(head.oldest_unpaid_due_on, day, days, classing.floors(loan_id))


def class_history(loan_id: int, *, superseded: bool = False) -> list[AssetClassMove]:
    """The moves in force by date; with `superseded` also those that turned out wrong."""
    rows = AssetClassMove.objects.filter(loan_id=loan_id)
    return list((rows if superseded else rows.filter(superseded_at=None)).order_by("on", "pk"))


def overrides(loan_id: int) -> list[ClassOverride]:
    """What persons said of the loan, the newest first."""
    return list(ClassOverride.objects.filter(loan_id=loan_id).order_by("-placed_at", "-pk"))


def loan_of_ref(ref: str) -> Loan | None:
    return Loan.objects.select_related("head", "product", "borrower").filter(ref__iexact=ref.strip()).first()


def migration(first: date, second: date) -> list[Cell]:
    """class → class between the closes of two days, every loan once; settled ones of before are in "normal"."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_AT} SELECT from_class, to_class, count(*), sum(principal) FROM cells GROUP BY 1, 2",  # noqa: S608
            {"first": first, "second": second, "new": NEW, "normal": rules.NORMAL},
        )
        return [Cell(came, went, count, int(fen or 0)) for came, went, count, fen in cursor.fetchall()]


def migrated(first: date, second: date, *, from_class: str, to_class: str, limit: int = 50) -> list[Migrated]:
    """The loans of one cell, the largest first."""
    told: dict[str, Any] = {"first": first, "second": second, "new": NEW, "normal": rules.NORMAL, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_AT} SELECT c.loan_id, l.ref, l.borrower_id, m."on", m.cause, c.principal
            FROM cells c JOIN loans_loan l ON l.id = c.loan_id
            LEFT JOIN LATERAL (SELECT "on", cause FROM loans_assetclassmove WHERE loan_id = c.loan_id
              AND superseded_at IS NULL AND "on" <= %(second)s ORDER BY "on" DESC, id DESC LIMIT 1) m ON true
            WHERE c.from_class = %(came)s AND c.to_class = %(went)s
            ORDER BY c.principal DESC, c.loan_id LIMIT %(limit)s""",  # noqa: S608
            told | {"came": from_class, "went": to_class},
        )
        return [Migrated(key, ref, who, on, cause or "", fen) for key, ref, who, on, cause, fen in cursor.fetchall()]


_AT = """  -- no value of the outside world is in this text: days and names come as parameters
WITH at_first AS (
  SELECT DISTINCT ON (loan_id) loan_id, to_class FROM loans_assetclassmove
  WHERE superseded_at IS NULL AND "on" <= %(first)s ORDER BY loan_id, "on" DESC, id DESC
), at_second AS (
  SELECT DISTINCT ON (loan_id) loan_id, to_class FROM loans_assetclassmove
  WHERE superseded_at IS NULL AND "on" <= %(second)s ORDER BY loan_id, "on" DESC, id DESC
), cells AS (
  SELECT h.loan_id, h.outstanding_principal_fen AS principal,
    CASE WHEN COALESCE(r.as_of, l.disbursed_on) > %(first)s THEN %(new)s
      ELSE COALESCE(f.to_class, %(normal)s) END AS from_class,
    COALESCE(s.to_class, %(normal)s) AS to_class
  FROM loans_loanhead h JOIN loans_loan l ON l.id = h.loan_id LEFT JOIN loans_importrun r ON r.id = l.source_id
    LEFT JOIN at_first f ON f.loan_id = h.loan_id LEFT JOIN at_second s ON s.loan_id = h.loan_id
  WHERE l.disbursed_on <= %(second)s
)"""


def entered_on(loan_id: int) -> date | None:
    """The day of the file that brought the loan: of its classes before that day nothing is known. None: lent here."""
    return Loan.objects.filter(pk=loan_id).values_list("source__as_of", flat=True).first()
