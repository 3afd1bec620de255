"""What every schedule keeps, and equality with a slow reckoning in fractions that shares no code with the engine."""

from __future__ import annotations

import itertools
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jietong.kernel.errors import InputError
from jietong.loans.rules.schedule import Schedule, build
from jietong.loans.rules.terms import Terms

TERMS = st.builds(
    Terms,
    principal_fen=st.integers(10_000, 10**9),
    rate=st.decimals(0, Decimal("0.36"), places=4),
    instalments=st.integers(1, 60),
    disbursed_on=st.dates(date(2019, 1, 1), date(2032, 12, 31)),
    day_count=st.sampled_from(["actual/365", "actual/360", "actual/364", "actual/actual", "30/360", "period"]),
    method=st.sampled_from(["equal_instalment", "equal_principal", "interest_only", "bullet", "flat"]),
    every=st.integers(1, 3),
    multiple_fen=st.sampled_from([1, 1, 1, 10]),
    smooth_last=st.booleans(),
    month_end=st.sampled_from(["clamp", "first_of_next"]),
    rounding=st.sampled_from(["half_up", "half_even"]),
    principal_grace=st.integers(0, 3),
    interest_grace=st.integers(0, 3),
)


def closed(terms: Terms) -> Schedule | None:
    """The schedule, or None where the engine says that rounding cannot close it; other refusals are failures."""
    try:
        return build(terms)
    except InputError as refusal:
        if refusal.code != "cannot_close":
            raise
        return None


def nearest(value: Fraction, mode: str, step: int = 1) -> int:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal((value / step).numerator) / Decimal((value / step).denominator)
        chosen = ROUND_HALF_UP if mode == "half_up" else ROUND_HALF_EVEN
        return int(exact.quantize(Decimal(1), rounding=chosen)) * step


def oracle_dates(terms: Terms) -> list[date]:
    found = []
    for k in range(1, terms.instalments + 1):
        year, month = terms.disbursed_on.year, terms.disbursed_on.month + k * terms.every
        while month > 12:
            year, month = year + 1, month - 12
        last = monthrange(year, month)[1]
        day = min(terms.disbursed_on.day, last)
        late = terms.month_end == "first_of_next" and terms.disbursed_on.day > last
        found.append(date(year, month, day) + timedelta(days=1 if late else 0))
    return found


def oracle_factor(terms: Terms, start: date, end: date) -> Fraction:
    rate, days = Fraction(terms.rate), (end - start).days
    if terms.day_count == "period":
        return rate * terms.every / 12
    if terms.day_count == "30/360":
        return rate * terms.every * 30 / 360
    if terms.day_count == "actual/actual":
        each = [(start + timedelta(days=k)).year for k in range(1, days + 1)]
        leap = sum(1 for year in each if monthrange(year, 2)[1] == 29)
        return rate * (Fraction(leap, 366) + Fraction(days - leap, 365))
    return rate * days / int(terms.day_count.partition("/")[2])


def oracle_level(terms: Terms, factors: list[Fraction]) -> Fraction:
    discount, total = Fraction(1), Fraction(0)
    for factor in factors:
        discount /= 1 + factor
        total += discount
    return terms.principal_fen / total


def oracle_walk(terms: Terms, level: int, factors: list[Fraction]) -> list[tuple[int, int]]:
    balance, found = terms.principal_fen, []
    for k, factor in enumerate(factors):
        interest = nearest(balance * factor, terms.rounding)
        principal = balance if k == len(factors) - 1 else level - interest
        found.append((principal, interest))
        balance -= principal
    return found


def oracle_equal_instalment(terms: Terms) -> list[tuple[int, int]]:
    dates = [terms.disbursed_on, *oracle_dates(terms)]
    factors = [oracle_factor(terms, a, b) for a, b in itertools.pairwise(dates)]
    level = nearest(oracle_level(terms, factors), terms.rounding, terms.multiple_fen)
    found = oracle_walk(terms, level, factors)
    difference = sum(found[-1]) - level
    count = terms.instalments
    if terms.smooth_last and Fraction(abs(difference), 1) > Fraction(count, 2):
        moved_level = level + nearest(Fraction(difference, count), terms.rounding, terms.multiple_fen)
        moved = oracle_walk(terms, moved_level, factors)
        if abs(sum(moved[-1]) - moved_level) < abs(difference):
            found = moved
    return found


@settings(max_examples=80, deadline=None)
@given(TERMS)
def test_the_engine_equals_the_reckoning_in_fractions(terms: Terms) -> None:
    terms = replace(terms, method="equal_instalment", principal_grace=0, interest_grace=0)
    expected = oracle_equal_instalment(terms)
    schedule = closed(terms)
    if schedule is None or expected[-1][0] < 0:
        assert schedule is None
        assert any(principal < 0 or interest < 0 for principal, interest in expected)
        return
    rows = schedule.rows
    assert [(row.principal_fen, row.interest_fen) for row in rows] == expected
    assert [row.due_on for row in rows] == oracle_dates(terms)


@settings(max_examples=200, deadline=None)
@given(TERMS)
def test_every_schedule_closes(terms: Terms) -> None:
    assume(terms.principal_grace < terms.instalments and terms.interest_grace < terms.instalments)
    schedule = closed(terms)
    assume(schedule is not None)
    assert schedule is not None
    rows, balance = schedule.rows, terms.principal_fen
    assert len(rows) == terms.instalments
    for row in rows:
        balance -= row.principal_fen
        assert row.balance_fen == balance
        assert row.total_fen == row.principal_fen + row.interest_fen
        assert row.interest_fen >= 0
        if terms.day_count in {"30/360", "period"} or row.n == terms.instalments:
            assert row.principal_fen >= 0
    assert balance == 0
    assert schedule.total_interest_fen == sum(row.interest_fen for row in rows)
    assert sum(row.days for row in rows) == (rows[-1].due_on - terms.disbursed_on).days
    assert all(row.principal_fen == 0 for row in rows[: terms.principal_grace])
    assert all(row.interest_fen == 0 for row in rows[: terms.interest_grace])


@settings(max_examples=100, deadline=None)
@given(TERMS)
def test_smoothing_never_widens_the_gap(terms: Terms) -> None:
    terms = replace(terms, method="equal_instalment", principal_grace=0, interest_grace=0)
    gaps = []
    for smooth in (False, True):
        schedule = closed(replace(terms, smooth_last=smooth))
        assume(schedule is not None)
        assert schedule is not None
        gaps.append(abs(schedule.rows[-1].total_fen - schedule.rows[0].total_fen))
    assert gaps[1] <= gaps[0]
