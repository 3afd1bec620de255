"""Random histories and attempts against an independent reading of the rules."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jietong.compliance.rules.decision import Decision, decide
from jietong.compliance.rules.facts import CHANNELS, OUTCOMES, Entry, Facts
from jietong.compliance.rules.refusals import Refusal
from jietong.compliance.tests.reference_checker import broken_in_america, broken_in_china
from jietong.packs.queries import pack

CHECKERS = {"cn": broken_in_china, "us": broken_in_america}
ZONES = ["Asia/Shanghai", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Urumqi"]
# Around the days on which New York, Lord Howe and (at midnight) Cairo set their clocks, and an ordinary week.
STARTS = [datetime(2026, *day, tzinfo=UTC) for day in [(3, 8), (4, 5), (4, 24), (10, 29), (11, 1), (11, 24)]]

clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
spans = st.lists(st.tuples(clocks, clocks).filter(lambda span: span[0] != span[1]), max_size=2).map(tuple)
points = st.sampled_from([None, None, "A", "B"])


@st.composite
def situations(draw):
    """A plausible attempt with the twelve days before it, dense enough to meet every cap."""
    now = draw(st.sampled_from(STARTS)) + timedelta(minutes=draw(st.integers(-3000, 3000)))
    entry = st.builds(
        Entry,
        at=st.integers(0, 12 * 24 * 60).map(lambda back: now - timedelta(minutes=back)),
        channel=st.sampled_from(["voice", "voice", "voice", "sms", "app"]),
        outcome=st.sampled_from(OUTCOMES),
        by=st.sampled_from(["lender", "agency"]),
        contact_point=points,
        inbound=st.sampled_from([False, False, False, True]),
    )
    today = st.integers(0, 600).map(lambda back: now - timedelta(minutes=back))
    busy_day = st.builds(
        Entry, at=today, channel=st.just("voice"), outcome=st.sampled_from(OUTCOMES[:3]), contact_point=points
    )
    return Facts(
        channel=draw(st.sampled_from(["voice", "voice", *CHANNELS])),
        purpose=draw(st.sampled_from(["collection", "reminder"])),
        party="borrower",
        now=now,
        time_zone=draw(st.sampled_from(ZONES)),
        agreed_hours=draw(spans),
        history=tuple(draw(st.lists(entry, max_size=14)) + draw(st.lists(busy_day, max_size=7))),
        policy=draw(st.booleans()),
        contact_point=draw(points),
    )


@pytest.mark.parametrize("name", ["cn", "us"])
@settings(max_examples=400, deadline=None)
@given(facts=situations())
def test_an_attempt_is_allowed_exactly_when_the_text_is_not_broken(name, facts):
    decision = decide(facts, pack(name))
    assert decision.allowed == (not CHECKERS[name](facts))
    assert decision == decide(replace(facts, history=tuple(reversed(facts.history))), pack(name))


@pytest.mark.parametrize("name", ["cn", "us"])
@settings(max_examples=60, deadline=None)
@given(facts=situations())
@example(  # the agreed span lies in the hour that New York skips
    facts=Facts(
        "voice",
        "collection",
        "borrower",
        datetime(2026, 3, 8, 6, tzinfo=UTC),
        "America/New_York",
        ((time(2, 30), time(3, 10)),),
    )
)
@example(  # and here in the hour that it lives twice
    facts=Facts(
        "voice",
        "collection",
        "borrower",
        datetime(2026, 11, 1, 5, 50, tzinfo=UTC),
        "America/New_York",
        ((time(1, 15), time(1, 45)),),
    )
)
def test_retry_at_is_the_first_minute_at_which_nothing_is_broken(name, facts):
    decision = decide(facts, pack(name))
    if decision.allowed:
        assert decision.retry_at is None
        return
    assert decision.retry_at is not None, "these facts hold only rules that time heals"
    assert decide(replace(facts, now=decision.retry_at), pack(name)).allowed
    assert not CHECKERS[name](replace(facts, now=decision.retry_at))
    # All fractions of an hour at which zones, spans and days change are whole minutes, so minutes suffice.
    waited = int((decision.retry_at - facts.now).total_seconds()) // 60
    for minute in {*range(min(waited, 300)), *range(max(waited - 300, 0), waited), *range(0, waited, 13)}:
        assert CHECKERS[name](replace(facts, now=facts.now + timedelta(minutes=minute))), minute


@pytest.mark.parametrize("name", ["cn", "us"])
@settings(max_examples=40, deadline=None)
@given(
    plan=st.lists(
        st.tuples(st.integers(1, 200), st.sampled_from(CHANNELS), st.sampled_from(OUTCOMES[:3]), points, st.booleans()),
        min_size=60,
        max_size=150,
    ),
    zone=st.sampled_from(ZONES),
)
def test_no_history_made_of_allowed_attempts_ever_breaks_the_text(name, plan, zone):
    now, history, made = datetime(2026, 10, 30, tzinfo=UTC), [], 0
    for minutes, channel, outcome, point, policy in plan:
        now += timedelta(minutes=minutes)
        facts = Facts(
            channel, "collection", "borrower", now, zone, history=tuple(history), policy=policy, contact_point=point
        )
        if decide(facts, pack(name)).allowed:
            assert not CHECKERS[name](facts)
            history.append(Entry(now, channel, outcome if channel == "voice" else "sent", contact_point=point))
            made += 1
    assert made > 0


words = st.text(max_size=12)
moments = st.one_of(st.datetimes(), st.datetimes(timezones=st.just(UTC)))


@settings(max_examples=300, deadline=None)
@given(
    facts=st.builds(
        Facts,
        channel=st.sampled_from(["voice", "sms", "", "fax"]),
        purpose=st.sampled_from(["collection", "service", "spam"]),
        party=st.sampled_from(["borrower", "third_party", "neighbour"]),
        now=moments,
        time_zone=st.one_of(st.sampled_from(["", "Asia/Shanghai", "Asia", "../x", "Mars/Olympus"]), words),
        agreed_hours=spans,
        flags=st.frozensets(st.one_of(st.sampled_from(["deceased", "paid"]), words), max_size=3),
        history=st.lists(
            st.builds(Entry, at=moments, channel=st.sampled_from(CHANNELS), outcome=st.sampled_from([*OUTCOMES, "?"])),
            max_size=4,
        ).map(tuple),
        policy=st.booleans(),
    )
)
def test_whatever_is_asked_there_is_an_answer(facts):
    for name in ("cn", "us"):
        decision = decide(facts, pack(name))
        assert isinstance(decision, Decision)
        assert decision.allowed == (decision.refusal is None)
        assert decision.refusal is None or decision.refusal in Refusal
