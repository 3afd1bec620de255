"""Whom to serve next: the one queue discipline that the live router and the simulator share.

Within an urgency class contacts are served in order of arrival, so a decision compares class heads only.
Accumulating priority: Kleinrock (1964), "A delay dependent queue discipline"; Stanford, Taylor, Ziedins (2014).
Times are float seconds on any one clock; this module never asks what time it is.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

FIFO, STATIC, ACCUMULATING, LIVE = "fifo", "static", "accumulating", "live"
DISCIPLINES = (FIFO, STATIC, ACCUMULATING, LIVE)

SURGE_ENTER_ABOVE = 1.0
SURGE_LEAVE_BELOW = 0.9


class Head(NamedTuple):
    """The contact of one class that has waited longest.

    waiting_since: second at which the waiting began (or the moved start of `carried_start`).
    slope: priority gained per second of waiting, > 0; higher is more urgent.
    floor_rank: place among the floor classes while the surge floor is in force, 0 first; None: by slope.
    """

    class_name: str
    waiting_since: float
    slope: float
    floor_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of an explanation: where a head stands and why it goes before the next one.

    index: position of the head in the sequence given. priority: what it has accumulated.
    ahead_because: `surge_floor` (it is in the floor and the next is not), `floor_order` (both are),
    `static_order`, `priority`, `waited_longer`, `class_order`; None for the last one.
    """

    index: int
    class_name: str
    waited_seconds: float
    slope: float
    priority: float
    in_floor: bool
    ahead_because: str | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, to be stored as JSON beside the offer."""
        return {
            "index": self.index,
            "class": self.class_name,
            "waited_seconds": self.waited_seconds,
            "slope": self.slope,
            "priority": self.priority,
            "in_floor": self.in_floor,
            "ahead_because": self.ahead_because,
        }


_NOTHING: frozenset[str] = frozenset()

#: one part of the sort key → the reason it gives when it is the first to differ
_REASONS = (
    "surge_floor",
    "floor_order",
    "floor_order",
    "static_order",
    "priority",
    "waited_longer",
    "class_order",
)
_Key = tuple[int, float, float, float, float, float, int]


def _key(head: Head, index: int, now: float, discipline: str, floor: Set[str]) -> _Key:
    """Smallest goes first; every discipline is this one key with some parts held at zero."""
    since, slope = head.waiting_since, head.slope
    if discipline == FIFO:
        return (0, 0.0, 0.0, 0.0, 0.0, since, index)
    if discipline == STATIC:
        return (0, 0.0, 0.0, -slope, 0.0, since, index)
    if head.class_name in floor:
        rank = float(head.floor_rank) if head.floor_rank is not None else 0.0
        # Inside the floor precedence is static: rank first, slope among equals.
        return (0, rank, -slope, 0.0, 0.0, since, index)
    return (1 if floor else 0, 0.0, 0.0, 0.0, -(now - since) * slope, since, index)


def _floor_in_force(discipline: str, surge: bool, floor: Set[str]) -> Set[str]:
    return floor if surge and discipline == LIVE else _NOTHING


def choose(
    heads: Sequence[Head], *, now: float, discipline: str = LIVE, surge: bool = False, floor: Set[str] = _NOTHING
) -> int:
    """Index of the head to serve next.

    heads: one per class that has someone waiting, in class order (most urgent first); not empty.
    discipline: one of DISCIPLINES. `live` is `accumulating`, and while `surge` holds the classes named in
    `floor` go before all others. Ties: the one waiting longer, then the order given.
    Raises ValueError for an empty sequence or an unknown discipline (a fault of ours, not of the input).
    """
    if discipline not in DISCIPLINES:
        raise ValueError(f"unknown discipline {discipline!r}")
    in_force = _floor_in_force(discipline, surge, floor)
    if len(heads) == 1:
        return 0
    return min(range(len(heads)), key=lambda i: _key(heads[i], i, now, discipline, in_force))


def explain(
    heads: Sequence[Head], *, now: float, discipline: str = LIVE, surge: bool = False, floor: Set[str] = _NOTHING
) -> list[Standing]:
    """The heads in the order in which they would be served, each with the reason why it precedes the next.

    Takes what `choose` takes; the first line is always the head that `choose` returns. Empty in, empty out.
    """
    in_force = _floor_in_force(discipline, surge, floor)
    keys = [_key(head, i, now, discipline, in_force) for i, head in enumerate(heads)]
    order = sorted(range(len(heads)), key=keys.__getitem__)
    lines = []
    for place, i in enumerate(order):
        head, waited = heads[i], now - heads[i].waiting_since
        follower = order[place + 1] if place + 1 < len(order) else None
        lines.append(
            Standing(
                index=i,
                class_name=head.class_name,
                waited_seconds=waited,
                slope=head.slope,
                priority=waited * head.slope,
                in_floor=head.class_name in in_force,
                ahead_because=None if follower is None else _first_difference(keys[i], keys[follower]),
            )
        )
    return lines


def _first_difference(mine: _Key, other: _Key) -> str:
    """Name of the first part of the key that differs; the index always does."""
    return next(name for name, a, b in zip(_REASONS, mine, other, strict=True) if a != b)


def carried_start(waiting_since: float, *, old_slope: float, new_slope: float, now: float) -> float:
    """The start of waiting that keeps the priority accumulated so far when a contact changes its class.

    (now − result) × new_slope = (now − waiting_since) × old_slope. The true start stays on the contact, for
    its longest wait; this one only orders the queue. Slopes > 0.
    """
    return now - (now - waiting_since) * old_slope / new_slope


def next_surge(
    offered_load: float, in_force: bool, enter_above: float = SURGE_ENTER_ABOVE, leave_below: float = SURGE_LEAVE_BELOW
) -> bool:
    """Is the surge floor in force after this reading? Hysteresis: on above `enter_above`, off below `leave_below`.

    offered_load: arrivals per second × handle seconds / people on shift; infinite when nobody is there.
    """
    if in_force:
        return offered_load >= leave_below
    return offered_load > enter_above


@dataclass(frozen=True, slots=True)
class SurgeState:
    """The switch with its history: since when it stands as it does, and the reading that moved it."""

    in_force: bool = False
    since: float | None = None
    offered_load: float = 0.0

    def observe(self, offered_load: float, *, now: float) -> SurgeState:
        """The state after a reading; `since` moves only when the switch does, so a change is easily announced."""
        in_force = next_surge(offered_load, self.in_force)
        return SurgeState(in_force, now if in_force != self.in_force else self.since, offered_load)
