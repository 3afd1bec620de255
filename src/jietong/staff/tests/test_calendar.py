"""Opening hours by kind of day: the official calendar of 2026, an operator's word, spans past midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from jietong.kernel.errors import InputError
from jietong.kernel.models import Event
from jietong.routing.weigh import promised_by
from jietong.simulator.tests.cast import NOW
from jietong.staff import commands_calendar as commands
from jietong.staff import queries
from jietong.staff.models import Team
from jietong.staff.rules.days import HOLIDAY, WEEKEND, WORKDAY, is_announced, kind_of, parse_spans


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 10, 1), HOLIDAY),  # National Day, a Thursday
        (date(2026, 10, 10), WORKDAY),  # a Saturday that was swapped for it
        (date(2026, 11, 28), WEEKEND),
        (date(2026, 11, 24), WORKDAY),
        (date(2026, 2, 14), WORKDAY),  # the Saturday before the Spring Festival, swapped
        (date(2026, 2, 17), HOLIDAY),
    ],
)
def test_the_official_days_of_2026(day: date, kind: str) -> None:
    assert kind_of(day, {}) == kind


def test_beyond_the_announced_years_the_week_decides_and_says_so() -> None:
    assert not is_announced(date(2035, 10, 1))
    assert kind_of(date(2035, 10, 1), {}) == WORKDAY  # a Monday
    assert kind_of(date(2035, 10, 1), {date(2035, 10, 1): HOLIDAY}) == HOLIDAY


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("8:00-12:00，13:30–22:00", [(time(8), time(12)), (time(13, 30), time(22))]),
        ("", []),
        ("20:00-02:00", [(time(20), time(2))]),
        ("13:00-18:00, 09:00-12:00", [(time(9), time(12)), (time(13), time(18))]),
    ],
)
def test_spans_as_a_person_types_them(typed: str, spans: list) -> None:
    assert parse_spans(typed, field="workday") == spans


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("8-25", "not_a_span"),
        ("08:00", "not_a_span"),
        ("早八点到晚十点", "not_a_span"),
        ("08:00-12:00,11:00-13:00", "overlap"),
        ("20:00-02:00,21:00-22:00", "overlap"),
        ("01:00-02:00,03:00-04:00,05:00-06:00,07:00-08:00,09:00-10:00", "too_many"),
    ],
)
def test_what_is_no_span_is_said_by_name(typed: str, code: str) -> None:
    with pytest.raises(InputError) as wrong:
        parse_spans(typed, field="workday")
    assert (wrong.value.field, wrong.value.code) == ("workday", code)


def set_hours(desk: Team, **typed: str) -> None:
    spans = {kind: parse_spans(text, field=kind) for kind, text in typed.items()}
    commands.set_hours(team_id=desk.pk, spans=spans, actor="staff:1", now=NOW)


@pytest.mark.django_db
def test_a_promise_counts_the_hours_of_each_day_and_skips_closed_ones(desk: Team) -> None:
    set_hours(desk, workday="09:00-12:00,13:30-18:00", weekend="10:00-16:00")
    friday = datetime(2026, 11, 27, 9, 50, tzinfo=UTC)  # 17:50 in Shanghai: ten minutes are left of half an hour
    assert promised_by("C", desk, now=friday) == datetime(2026, 11, 28, 2, 20, tzinfo=UTC)
    commands.set_day(day=date(2026, 11, 28), kind=HOLIDAY, note="搬家", actor="staff:1", now=NOW)
    assert promised_by("C", desk, now=friday) == datetime(2026, 11, 29, 2, 20, tzinfo=UTC)
    commands.clear_day(day=date(2026, 11, 28), actor="staff:1", now=NOW)
    assert promised_by("C", desk, now=friday) == datetime(2026, 11, 28, 2, 20, tzinfo=UTC)
    noon = datetime(2026, 11, 26, 3, 50, tzinfo=UTC)  # 11:50: the rest is after lunch
    assert promised_by("C", desk, now=noon) == datetime(2026, 11, 26, 5, 50, tzinfo=UTC)


@pytest.mark.django_db
def test_a_span_past_midnight_goes_on_into_the_next_day(desk: Team) -> None:
    set_hours(desk, workday="20:00-02:00")
    late = datetime(2026, 11, 26, 17, 45, tzinfo=UTC)  # 01:45 on Friday: 15 minutes left, the rest in the evening
    assert promised_by("C", desk, now=late) == datetime(2026, 11, 27, 12, 15, tzinfo=UTC)


@pytest.mark.django_db
def test_without_rows_a_team_opens_as_it_says_every_day(desk: Team) -> None:
    found = queries.opening_days(desk, NOW, zone="Asia/Shanghai", days=9)
    assert set(map(tuple, found.values())) == {((desk.opens_at, desk.closes_at),)}


@pytest.mark.django_db
def test_a_desk_that_never_opens_is_refused_and_the_old_hours_stay(desk: Team) -> None:
    set_hours(desk, workday="09:00-18:00")
    with pytest.raises(InputError) as wrong:
        set_hours(desk, workday="", holiday="10:00-12:00")
    assert (wrong.value.field, wrong.value.code) == ("workday", "never_open")
    assert queries.hours_of(desk).spans == {WORKDAY: [(time(9), time(18))]}
    assert Event.objects.filter(kind="staff.hours_set").count() == 1
