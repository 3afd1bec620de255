"""Rolling back-test of `jietong workforce forecast` against simple means, for one history file.

    python bench/forecast_backtest.py calls.csv [--interval 30] [--horizons 7,28,42] [--origins 18] [--every 7]

Every origin uses only what lies before it, the choice of the level's movement and the bands included. WAPE is the
sum of absolute errors over the open slots as a share of the calls; `vs 4wk` is the mean of the origins' WAPE
relative to the mean of the last four same weekdays. Days that were closed are not scored. With `--statsforecast`
(extra `cli` installed) AutoETS on day totals and MSTL on slots are put beside it; that takes minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jietong.workforce.forecast.days import CANDIDATES
from jietong.workforce.forecast.history import read_history
from jietong.workforce.forecast.model import forecast_slots, forecast_with_bands
from jietong.workforce.forecast.slots import aggregate

Floats = npt.NDArray[np.float64]
Model = Callable[[Floats, date, int], Floats]


def same_weekday_mean(weeks: int) -> Model:
    """Mean of the last `weeks` worked days of the same weekday, slot by slot (1: seasonal naive)."""

    def forecast(slots: Floats, first_on: date, ahead: int) -> Floats:
        weekday = (np.arange(len(slots) + ahead) + first_on.weekday()) % 7
        worked = ~np.isnan(slots).all(axis=1)
        out = np.full((ahead, slots.shape[1]), np.nan)
        for day in range(ahead):
            past = slots[(weekday[: len(slots)] == weekday[len(slots) + day]) & worked][-weeks:]
            there = (~np.isnan(past)).sum(axis=0)
            out[day] = np.where(there > 0, np.nansum(past, axis=0) / np.maximum(there, 1), np.nan)
        return out

    return forecast


def by_statsforecast(name: str) -> Model:
    """AutoETS on day totals spread by the four-week profile, or MSTL (day and week) on slots."""

    def forecast(slots: Floats, first_on: date, ahead: int) -> Floats:
        from statsforecast.models import MSTL, AutoETS

        shape = same_weekday_mean(4)(slots, first_on, ahead)
        used = ~np.isnan(shape).all(axis=0)
        worked = np.unique(np.flatnonzero(~np.isnan(slots).all(axis=1)))
        week = len({(first_on + timedelta(days=int(day))).weekday() for day in worked[-14:]})
        open_days = np.flatnonzero(~np.isnan(shape).all(axis=1))
        if name == "AutoETS":
            fit = AutoETS(season_length=week).forecast(y=np.nansum(slots[worked], axis=1), h=len(open_days))["mean"]
            sums = np.nansum(shape[open_days], axis=1)
            shape[open_days] *= (fit / np.maximum(sums, 1e-9))[:, None]
            return shape
        flat = np.nan_to_num(slots[worked][:, used]).ravel()
        per_day = int(used.sum())
        model = MSTL(season_length=[per_day, per_day * week])
        fit = model.forecast(y=flat, h=len(open_days) * per_day)["mean"].reshape(-1, per_day)
        rows = np.full((len(open_days), slots.shape[1]), np.nan)
        rows[:, used] = np.maximum(fit, 0.0)
        shape[open_days] = np.where(np.isnan(shape[open_days]), np.nan, rows)
        return shape

    return forecast


def wape(forecast: Floats, actual: Floats) -> float:
    there = ~np.isnan(actual)
    missed = np.where(np.isnan(forecast), 0.0, forecast)
    return float(np.abs(missed - actual)[there].sum() / max(actual[there].sum(), 1.0))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("history", type=Path)
    parser.add_argument("--interval", type=int, default=30)
    parser.add_argument("--horizons", default="7,28,42")
    parser.add_argument("--origins", type=int, default=18)
    parser.add_argument("--every", type=int, default=7)
    parser.add_argument("--statsforecast", action="store_true")
    options = parser.parse_args()
    horizons = [int(part) for part in options.horizons.split(",")]
    history = read_history(options.history, interval_minutes=options.interval)
    slots = aggregate(history.counts, step_minutes=history.step_minutes, interval_minutes=options.interval)
    ends = [len(slots) - 7 - options.every * k for k in range(options.origins)]
    origins = [at for at in ends if at >= 14]
    simple = {"4wk mean": 4, "naive": 1, "8wk": 8}
    models: dict[str, Model] = {name: same_weekday_mean(weeks) for name, weeks in simple.items()}
    for name, parts in CANDIDATES.items():
        models[name] = lambda s, f, h, parts=parts: forecast_slots(s, f, h, parts)[1:]
    if options.statsforecast:
        models |= {"AutoETS": by_statsforecast("AutoETS"), "MSTL": by_statsforecast("MSTL")}
    print(f"{options.history.name}: {len(slots)} days, {len(origins)} origins")
    print("| model |" + "".join(f" {h} d: WAPE | vs 4wk | in band |" for h in horizons))
    print("| --- |" + " --- | --- | --- |" * len(horizons))
    base: dict[int, Floats] = {}
    for name in [*models, "jietong"]:
        cells = ""
        for horizon in horizons:
            errors, inside, scored = [], 0, 0
            for origin in origins:
                actual = slots[origin : origin + horizon]
                if name == "jietong":
                    answer = forecast_with_bands(slots[:origin], history.first_on, len(actual))
                    forecast = answer.calls[1:]
                    both = ~np.isnan(forecast) & ~np.isnan(actual)
                    inside += int(((answer.low[1:] <= actual) & (actual <= answer.high[1:]))[both].sum())
                    scored += int(both.sum())
                else:
                    forecast = models[name](slots[:origin], history.first_on, len(actual))
                errors.append(wape(forecast, actual))
            each = np.array(errors)
            base.setdefault(horizon, each)
            band = f"{inside / scored:.1%}" if scored else ""
            cells += f" {each.mean():.4f} | {each.mean() / base[horizon].mean() - 1:+.1%} | {band} |"
        print(f"| {name} |{cells}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
