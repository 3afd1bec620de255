"""Figures of service, counted per borrower, not per call.

Reach (诉求响应率): of the borrowers whose FIRST try of a contact fell into the day, the share that got a real answer
within 15 minutes, or 24 hours, of it. Somebody still inside the time limit counts as neither until it is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

REACH_SHORT = timedelta(minutes=15)
REACH_LONG = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reach:
    """tried: borrowers with a first try on the day; decided: those whose limit is over or who were answered in time;
    answered: those in time. share is None while nothing is decided."""

    tried: int
    decided_short: int
    answered_short: int
    decided_long: int
    answered_long: int
    not_yet_answered: int

    @property
    def share_short(self) -> float | None:
        return self.answered_short / self.decided_short if self.decided_short else None

    @property
    def share_long(self) -> float | None:
        return self.answered_long / self.decided_long if self.decided_long else None


_REACH = """
WITH first AS (
  SELECT DISTINCT ON (borrower_id) borrower_id, first_try_at, answered_at
  FROM contacts_contact WHERE first_try_at >= %(start)s AND first_try_at < %(end)s
  ORDER BY borrower_id, first_try_at, id
), timed AS (
  SELECT *, answered_at IS NOT NULL AND answered_at - first_try_at <= %(short)s AS in_short,
            answered_at IS NOT NULL AND answered_at - first_try_at <= %(long)s AS in_long
  FROM first
)
SELECT count(*),
  count(*) FILTER (WHERE in_short OR first_try_at + %(short)s <= %(now)s), count(*) FILTER (WHERE in_short),
  count(*) FILTER (WHERE in_long OR first_try_at + %(long)s <= %(now)s), count(*) FILTER (WHERE in_long),
  count(*) FILTER (WHERE answered_at IS NULL)
FROM timed
"""


def reach(day: date, *, now: datetime) -> Reach:
    """Reach of one local day as known at `now`."""
    start = datetime.combine(day, time(0), ZoneInfo(settings.LENDER_TIME_ZONE))
    values: dict[str, Any] = {"start": start, "end": start + timedelta(days=1), "now": now}
    values |= {"short": REACH_SHORT, "long": REACH_LONG}
    with connection.cursor() as cursor:
        cursor.execute(_REACH, values)
        return Reach(*cursor.fetchone())


_HOURLY = """
WITH first AS (
  SELECT DISTINCT ON (borrower_id) borrower_id, first_try_at, answered_at
  FROM contacts_contact WHERE first_try_at >= %(start)s AND first_try_at < %(end)s
  ORDER BY borrower_id, first_try_at, id
)
SELECT extract(hour FROM first_try_at AT TIME ZONE %(zone)s)::int, count(*),
  count(*) FILTER (WHERE answered_at - first_try_at <= %(short)s),
  count(*) FILTER (WHERE answered_at - first_try_at <= %(short)s OR first_try_at + %(short)s <= %(now)s)
FROM first GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class HourLine:
    hour: int
    tried: int
    answered: int
    decided: int


def reach_by_hour(day: date, *, now: datetime) -> list[HourLine]:
    """First tries of the day by local hour, and how many were answered within 15 minutes."""
    zone = settings.LENDER_TIME_ZONE
    start = datetime.combine(day, time(0), ZoneInfo(zone))
    values: dict[str, Any] = {"start": start, "end": start + timedelta(days=1), "now": now}
    values |= {"short": REACH_SHORT, "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(_HOURLY, values)
        return [HourLine(*row) for row in cursor.fetchall()]
