"""Urgency: who must come first, and that nobody is ever screened out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.routing.rules.urgency import CLASSES, INTENTS, WEIGHTS_2026_11, UrgencyFacts, urgency

some_facts = st.builds(
    UrgencyFacts,
    intent=st.sampled_from(INTENTS),
    days_past_due=st.none() | st.integers(-60, 2000),
    days_to_next_bucket=st.none() | st.integers(0, 40),
    overdue_fen=st.integers(0, 10**10),
    legal_stage=st.booleans(),
    promise_due_today=st.booleans(),
    deduction_failed=st.booleans(),
    hardship=st.booleans(),
    vulnerable=st.booleans(),
    fraud=st.booleans(),
    self_harm=st.booleans(),
    complaint_due_hours=st.none() | st.floats(-100, 400),
    tries_24h=st.integers(1, 50),
    broken_reply_by=st.integers(0, 5),
    repeated_matter=st.booleans(),
)


def codes(facts):
    return {factor.code: factor for factor in urgency(facts).factors}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (UrgencyFacts(intent="coupon_promo"), "D"),
        (UrgencyFacts(intent="limit_eligibility", days_past_due=-20), "D"),
        (UrgencyFacts(intent="contract_proof"), "D"),
        (UrgencyFacts(intent="account_contact"), "C"),
        (UrgencyFacts(intent="extend_hardship"), "C"),
        (UrgencyFacts(intent="extend_hardship", days_past_due=29, days_to_next_bucket=2), "B"),
        (UrgencyFacts(intent="repay_failed", days_past_due=0), "B"),
        (UrgencyFacts(intent="repay_failed", days_past_due=0, promise_due_today=True, deduction_failed=True), "A"),
        (UrgencyFacts(intent="security_fraud"), "A"),
        (UrgencyFacts(intent="other", fraud=True), "A"),
        (UrgencyFacts(intent="coupon_promo", self_harm=True), "A"),
        (UrgencyFacts(intent="coupon_promo", broken_reply_by=1), "B"),
        (UrgencyFacts(intent="coupon_promo", vulnerable=True), "B"),
    ],
)
def test_the_cases_that_a_supervisor_would_name(facts, expected):
    assert urgency(facts).class_name == expected


def test_every_point_is_explained():
    result = urgency(UrgencyFacts(intent="repay_how", days_past_due=8, tries_24h=3, overdue_fen=20_000_00))
    assert {f.code: (f.points, dict(f.params)) for f in result.factors} == {
        "intent": (30, {"intent": "repay_how"}),
        "try": (16, {"tries": 3}),
        "days_past_due": (15, {"days": 8}),
    } | ({"overdue_amount": (5, {"fen": 20_000_00})})
    assert (result.score, result.class_name, result.weights_version) == (66, "B", "2026-11")
    assert result.as_dict()["factors"][0]["code"] == "intent"


@given(some_facts)
def test_score_is_the_sum_of_its_factors_and_nobody_is_screened_out(facts):
    result = urgency(facts)
    assert result.class_name in CLASSES
    assert result.score == sum(f.points for f in result.factors)
    assert all(f.points >= 0 for f in result.factors)


@given(some_facts, st.integers(1, 10), st.integers(1, 3))
def test_more_tries_or_more_broken_promises_never_lower_the_urgency(facts, tries, broken):
    worse = replace(facts, tries_24h=facts.tries_24h + tries, broken_reply_by=facts.broken_reply_by + broken)
    assert urgency(worse).score >= urgency(facts).score
    assert urgency(worse).class_name <= urgency(facts).class_name


@given(some_facts, st.integers(1, 3000))
def test_being_later_never_lowers_the_urgency(facts, days):
    late = replace(facts, days_past_due=1)
    later = replace(facts, days_past_due=1 + days)
    assert urgency(later).score >= urgency(late).score


@given(some_facts)
def test_a_low_balance_changes_no_more_than_a_few_points(facts):
    assert 0 <= urgency(facts).score - urgency(replace(facts, overdue_fen=0)).score <= 5


def test_a_passed_complaint_deadline_weighs_most():
    points = [codes(UrgencyFacts(complaint_due_hours=h)).get("complaint_deadline") for h in (-1.0, 20.0, 60.0, 200.0)]
    assert [p.points if p else 0 for p in points] == [50, 40, 20, 0]


def test_weights_that_screen_out_or_forget_an_intent_are_refused():
    with pytest.raises(ValueError, match="screen"):
        replace(WEIGHTS_2026_11, points={**WEIGHTS_2026_11.points, "try": -1})
    with pytest.raises(ValueError, match="intent"):
        replace(WEIGHTS_2026_11, intent={"other": 1})
    with pytest.raises(ValueError, match="unknown intent"):
        urgency(UrgencyFacts(intent="weather"))


def test_slopes_are_the_inverse_of_the_written_longest_waits():
    assert [c.longest_wait_seconds for c in CLASSES.values()] == [180.0, 600.0, 1800.0, 14400.0]
    assert {c.slope * c.longest_wait_seconds for c in CLASSES.values()} == {14400.0}
