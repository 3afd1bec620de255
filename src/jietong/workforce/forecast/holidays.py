"""Public holidays that a history itself gives away.

A file says nothing of its country. When nearly every holiday of a known rule set that fell on a worked weekday
was in fact a closed or a very quiet day, and there were enough of them not to be chance, the rule set is taken
to hold in the days to come too.

Rules: United States Code, title 5, section 6103 (federal holidays; a fixed holiday on Sunday is kept on Monday;
banks stay open on the Friday before a Saturday holiday, Federal Reserve practice).
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Fewer holidays than this on worked days may agree by chance.
EVIDENCE_MIN = 3
AGREEMENT_MIN = 0.75
#: A day below this share of its weekday's median counts as quiet.
QUIET_SHARE = 0.4

#: (month, weekday with Monday 0, ordinal; -1 is the last one)
_MOVING = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))
_FIXED = ((1, 1), (7, 4), (11, 11), (12, 25))
JUNETEENTH_SINCE = 2021


def united_states_federal(year: int) -> list[date]:
    """The federal holidays of `year` as banks keep them."""
    days = [_nth(year, *rule) for rule in _MOVING]
    fixed = [*_FIXED, (6, 19)] if year >= JUNETEENTH_SINCE else list(_FIXED)
    for month, day in fixed:
        on = date(year, month, day)
        days.append(on + timedelta(days=1) if on.weekday() == 6 else on)
    return sorted(days)


def _nth(year: int, month: int, weekday: int, ordinal: int) -> date:
    if ordinal > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (ordinal - 1))
    after = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return after - timedelta(days=(after.weekday() - weekday) % 7)


def holidays_given_away(first_on: date, calls_per_day: Floats, working: Flags, *, until: date) -> frozenset[date]:
    """The holidays from `first_on` to `until` of a rule set that the history obeys; empty when it obeys none.

    calls_per_day: one per calendar day from `first_on`, NaN when closed. working: (7,) worked weekdays.
    """
    days = len(calls_per_day)
    weekday = (np.arange(days) + first_on.weekday()) % 7
    usual = np.array([_median(calls_per_day[weekday == w]) for w in range(7)])
    known = [on for year in range(first_on.year, until.year + 1) for on in united_states_federal(year)]
    known = [on for on in known if first_on <= on <= until]
    tested = [i for i in ((on - first_on).days for on in known) if i < days and working[weekday[i]]]
    quiet = sum(bool(np.isnan(calls_per_day[i]) or calls_per_day[i] < QUIET_SHARE * usual[weekday[i]]) for i in tested)
    if len(tested) < EVIDENCE_MIN or quiet < AGREEMENT_MIN * len(tested):
        return frozenset()
    return frozenset(known)


def _median(values: Floats) -> float:
    there = values[~np.isnan(values)]
    return float(np.median(there)) if there.size else 0.0
