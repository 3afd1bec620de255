"""How long a borrower is told they will wait: a conservative band, never a mean, and it never grows.

While all of n specialists are busy and handle times are exponential with mean s, calls leave the queue as a Poisson
process of rate n/s, so the k-th in line waits a Gamma(k, s/n) time. Source of the incomplete gamma function: series
and continued fraction of Abramowitz & Stegun 6.5.29 and 6.5.31.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

LOW_QUANTILE = 0.03
HIGH_QUANTILE = 0.85  # a margin, for handle times less even than exponential ones; the band holds 82 %


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


def estimate(position: int, agents: int, handle_seconds: float, now: float = 0.0, *,
             overtaking: float = 0.0) -> Band | None:
    """Band of waits for the one who is `position`-th in line (1: next), counted in the order of service.

    agents: people who serve this queue; handle_seconds: their mean handle time; overtaking: share of their time
    that later but more urgent contacts will take, 0 ≤ share < 1. None when nobody serves the queue or it is
    wholly overtaken: there is no honest band then, a callback is offered instead.
    Raises ValueError for position < 1 or a handle time that is not positive.
    """
    if position < 1 or not handle_seconds > 0.0:
        raise ValueError("a position begins at 1 and handling takes time")
    if agents < 1 or overtaking >= 1.0:
        return None
    scale = handle_seconds / (agents * (1.0 - max(overtaking, 0.0)))
    return Band(gamma_quantile(position, LOW_QUANTILE) * scale, gamma_quantile(position, HIGH_QUANTILE) * scale, now)


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
    z = _normal_quantile(p)
    guess = shape * max(1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape)), 1e-3) ** 3
    low, high = guess, guess
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


def _normal_quantile(p: float) -> float:
    """Standard normal quantile to 5e-4 (Abramowitz & Stegun 26.2.23): good enough to start a search."""
    t = math.sqrt(-2.0 * math.log(min(p, 1.0 - p)))
    tail = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    return tail if p > 0.5 else -tail
