"""What a loan was agreed on: the options of a schedule, checked once before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from jietong.kernel.errors import InputError
from jietong.loans.rules.rounding import ROUNDERS

RATE_UNITS = frozenset({"year", "day"})
DAY_COUNTS = frozenset({"actual/365", "actual/360", "actual/364", "actual/actual", "30/360", "period"})
METHODS = frozenset({"equal_instalment", "equal_principal", "interest_only", "bullet", "flat"})
UNITS = frozenset({"day", "week", "month"})
MONTH_ENDS = frozenset({"clamp", "first_of_next"})

PRINCIPAL_MAX = 10**15  # minor units; the kernel refuses larger amounts too
INSTALMENTS_MAX = 1200
EVERY_MAX = 1200
DECIMALS_MAX = 8
RATE_MAX = {"year": 100, "day": 1}  # 10,000 % a year, 100 % a day: beyond is a slipped decimal point
TERM_DAYS_MAX = 36_890  # 101 years
YEAR_FIRST, YEAR_LAST = 1900, 2400  # a loan disbursed outside them is a broken date


@dataclass(frozen=True, slots=True)
class Terms:
    """The agreed terms of one loan, in the words of the contract of `jietong rules schedule`.

    principal_fen: minor units (fen when decimals = 2). rate: exact, per `rate_unit` (0.0005 = 0.05 %).
    multiple_fen: the level instalment is rounded to a multiple of it (minor units).
    principal_grace, interest_grace: numbers of instalments, counted within `instalments`.

    Two fields are ours, for re-planning: due_on gives the due dates one by one instead of `every` and `unit`;
    first_share is the part of the first period that is still to be paid for (the rest was settled to the day).
    """

    principal_fen: int
    rate: Fraction | Decimal
    instalments: int
    disbursed_on: date
    rate_unit: str = "year"
    day_count: str = "period"
    method: str = "equal_instalment"
    every: int = 1
    unit: str = "month"
    first_due_on: date | None = None
    principal_grace: int = 0
    interest_grace: int = 0
    multiple_fen: int = 1
    smooth_last: bool = True
    month_end: str = "clamp"
    decimals: int = 2
    rounding: str = "half_up"
    due_on: tuple[date, ...] | None = None
    first_share: Fraction | int = 1


def validate(terms: Terms) -> None:
    """Refuse terms that make no sense; raises InputError with the field and a code (`negative`, `unknown` …)."""
    _validate_money(terms)
    _validate_names(terms)
    _whole("instalments", terms.instalments, 1, INSTALMENTS_MAX)
    _whole("every", terms.every, 1, EVERY_MAX)
    _whole("decimals", terms.decimals, 0, DECIMALS_MAX)
    _grace("principal_grace", terms.principal_grace, terms)
    _grace("interest_grace", terms.interest_grace, terms)
    if not YEAR_FIRST <= terms.disbursed_on.year <= YEAR_LAST:
        raise InputError("disbursed_on", "out_of_range", f"a loan is disbursed between {YEAR_FIRST} and {YEAR_LAST}")
    if terms.first_due_on is not None and terms.first_due_on <= terms.disbursed_on:
        raise InputError("first_due_on", "out_of_order", "the first instalment must fall due after the disbursement")
    if terms.due_on is not None:
        _dates("due_on", terms.due_on, terms)
    if not 0 <= terms.first_share <= 1:
        raise InputError("first_share", "out_of_range", "the share of the first period lies between 0 and 1")
    if terms.day_count == "period" and terms.unit != "month":
        raise InputError("day_count", "needs_months", "the day count period is rate/12 per month; use it with months")


def _validate_money(terms: Terms) -> None:
    if terms.principal_fen < 0:
        raise InputError("principal", "negative", "the principal must not be negative")
    if terms.principal_fen == 0:
        raise InputError("principal", "zero", "a loan of nothing has no schedule")
    if terms.principal_fen > PRINCIPAL_MAX:
        raise InputError("principal", "too_large", "the principal is larger than any book")
    if terms.multiple_fen <= 0:
        raise InputError("instalment_multiple", "not_positive", "the multiple must be greater than zero")
    if terms.multiple_fen > PRINCIPAL_MAX:
        raise InputError("instalment_multiple", "too_large", "the multiple is larger than any book")
    if isinstance(terms.rate, Decimal) and not terms.rate.is_finite():
        raise InputError("rate", "not_a_number", "the rate must be a finite number")
    if terms.rate < 0:
        raise InputError("rate", "negative", "the rate must not be negative")
    if terms.rate > RATE_MAX.get(terms.rate_unit, 100):
        raise InputError("rate", "too_large", "the rate is absurd; 0.12 means 12 %")


def _validate_names(terms: Terms) -> None:
    if terms.rate_unit not in RATE_UNITS:
        raise _unknown("rate_unit", terms.rate_unit)
    if terms.day_count not in DAY_COUNTS:
        raise _unknown("day_count", terms.day_count)
    if terms.method not in METHODS:
        raise _unknown("method", terms.method)
    if terms.unit not in UNITS:
        raise _unknown("unit", terms.unit)
    if terms.month_end not in MONTH_ENDS:
        raise _unknown("month_end", terms.month_end)
    if terms.rounding not in ROUNDERS:
        raise _unknown("rounding", terms.rounding)


def _unknown(field: str, value: str) -> InputError:
    return InputError(field, "unknown", f"{value!r} is not a known {field}")


def _whole(field: str, value: int, least: int, most: int) -> None:
    if value < 0:
        raise InputError(field, "negative", f"{field} must not be negative")
    if value < least:
        raise InputError(field, "too_small", f"{field} must be at least {least}")
    if value > most:
        raise InputError(field, "too_large", f"{field} must be at most {most}")


def _grace(field: str, value: int, terms: Terms) -> None:
    if value < 0:
        raise InputError(field, "negative", f"{field} must not be negative")
    if value >= terms.instalments:
        raise InputError(field, "too_large", f"{field} leaves no instalment to pay in")


def _dates(field: str, dates: tuple[date, ...], terms: Terms) -> None:
    if len(dates) != terms.instalments:
        raise InputError(field, "wrong_length", "each instalment needs its due date")
    if any(b <= a for a, b in zip((terms.disbursed_on, *dates), dates, strict=False)):
        raise InputError(field, "out_of_order", "due dates must rise, the first one after the disbursement")
