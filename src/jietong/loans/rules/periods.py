"""Due dates and the length of every period under a day count: whole numbers over one denominator."""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import MAXYEAR, date, timedelta
from functools import lru_cache
from typing import NamedTuple

from jietong.kernel.errors import InputError
from jietong.loans.rules.terms import TERM_DAYS_MAX, Terms

#: days of the year that each day count divides by; weeks and days under 30/360 use their actual days
ACTUAL_BASIS = {"actual/365": 365, "actual/360": 360, "actual/364": 364, "30/360": 360}


class Pace(NamedTuple):
    """When a loan falls due and how time is counted, apart from its money: a key that many loans share."""

    disbursed_on: date
    first_due_on: date | None
    every: int
    unit: str
    month_end: str
    instalments: int
    day_count: str
    rate_unit: str
    due_on: tuple[date, ...] | None = None


class Calendar(NamedTuple):
    """Due dates, the actual days of each period, and rate × numerators / denominator = interest on 1 in each."""

    dates: tuple[date, ...]
    days: tuple[int, ...]
    numerators: tuple[int, ...]
    denominator: int


def pace_of(terms: Terms) -> Pace:
    return Pace(
        terms.disbursed_on,
        terms.first_due_on,
        terms.every,
        terms.unit,
        terms.month_end,
        terms.instalments,
        terms.day_count,
        terms.rate_unit,
        terms.due_on,
    )


def add_months(start: date, months: int, month_end: str = "clamp") -> date:
    """`start` moved by `months`; a day that the month lacks becomes its last day (`clamp`) or the 1st of the next.

    Always count from the anchor, never from the previous result: 31 Jan → 28 Feb → 31 Mar.
    """
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    if start.day <= 28:
        return date(year, month0 + 1, start.day)
    last = monthrange(year, month0 + 1)[1]
    if start.day <= last:
        return date(year, month0 + 1, start.day)
    if month_end == "clamp":
        return date(year, month0 + 1, last)
    return date(year, month0 + 1, last) + timedelta(days=1)


def step(start: date, count: int, every: int, unit: str, month_end: str = "clamp") -> date:
    """`start` moved by `count` periods of `every` units."""
    if unit == "month":
        return add_months(start, count * every, month_end)
    return start + timedelta(days=count * every * (7 if unit == "week" else 1))


def due_dates(pace: Pace) -> tuple[date, ...]:
    """All due dates, the first one first. Counted from `disbursed_on`, or from `first_due_on` where that is given."""
    if pace.due_on is not None:
        return pace.due_on
    count = pace.instalments
    anchor, first = (pace.disbursed_on, 1) if pace.first_due_on is None else (pace.first_due_on, 0)
    if anchor.year + (first + count) * pace.every // (12 if pace.unit == "month" else 52) >= MAXYEAR - 1:
        raise InputError("instalments", "too_long", "the last instalment would fall beyond the calendar")
    dates = tuple(step(anchor, k, pace.every, pace.unit, pace.month_end) for k in range(first, first + count))
    if (dates[-1] - pace.disbursed_on).days > TERM_DAYS_MAX:
        raise InputError("instalments", "too_long", "no loan runs for more than a hundred years")
    return dates


def actual_actual(start: date, end: date) -> int:
    """Year fraction of the days after `start` up to and including `end`, as a numerator over 365 × 366.

    Every day counts 1/365 or 1/366 by its own year: 12 Dec – 12 Jan is 19 days of the old and 12 of the new year.
    """
    if start.year == end.year:
        return (end - start).days * (365 if isleap(end.year) else 366)
    total = 0
    for year in range(start.year, end.year + 1):
        after = max(start, date(year - 1, 12, 31)) if year > 1 else start
        until = min(end, date(year, 12, 31))
        total += (until - after).days * (365 if isleap(year) else 366)
    return total


def lengths(pace: Pace, dates: tuple[date, ...], days: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """Numerators and denominator such that rate × numerator / denominator is the interest on 1 in each period.

    A yearly rate wants years, a daily rate wants days. Where the day count makes months of its own
    (`30/360`, `period`) a month is 30 days of the daily rate: 月利率 = 日利率 × 30, 年利率 = 日利率 × 360
    (银发〔2005〕129号).
    """
    daily, day_count = pace.rate_unit == "day", pace.day_count
    if pace.unit == "month" and day_count in {"period", "30/360"}:
        return ((30 * pace.every,) * len(days), 1) if daily else ((pace.every,) * len(days), 12)
    if daily:
        return days, 1
    if day_count == "actual/actual":
        starts = (pace.disbursed_on, *dates[:-1])
        return tuple(actual_actual(a, b) for a, b in zip(starts, dates, strict=True)), 365 * 366
    return days, ACTUAL_BASIS[day_count]


@lru_cache(maxsize=4096)
def calendar_of(pace: Pace) -> Calendar:
    """Dates and period lengths of a rhythm; loans disbursed on the same day share them, so they are kept."""
    dates = due_dates(pace)
    days = tuple((b - a).days for a, b in zip((pace.disbursed_on, *dates[:-1]), dates, strict=True))
    numerators, denominator = lengths(pace, dates, days)
    return Calendar(dates, days, numerators, denominator)
