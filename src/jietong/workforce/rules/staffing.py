"""How few people keep a promise: the least number of agents that meets a target, and how many to schedule for it.

Every measure named by a target improves with each person added (models of `erlang`), so the search doubles and
then halves. Pure; see `erlang` for the models and units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from jietong.workforce.rules.erlang import Demand, Performance, UnstableError, measure

#: beyond any centre; a target that still fails here is answered with UnreachableError
AGENTS_MAX = 1_000_000


class UnreachableError(ValueError):
    """No number of people meets this part of the target."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True, slots=True)
class Target:
    """What must hold; a part that is None asks for nothing.

    share of all arrivals served within answered_within_seconds; max_abandoned: share of calls lost at most (for
    erlang_b those that are blocked); max_occupancy: share of time spent handling at most. All shares in [0, 1].
    """

    answered_within_seconds: float | None = None
    share: float | None = None
    max_abandoned: float | None = None
    max_occupancy: float | None = None

    def asks(self) -> bool:
        """Is there anything to search for?"""
        return any(part is not None for part in (self.share, self.max_abandoned, self.max_occupancy))

    def missed_by(self, found: Performance) -> str | None:
        """Name of the first part that is not met, or None."""
        if self.share is not None and found.answered_within is not None and found.answered_within < self.share:
            return "share"
        if self.max_abandoned is not None and found.abandoned + found.blocking > self.max_abandoned:
            return "max_abandoned"
        if self.max_occupancy is not None and found.occupancy > self.max_occupancy:
            return "max_occupancy"
        return None


def least_agents(demand: Demand, target: Target) -> int:
    """Least number of people, at least 1, that meets the target.

    Raises UnreachableError with the part of the target that no number of people meets (a share of exactly 1, nobody
    lost, no occupancy at all, or more than AGENTS_MAX people).
    """
    _refuse_the_impossible(demand, target)
    # Below this number the work does not fit into the people, and the queue of erlang_c has no answer at all.
    high = max(1, math.ceil(demand.load))
    low = 0
    while (part := _missed(demand, target, high)) is not None:
        if high >= AGENTS_MAX:
            raise UnreachableError(part)
        low, high = high, min(max(high + 1, math.ceil(high * 1.1)), AGENTS_MAX)
    while high - low > 1:
        middle = (low + high) // 2
        if _missed(demand, target, middle) is None:
            high = middle
        else:
            low = middle
    return high


def _missed(demand: Demand, target: Target, agents: int) -> str | None:
    try:
        return target.missed_by(measure(demand, agents, target.answered_within_seconds))
    except UnstableError:
        return "share"


def _refuse_the_impossible(demand: Demand, target: Target) -> None:
    """With any arrivals at all somebody waits and somebody is lost; floating point must not pretend otherwise."""
    if demand.arrivals_per_second <= 0.0:
        return
    if target.share is not None and target.share >= 1.0:
        raise UnreachableError("share")
    if target.max_abandoned is not None and target.max_abandoned <= 0.0 and demand.model != "erlang_c":
        raise UnreachableError("max_abandoned")
    if target.max_occupancy is not None and target.max_occupancy <= 0.0:
        raise UnreachableError("max_occupancy")


def scheduled(agents: int, shrinkage: Decimal = Decimal(0)) -> int:
    """People to put on the roster so that `agents` are at work: agents / (1 − shrinkage), rounded up.

    shrinkage in [0, 1) as a Decimal: 7 people at 0.3 are exactly 10, where binary fractions would say 11.
    """
    if not 0 <= shrinkage < 1:
        raise ValueError("shrinkage is a share below 1")
    return int((Decimal(agents) / (1 - shrinkage)).to_integral_value(ROUND_CEILING))


def people_for(slots: int, concurrency: int) -> int:
    """People needed to hold `slots` conversations at once when each person holds up to `concurrency` (chat, mail)."""
    if slots < 0 or concurrency < 1:
        raise ValueError("slots are not negative and everybody holds at least one conversation")
    return -(-slots // concurrency)
