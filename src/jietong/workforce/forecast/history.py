"""Reading a call history: `start,calls` at any regular step, into a matrix of days by slots.

A gap is not a zero: a slot that has no row stays NaN all the way. A local hour that the clock passed twice
(the end of daylight saving) has two rows of the same `start`; their mean is kept, because the profile of an
ordinary day is wanted. The hour that is skipped in spring is simply a gap.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jietong.kernel.errors import InputError

Floats = npt.NDArray[np.float64]

MINUTES_PER_DAY = 1440
#: A matrix of more days than this is a mistake in a date, not a history (about 40 years).
DAYS_MAX = 15_000
#: Starts given twice are forgiven on at most this share of the days (clocks go back once or twice a year).
TWICE_SHARE_MAX = 0.02

_START = re.compile(
    r"(?P<y>\d{4})(?P<sep>[-/.]?)(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})"
    r"(?P<t>[T ])(?P<H>\d{1,2}):(?P<M>\d{2})(?P<S>:\d{2})?(?P<f>\.\d+)?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)


@dataclass(frozen=True, slots=True)
class StartFormat:
    """How the file writes a local time, so that the forecast can write it the same way."""

    date_separator: str
    date_padded: bool
    hour_padded: bool
    joint: str
    seconds: bool
    fraction: str
    zone: str

    def write(self, when: datetime) -> str:
        width = 2 if self.date_padded else 1
        day = self.date_separator.join((f"{when.year:04d}", f"{when.month:0{width}d}", f"{when.day:0{width}d}"))
        hour = f"{when.hour:0{2 if self.hour_padded else 1}d}:{when.minute:02d}"
        return f"{day}{self.joint}{hour}{':00' if self.seconds else ''}{self.fraction}{self.zone}"


@dataclass(frozen=True, slots=True)
class History:
    """Calls per slot.

    first_on: the day of row 0; rows are consecutive calendar days.
    counts: (days, 1440 / step_minutes) calls, NaN where the file has no row.
    ends_at: the end of the last slot that the file gives.
    """

    first_on: date
    step_minutes: int
    counts: Floats
    ends_at: datetime
    written: StartFormat


def read_history(path: Path, *, interval_minutes: int) -> History:
    """Read `path`; a single row is taken to be `interval_minutes` long.

    Raises InputError: missing file, not UTF-8, no `start` or `calls` column, no rows, an unreadable or
    repeated start, a count that is no number or negative, steps that are not regular whole minutes.
    """
    starts, calls, written = _rows(_text(path))
    order = sorted(range(len(starts)), key=starts.__getitem__)
    starts, calls = [starts[i] for i in order], [calls[i] for i in order]
    first_on = starts[0].date()
    days = (starts[-1].date() - first_on).days + 1
    if days > DAYS_MAX:
        raise InputError("start", "range_too_long", f"the history spans {days} days, more than {DAYS_MAX}")
    step = _step_minutes(starts, interval_minutes)
    counts = _matrix(starts, calls, first_on=first_on, days=days, step=step)
    return History(first_on, step, counts, starts[-1] + timedelta(minutes=step), written)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError("history", "unreadable", f"{path.name}: {error.strerror}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("history", "not_utf8", f"byte {error.start} is not UTF-8") from error


def _rows(text: str) -> tuple[list[datetime], list[float], StartFormat]:
    header, _, _ = text.partition("\n")
    delimiter = max(",;\t|", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip().lower() for name in next(reader, [])]
    if not names:
        raise InputError("history", "empty", "the file has no rows")
    for name in ("start", "calls"):
        if name not in names:
            raise InputError(name, "missing_column", f"the file has no column {name}")
    at_start, at_calls = names.index("start"), names.index("calls")
    starts: list[datetime] = []
    calls: list[float] = []
    last: re.Match[str] | None = None
    date_padded = hour_padded = True
    for row in reader:
        if not any(field.strip() for field in row):
            continue
        if len(row) <= max(at_start, at_calls):
            raise InputError("history", "short_row", f"line {reader.line_num} has too few fields")
        last, when = _when(row[at_start].strip(), reader.line_num)
        date_padded = date_padded and len(last["m"]) == len(last["d"]) == 2
        hour_padded = hour_padded and len(last["H"]) == 2
        count = _count(row[at_calls].strip(), reader.line_num)
        if not math.isnan(count):
            starts.append(when)
            calls.append(count)
    if last is None or not starts:
        raise InputError("history", "empty", "the file has no rows")
    fraction = "." + "0" * (len(last["f"]) - 1) if last["f"] else ""
    written = StartFormat(
        last["sep"], date_padded, hour_padded, last["t"], last["S"] is not None, fraction, last["zone"] or ""
    )
    return starts, calls, written


def _when(value: str, line: int) -> tuple[re.Match[str], datetime]:
    match = _START.fullmatch(value)
    if match is None:
        raise InputError("start", "not_a_time", f"line {line}: {value[:40]!r} is not an ISO local time")
    seconds = int(match["S"][1:]) if match["S"] else 0
    try:
        # The wall clock is what repeats from week to week, so an offset is dropped and only written again.
        when = datetime(int(match["y"]), int(match["m"]), int(match["d"]), int(match["H"]), int(match["M"]), seconds)  # noqa: DTZ001
    except ValueError as error:
        raise InputError("start", "not_a_time", f"line {line}: {value[:40]!r}: {error}") from error
    if seconds or (match["f"] and match["f"].strip(".0")):
        raise InputError("start", "irregular_step", f"line {line}: {value[:40]!r} is not on a whole minute")
    return match, when


def _count(value: str, line: int) -> float:
    """Calls of one row; an empty field is a gap (NaN)."""
    if value == "" or value.lower() in {"nan", "na", "null"}:
        return math.nan
    try:
        count = float(value)
    except ValueError as error:
        raise InputError("calls", "not_a_number", f"line {line}: {value[:40]!r} is not a number") from error
    if not math.isfinite(count):
        raise InputError("calls", "not_a_number", f"line {line}: {value[:40]!r} is not a number")
    if count < 0:
        raise InputError("calls", "negative", f"line {line}: {value[:40]!r} is below zero")
    return count


def _step_minutes(starts: list[datetime], interval_minutes: int) -> int:
    gaps = {int((b - a).total_seconds()) // 60 for a, b in itertools.pairwise(starts)} - {0}
    step = reduce(math.gcd, gaps, 0) or interval_minutes
    if MINUTES_PER_DAY % step or (gaps and step not in gaps):
        raise InputError("start", "irregular_step", f"the starts follow no regular step (common divisor {step} min)")
    return step


def _matrix(starts: list[datetime], calls: list[float], *, first_on: date, days: int, step: int) -> Floats:
    per_day = MINUTES_PER_DAY // step
    at = [((w.date() - first_on).days * MINUTES_PER_DAY + w.hour * 60 + w.minute) // step for w in starts]
    index = np.asarray(at, dtype=np.int64)
    total = np.bincount(index, weights=np.asarray(calls), minlength=days * per_day)
    times = np.bincount(index, minlength=days * per_day)
    twice = np.unique(np.flatnonzero(times > 1) // per_day).size
    if times.max() > 2 or twice > max(1, TWICE_SHARE_MAX * days):
        raise InputError("start", "duplicate", "starts occur more than once, more often than clocks are put back")
    return np.where(times > 0, total / np.maximum(times, 1), np.nan).reshape(days, per_day)
