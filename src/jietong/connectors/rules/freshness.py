"""How far a figure that came over a link can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: gravest first
STATES = ("down", "stale", "up")


@dataclass(frozen=True, slots=True)
class Fresh:
    """as_of_at: the moment of the figures; None when nothing has ever come. state: down, stale or up."""

    as_of_at: datetime | None
    state: str
    since: datetime | None = None  # when the link broke


def fresh(
    *, last_ok_at: datetime | None, failing_since: datetime | None, stale_after: timedelta, at: datetime
) -> Fresh:
    if failing_since is not None:
        return Fresh(last_ok_at, "down", failing_since)
    if last_ok_at is None or at - last_ok_at > stale_after:
        return Fresh(last_ok_at, "stale")
    return Fresh(last_ok_at, "up")


def worst(several: Iterable[Fresh]) -> Fresh | None:
    """Over several links: the gravest state, and of those the oldest figures; None when there is no link."""
    found = list(several)
    return min(found, key=lambda one: (STATES.index(one.state), _rank(one)), default=None)


def _rank(one: Fresh) -> float:
    return one.as_of_at.timestamp() if one.as_of_at else float("-inf")
