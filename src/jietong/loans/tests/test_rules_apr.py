"""The annual cost against published rates and against what a rate must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.kernel.errors import InputError
from jietong.loans.rules.apr import apr, effective, periods_between, schedule_apr
from jietong.loans.rules.schedule import build
from jietong.loans.rules.terms import Terms


def monthly(received_fen: int, payment_fen: int, count: int) -> list[tuple[date, int]]:
    payments = [(date(2020 + k // 12, k % 12 + 1, 1), -payment_fen) for k in range(1, count + 1)]
    return [(date(2020, 1, 1), received_fen), *payments]


@pytest.mark.parametrize(
    ("flows", "published"),
    [
        (monthly(500_000, 23_000, 24), 0.0969),  # 12 CFR 1026 appendix J: 5000 for 24 payments of 230
        (monthly(800_000, 20_000, 48), 0.0924),  # spreadsheet help: RATE(48, -200, 8000) × 12
        (monthly(1_200_000, 107_200, 12), 0.1303),  # card instalments at 0.60 % a period, as issuers disclose them
    ],
)
def test_published_rates(flows: list[tuple[date, int]], published: float) -> None:
    assert apr(flows) == pytest.approx(published, abs=5e-5)


def test_a_loan_without_fees_costs_its_contract_rate() -> None:
    for method in ("equal_instalment", "equal_principal", "interest_only"):
        terms = Terms(10**9, Decimal("0.24"), 12, date(2026, 1, 31), method=method)
        assert schedule_apr(terms, build(terms)) == pytest.approx(0.24, abs=1e-7)


def test_a_single_payment_costs_its_simple_rate_within_a_year() -> None:
    one = Terms(1_000_000, Decimal("0.12"), 1, date(2026, 1, 1), every=6, method="bullet")
    assert schedule_apr(one, build(one)) == pytest.approx(0.12, abs=1e-12)
    rows_before = replace(one, every=1, instalments=6)
    assert schedule_apr(rows_before, build(rows_before)) == pytest.approx(0.12, abs=1e-12)
    two_years = replace(one, every=24)
    assert schedule_apr(two_years, build(two_years)) == pytest.approx(1.24**0.5 - 1, abs=1e-12)


def test_fees_kept_back_make_the_loan_dearer() -> None:
    terms = Terms(1_000_000, Decimal("0.12"), 12, date(2026, 1, 15))
    plain, dear = schedule_apr(terms, build(terms)), schedule_apr(terms, build(terms), fees_at_start_fen=20_000)
    assert plain == pytest.approx(0.12, abs=1e-5)
    worth = sum(888.49 / (1 + dear / 12) ** k for k in range(1, 13))
    assert worth == pytest.approx(9800, abs=0.02)  # RATE(12, -888.49, 9800) × 12


def test_a_longer_first_period_lessens_the_rate_of_the_same_payments() -> None:
    terms = Terms(1_000_000, Decimal("0.12"), 12, date(2026, 1, 15))
    later = replace(terms, first_due_on=date(2026, 3, 1))
    assert schedule_apr(later, build(terms)) < schedule_apr(terms, build(terms)) < 0.1201


def test_no_interest_is_no_cost_and_compounding_is_named() -> None:
    assert apr(monthly(120_000, 10_000, 12)) == 0.0
    assert effective(0.24) == pytest.approx(0.268241795, abs=1e-9)


def test_whole_and_broken_periods() -> None:
    assert periods_between(date(2026, 1, 31), date(2026, 3, 31), 1, "month") == 2.0
    assert periods_between(date(2026, 1, 31), date(2026, 2, 28), 1, "month") == 1.0
    assert periods_between(date(2026, 1, 1), date(2026, 2, 15), 1, "month") == 1.5
    assert periods_between(date(2026, 1, 1), date(2026, 1, 8), 2, "week") == 0.5


@pytest.mark.parametrize("flows", [[], [(date(2026, 1, 1), -5)], [(date(2026, 1, 1), 5)], monthly(100, 1, 12)])
def test_flows_without_a_rate_are_refused(flows: list[tuple[date, int]]) -> None:
    with pytest.raises(InputError):
        apr(flows)


@settings(max_examples=150, deadline=None)
@given(st.integers(10_000, 10**9), st.integers(1, 60), st.floats(0.001, 3.0))
def test_the_rate_makes_payments_worth_the_payout(principal: int, count: int, nominal: float) -> None:
    period = nominal / 12
    payment = round(principal * period / (1 - (1 + period) ** -count)) + 1
    found = apr(monthly(principal, payment, count)) / 12
    worth = sum(payment / (1 + found) ** k for k in range(1, count + 1))
    assert worth == pytest.approx(principal, rel=1e-9) or count == 1
