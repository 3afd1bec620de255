"""From the file's steps to the slots of the answer, and which slots are open on which weekday."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jietong.kernel.errors import InputError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

MINUTES_PER_DAY = 1440
#: Opening hours are read from this many last days of a weekday, each counting RECENCY times the one after it,
#: so that three weeks of new opening hours outweigh five of old ones, and two odd weeks do not.
OCCURRENCES = 8
RECENCY = 0.8


def aggregate(counts: Floats, *, step_minutes: int, interval_minutes: int) -> Floats:
    """Sum steps (days, 1440 / step) into slots (days, 1440 / interval).

    A slot of which some steps are missing that are usually there is scaled up, if at least half are there;
    otherwise it is NaN. Raises InputError if the interval is not a multiple of the step or no part of a day.
    """
    if interval_minutes % step_minutes:
        code = "finer_than_history" if interval_minutes < step_minutes else "not_a_multiple"
        raise InputError("interval", code, f"the history has steps of {step_minutes} min")
    parts = interval_minutes // step_minutes
    days = len(counts)
    cut = counts.reshape(days, MINUTES_PER_DAY // interval_minutes, parts)
    there = (~np.isnan(cut)).sum(axis=2)
    usual = np.zeros(cut.shape[1])
    for slot in range(cut.shape[1]):
        seen = there[there[:, slot] > 0, slot]
        usual[slot] = np.median(seen) if seen.size else 0
    total = np.nansum(cut, axis=2)
    scale = np.maximum(usual[None, :] / np.maximum(there, 1), 1.0)
    return np.where((there > 0) & (there * 2 >= usual[None, :]), total * scale, np.nan)


def open_slots(slots: Floats, weekdays: Ints) -> Flags:
    """(7, slots): is the slot open on that weekday? A gap is a closed hour when it repeats.

    A weekday that the history never reached is taken to be open as the other days mostly are.
    """
    present = ~np.isnan(slots)
    result = np.zeros((7, slots.shape[1]), dtype=bool)
    unseen: list[int] = []
    for weekday in range(7):
        rows = present[weekdays == weekday][-OCCURRENCES:][::-1]
        if not len(rows):
            unseen.append(weekday)
            continue
        working = rows.any(axis=1)
        weights = RECENCY ** np.arange(len(rows))
        # Holidays close whole days: first whether the day is worked, then at which hours it is when it is.
        if not working.any() or weights[working].sum() < 0.5 * weights.sum():
            continue
        hours = weights[: working.sum()]
        result[weekday] = hours @ rows[working] >= 0.5 * hours.sum()
    if unseen and result.any():
        seen = result[result.any(axis=1)]
        result[unseen] = seen.mean(axis=0) >= 0.5
    return result
