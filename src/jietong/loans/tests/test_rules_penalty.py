"""Penalty interest: 1.5 times the contract rate, and never above the room left under the cap."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.kernel.errors import InputError
from jietong.loans.rules.penalty import accrued_penalty_fen, daily_penalty_rate

RATES = st.decimals(0, Decimal("0.36"), places=4)


def test_half_more_than_the_contract_rate_by_the_day() -> None:
    # 10,000 × 12 % × 1.5 / 360 × 30 = 150.00; by 365 days a year 147.95
    assert accrued_penalty_fen(1_000_000, Decimal("0.12"), days=30) == 15_000
    assert accrued_penalty_fen(1_000_000, Decimal("0.12"), days=30, basis_days=365) == 14_795
    assert accrued_penalty_fen(1_000_000, Decimal("0.12"), Decimal("1.3"), 30) == 13_000


def test_the_cap_leaves_its_room_and_no_more() -> None:
    # 20 % × 1.5 would be 30 %; a year of 24 % on 10,000 is 2,400
    assert accrued_penalty_fen(1_000_000, Decimal("0.20"), days=365, cap_annual=Decimal("0.24")) == 240_000
    fees_too = accrued_penalty_fen(
        1_000_000, Decimal("0.20"), days=365, cap_annual=Decimal("0.24"), other_annual=Decimal("0.04")
    )
    assert fees_too == 200_000
    assert daily_penalty_rate(Decimal("0.2"), cap_annual=Decimal("0.24"), other_annual=Decimal("0.3")) == 0


@given(st.integers(0, 10**9), RATES, st.integers(0, 2000), st.sampled_from([360, 365]), RATES)
def test_no_penalty_goes_above_the_cap(principal: int, rate: Decimal, days: int, basis: int, cap: Decimal) -> None:
    capped = accrued_penalty_fen(principal, rate, days=days, basis_days=basis, cap_annual=cap)
    free = accrued_penalty_fen(principal, rate, days=days, basis_days=basis)
    assert 0 <= capped <= free
    assert capped <= Fraction(principal) * Fraction(cap) * days / 365 + Fraction(1, 2)


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"unpaid_principal_fen": -1}, "unpaid_principal", "negative"),
        ({"annual_rate": Decimal("-0.1")}, "rate", "negative"),
        ({"multiple": Decimal("-1")}, "multiple", "negative"),
        ({"days": -1}, "days", "negative"),
        ({"basis_days": 364}, "basis_days", "unknown"),
        ({"cap_annual": Decimal("NaN")}, "cap_annual", "not_a_number"),
    ],
)
def test_senseless_values_are_refused(values: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(InputError) as refusal:
        accrued_penalty_fen(**({"unpaid_principal_fen": 1, "annual_rate": Decimal("0.1"), "days": 1} | values))
    assert (refusal.value.field, refusal.value.code) == (field, code)
