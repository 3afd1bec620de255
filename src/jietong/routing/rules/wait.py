"""How long a borrower is told they will wait: a conservative band, never a mean, and it never grows.

While all of n specialists are busy and handle times are exponential with mean s, calls leave the queue as a Poisson
process of rate n/s, so the k-th in line waits a Gamma(k, s/n) time. Source of the incomplete gamma function: series
and continued fraction of Abramowitz & Stegun 6.5.29 and 6.5.31.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

from jietong.routing.rules.discipline import Head

LOW_QUANTILE = 0.03
HIGH_QUANTILE = 0.85  # a margin, for handle times less even than exponential ones; the band holds 82 %

#: Slower contacts who are ahead at this share of the wait are taken to be served first: one who is passed only
#: near the end has often had a turn already, whenever the faster lines ran dry. Found by simulation.
AHEAD_SEEN_AT = 0.7
#: For the best case the other way round: passed is who would be passed by twice the wait.
PASSED_SEEN_AT = 2.0


@dataclass(frozen=True, slots=True)
class Band:
    """An announced wait in seconds from `made_at` (float seconds of the caller's clock). Unpacks as (low, high)."""

    low_seconds: float
    high_seconds: float
    made_at: float = 0.0

    def __iter__(self) -> Iterator[float]:
        return iter((self.low_seconds, self.high_seconds))

    @property
    def low_at(self) -> float:
        return self.made_at + self.low_seconds

    @property
    def high_at(self) -> float:
        return self.made_at + self.high_seconds


def estimate(
    position: int,
    agents: int,
    handle_seconds: float,
    now: float = 0.0,
    *,
    overtaking: float = 0.0,
    squared_cv: float = 1.0,
) -> Band | None:
    """Band of waits for the one who is `position`-th in line (1: next), counted in the order of service.

    agents: people who serve this queue; handle_seconds: their mean handle time; overtaking: share of their time
    that later but more urgent contacts will take, 0 ≤ share < 1; squared_cv: variance of the handle times over
    their squared mean, 1 for exponential ones. None when nobody serves the queue or it is wholly overtaken: there
    is no honest band then, a callback is offered instead.
    Raises ValueError for position < 1 or a handle time that is not positive.
    """
    if position < 1 or not handle_seconds > 0.0:
        raise ValueError("a position begins at 1 and handling takes time")
    if agents < 1 or overtaking >= 1.0:
        return None
    shape, scale = _gamma_of(position, handle_seconds / agents, max(overtaking, 0.0), squared_cv)
    return Band(gamma_quantile(shape, LOW_QUANTILE) * scale, gamma_quantile(shape, HIGH_QUANTILE) * scale, now)


def _gamma_of(position: int, step: float, overtaking: float, squared_cv: float) -> tuple[float, float]:
    """Shape and scale of the wait: a busy period begun by `position` contacts of mean length `step`, prolonged by
    overtakers, has mean k·s/(1 − ρ) and variance k·s²(c² + ρ)/(1 − ρ)³ (Takács); the gamma law matches both."""
    shape = position * (1.0 - overtaking) / (squared_cv + overtaking)
    return shape, position * step / (1.0 - overtaking) / shape


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class as the estimate needs it. load: its offered load per agent (arrivals/s × handle / agents);
    waiting_since_before: how many of it have waited since before an instant (one indexed count)."""

    name: str
    slope: float
    load: float
    waiting_since_before: Callable[[float], int]


def band_in_line(
    own: Head,
    lines: Sequence[ClassLine],
    *,
    agents: int,
    handle_seconds: float,
    now: float,
    surge: bool = False,
    floor: Set[str] = frozenset(),
    squared_cv: float = 1.0,
) -> Band | None:
    """Band for a contact in the live discipline, which is not first come, first served across classes.

    Who waits W seconds more lets go first all of its class before it, those of slower classes who are still ahead
    by then, those of faster classes who catch up by then, and of later arrivals the share ρ(1 − b/b′) of each
    faster class (Kleinrock 1964); floor classes go before all others in a surge. W is where the service of these
    takes W seconds. That is a fluid picture; AHEAD_SEEN_AT and PASSED_SEEN_AT make it cautious.
    lines: every class, with nobody counted twice; `own` itself is not among those counted before its own start.
    None as in `estimate`.
    """
    in_force = floor if surge else frozenset()
    share = min(sum(_overtaking(own, line, in_force) for line in lines), 1.0)

    if agents < 1 or share >= 1.0:
        return None
    step = handle_seconds / agents

    def quantile_at(wait: float, quantile: float, seen: float, overtaken: float) -> float:
        """The quantile of the service of all who go first, if slower classes are compared `seen` of the way."""
        compared = max(seen * wait - step, 0.0) if seen < 1.0 else seen * (wait + step)
        position = 1 + sum(_before(own, line, now, compared, in_force) for line in lines)
        shape, scale = _gamma_of(position, step, overtaken, squared_cv)
        return _quick_quantile(shape, quantile) * scale

    # The best case: nobody overtakes, and all who can be passed are. The cautious case: both the other way.
    low = _meeting(lambda wait: quantile_at(wait, LOW_QUANTILE, PASSED_SEEN_AT, 0.0), step)
    high = _meeting(lambda wait: quantile_at(wait, HIGH_QUANTILE, AHEAD_SEEN_AT, share), step)
    return Band(min(low, high), high, now)


def _overtaking(own: Head, line: ClassLine, floor: Set[str]) -> float:
    """Share of the team's time that later arrivals of this class take before `own`."""
    if (line.name in floor) != (own.class_name in floor):
        return line.load if line.name in floor else 0.0
    if line.slope <= own.slope:
        return 0.0
    return line.load if own.class_name in floor else line.load * (1.0 - own.slope / line.slope)


def _before(own: Head, line: ClassLine, now: float, wait: float, floor: Set[str]) -> int:
    """How many of those who wait now are served before `own`, if `own` is served at now + wait."""
    if line.name == own.class_name:
        return line.waiting_since_before(own.waiting_since)
    if (line.name in floor) != (own.class_name in floor) or own.class_name in floor:
        goes_first = line.name in floor and (own.class_name not in floor or line.slope > own.slope)
        return line.waiting_since_before(now) if goes_first else 0
    if line.slope <= 0.0:
        return 0
    turn = now + wait
    # Ahead by then are those whose priority b′(turn − since) is above b(turn − own since).
    return line.waiting_since_before(min(turn - (turn - own.waiting_since) * own.slope / line.slope, now))


def _meeting(quantile_at: Callable[[float], float], start: float) -> float:
    """The wait W at which the quantile, of all who are served first if it is W, is W itself, by bisection."""
    low, high = 0.0, start
    while quantile_at(high) > high:
        low, high = high, 2.0 * high
    for _ in range(30):
        middle = 0.5 * (low + high)
        if quantile_at(middle) > middle:
            low = middle
        else:
            high = middle
    return high


def narrow(previous: Band, new: Band) -> Band:
    """What is shown after a fresh estimate: its instants never move later than those already announced.

    Both bands keep their own `made_at`; the answer counts from that of `new`. When the announced time has passed
    the band is (0, 0): the screen then says that we are late, it does not promise anew.
    """
    high = max(min(previous.high_at, new.high_at) - new.made_at, 0.0)
    low = max(min(previous.low_at, new.low_at) - new.made_at, 0.0)
    return Band(min(low, high), high, new.made_at)


def gamma_cdf(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma P(shape, x), shape > 0."""
    if x <= 0.0:
        return 0.0
    scaled = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        term = total = 1.0 / shape
        n = shape
        while term > total * 1e-16:
            n += 1.0
            term *= x / n
            total += term
        return min(scaled * total, 1.0)
    return 1.0 - scaled * _upper_fraction(shape, x)


def _upper_fraction(shape: float, x: float) -> float:
    """Continued fraction of the upper tail (x ≥ shape + 1), evaluated by Lentz's method."""
    tiny = 1e-300
    b = x + 1.0 - shape
    c, d = 1.0 / tiny, 1.0 / b
    h = d
    for i in range(1, 100_000):
        a = -i * (i - shape)
        b += 2.0
        d = 1.0 / (a * d + b or tiny)
        c = b + a / c or tiny
        step = d * c
        h *= step
        if abs(step - 1.0) < 1e-15:
            break
    return h


def gamma_quantile(shape: float, p: float) -> float:
    """x with P(shape, x) = p, 0 < p < 1: Wilson and Hilferty's start, then bisection to twelve digits."""
    low = high = _quick_quantile(shape, p)
    while gamma_cdf(shape, low) > p:
        low /= 2.0
    while gamma_cdf(shape, high) < p:
        high *= 1.5
    while high - low > 1e-12 * high:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if gamma_cdf(shape, middle) < p:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _quick_quantile(shape: float, p: float) -> float:
    """Wilson and Hilferty (1931): the cube root of a gamma variable is nearly normal."""
    return shape * max(1.0 - 1.0 / (9.0 * shape) + _normal_quantile(p) / (3.0 * math.sqrt(shape)), 1e-3) ** 3


def _normal_quantile(p: float) -> float:
    """Standard normal quantile to 5e-4 (Abramowitz & Stegun 26.2.23): good enough to start a search."""
    t = math.sqrt(-2.0 * math.log(min(p, 1.0 - p)))
    tail = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    return tail if p > 0.5 else -tail
