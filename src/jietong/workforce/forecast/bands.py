"""80 % bands from the errors that the same model made at earlier origins.

The spread of a slot's error grows with its forecast f like sqrt(a f + b f²): counting noise and a share of the
day's level. Below and above are fitted apart, because calls have a long upper tail, and then scaled so that
exactly a tenth of the back-tested slots lies beyond each side (split conformal prediction, Vovk et al. 2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TAIL = 0.10
#: Fewer tested slots than this and the default spread is used: counts a little wider than Poisson, level ± 15 %.
PAIRS_MIN = 200
DEFAULT = (1.3, 0.15**2)
NORMAL_TAIL = 1.2816
BINS = 10


@dataclass(frozen=True, slots=True)
class Spread:
    """Half width of one side: sqrt(counting · f + level · f²), in calls."""

    counting: float
    level: float

    def width(self, forecast: Floats) -> Floats:
        return np.sqrt(self.counting * forecast + self.level * forecast**2)


@dataclass(frozen=True, slots=True)
class Bands:
    below: Spread
    above: Spread

    def around(self, forecast: Floats) -> tuple[Floats, Floats]:
        """(low, high) with 0 <= low <= forecast <= high."""
        low = np.maximum(forecast - self.below.width(forecast), 0.0)
        return low, forecast + self.above.width(forecast)


def fit_bands(pairs: Sequence[tuple[Floats, Floats]]) -> Bands:
    """Bands from (forecast, actual) arrays of back-tested slots; NaN on either side is left out."""
    forecast = np.concatenate([np.ravel(f) for f, _ in pairs]) if pairs else np.zeros(0)
    actual = np.concatenate([np.ravel(a) for _, a in pairs]) if pairs else np.zeros(0)
    both = ~np.isnan(forecast) & ~np.isnan(actual)
    forecast, actual = forecast[both], actual[both]
    if forecast.size < PAIRS_MIN or forecast.sum() <= 0:
        spread = Spread(DEFAULT[0] * NORMAL_TAIL**2, DEFAULT[1] * NORMAL_TAIL**2)
        return Bands(spread, spread)
    return Bands(_side(forecast, forecast - actual), _side(forecast, actual - forecast))


def _side(forecast: Floats, error: Floats) -> Spread:
    """Fit the (1 - TAIL) quantile of `error` as a function of the forecast."""
    order = np.array_split(np.argsort(forecast, kind="stable"), BINS)
    size = np.array([forecast[rows].mean() for rows in order])
    reach = np.array([max(float(np.quantile(error[rows], 1 - TAIL)), 0.0) for rows in order])
    spread = _two_terms(size, reach**2)
    width = spread.width(forecast)
    scale = float(np.quantile(error / np.maximum(width, 1e-9), 1 - TAIL))
    scale = max(scale, 0.05)
    return Spread(spread.counting * scale**2, spread.level * scale**2)


def _two_terms(size: Floats, square: Floats) -> Spread:
    """Least squares of square = a·size + b·size² with a, b >= 0, relative to the size of the square."""
    weight = 1.0 / np.maximum(square, 0.05 * max(float(square.max()), 1e-9))
    best, found = np.inf, (1.0, 0.0)
    columns = np.stack([size * weight, size**2 * weight], axis=1)
    target = square * weight
    for used in ([0, 1], [0], [1]):
        terms = np.linalg.lstsq(columns[:, used], target, rcond=None)[0]
        loss = float(((columns[:, used] @ terms - target) ** 2).sum())
        if (terms >= 0).all() and loss < best:
            both = np.zeros(2)
            both[used] = terms
            best, found = loss, (float(both[0]), float(both[1]))
    return Spread(max(found[0], 1e-6), found[1])
