"""When to try again what failed, and when to stop and call a person."""

from __future__ import annotations

from datetime import datetime, timedelta

#: pause after the 1st, 2nd … failure of an event; about eleven hours in all, then it is a dead letter
EVENT_PAUSES = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 28800))
#: pause after the 1st, 2nd … failure of a link; the last one goes on for ever, for a link is never given up
LINK_PAUSES = tuple(timedelta(seconds=s) for s in (5, 15, 60, 180, 600))


def next_try(tries: int, at: datetime) -> datetime | None:
    """When an event that failed `tries` times (at least once) is tried again; None: never by itself."""
    return at + EVENT_PAUSES[tries - 1] if 1 <= tries <= len(EVENT_PAUSES) else None


def next_pull(tries: int, at: datetime, *, every: timedelta) -> datetime:
    """When a link is asked again after `tries` failures in a row; 0 failures: at its ordinary pace."""
    return at + (LINK_PAUSES[min(tries, len(LINK_PAUSES)) - 1] if tries > 0 else every)
