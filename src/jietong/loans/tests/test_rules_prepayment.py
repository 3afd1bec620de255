"""Early repayment: interest to the day, interest first, and plans that go on where the old ones stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.kernel.errors import InputError
from jietong.loans.rules.allocate import Instalment
from jietong.loans.rules.prepayment import Payoff, Prepayment, payoff_quote, replan, split_prepayment
from jietong.loans.rules.schedule import build
from jietong.loans.rules.terms import Terms

LOAN = Terms(100_000, Decimal("0.12"), 3, date(2026, 1, 15))


def unpaid(terms: Terms, paid: int = 0) -> list[Instalment]:
    rows = build(terms).rows
    return [
        Instalment(r.due_on) if r.n <= paid else Instalment(r.due_on, r.principal_fen, r.interest_fen) for r in rows
    ]


def test_interest_runs_to_the_day() -> None:
    # 669.98 left after the first instalment; 14 of 28 days of 6.6998 is 3.35
    quote = payoff_quote(LOAN, unpaid(LOAN, 1), on=date(2026, 3, 1))
    assert (quote.principal_fen, quote.interest_fen, quote.accrued_fen, quote.total_fen) == (66_998, 335, 335, 67_333)
    daily = replace(LOAN, rate=Decimal("0.0005"), rate_unit="day", day_count="actual/365")
    assert payoff_quote(daily, unpaid(daily), on=date(2026, 1, 25)).interest_fen == 500  # 1000 × 0.0005 × 10
    yearly = replace(LOAN, day_count="actual/actual")
    assert payoff_quote(yearly, unpaid(yearly), on=date(2026, 1, 25)).interest_fen == 329  # 1000 × 0.12 × 10/365


def test_what_is_due_and_unpaid_is_owed_as_it_stands() -> None:
    owed = unpaid(LOAN)
    owed[0] = replace(owed[0], fee_fen=100, penalty_fen=50)
    quote = payoff_quote(LOAN, owed, on=date(2026, 2, 15))
    assert (quote.fee_fen, quote.penalty_fen, quote.interest_fen, quote.accrued_fen) == (100, 50, 1000, 0)
    assert quote.principal_fen == 100_000
    late = payoff_quote(LOAN, unpaid(LOAN), on=date(2026, 6, 1))
    assert (late.interest_fen, late.accrued_fen) == (2007, 0)


def test_deferred_and_bullet_interest_is_earned_all_the_same() -> None:
    graced = replace(LOAN, interest_grace=2)
    assert payoff_quote(graced, unpaid(graced), on=date(2026, 3, 15)).interest_fen == 1000 + 670
    bullet = replace(LOAN, method="bullet")
    assert payoff_quote(bullet, unpaid(bullet), on=date(2026, 3, 15)).interest_fen == 2000
    flat = replace(LOAN, method="flat")
    assert payoff_quote(flat, unpaid(flat, 1), on=date(2026, 3, 1)).interest_fen == 500  # half a month on 1000


def test_interest_paid_ahead_is_not_asked_again() -> None:
    owed = unpaid(LOAN)
    owed[0] = replace(owed[0], interest_fen=700)
    assert payoff_quote(LOAN, owed, on=date(2026, 1, 30)).interest_fen == 184  # 10.00 × 15/31 = 4.84, 3.00 paid


def test_a_payment_settles_interest_before_principal() -> None:
    quote = Payoff(date(2026, 3, 1), fee_fen=10, penalty_fen=20, interest_fen=300, accrued_fen=300, principal_fen=5000)
    assert split_prepayment(quote, 200) == Prepayment(10, 20, 170, 0, 0)
    assert split_prepayment(quote, 1330) == Prepayment(10, 20, 300, 1000, 0)
    assert split_prepayment(quote, 6000) == Prepayment(10, 20, 300, 5000, 670)


def test_keeping_the_term_keeps_the_due_dates() -> None:
    year = replace(LOAN, instalments=12, disbursed_on=date(2026, 1, 31))
    old = build(year).rows
    left = replan(year, on=date(2026, 3, 10), balance_fen=40_000, keep="term")
    new = build(left).rows
    assert [row.due_on for row in new] == [row.due_on for row in old[1:]]
    assert sum(row.principal_fen for row in new) == 40_000
    assert new[0].interest_fen == 271  # 4.00 × 21/31: from 10 March, the days before are settled
    assert new[1].total_fen < old[1].total_fen


def test_keeping_the_instalment_shortens_the_loan() -> None:
    year = replace(LOAN, instalments=12, day_count="actual/365")
    old = build(year).rows
    new = build(replan(year, on=date(2026, 3, 10), balance_fen=40_000, keep="instalment")).rows
    assert len(new) == 5  # 400 at about 88.9 each
    assert max(row.total_fen for row in new) <= max(row.total_fen for row in old)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 360), st.integers(1, 90_000), st.sampled_from(["period", "actual/365", "30/360"]))
def test_paying_off_early_never_costs_more_interest(days: int, balance: int, day_count: str) -> None:
    terms = replace(LOAN, instalments=12, day_count=day_count)
    on = terms.disbursed_on + timedelta(days=days)
    passed = sum(1 for row in build(terms).rows if row.due_on <= on)
    quote = payoff_quote(terms, unpaid(terms, passed), on=on)
    assert 0 <= quote.interest_fen <= sum(row.interest_fen for row in build(terms).rows[passed:])
    if passed < 12:
        left = replan(terms, on=on, balance_fen=10_000 + balance, keep="term")
        assert sum(row.principal_fen for row in build(left).rows) == 10_000 + balance


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"keep": "nothing"}, "keep", "unknown"),
        ({"on": date(2026, 4, 15)}, "on", "out_of_order"),
        ({"on": date(2026, 1, 1)}, "on", "out_of_order"),
    ],
)
def test_senseless_plans_are_refused(changes: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(InputError) as refusal:
        replan(LOAN, **({"on": date(2026, 2, 1), "balance_fen": 5000, "keep": "term"} | changes))
    assert (refusal.value.field, refusal.value.code) == (field, code)


def test_a_quote_wants_the_instalments_of_its_plan() -> None:
    with pytest.raises(InputError) as refusal:
        payoff_quote(LOAN, unpaid(LOAN)[:2], on=date(2026, 3, 1))
    assert refusal.value.code == "wrong_length"
    with pytest.raises(InputError) as early:
        payoff_quote(LOAN, unpaid(LOAN), on=date(2026, 1, 1))
    assert early.value.code == "out_of_order"
    with pytest.raises(InputError) as bullet:
        replan(replace(LOAN, method="bullet"), on=date(2026, 2, 1), balance_fen=5000, keep="instalment")
    assert bullet.value.code == "not_possible"
