"""The tables of work orders: every need has a suggestion, every state an end, every deadline lies in opening time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.routing.rules.urgency import INTENTS
from jietong.workorders import words
from jietong.workorders.rules import kinds, states
from jietong.workorders.rules.due import due_at

ZONE = ZoneInfo("Asia/Shanghai")


def test_every_need_has_a_suggestion_and_every_kind_its_words():
    assert {kinds.suggested(intent).code for intent in INTENTS} <= set(words.KINDS)
    assert set(words.KINDS) == set(words.FOR_BORROWERS) == set(kinds.BY_CODE)
    assert {intent for kind in kinds.KINDS for intent in kind.intents} <= set(INTENTS)


def test_every_state_can_still_end():
    def ends(state, seen=()):
        leads = {states.after(act, state) for act in states.ACTS} - {None, *seen}
        return state == states.DONE or any(ends(one, (*seen, state)) for one in leads)

    assert all(ends(state) for state in states.STATES)
    assert states.allowed(states.DONE, frozenset({states.ASKER, states.RECEIVER})) == []


@settings(deadline=None, max_examples=60)
@given(
    minute=st.integers(0, 14 * 24 * 60), hours=st.integers(1, 40), opens=st.integers(0, 20), length=st.integers(1, 3)
)
def test_a_deadline_lies_in_opening_time_and_grows_with_the_hours(minute, hours, opens, length):
    now = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minute)
    span = (time(opens), time(min(opens + length, 23)))

    def opening(days):
        first = now.astimezone(ZONE).date() - timedelta(days=1)
        return {first + timedelta(days=n): [span] for n in range(days)}

    due = due_at(now, hours, opening, ZONE)
    local = due.astimezone(ZONE).time()
    assert due >= now + timedelta(hours=hours)
    assert span[0] <= local <= span[1]
    assert due_at(now, hours + 1, opening, ZONE) > due


def test_a_desk_that_never_opens_is_said_to_be_so():
    with pytest.raises(ValueError, match="never open"):
        due_at(datetime(2026, 11, 24, tzinfo=UTC), 1, lambda days: {date(2026, 11, 24): []}, ZONE)
