"""The only place that reads the time of day. Faces, jobs and ticks ask here and hand `now` down as a value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, UTC, with its zone."""
    return datetime.now(tz=UTC)


def local_date(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
