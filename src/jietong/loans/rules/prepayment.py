"""Paying off early: interest to the day, interest settled first, then principal; and the plan of what is left.

Interest to the day runs on the principal that has not fallen due, over the actual days of the running period. Where
the day count makes months of its own (`period`, `30/360`) the running month's interest is shared out by its days.
What has fallen due and is unpaid is owed as it stands (its penalty is reckoned elsewhere).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from jietong.kernel.errors import InputError
from jietong.loans.rules.allocate import Instalment
from jietong.loans.rules.periods import ACTUAL_BASIS, actual_actual, calendar_of, pace_of
from jietong.loans.rules.rounding import ROUNDERS
from jietong.loans.rules.schedule import build, interest_factors
from jietong.loans.rules.terms import Terms

KEEPS = frozenset({"term", "instalment"})


@dataclass(frozen=True, slots=True)
class Payoff:
    """What settles the loan on `on`, minor units; `accrued_fen` is the part of the interest that is not due yet."""

    on: date
    fee_fen: int
    penalty_fen: int
    interest_fen: int
    accrued_fen: int
    principal_fen: int

    @property
    def total_fen(self) -> int:
        return self.fee_fen + self.penalty_fen + self.interest_fen + self.principal_fen


@dataclass(frozen=True, slots=True)
class Prepayment:
    """How an early payment divides: fee, penalty, interest first, then principal; the rest is left over."""

    fee_fen: int
    penalty_fen: int
    interest_fen: int
    principal_fen: int
    left_over_fen: int


def payoff_quote(terms: Terms, outstanding: Sequence[Instalment], *, on: date) -> Payoff:
    """What the borrower owes in all if the loan ends on `on`.

    terms: those of the plan in force (after a re-planning: the new ones). outstanding: what each instalment of
    that plan still asks for, oldest first, paid ones with zeros. Raises InputError when the two do not match or
    `on` lies before the disbursement.
    """
    rows = build(terms).rows
    if on < terms.disbursed_on:
        raise InputError("on", "out_of_order", "nothing can be paid off before the disbursement")
    if [i.due_on for i in outstanding] != [row.due_on for row in rows]:
        raise InputError("outstanding", "wrong_length", "the instalments must be those of the plan")
    due = [i for i in outstanding if i.due_on <= on]
    ahead = outstanding[len(due) :]
    principal_ahead = sum(i.principal_fen for i in ahead)
    paid_ahead = sum(row.interest_fen - i.interest_fen for row, i in zip(rows[len(due) :], ahead, strict=True))
    accrued = max(_accrued(terms, len(due), principal_ahead, on) - paid_ahead, 0)
    return Payoff(
        on=on,
        fee_fen=sum(i.fee_fen for i in due),
        penalty_fen=sum(i.penalty_fen for i in due),
        interest_fen=sum(i.interest_fen for i in due) + accrued,
        accrued_fen=accrued,
        principal_fen=sum(i.principal_fen for i in due) + principal_ahead,
    )


def split_prepayment(quote: Payoff, amount_fen: int) -> Prepayment:
    """Divide an early payment against a quote: costs, then interest to the day, then principal."""
    if amount_fen < 0:
        raise InputError("amount", "negative", "a payment must not be negative")
    left, taken = amount_fen, []
    for owed in (quote.fee_fen, quote.penalty_fen, quote.interest_fen, quote.principal_fen):
        taken.append(min(left, owed))
        left -= taken[-1]
    fee, penalty, interest, principal = taken
    return Prepayment(fee, penalty, interest, principal, left)


def replan(terms: Terms, *, on: date, balance_fen: int, keep: str) -> Terms:
    """Terms of what is left after a partial prepayment on `on`, interest up to that day being settled.

    keep="term": the due dates stay, the instalments shrink. keep="instalment": as few of the due dates as hold
    every instalment at or below the largest one that was still to come. Raises InputError when no due date is left,
    nothing is owed, or the method has no instalment to keep (interest_only, bullet).
    """
    if keep not in KEEPS:
        raise InputError("keep", "unknown", f"{keep!r} is neither term nor instalment")
    calendar = calendar_of(pace_of(terms))
    passed = sum(1 for day in calendar.dates if day <= on)
    dates = calendar.dates[passed:]
    if not dates or on < terms.disbursed_on:
        raise InputError("on", "out_of_order", "the day must lie before the last instalment and after the disbursement")
    start = calendar.dates[passed - 1] if passed else terms.disbursed_on
    left = replace(
        terms,
        principal_fen=balance_fen,
        disbursed_on=on,
        first_due_on=None,
        due_on=dates,
        instalments=len(dates),
        principal_grace=min(max(terms.principal_grace - passed, 0), len(dates) - 1),
        interest_grace=min(max(terms.interest_grace - passed, 0), len(dates) - 1),
        first_share=_share_left(terms, start, on, dates[0]),
    )
    return left if keep == "term" else _shortened(left, max(row.total_fen for row in build(terms).rows[passed:]))


def _shortened(terms: Terms, total_max: int) -> Terms:
    if terms.method in {"interest_only", "bullet"}:
        raise InputError("keep", "not_possible", "this method has no instalment that could be kept")
    assert terms.due_on is not None
    for count in range(terms.principal_grace + terms.interest_grace + 1, terms.instalments):
        shorter = replace(terms, instalments=count, due_on=terms.due_on[:count])
        if max(row.total_fen for row in build(shorter).rows) <= total_max:
            return shorter
    return terms


def _share_left(terms: Terms, start: date, on: date, next_due_on: date) -> Fraction | int:
    """Actual days are counted from `on` by themselves; a period of fixed length must be told what is left of it."""
    if not _fixed_length(terms):
        return 1
    share = Fraction((next_due_on - on).days, (next_due_on - start).days)
    return share * terms.first_share if start == terms.disbursed_on else share


def _fixed_length(terms: Terms) -> bool:
    return terms.unit == "month" and terms.day_count in {"period", "30/360"}


def _accrued(terms: Terms, passed: int, principal_fen: int, on: date) -> int:
    """Contract interest up to `on` that no instalment due by then has asked for, rounded once per period."""
    rounder = ROUNDERS[terms.rounding]
    calendar = calendar_of(pace_of(terms))
    base = terms.principal_fen if terms.method == "flat" else principal_fen
    if passed >= terms.instalments:
        return 0
    start = calendar.dates[passed - 1] if passed else terms.disbursed_on
    running = Fraction(terms.rate) * _length_to(terms, passed, start, on)
    if terms.method == "bullet":
        factors, unit = interest_factors(terms, calendar)
        running += Fraction(sum(factors[:passed]), unit)
    exact = base * running
    accrued = rounder(exact.numerator, exact.denominator)
    if terms.interest_grace >= passed and terms.method != "bullet":
        plain = build(replace(terms, interest_grace=0)).rows
        accrued += sum(row.interest_fen for row in plain[:passed])
    return accrued


def _length_to(terms: Terms, passed: int, start: date, on: date) -> Fraction:
    """Length of the running period from `start` to `on`, in the years (or days) that the rate is for."""
    calendar = calendar_of(pace_of(terms))
    days = (on - start).days
    if _fixed_length(terms):
        share = Fraction(days, calendar.days[passed]) * (terms.first_share if passed == 0 else 1)
        return share * Fraction(calendar.numerators[passed], calendar.denominator)
    if terms.rate_unit == "day":
        return Fraction(days)
    if terms.day_count == "actual/actual":
        return Fraction(actual_actual(start, on), 365 * 366)
    return Fraction(days, ACTUAL_BASIS[terms.day_count])
