"""The wait that the queue M/M/n+M offers to a borrower of endless patience, integrated to machine precision.

Given that everybody is busy its density is proportional to exp(g(x)), g(x) = (λ/θ)(1 − e^{−θx}) − nμ·x, with λ the
arrivals, nμ the speed of the whole team and 1/θ the mean patience (Baccelli and Hebuterne 1981; Zeltyn and
Mandelbaum 2005, formula 4.1). g is concave, so the integrals are sums of 16-point Gauss-Legendre panels, each so
narrow that g changes little within it, taken only where exp(g) is not negligible. No overflow at any load.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_NODES = 16
_NEGLIGIBLE = 45.0  # e^-45 is 3e-20 of the peak
_CHANGE_PER_PANEL = 4.0


@dataclass(frozen=True, slots=True)
class OfferedWait:
    """Integrals of the density shape h(x) = exp(g(x) − g(peak)) over x > 0.

    mass: ∫h, seconds. zero_weight: exp(−g(peak)), what one unit of h at x = 0 weighs. mean_wait: the mean of
    min(V, patience) given V > 0, seconds. served_within: P(V ≤ t and V < patience | V > 0), None without t.
    """

    mass: float
    zero_weight: float
    mean_wait: float
    served_within: float | None


def offered_wait(arrivals: float, speed: float, impatience: float, within_seconds: float | None) -> OfferedWait:
    """arrivals λ > 0, speed nμ > 0, impatience θ > 0, all per second; within_seconds t ≥ 0 or None."""
    peak = math.log(arrivals / speed) / impatience if arrivals > speed else 0.0
    top = _log_density(peak, arrivals, speed, impatience)
    low, high = _support(peak, top, arrivals, speed, impatience)
    limit = high if within_seconds is None else min(max(within_seconds, low), high)
    mass = waited = served = 0.0
    for begin, end in _panels(low, high, limit, arrivals, speed, impatience):
        half = 0.5 * (end - begin)
        middle = begin + half
        for node, weight in _gauss_legendre():
            x = middle + half * node
            gone = -math.expm1(-impatience * x)
            part = half * weight * math.exp(arrivals / impatience * gone - speed * x - top)
            mass += part
            waited += part * gone
            if end <= limit:
                served += part * (1.0 - gone)
    within = None if within_seconds is None else served / mass
    return OfferedWait(mass, math.exp(-top), waited / impatience / mass, within)


def _log_density(x: float, arrivals: float, speed: float, impatience: float) -> float:
    return -arrivals / impatience * math.expm1(-impatience * x) - speed * x


def _support(peak: float, top: float, arrivals: float, speed: float, impatience: float) -> tuple[float, float]:
    """The stretch around the peak on which g is within _NEGLIGIBLE of its top."""
    floor = top - _NEGLIGIBLE
    low = 0.0
    if peak > 0.0 and _log_density(0.0, arrivals, speed, impatience) < floor:
        outside, inside = 0.0, peak
        for _ in range(60):
            middle = 0.5 * (outside + inside)
            if _log_density(middle, arrivals, speed, impatience) < floor:
                outside = middle
            else:
                inside = middle
        low = outside
    step = 1.0 / speed
    while _log_density(peak + step, arrivals, speed, impatience) > floor:
        step *= 1.5
    return low, peak + step


def _panels(
    low: float, high: float, cut: float, arrivals: float, speed: float, impatience: float
) -> Iterator[tuple[float, float]]:
    """Cut [low, high] into panels, one border exactly at `cut`."""
    begin = low
    while begin < high:
        steepness = arrivals * math.exp(-impatience * begin)
        slope = abs(steepness - speed)
        curve = 0.5 * steepness * impatience
        # |g'|·h + |g''|·h²/2 = change, solved for h without cancellation
        width = 2.0 * _CHANGE_PER_PANEL / (slope + math.sqrt(slope * slope + 4.0 * curve * _CHANGE_PER_PANEL))
        # e^{−θx} must be smooth within the panel too, as long as it matters
        width = min(width, 2.0 / impatience + 0.5 * begin)
        end = min(begin + width, high)
        if begin < cut < end:
            end = cut
        if end <= begin:
            return
        yield begin, end
        begin = end


@cache
def _gauss_legendre() -> tuple[tuple[float, float], ...]:
    """Nodes and weights on [−1, 1]: Newton's method on the Legendre polynomial of degree _NODES."""
    found = []
    for k in range(1, _NODES + 1):
        x = math.cos(math.pi * (k - 0.25) / (_NODES + 0.5))
        for _ in range(20):
            value, slope = _legendre(x)
            x -= value / slope
        _, slope = _legendre(x)
        found.append((x, 2.0 / ((1.0 - x * x) * slope * slope)))
    return tuple(found)


def _legendre(x: float) -> tuple[float, float]:
    previous, value = 1.0, x
    for n in range(2, _NODES + 1):
        previous, value = value, ((2 * n - 1) * x * value - (n - 1) * previous) / n
    return value, _NODES * (x * value - previous) / (x * x - 1.0)
