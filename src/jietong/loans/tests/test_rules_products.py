"""Bad terms are named, each by field and code; a product whose dearest loan breaks the cap cannot be offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.kernel.errors import InputError
from jietong.loans.rules import products
from jietong.loans.rules.products import Limits, ProductTerms

GOOD = ProductTerms(Decimal("0.144"), (3, 6, 12, 24), 1000_00, 50_000_00)
CN = Limits(Decimal("0.24"), Decimal("1.5"))

BAD = [
    ({"rate": Decimal("-0.01")}, "rate", "negative"),
    ({"rate": Decimal("14.4") * 10}, "rate", "too_large"),
    ({"rate": Decimal("NaN")}, "rate", "not_a_number"),
    ({"rate": Decimal("0.2401")}, "rate", "above_cap"),
    ({"rate": Decimal("0.00067"), "rate_unit": "day", "day_count": "actual/365"}, "rate", "above_cap"),
    ({"rate_unit": "week"}, "rate_unit", "unknown"),
    ({"day_count": "30/365"}, "day_count", "unknown"),
    ({"method": "flat"}, "method", "unknown"),
    ({"method": "balloon"}, "method", "unknown"),
    ({"instalment_counts": ()}, "instalment_counts", "missing"),
    ({"instalment_counts": (3, 3)}, "instalment_counts", "duplicate"),
    ({"instalment_counts": (0, 3)}, "instalment_counts", "too_small"),
    ({"instalment_counts": (12, 600)}, "instalment_counts", "too_large"),
    ({"principal_grace": -1}, "principal_grace", "negative"),
    ({"principal_grace": 3}, "principal_grace", "too_large"),
    ({"interest_grace": 5}, "interest_grace", "too_large"),
    ({"fee_rate": Decimal("0.5")}, "fee_rate", "out_of_range"),
    ({"fee_rate": Decimal("0.008")}, "rate", "above_cap"),
    ({"penalty_multiple": Decimal("0.5")}, "penalty_multiple", "too_small"),
    ({"penalty_multiple": Decimal("2")}, "penalty_multiple", "above_pack"),
    ({"allocation_order": ("fee", "interest", "principal")}, "allocation_order", "unknown"),
    ({"allocation_order": ("fee", "fee", "interest", "principal")}, "allocation_order", "unknown"),
    ({"amount_min_fen": 0}, "amount_min", "not_positive"),
    ({"amount_min_fen": 60_000_00}, "amount_max", "out_of_order"),
    ({"amount_max_fen": 10**16}, "amount_max", "too_large"),
    ({"cooling_off_days": 400}, "cooling_off_days", "out_of_range"),
    ({"cancel_interest": "twice"}, "cancel_interest", "unknown"),
]


@pytest.mark.parametrize(("change", "field", "code"), BAD, ids=[f"{f}-{c}-{n}" for n, (_, f, c) in enumerate(BAD)])
def test_a_bad_term_is_named(change: dict, field: str, code: str) -> None:
    found = [(fault.field, fault.code) for fault in products.faults(replace(GOOD, **change), limits=CN)]
    assert (field, code) in found
    with pytest.raises(InputError):
        products.check(replace(GOOD, **change), limits=CN)


def test_all_faults_are_told_at_once() -> None:
    bad = replace(GOOD, rate=Decimal(-1), method="flat", amount_min_fen=0, instalment_counts=())
    fields = {fault.field for fault in products.faults(bad, limits=CN)}
    assert fields == {"rate", "method", "amount_min", "instalment_counts"}


@pytest.mark.parametrize("method", products.METHODS)
@pytest.mark.parametrize(("unit", "rate"), [("year", "0.144"), ("day", "0.0004")])
def test_every_method_and_rate_unit_may_be_offered(method: str, unit: str, rate: str) -> None:
    terms = replace(GOOD, method=method, rate=Decimal(rate), rate_unit=unit)
    assert products.faults(terms, limits=CN) == []


def test_at_exactly_the_cap_is_still_within_it_and_without_a_cap_nothing_is_capped() -> None:
    assert products.faults(replace(GOOD, rate=Decimal("0.24")), limits=CN) == []
    assert products.faults(replace(GOOD, rate=Decimal("0.6")), limits=Limits()) == []


def test_a_worked_example_by_hand() -> None:
    """¥12,000 over 12 months at 14.4 %: PMT(0.012; 12; 12000) = 1,079.70 by any spreadsheet; EAR 15.39 %."""
    one = products.worked(GOOD, principal_fen=12_000_00, instalments=12, disbursed_on=date(2026, 11, 24))
    assert one.first_fen == pytest.approx(1079_70, abs=1)
    assert products.percent(one.all_in) == Decimal("14.40")
    assert products.percent(one.compound) == Decimal("15.39")
    assert one.total_fen == 12_000_00 + one.total_interest_fen


def test_a_fee_is_part_of_the_all_in_cost() -> None:
    """Half a percent a month on what was lent is close to one percent a month on what is owed: far above its name."""
    plain = products.worked(GOOD, principal_fen=10_000_00, instalments=12, disbursed_on=date(2026, 1, 1))
    fee = replace(GOOD, fee_rate=Decimal("0.005"))
    dear = products.worked(fee, principal_fen=10_000_00, instalments=12, disbursed_on=date(2026, 1, 1))
    assert dear.fee_each_fen == 50_00
    assert dear.total_fen - plain.total_fen == 600_00
    assert dear.all_in - plain.all_in > 0.09


def test_amounts_and_terms_outside_the_product_are_refused() -> None:
    for principal, count, code in ((999_99, 12, "too_small"), (50_000_01, 12, "too_large"), (5000_00, 9, "unknown")):
        with pytest.raises(InputError) as caught:
            products.loan_terms(GOOD, principal_fen=principal, instalments=count, disbursed_on=date(2026, 1, 1))
        assert caught.value.code == code


@settings(max_examples=40, deadline=None)
@given(
    rate=st.decimals("0", "0.4", places=4),
    method=st.sampled_from(products.METHODS),
    fee=st.sampled_from([Decimal(0), Decimal("0.001"), Decimal("0.004")]),
    principal=st.integers(1000_00, 50_000_00),
    count=st.sampled_from((3, 12)),
)
def test_what_passes_never_costs_more_than_the_cap(
    rate: Decimal, method: str, fee: Decimal, principal: int, count: int
) -> None:
    """Any amount and term of a product without faults stays within the cap as it is shown, but for a rounded fen."""
    terms = replace(GOOD, rate=rate, method=method, fee_rate=fee, instalment_counts=(3, 12))
    if products.faults(terms, limits=CN):
        return
    one = products.worked(terms, principal_fen=principal, instalments=count, disbursed_on=date(2027, 7, 31))
    assert one.all_in <= 0.2401
    assert sum(row.principal_fen for row in one.rows) == principal
