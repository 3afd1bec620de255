"""A queue with classes, impatient callers and redials, run event by event under one of the shared disciplines.

The order of service is `routing.rules.discipline.choose`; for speed it is compiled here into lanes (see `lanes_of`),
and a test holds the two equal. Arrivals are Poisson; handle times, patience and redials are drawn beforehand from
streams of their own, so that two disciplines with one seed meet the same borrowers. Times are float seconds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from typing import Any

import numpy as np

from jietong.routing.rules.discipline import FIFO, LIVE, STATIC

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
_NEVER = -1.0

#: calls of one run, redials included, that a machine of ordinary size holds in memory
RUN_CALLS_MAX = 5_000_000

DISTRIBUTIONS = ("exponential", "deterministic", "lognormal", "erlang")


class TooManyCallsError(ArithmeticError):
    """A run has more calls than RUN_CALLS_MAX; with redials this is known only on the way."""


@dataclass(frozen=True, slots=True)
class QueueClass:
    """One class of callers. slope ≥ 0: priority per second; target_seconds: None when nothing is promised."""

    name: str
    arrivals_per_second: float
    slope: float = 1.0
    target_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class HandleTimes:
    """Law of the handle times with mean `seconds` > 0. cv: coefficient of variation of `lognormal`, > 0;
    shape: phases of `erlang`, ≥ 1 (1 is exponential)."""

    seconds: float
    kind: str = "exponential"
    cv: float = 1.0
    shape: int = 2

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        if self.kind == "deterministic":
            return np.full(size, self.seconds)
        if self.kind == "lognormal":
            variance = math.log1p(self.cv * self.cv)
            return rng.lognormal(math.log(self.seconds) - variance / 2.0, math.sqrt(variance), size)
        if self.kind == "erlang":
            return rng.standard_gamma(self.shape, size) * (self.seconds / self.shape)
        if self.kind == "exponential":
            return rng.exponential(self.seconds, size)
        raise ValueError(f"unknown law of handle times {self.kind!r}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that a run needs. floor: classes with static precedence while the offered load is above 1 (only
    `live`). patience_seconds: mean of the exponential patience, None: nobody gives up. redial_share: probability
    that an abandoned call is made again, after an exponential pause of mean redial_after_seconds (0: at once).
    Arrivals, redials too, stop at `seconds`; who waits then is served out."""

    classes: tuple[QueueClass, ...]
    agents: int
    handle: HandleTimes
    seconds: float
    discipline: str
    patience_seconds: float | None = None
    redial_share: float = 0.0
    redial_after_seconds: float = 0.0
    floor: frozenset[str] = frozenset()

    @property
    def offered_load(self) -> float:
        """First calls × handle time per agent."""
        return sum(c.arrivals_per_second for c in self.classes) * self.handle.seconds / self.agents

    @property
    def surge(self) -> bool:
        return self.discipline == LIVE and self.offered_load > 1.0

    def default_floor(self) -> frozenset[str]:
        """The classes with the highest slope."""
        top = max(c.slope for c in self.classes)
        return frozenset(c.name for c in self.classes if c.slope == top)


@dataclass(frozen=True, slots=True)
class Calls:
    """What happened, one entry a call: first calls in order of arrival, then redials in theirs.

    arrived: s; class_index; waited: s until served or given up; served; first_call: index of the borrower's first
    call, its own when it is the first.
    """

    arrived: Floats
    class_index: Ints
    waited: Floats
    served: np.ndarray[Any, np.dtype[np.bool_]]
    first_call: Ints


@dataclass(frozen=True, slots=True)
class Lane:
    """Classes that share one first-come-first-served line. level: static precedence, 0 first; gain: priority per
    second of waiting, compared among lanes of one level."""

    level: int
    gain: float


def lanes_of(scenario: Scenario) -> tuple[list[Lane], list[int]]:
    """Compile the discipline: the lanes, most preferred level first, and the lane of each class.

    fifo is one lane; static one level per slope; accumulating one level with a lane per slope; live in a surge has
    a level per floor slope above one accumulating level.
    """
    wanted = []
    for c in scenario.classes:
        if scenario.discipline == FIFO:
            wanted.append((0, 0.0, 1.0))
        elif scenario.discipline == STATIC or (scenario.surge and c.name in scenario.floor):
            wanted.append((0, -c.slope, 1.0))
        else:
            wanted.append((1, 0.0, c.slope))
    levels = sorted({(band, order) for band, order, _ in wanted})
    keys = [(levels.index((band, order)), gain) for band, order, gain in wanted]
    distinct = sorted(set(keys), key=lambda key: (key[0], keys.index(key)))
    return [Lane(*key) for key in distinct], [distinct.index(key) for key in keys]


def run(scenario: Scenario, seed: np.random.SeedSequence) -> Calls:
    """One run. The same scenario and seed give the same calls, bit for bit. Raises TooManyCallsError."""
    if sum(c.arrivals_per_second for c in scenario.classes) * scenario.seconds > 0.99 * RUN_CALLS_MAX:
        raise TooManyCallsError
    streams = [np.random.default_rng(child) for child in seed.spawn(4)]
    arrived, class_index = _arrivals(scenario, streams[0])
    handle = scenario.handle.draw(streams[1], arrived.size)
    if scenario.patience_seconds is None:
        deadlines = np.full(arrived.size, np.inf)
    else:
        deadlines = arrived + streams[2].exponential(scenario.patience_seconds, arrived.size)
    lanes, lane_of_class = lanes_of(scenario)
    line = _Line(
        lanes, arrived.tolist(), np.asarray(lane_of_class)[class_index].tolist(), deadlines.tolist(), handle.tolist()
    )
    if scenario.redial_share > 0.0 and scenario.patience_seconds is not None:
        first = _serve_with_redials(line, scenario, streams[3])
        class_index = class_index[first]
    else:
        _serve(line, scenario.agents)
        first = np.arange(arrived.size)
    times, begun, ends = np.asarray(line.arrived), np.asarray(line.begun), np.asarray(line.deadlines)
    served = begun != _NEVER
    return Calls(times, class_index, np.where(served, begun, ends) - times, served, first)


def _arrivals(scenario: Scenario, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Poisson arrivals of every class on [0, seconds), merged in order of time."""
    times, owners = [], []
    for index, (c, stream) in enumerate(zip(scenario.classes, rng.spawn(len(scenario.classes)), strict=True)):
        count = int(stream.poisson(c.arrivals_per_second * scenario.seconds))
        # Given their number, the points of a Poisson process are independent and uniform.
        times.append(stream.uniform(0.0, scenario.seconds, count))
        owners.append(np.full(count, index))
    merged, owner = np.concatenate(times), np.concatenate(owners)
    order = np.argsort(merged, kind="stable")
    return merged[order], owner[order]


class _Line:
    """The waiting calls of one run and what became of them; lists, because the loop below is plain Python."""

    __slots__ = ("arrived", "begun", "deadlines", "handle", "lane", "queues", "take")

    def __init__(
        self, lanes: Sequence[Lane], arrived: list[float], lane: list[int], deadlines: list[float], handle: list[float]
    ) -> None:
        self.arrived, self.lane, self.deadlines, self.handle = arrived, lane, deadlines, handle
        self.begun = [_NEVER] * len(arrived)
        self.queues: list[deque[int]] = [deque() for _ in lanes]
        self.take = self._one_lane() if len(lanes) == 1 else self._many_lanes(lanes)

    def _one_lane(self) -> Callable[[float], int]:
        queue, deadlines = self.queues[0], self.deadlines

        def take(now: float) -> int:
            """Remove and return the next call to serve at `now`, -1 when all who waited have given up."""
            while queue:
                call = queue.popleft()
                if deadlines[call] > now:
                    return call
            return -1

        return take

    def _many_lanes(self, lanes: Sequence[Lane]) -> Callable[[float], int]:
        arrived, deadlines = self.arrived, self.deadlines
        ranked = [(lane.level, lane.gain, queue) for lane, queue in zip(lanes, self.queues, strict=True)]

        def take(now: float) -> int:
            best, best_queue, best_since, best_priority, best_level = -1, None, 0.0, 0.0, -1
            for level, gain, queue in ranked:
                if best_queue is not None and level != best_level:
                    break
                # Those who gave up are met only here: nobody needs to know before their turn would come.
                while queue and deadlines[queue[0]] <= now:
                    queue.popleft()
                if not queue:
                    continue
                call = queue[0]
                since = arrived[call]
                priority = (now - since) * gain
                if best_queue is None or priority > best_priority or (priority == best_priority and since < best_since):
                    best, best_queue, best_since, best_priority, best_level = call, queue, since, priority, level
            if best_queue is not None:
                best_queue.popleft()
            return best

        return take


def _serve(line: _Line, agents: int) -> None:
    """Serve every call. `free` holds the time at which each agent is or becomes free; `waiting` may count calls
    that have given up, and is corrected when `take` finds nobody."""
    begun, handle, take, queues = line.begun, line.handle, line.take, line.queues
    free, waiting = [0.0] * agents, 0
    for call, (now, lane) in enumerate(zip(line.arrived, line.lane, strict=True)):
        while waiting and (moment := free[0]) <= now:
            turn = take(moment)
            if turn < 0:
                waiting = 0
                break
            waiting -= 1
            begun[turn] = moment
            heapreplace(free, moment + handle[turn])
        if not waiting and free[0] <= now:
            begun[call] = now
            heapreplace(free, now + handle[call])
        else:
            queues[lane].append(call)
            waiting += 1
    _serve_out(line, free)


def _serve_out(line: _Line, free: list[float]) -> None:
    while (turn := line.take(free[0])) >= 0:
        line.begun[turn] = free[0]
        heapreplace(free, free[0] + line.handle[turn])


class _Redials:
    """Calls that will be made again if they are given up, by the time of the new call; draws come in blocks."""

    __slots__ = ("_block", "_rng", "_scenario", "due")

    def __init__(self, scenario: Scenario, rng: np.random.Generator) -> None:
        self._scenario, self._rng = scenario, rng
        self._block: Iterator[list[float]] = iter(())
        self.due: list[tuple[float, int]] = []

    def _draws(self) -> tuple[float, float, float]:
        """Uniform, standard exponential for the pause, standard exponential for the new patience."""
        drawn = next(self._block, None)
        if drawn is None:
            triples = np.column_stack([self._rng.random(4096), self._rng.standard_exponential((4096, 2))])
            self._block = iter(triples.tolist())
            drawn = next(self._block)
        return drawn[0], drawn[1], drawn[2]

    def consider(self, call: int, deadline: float) -> None:
        """A call joins the line: decide now whether it would be made again after being given up at `deadline`."""
        chance, pause, _ = self._draws()
        again = deadline + pause * self._scenario.redial_after_seconds
        if chance < self._scenario.redial_share and again < self._scenario.seconds:
            heappush(self.due, (again, call))

    def patience(self) -> float:
        assert self._scenario.patience_seconds is not None
        return self._draws()[2] * self._scenario.patience_seconds


def _serve_with_redials(line: _Line, scenario: Scenario, rng: np.random.Generator) -> Ints:
    """As `_serve`, with calls added as they are redialled; returns the index of each call's first call."""
    begun, arrived, lanes, handle = line.begun, line.arrived, line.lane, line.handle
    first, redials = list(range(len(arrived))), _Redials(scenario, rng)
    free, waiting, coming, fresh = [0.0] * scenario.agents, 0, 0, len(arrived)
    while coming < fresh or redials.due:
        is_redial = coming >= fresh or bool(redials.due and redials.due[0][0] < arrived[coming])
        now = redials.due[0][0] if is_redial else arrived[coming]
        while waiting and (moment := free[0]) <= now:
            turn = line.take(moment)
            if turn < 0:
                waiting = 0
                break
            waiting -= 1
            begun[turn] = moment
            heapreplace(free, moment + handle[turn])
        if is_redial:
            given_up = heappop(redials.due)[1]
            if begun[given_up] != _NEVER:
                continue  # was served after all
            call = len(arrived)
            if call >= RUN_CALLS_MAX:
                raise TooManyCallsError
            for values, value in (
                (arrived, now),
                (line.deadlines, now + redials.patience()),
                (begun, _NEVER),
                (handle, handle[given_up]),
            ):
                values.append(value)
            lanes.append(lanes[given_up])
            first.append(first[given_up])
        else:
            call, coming = coming, coming + 1
        if not waiting and free[0] <= now:
            begun[call] = now
            heapreplace(free, now + handle[call])
        else:
            line.queues[lanes[call]].append(call)
            waiting += 1
            redials.consider(call, line.deadlines[call])
    _serve_out(line, free)
    return np.asarray(first, dtype=np.int64)
