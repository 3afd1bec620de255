"""How a team of n people answers a steady stream of calls: Erlang B, C, A, and A with redials.

B: M/M/n/n, who finds all busy is lost. C: M/M/n, everybody waits for ever. A: M/M/n+M, everybody waits no longer
than an exponential patience. Sources: Erlang (1917); Palm (1957); Garnett, Mandelbaum, Reiman (2002), "Designing a
call center with impatient customers"; the density of the offered wait from Baccelli and Hebuterne (1981).

Units: rates per second, times in seconds, loads in Erlang. All answers are plain floats, nothing is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from jietong.workforce.rules.offered_wait import offered_wait

MODELS = ("erlang_a", "erlang_b", "erlang_c", "erlang_a_redial")

#: redials are solved until the effective arrivals stand still to this relative difference
_FIXED_POINT_TOLERANCE = 1e-13


class UnstableError(ArithmeticError):
    """The queue grows without end: more work arrives than the people can do, and nobody gives up."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What arrives. arrivals_per_second ≥ 0 (first calls only), handle_seconds > 0, patience_seconds > 0 (mean;
    needed by the A models), redial_share in [0, 1]: probability that an abandoned call is made again."""

    model: str
    arrivals_per_second: float
    handle_seconds: float
    patience_seconds: float | None = None
    redial_share: float = 0.0

    @property
    def load(self) -> float:
        """Offered load in Erlang."""
        return self.arrivals_per_second * self.handle_seconds


@dataclass(frozen=True, slots=True)
class Performance:
    """How the calls fare; shares of all calls that arrive, redials included.

    p_wait: finds everybody busy and queues. mean_wait_seconds: over all arrivals, those who abandon included with
    the time they waited. abandoned: leaves the queue unserved. answered_within: served, and within the time asked
    for (None when none was). occupancy: share of the people's time spent handling. blocking: lost at once.
    arrivals_per_second: with redials. never_served: share of borrowers who in the end reached nobody.
    """

    p_wait: float
    mean_wait_seconds: float
    abandoned: float
    answered_within: float | None
    occupancy: float
    blocking: float
    arrivals_per_second: float
    never_served: float


def erlang_b(load: float, agents: int) -> float:
    """Probability that all of `agents` ≥ 0 are busy in the loss system; `load` ≥ 0 in Erlang.

    The recursion B(k) = a·B(k−1) / (k + a·B(k−1)) keeps every step in [0, 1], for any number of people.
    """
    blocked = 1.0
    for k in range(1, agents + 1):
        offered = load * blocked
        blocked = offered / (k + offered)
        if blocked == 0.0:
            break
    return blocked


def erlang_c(load: float, agents: int) -> float:
    """Probability of waiting in M/M/n. Raises UnstableError when the load is not below the number of people."""
    if load >= agents:
        raise UnstableError
    blocked = erlang_b(load, agents)
    return blocked / (1.0 - load / agents * (1.0 - blocked))


def measure(demand: Demand, agents: int, within_seconds: float | None = None) -> Performance:
    """Performance of `agents` ≥ 1 people under this demand.

    Raises UnstableError for erlang_c, and for erlang_a_redial when every abandoned call comes back, if the load is
    not below the number of people; ValueError for a model that does not exist.
    """
    if demand.model not in MODELS:
        raise ValueError(f"unknown model {demand.model!r}")
    if demand.arrivals_per_second <= 0.0:
        return Performance(0.0, 0.0, 0.0, None if within_seconds is None else 1.0, 0.0, 0.0, 0.0, 0.0)
    if demand.model == "erlang_b":
        return _measure_b(demand, agents, within_seconds)
    if demand.model == "erlang_c":
        return _measure_c(demand, agents, within_seconds)
    if demand.model == "erlang_a_redial":
        return _measure_redial(demand, agents, within_seconds)
    return _measure_a(demand, agents, within_seconds)


def _measure_b(demand: Demand, agents: int, within_seconds: float | None) -> Performance:
    blocked = erlang_b(demand.load, agents)
    served = None if within_seconds is None else 1.0 - blocked
    busy = demand.load * (1.0 - blocked) / agents
    return Performance(0.0, 0.0, 0.0, served, busy, blocked, demand.arrivals_per_second, blocked)


def _measure_c(demand: Demand, agents: int, within_seconds: float | None) -> Performance:
    waits = erlang_c(demand.load, agents)
    spare = (agents - demand.load) / demand.handle_seconds
    served = None if within_seconds is None else 1.0 - waits * math.exp(-spare * within_seconds)
    occupancy = demand.load / agents
    return Performance(waits, waits / spare, 0.0, served, occupancy, 0.0, demand.arrivals_per_second, 0.0)


def _measure_a(demand: Demand, agents: int, within_seconds: float | None) -> Performance:
    """With V the wait offered to a borrower of endless patience: P(V = 0) = 1 − p_wait, and above 0 the density
    shape of `offered_wait`. Then wait = E[min(V, patience)], abandoned = wait / patience (exactly), and
    answered within t = P(V = 0) + E[patience outlasts V; 0 < V ≤ t]."""
    assert demand.patience_seconds is not None, "the caller has checked that patience is given"
    rate, patience = demand.arrivals_per_second, demand.patience_seconds
    shape = offered_wait(rate, agents / demand.handle_seconds, 1.0 / patience, within_seconds)
    blocked = erlang_b(demand.load, agents)
    queued = blocked * shape.mass * agents / demand.handle_seconds
    waits = queued / (queued + (1.0 - blocked) * shape.zero_weight)
    mean_wait = waits * shape.mean_wait
    lost = mean_wait / patience
    served = None if shape.served_within is None else (1.0 - waits) + waits * shape.served_within
    # Under hopeless overload 1 − lost has lost its last digits, but nobody is busy more than always.
    occupancy = min(demand.load * (1.0 - lost) / agents, 1.0)
    return Performance(waits, mean_wait, lost, served, occupancy, 0.0, rate, lost)


def _measure_redial(demand: Demand, agents: int, within_seconds: float | None) -> Performance:
    """Erlang A at the arrivals that reproduce themselves: λe = λ + r · abandoned(λe) · λe.

    λe · (1 − r · abandoned(λe)) rises with λe, so there is one solution, between λ and λ / (1 − r). A borrower
    whose calls abandon with probability p and who redials with probability r is never served with p(1−r)/(1−pr).
    """
    first, share = demand.arrivals_per_second, demand.redial_share
    if share >= 1.0 and demand.load >= agents:
        raise UnstableError
    plain = replace(demand, model="erlang_a", redial_share=0.0)

    def excess(arrivals: float) -> float:
        tried = _measure_a(replace(plain, arrivals_per_second=arrivals), agents, None)
        return arrivals * (1.0 - share * tried.abandoned) - first

    effective = _rising_root(excess, first)
    result = _measure_a(replace(plain, arrivals_per_second=effective), agents, within_seconds)
    lost = result.abandoned
    return replace(result, arrivals_per_second=effective, never_served=lost * (1.0 - share) / (1.0 - lost * share))


def _rising_root(function: Callable[[float], float], start: float) -> float:
    """Root ≥ start of a rising function with function(start) ≤ 0: doubling, then the Illinois rule."""
    low, at_low = start, function(start)
    if at_low >= 0.0:
        return low
    high = 2.0 * start
    while (at_high := function(high)) < 0.0:
        low, at_low, high = high, at_high, 2.0 * high
    kept_side = 0
    for _ in range(200):
        if high - low <= _FIXED_POINT_TOLERANCE * high:
            break
        middle = high - at_high * (high - low) / (at_high - at_low)
        if not low < middle < high:
            middle = 0.5 * (low + high)
        at_middle = function(middle)
        if abs(at_middle) <= _FIXED_POINT_TOLERANCE * start:
            return middle
        if at_middle < 0.0:
            low, at_low = middle, at_middle
            at_high = at_high / 2.0 if kept_side == -1 else at_high
            kept_side = -1
        else:
            high, at_high = middle, at_middle
            at_low = at_low / 2.0 if kept_side == 1 else at_low
            kept_side = 1
    return 0.5 * (low + high)
