"""Reply-by counted in business time, on days worked out by hand."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.routing.rules.reply_by import after_business_time, is_open, reply_by, spans_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING, AFTERNOON = (time(9), time(12)), (time(13, 30), time(18))
WEEK = spans_of(
    {date(2026, 11, 23): [MORNING, AFTERNOON], date(2026, 11, 24): [], date(2026, 11, 25): [MORNING]}, SHANGHAI
)


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_the_lunch_break_and_a_closed_day_do_not_count():
    assert reply_by("C", at(23, 11, 45), WEEK) == at(23, 13, 45)
    assert reply_by("D", at(23, 15, 0), WEEK) == at(25, 10, 0)
    assert reply_by("A", at(23, 10, 0), WEEK) == at(23, 10, 3)


def test_after_hours_the_clock_starts_with_the_next_opening():
    assert reply_by("B", at(23, 22, 0), WEEK) == at(25, 9, 10)
    assert reply_by("B", at(23, 22, 0), WEEK, round_the_clock=True) == at(23, 22, 10)


def test_a_calendar_that_ends_too_early_is_said_not_guessed():
    assert reply_by("D", at(25, 11, 0), WEEK) is None
    assert reply_by("A", at(25, 12, 0), []) is None


def test_spans_past_midnight_join_the_next_day():
    night = spans_of({date(2026, 11, 23): [(time(22), time(6))], date(2026, 11, 24): [(time(6), time(9))]}, SHANGHAI)
    assert night == [(at(23, 22).astimezone(UTC), at(24, 9).astimezone(UTC))]
    whole = spans_of({date(2026, 11, 23): [(time(0), time(0))]}, SHANGHAI)
    assert whole[0][1] - whole[0][0] == timedelta(days=1)


def test_a_day_of_daylight_saving_has_its_own_length():
    new_york = ZoneInfo("America/New_York")
    spring = spans_of({date(2026, 3, 8): [(time(0), time(12))]}, new_york)
    assert spring[0][1] - spring[0][0] == timedelta(hours=11)


def test_the_end_of_a_span_is_closed():
    assert is_open(at(23, 9), WEEK)
    assert not is_open(at(23, 12), WEEK)


def test_an_instant_without_a_zone_and_an_unknown_class_are_faults():
    with pytest.raises(ValueError):
        after_business_time(datetime(2026, 11, 23, 9), 60.0, WEEK)  # noqa: DTZ001  the point of the test
    with pytest.raises(KeyError):
        reply_by("Z", at(23, 9), WEEK)


@given(st.integers(0, 3 * 24 * 60), st.integers(0, 400))
def test_business_time_is_what_the_minutes_add_up_to(start, minutes):
    begin = at(23, 0) + timedelta(minutes=start)
    end = after_business_time(begin, minutes * 60.0, WEEK)
    horizon = end if end is not None else at(26, 0)
    passed = max(int((horizon - begin) / timedelta(minutes=1)), 0)
    open_minutes = sum(is_open(begin + timedelta(minutes=i), WEEK) for i in range(passed))
    assert open_minutes == minutes if end is not None else open_minutes < max(minutes, 1)
