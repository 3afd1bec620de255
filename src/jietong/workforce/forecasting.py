"""`jietong workforce forecast`: calls per slot of the days to come, from a history file, with 80 % bands.

Only a file's own past is used: no database, no clock, no network. How good it is against simple means is
measured by `bench/forecast_backtest.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

from jietong.kernel.errors import InputError

DAYS_MAX = 366
MINUTES_PER_DAY = 1440


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """One open slot: local start, calls expected, and the band that holds the count in four of five cases."""

    start: str
    calls: float
    low80: float
    high80: float


def forecast_file(path: Path, *, interval_minutes: int, days: int) -> list[ForecastRow]:
    """Rows from the slot after the last one given, over `days` calendar days.

    The day of that first slot is day one; if nothing more is open on the history's last day, day one is the
    next day. Raises InputError for a file or an interval that makes no sense.
    """
    import numpy as np

    from jietong.workforce.forecast.history import read_history
    from jietong.workforce.forecast.model import forecast_with_bands
    from jietong.workforce.forecast.slots import aggregate

    _check(interval_minutes, days)
    history = read_history(path, interval_minutes=interval_minutes)
    slots = aggregate(history.counts, step_minutes=history.step_minutes, interval_minutes=interval_minutes)
    ahead = forecast_with_bands(slots, history.first_on, days)
    last_on = datetime.combine(history.first_on, datetime.min.time()) + timedelta(days=len(slots) - 1)
    begin = -(-int((history.ends_at - last_on).total_seconds() // 60) // interval_minutes)
    per_day = MINUTES_PER_DAY // interval_minutes
    today = bool((~np.isnan(ahead.calls[0, begin:])).any())
    rows = []
    for at in range(begin, (days if today else days + 1) * per_day):
        day, slot = divmod(at, per_day)
        calls, low, high = (float(part[day, slot]) for part in (ahead.calls, ahead.low, ahead.high))
        if not np.isnan(calls):
            start = history.written.write(last_on + timedelta(minutes=at * interval_minutes))
            rows.append(ForecastRow(start, calls, low, high))
    return rows


def _check(interval_minutes: int, days: int) -> None:
    if interval_minutes < 1 or MINUTES_PER_DAY % interval_minutes:
        raise InputError("interval", "not_part_of_a_day", "the interval must divide a day into equal slots")
    if not 1 <= days <= DAYS_MAX:
        raise InputError("days", "out_of_range", f"days must lie between 1 and {DAYS_MAX}")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError("arguments", "usage", message)


def main(argv: list[str]) -> int:
    """Answer one forecast as CSV on standard output. A refusal is one JSON line; status 1, or 2 for bad usage."""
    parser = _Parser(prog="jietong workforce forecast", description="Forecast of calls per slot, as CSV.")
    parser.add_argument("--history", required=True, help="CSV of start (ISO local) and calls at a regular step")
    parser.add_argument("--interval", type=int, default=30, help="minutes of a slot of the answer (30)")
    parser.add_argument("--days", type=int, required=True, help="calendar days to cover")
    # One thread: the matrices are small, and idle threads that wait for each other cost more than they bring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        options = parser.parse_args(argv)
        rows = forecast_file(Path(options.history), interval_minutes=options.interval, days=options.days)
    except InputError as error:
        sys.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False) + "\n")
        return 2 if error.code == "usage" else 1
    lines = ["start,calls,low80,high80"]
    lines += [f"{row.start},{row.calls!r},{row.low80!r},{row.high80!r}" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return 0
