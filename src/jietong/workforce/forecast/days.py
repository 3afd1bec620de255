"""The level of each day: a Gaussian process on the logarithm of a day's calls, with heavy-tailed noise.

The log of a day's calls is a sum of independent smooth parts, each a covariance between two days:

- the weekday, and a slow drift of each weekday;
- the level, which wanders and comes back (`steady`), wanders far (`drifting`), or has a slope (`trending`);
- the day of the month, smooth over the turn of the month (pay days, card bills), and the first working days
  of the month, which carry what a weekend put off;
- the first working day after a public holiday.

Holidays, strikes and outages are days that no part explains. Each day's residual is judged by leaving it out
(Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, eq. 5.12), and its weight follows a
Student t likelihood, squared so that far outliers lose nearly all of it: one week of holidays at the end of the
history does not pull down the weeks to come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

DAYS_PER_MONTH = 30.44
ROUNDS = 8
FIRST_WORKING_DAYS = 6
#: Older days say nothing more about the weeks to come, and the solve costs the cube of their number.
DAYS_USED_MAX = 800


@dataclass(frozen=True, slots=True)
class DayParts:
    """Standard deviations (in log calls) and lengths (days) of the parts; a length follows its part."""

    constant: float = 3.0
    weekday: float = 0.5
    level: float = 0.03
    level_days: float = 15.0
    weekday_drift: float = 0.02
    weekday_drift_days: float = 40.0
    month: float = 0.05
    month_days: float = 4.0
    first_days: float = 0.15
    first_days_length: float = 1.5
    after_holiday: float = 0.2
    slope_per_year: float = 0.0
    tail: float = 5.0
    noise_start: float = 0.05


#: Tried by rolling back-test; the first is kept unless another is clearly better (see model.choose_parts).
CANDIDATES: dict[str, DayParts] = {
    "steady": DayParts(),
    "drifting": DayParts(level=0.25, level_days=300.0),
    "trending": DayParts(level=0.06, level_days=40.0, slope_per_year=0.6),
}


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What is known of each day beforehand; arrays of one length."""

    day: Floats
    weekday: Ints
    month_phase: Floats
    working_day_of_month: Floats
    after_holiday: Floats

    def take(self, index: Ints) -> DayFacts:
        return DayFacts(
            self.day[index], self.weekday[index], self.month_phase[index],
            self.working_day_of_month[index], self.after_holiday[index],
        )  # fmt: skip


def day_facts(first_on: date, days: int, *, working: Flags, holidays: frozenset[date]) -> DayFacts:
    """Facts of `days` days from `first_on`.

    working: (7,) is the weekday worked at all. The phase of the month is 0 on the 1st, -1 on the last day.
    """
    dates = [first_on + timedelta(days=i) for i in range(days)]
    phase, ordinal, after = np.zeros(days), np.zeros(days), np.zeros(days)
    # A history may begin in mid-month: the month's working days before it are counted by the weekday alone.
    earlier = (first_on - timedelta(days=back) for back in range(1, first_on.day))
    worked, pending = sum(bool(working[on.weekday()]) for on in earlier), False
    for i, on in enumerate(dates):
        last_of_month = (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        phase[i] = on.day - 1 if on.day <= 17 else on.day - last_of_month.day - 1
        worked = 0 if on.day == 1 else worked
        works = bool(working[on.weekday()])
        if on in holidays:
            pending = works
        elif works:
            after[i] = float(pending)
            pending = False
            worked += 1
        ordinal[i] = worked
    weekday = np.array([on.weekday() for on in dates], dtype=np.int64)
    return DayFacts(np.arange(days, dtype=np.float64), weekday, phase, ordinal, after)


def covariance(a: DayFacts, b: DayFacts, parts: DayParts) -> Floats:
    """Prior covariance (len a, len b) of the log level of two days."""
    apart = np.abs(a.day[:, None] - b.day[None, :])
    same = (a.weekday[:, None] == b.weekday[None, :]).astype(np.float64)
    phase = np.abs(a.month_phase[:, None] - b.month_phase[None, :])
    phase = np.minimum(phase, DAYS_PER_MONTH - phase)
    ordinal = a.working_day_of_month[:, None] - b.working_day_of_month[None, :]
    early = (a.working_day_of_month < FIRST_WORKING_DAYS)[:, None] & (b.working_day_of_month < FIRST_WORKING_DAYS)
    total = parts.constant**2 + parts.weekday**2 * same
    total = total + parts.level**2 * np.exp(-apart / parts.level_days)
    total += parts.weekday_drift**2 * same * np.exp(-apart / parts.weekday_drift_days)
    total += parts.month**2 * np.exp(-0.5 * (phase / parts.month_days) ** 2)
    total += parts.first_days**2 * np.exp(-0.5 * (ordinal / parts.first_days_length) ** 2) * early
    total += parts.after_holiday**2 * a.after_holiday[:, None] * b.after_holiday[None, :]
    if parts.slope_per_year:
        total += (parts.slope_per_year / 365.25) ** 2 * a.day[:, None] * b.day[None, :]
    return total


@dataclass(frozen=True, slots=True)
class DayFit:
    """calls: forecast per day (calls, not logs). weights: 0..1 per observed day, small for outliers."""

    calls: Floats
    weights: Floats


def forecast_days(calls: Floats, seen: DayFacts, ahead: DayFacts, parts: DayParts) -> DayFit:
    """Fit the observed days' `calls` (n,) and forecast the days `ahead`."""
    cut = max(0, len(calls) - DAYS_USED_MAX)
    if cut:
        recent = np.arange(cut, len(calls), dtype=np.int64)
        fit = forecast_days(calls[cut:], seen.take(recent), ahead, parts)
        return DayFit(fit.calls, np.concatenate([np.full(cut, fit.weights[0]), fit.weights]))
    logs: Floats = np.log1p(calls)
    centre = float(np.median(logs))
    # Counts scatter by themselves: about 1 / calls in the log, which matters for small centres.
    counting = 1.0 / (calls + 1.0)
    prior = covariance(seen, seen, parts)
    noise = parts.noise_start**2
    weights: Floats = np.ones(len(calls))
    inverse: Floats = np.empty_like(prior)
    for _ in range(ROUNDS):
        inverse = np.asarray(np.linalg.inv(prior + np.diag((noise + counting) / weights)), dtype=np.float64)
        left_out = (inverse @ (logs - centre)) / np.diag(inverse)
        spread = np.maximum(1.0 / np.diag(inverse) - (noise + counting) / weights, 0.0)
        far = left_out**2 / (noise + counting + spread)
        weights = np.clip(((parts.tail + 1) / (parts.tail + far)), 1e-2, 1.0) ** 2
        # What is not yet known of the level is no noise: a weekday seen once must not look like an outlier.
        own = left_out * np.sqrt((noise + counting) / (noise + counting + spread))
        robust = float(np.median(np.abs(own))) / 0.6745
        noise = float(np.clip(0.7 * robust**2, 0.1 * parts.noise_start**2, 0.25))
    inverse = np.asarray(np.linalg.inv(prior + np.diag((noise + counting) / weights)), dtype=np.float64)
    mean = centre + covariance(ahead, seen, parts) @ (inverse @ (logs - centre))
    level = np.maximum(np.expm1(np.minimum(mean, 25.0)), 0.0)
    # The mean of the log of a count lies below the log of its mean, by the delta method level / 2 (level + 1)².
    return DayFit(np.expm1(np.log1p(level) + 0.5 * level / (level + 1.0) ** 2), weights)
