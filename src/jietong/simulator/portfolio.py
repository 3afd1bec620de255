"""What invented borrowers owe and have paid: loans whose receipts fit their schedules, so that the arrears ladder of
the day is lifelike.

Of a hundred borrowers about 93 are current, 3 are 1–30 days past due (most of them 1–10), 1 is 31–60, 0.6 are 61–90
and the rest later. Among those who are current some once paid late, with the penalty of those days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from jietong.loans.queries.book import penalty_fen
from jietong.loans.rules.periods import add_months
from jietong.loans.rules.schedule import Row, build
from jietong.loans.rules.terms import Terms
from jietong.simulator import tables

PENALTY_MULTIPLE = Decimal("1.5")
HISTORY_DAYS_MAX = 548  # eighteen months
LATE_CURED_DAYS_MAX = 20  # cured before the next instalment falls due, even in February

#: least and most days past due, share of all borrowers in percent; together 7
LADDER: tuple[tuple[int, int, float], ...] = (
    (1, 10, 1.7), (11, 20, 0.8), (21, 30, 0.5), (31, 60, 1.0), (61, 90, 0.6), (91, 120, 0.55), (121, 150, 0.4),
    (151, 180, 0.35), (181, 420, 1.1),
)  # fmt: skip
YEARLY = tuple(Decimal(rate) for rate in ("0.108", "0.12", "0.144", "0.168", "0.18", "0.216", "0.24"))
DAILY = tuple(Decimal(rate) for rate in ("0.0002", "0.00025", "0.0003", "0.00035", "0.0004", "0.00045", "0.0005"))
#: product → rate unit, day count, methods, numbers of instalments
SHAPES: dict[str, tuple[str, str, Sequence[str], Sequence[int]]] = {
    "JB": ("day", "actual/365", ("equal_instalment",) * 5 + ("interest_only",) * 3 + ("bullet",), (3, 6, 6, 12, 12)),
    "XF": ("year", "period", ("equal_instalment",) * 3 + ("equal_principal",), (6, 12, 12, 24)),
    "LH": ("year", "period", ("equal_instalment",), (12, 24)),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received: local time of the lender, fen."""

    paid_at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LoanPlan:
    """One loan with its receipts; days_late: of its oldest unpaid instalment today, 0 when nothing is late."""

    product: str
    terms: Terms
    receipts: list[Receipt] = field(default_factory=list)
    days_late: int = 0

    @property
    def creditor(self) -> str:
        return tables.PRODUCTS[self.product][1]


def draw_days_late(rng: Random) -> int:
    """How many days past due a borrower is today: 0 for about 93 of 100."""
    place = rng.random() * 100
    for least, most, share in LADDER:
        place -= share
        if place < 0:
            return rng.randint(least, most)
    return 0


def loans_of_one(rng: Random, *, today: date) -> list[LoanPlan]:
    """One to three loans of a borrower; at most the first is late."""
    count = rng.choices((1, 2, 3), cum_weights=(70, 92, 100))[0]
    days = draw_days_late(rng)
    first = late_loan(rng, today=today, days=days) if days else current_loan(rng, today=today)
    return [first, *(current_loan(rng, today=today) for _ in range(count - 1))]


def current_loan(rng: Random, *, today: date) -> LoanPlan:
    product, shape = _shape(rng)
    back = rng.randint(1, min(HISTORY_DAYS_MAX, (shape["instalments"] + 2) * 30))
    terms = Terms(disbursed_on=today - timedelta(days=back), **shape)
    return plan(product, terms, paid_before=today, today=today, rng=rng)


def late_loan(rng: Random, *, today: date, days: int) -> LoanPlan:
    """A loan whose oldest unpaid instalment fell due `days` ago (up to three more where a month is too short)."""
    product, shape = _shape(rng)
    months_max = max((HISTORY_DAYS_MAX - days) // 31, 1)
    if shape["method"] == "bullet":
        shape["instalments"] = min(shape["instalments"], months_max)
    months = shape["instalments"]
    if shape["method"] != "bullet":
        months = rng.randint(1, min(months, months_max))
    disbursed_on = add_months(today - timedelta(days=days), -months)
    terms = Terms(disbursed_on=disbursed_on, **shape)
    return plan(product, terms, paid_before=add_months(disbursed_on, months), today=today, rng=rng)


def _shape(rng: Random) -> tuple[str, dict[str, Any]]:
    product = rng.choices(tuple(tables.PRODUCTS), weights=[share for _, _, share in tables.PRODUCTS.values()])[0]
    unit, day_count, methods, numbers = SHAPES[product]
    thousands = rng.choices((3, 8, 15, 30, 50), cum_weights=(30, 65, 88, 97, 100))[0]
    shape: dict[str, Any] = {
        "principal_fen": rng.randint(10, thousands * 10) * 100_00,
        "rate": rng.choice(DAILY if unit == "day" else YEARLY), "rate_unit": unit, "day_count": day_count,
        "method": rng.choice(methods), "instalments": rng.choice(numbers),
    }  # fmt: skip
    return product, shape


def plan(product: str, terms: Terms, *, paid_before: date, today: date, rng: Random | None) -> LoanPlan:
    """The loan with the receipts of every instalment due before `paid_before`.

    rng None: all on their day, nothing else; else now and then a little early, late with the penalty, or in part.
    """
    rows = [row for row in build(terms).rows if row.total_fen]
    due = [row for row in rows if row.due_on < paid_before]
    receipts = [_receipt(row, terms, today=today, rng=rng) for row in due]
    unpaid = next((row for row in rows if row.due_on >= paid_before), None)
    days = max((today - unpaid.due_on).days, 0) if unpaid is not None else 0
    if unpaid is not None and days > 2 and rng is not None and rng.random() < 0.15:
        share = rng.randint(20, 70)
        paid_on = unpaid.due_on + timedelta(days=rng.randint(0, days - 1))
        receipts.append(Receipt(_moment(paid_on, rng), max(unpaid.total_fen * share // 100 // 100, 1) * 100))
    return LoanPlan(product, terms, receipts, days)


def _receipt(row: Row, terms: Terms, *, today: date, rng: Random | None) -> Receipt:
    shift = _shift(rng)
    paid_on = max(min(row.due_on + timedelta(days=shift), today - timedelta(days=1)), terms.disbursed_on)
    late = (paid_on - row.due_on).days
    penalty = 0
    if late > 0:
        rate = Decimal(str(terms.rate))
        penalty = penalty_fen(
            row.principal_fen, rate=rate, rate_unit=terms.rate_unit, multiple=PENALTY_MULTIPLE, days=late
        )
    return Receipt(_moment(paid_on, rng), row.total_fen + penalty)


def _shift(rng: Random | None) -> int:
    """Days between the due date and the payment: mostly none, the deduction works."""
    place = rng.random() if rng is not None else 1.0
    if rng is None or place > 0.15:
        return 0
    return -rng.randint(1, 3) if place > 0.07 else rng.randint(1, LATE_CURED_DAYS_MAX)


def _moment(day: date, rng: Random | None) -> datetime:
    seconds = rng.randint(0, 12 * 3600) if rng is not None else 600
    return datetime.combine(day, time(9)) + timedelta(seconds=seconds)
