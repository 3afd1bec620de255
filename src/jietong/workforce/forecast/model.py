"""Slots ahead from slots behind: opening hours, day level and profile put together, and the choice of level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from jietong.workforce.forecast.bands import fit_bands
from jietong.workforce.forecast.days import CANDIDATES, DayParts, day_facts, forecast_days
from jietong.workforce.forecast.holidays import holidays_given_away
from jietong.workforce.forecast.profile import day_totals, profiles
from jietong.workforce.forecast.slots import open_slots

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Another way the level moves must beat the steady one by this share in the back-test to be chosen.
CLEARLY_BETTER = 0.10
#: … and at this share of the origins, so that one holiday week does not decide.
WINS_MIN = 0.7
#: An origin counts this much of the one a week later: a step of the level four weeks ago must be seen.
FOLD_RECENCY = 0.8
FOLDS_MAX = 12
#: Fewer origins than this cannot tell two ways apart.
FOLDS_TO_CHOOSE = 4
FOLD_DAYS = 7
#: Before this many days of history nothing is left to test on.
DAYS_TO_TEST = 28


@dataclass(frozen=True, slots=True)
class Fold:
    """One rolling origin: what was forecast there and what came, both (days, slots), NaN when closed."""

    forecast: Floats
    actual: Floats


@dataclass(frozen=True, slots=True)
class SlotForecast:
    """calls, low, high: (days_ahead + 1, slots) each; row 0 is the history's last day; NaN when closed."""

    calls: Floats
    low: Floats
    high: Floats


def forecast_with_bands(slots: Floats, first_on: date, days_ahead: int) -> SlotForecast:
    """Choose the way the level moves, forecast, and put the 80 % band of its back-test around it."""
    parts, folds = choose_parts(slots, first_on, days_ahead)
    calls = forecast_slots(slots, first_on, days_ahead, parts)
    low, high = fit_bands([(fold.forecast, fold.actual) for fold in folds]).around(calls)
    return SlotForecast(calls, low, high)


def forecast_slots(slots: Floats, first_on: date, days_ahead: int, parts: DayParts) -> Floats:
    """(days_ahead + 1, slots): row 0 is the history's last day again, for the slots of it still to come.

    Closed slots are NaN. `slots` is (days, slots) from `first_on`, with at least one observed slot.
    """
    days = len(slots)
    weekday = (np.arange(days + days_ahead) + first_on.weekday()) % 7
    is_open = open_slots(slots, weekday[:days])
    working: Flags = np.asarray(is_open.any(axis=1), dtype=np.bool_)
    totals = day_totals(slots, weekday[:days])
    until = first_on + timedelta(days=days + days_ahead)
    holidays = holidays_given_away(first_on, totals, working, until=until)
    facts = day_facts(first_on, days + days_ahead, working=working, holidays=holidays)
    observed = np.flatnonzero(~np.isnan(totals))
    ahead = np.arange(days - 1, days + days_ahead, dtype=np.int64)
    fit = forecast_days(totals[observed], facts.take(observed), facts.take(ahead), parts)
    shares = profiles(
        slots[observed], totals[observed], weekday[observed], (days - 1 - observed).astype(np.float64), fit.weights
    )
    result = np.where(is_open[weekday[ahead]], fit.calls[:, None] * shares[weekday[ahead]], np.nan)
    closed = [i for i, row in enumerate(ahead) if first_on + timedelta(days=int(row)) in holidays]
    result[closed] = np.nan
    return result


def rolling_folds(slots: Floats, first_on: date, horizon: int, parts: DayParts) -> list[Fold]:
    """Forecasts from up to twelve weekly origins inside the history, newest first, each up to `horizon` days."""
    days = len(slots)
    folds: list[Fold] = []
    for origin in range(days - FOLD_DAYS, max(DAYS_TO_TEST - FOLD_DAYS, days // 3), -FOLD_DAYS):
        if len(folds) == FOLDS_MAX:
            break
        ahead = min(horizon, days - origin)
        if np.isnan(slots[:origin]).all():
            break
        forecast = forecast_slots(slots[:origin], first_on, ahead, parts)[1:]
        folds.append(Fold(forecast, slots[origin : origin + ahead]))
    return folds


def choose_parts(slots: Floats, first_on: date, horizon: int) -> tuple[DayParts, list[Fold]]:
    """The candidate whose back-test is clearly best (the steady one otherwise), and its folds."""
    steady = CANDIDATES["steady"]
    chosen, folds = steady, rolling_folds(slots, first_on, horizon, steady)
    if len(folds) < FOLDS_TO_CHOOSE:
        return chosen, folds
    base = errors = _errors(folds)
    recent = FOLD_RECENCY ** np.arange(len(folds))
    recent = recent / recent.sum()
    for parts in CANDIDATES.values():
        if parts is steady:
            continue
        other = rolling_folds(slots, first_on, horizon, parts)
        others = _errors(other)
        better = recent @ others < (1 - CLEARLY_BETTER) * (recent @ base) and recent @ others < recent @ errors
        if better and recent @ (others < base) >= WINS_MIN:
            chosen, folds, errors = parts, other, others
    return chosen, folds


def _errors(folds: list[Fold]) -> Floats:
    """(folds,) absolute errors of the days' sums as a share of the calls.

    Days, because single slots of a small centre are mostly counting noise.
    """
    ratios = []
    for fold in folds:
        both = ~np.isnan(fold.forecast) & ~np.isnan(fold.actual)
        missed = np.where(both, fold.forecast - fold.actual, 0.0).sum(axis=1)
        ratios.append(float(np.abs(missed).sum() / max(fold.actual[both].sum(), 1.0)))
    return np.array(ratios)
