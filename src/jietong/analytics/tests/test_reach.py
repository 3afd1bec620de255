"""Reach counts borrowers from their first try, and leaves out who is still inside the limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from jietong.analytics.queries import Reach, reach, reach_by_hour
from jietong.borrowers.models import Borrower
from jietong.contacts.models import Contact
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_team

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def contact(first_try: datetime, answered_after: timedelta | None = None, *, who: Borrower | None = None) -> Contact:
    settled = None if who is None else first_try + 2 * HOUR
    return Contact.objects.create(
        ref=f"t-{Contact.objects.count()}",
        borrower=who or make_borrower(),
        channel="web",
        first_try_at=first_try,
        waiting_since=first_try,
        last_borrower_at=first_try,
        owner_team=make_team(),
        reply_by=first_try + HOUR,
        next_step="in_queue",
        answered_at=None if answered_after is None else first_try + answered_after,
        state="waiting" if settled is None else "settled",
        settled_at=settled,
    )


def test_nobody_came_and_nothing_is_decided() -> None:
    found = reach(TODAY, now=NOW)
    assert found == Reach(0, 0, 0, 0, 0, 0)
    assert found.share_short is found.share_long is None


@pytest.mark.parametrize(
    ("after", "in_time"), [(15 * MINUTE, 1), (15 * MINUTE + timedelta(microseconds=1), 0), (timedelta(0), 1)]
)
def test_exactly_fifteen_minutes_is_in_time(after: timedelta, in_time: int) -> None:
    contact(NOW - HOUR, after)
    found = reach(TODAY, now=NOW)
    assert (found.decided_short, found.answered_short) == (1, in_time)


def test_inside_the_limit_is_neither_until_it_is_over() -> None:
    first = NOW - 14 * MINUTE
    contact(first)
    assert reach(TODAY, now=NOW).decided_short == 0
    assert reach(TODAY, now=NOW).not_yet_answered == 1
    assert reach(TODAY, now=first + 15 * MINUTE).decided_short == 1
    assert reach(TODAY, now=first + 15 * MINUTE).share_short == 0.0


def test_answered_in_time_counts_at_once() -> None:
    contact(NOW - 3 * MINUTE, MINUTE)
    found = reach(TODAY, now=NOW)
    assert (found.share_short, found.share_long) == (1.0, 1.0)


def test_late_for_the_short_limit_is_in_time_for_the_long_one() -> None:
    contact(NOW - HOUR, 20 * MINUTE)
    found = reach(TODAY, now=NOW)
    assert (found.share_short, found.share_long) == (0.0, 1.0)


def test_two_contacts_of_one_borrower_count_once_from_the_first() -> None:
    who = make_borrower()
    contact(NOW - 3 * HOUR, 40 * MINUTE, who=who)
    contact(NOW - HOUR / 2, MINUTE, who=who)
    found = reach(TODAY, now=NOW)
    assert (found.tried, found.decided_short, found.answered_short) == (1, 1, 0)
    assert [(line.hour, line.tried, line.answered) for line in reach_by_hour(TODAY, now=NOW)] == [(7, 1, 0)]


def test_the_day_begins_at_midnight_in_shanghai() -> None:
    midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    contact(midnight)
    contact(midnight - timedelta(microseconds=1))
    contact(midnight + timedelta(days=1))
    assert reach(TODAY, now=NOW).tried == 1
    assert reach(date(2026, 11, 23), now=NOW).tried == 1


def test_an_answer_from_the_day_before_limit_of_24_hours() -> None:
    yesterday = date(2026, 11, 23)
    contact(NOW - 24 * HOUR, 24 * HOUR)
    contact(NOW - 24 * HOUR)
    found = reach(yesterday, now=NOW)
    assert (found.decided_long, found.answered_long) == (2, 1)


def test_hours_add_up_to_the_day() -> None:
    for minutes in range(5, 120, 9):
        contact(NOW - minutes * MINUTE, (minutes % 4) * 10 * MINUTE if minutes % 3 else None)
    found, hours = reach(TODAY, now=NOW), reach_by_hour(TODAY, now=NOW)
    assert sum(line.tried for line in hours) == found.tried == 13
    assert sum(line.decided for line in hours) == found.decided_short
    assert sum(line.answered for line in hours) == found.answered_short


def test_the_shares_are_what_the_rows_say() -> None:
    for minutes in range(3, 200, 7):
        contact(NOW - minutes * MINUTE, (minutes % 5) * 9 * MINUTE if minutes % 4 else None)
    rows = list(Contact.objects.all())
    done = [c for c in rows if c.answered_at and c.answered_at - c.first_try_at <= 15 * MINUTE]
    over = [c for c in rows if c not in done and c.first_try_at + 15 * MINUTE <= NOW]
    found = reach(TODAY, now=NOW)
    assert (found.answered_short, found.decided_short) == (len(done), len(done) + len(over))
    assert found.not_yet_answered == sum(c.answered_at is None for c in rows)
