"""What may be said: nothing adverse without a notice that is old enough and of this stretch of being late."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jietong.bureau.rules.reporting import Facts, Timing, Withheld, is_adverse, say, withheld_because

ON = date(2026, 11, 24)
TIMING = Timing(adverse_from_days=1, waiting_days=5)
DAYS = st.integers(-400, 400).map(lambda n: ON + timedelta(days=n))
FACTS = st.builds(
    Facts,
    days_past_due=st.integers(0, 400),
    overdue_fen=st.integers(0, 10**7),
    asset_class=st.sampled_from(["normal", "special_mention", "substandard", "doubtful", "loss"]),
    told_on=st.none() | DAYS,
    not_delivered=st.booleans(),
    cured_on=st.none() | DAYS,
    disputed=st.booleans(),
    struck=st.booleans(),
)
TIMINGS = st.builds(Timing, st.integers(1, 31), st.integers(0, 30))


@given(FACTS, TIMINGS, DAYS)
def test_nothing_adverse_is_said_without_a_notice_before(facts: Facts, timing: Timing, on: date) -> None:
    said = say(facts, timing, on=on)
    if said.adverse:
        assert facts.told_on is not None
        assert (on - facts.told_on).days > timing.waiting_days
        assert facts.cured_on is None or facts.told_on > facts.cured_on
        assert not facts.struck


@given(FACTS, TIMINGS, DAYS)
def test_what_is_withheld_is_blank_and_what_is_not_is_the_truth(facts: Facts, timing: Timing, on: date) -> None:
    said = say(facts, timing, on=on)
    if said.withheld is not None:
        assert is_adverse(facts, timing)
        assert (said.days_past_due, said.overdue_fen, said.asset_class, said.adverse) == (None, None, "", False)
    else:
        assert (said.days_past_due, said.asset_class) == (facts.days_past_due, facts.asset_class)
        assert said.adverse == is_adverse(facts, timing)
    assert said.disputed == facts.disputed


def late(**more: object) -> Facts:
    return Facts(days_past_due=20, overdue_fen=100, asset_class="special_mention", **more)


def test_the_gravest_reason_is_the_one_on_record() -> None:
    assert withheld_because(late(struck=True), TIMING, on=ON) == Withheld.STRUCK
    assert withheld_because(late(), TIMING, on=ON) == Withheld.NO_NOTICE
    assert withheld_because(late(not_delivered=True), TIMING, on=ON) == Withheld.NOT_DELIVERED


def test_whole_days_lie_between_notice_and_report() -> None:
    told = late(told_on=ON)
    assert withheld_because(told, TIMING, on=ON + timedelta(days=5)) == Withheld.WAITING
    assert withheld_because(told, TIMING, on=ON + timedelta(days=6)) is None


def test_a_notice_of_a_stretch_that_is_over_covers_no_later_one() -> None:
    told = late(told_on=ON - timedelta(days=60), cured_on=ON - timedelta(days=30))
    assert withheld_because(told, TIMING, on=ON) == Withheld.NO_NOTICE
