"""How a day's calls spread over its slots, per weekday, with similar weekdays helping each other out.

The share of a slot is a mean over past days, newer days and ordinary days counting more. A weekday borrows from
another one by inverse mean square error: the other's sampling variance plus the squared difference of the two
profiles beyond what sampling explains (the idea of James & Stein 1961). Two alike Tuesdays and Wednesdays merge,
a short Friday stays itself, and no threshold decides which.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: A day counts half as much as one this many days younger.
HALF_LIFE_DAYS = 60.0
#: Days of which less than this share of the usual calls lies in observed slots say too little about their total.
OBSERVED_SHARE_MIN = 0.3
TINY = 1e-12


def day_totals(slots: Floats, weekdays: Ints) -> Floats:
    """(days,) calls of each day, scaled up for missing slots; NaN if too little of the day was observed.

    A first profile (median share per weekday over days complete for their weekday) tells what is missing.
    """
    present = ~np.isnan(slots)
    sums = np.nansum(slots, axis=1)
    totals = np.where(present.any(axis=1), sums, np.nan)
    for weekday in range(7):
        rows = np.flatnonzero((weekdays == weekday) & present.any(axis=1) & (sums > 0))
        if rows.size < 2:
            continue
        full = rows[present[rows].sum(axis=1) >= np.median(present[rows].sum(axis=1))]
        mean = np.nansum(slots[full], axis=0) / np.maximum(present[full].sum(axis=0), 1)
        usual = np.where(present[full].mean(axis=0) >= 0.5, mean, 0.0)
        seen = present[rows] @ usual / max(float(usual.sum()), TINY)
        totals[rows] = np.where(seen >= OBSERVED_SHARE_MIN, sums[rows] / np.maximum(seen, OBSERVED_SHARE_MIN), np.nan)
    return totals


def profiles(slots: Floats, totals: Floats, weekdays: Ints, ages_days: Floats, weights: Floats) -> Floats:
    """(7, slots) shares of a day's calls; rows sum to about 1.

    slots: (n, slots) observed days, NaN for gaps; totals, ages_days, weights: (n,).
    """
    own, variance, seen = _own_profiles(slots, totals, weekdays, weights * np.exp2(-ages_days / HALF_LIFE_DAYS))
    result = np.zeros_like(own)
    for weekday in range(7):
        if not seen[weekday]:
            result[weekday] = own[seen].mean(axis=0) if seen.any() else 0.0
            continue
        apart = ((own - own[weekday]) ** 2).sum(axis=1) - variance - variance[weekday]
        apart[weekday] = 0.0
        borrow = np.where(seen, 1.0 / (variance + np.maximum(apart, 0.0) + TINY), 0.0)
        mixed = borrow @ own / borrow.sum()
        result[weekday] = mixed * own[weekday].sum() / max(float(mixed.sum()), TINY)
    return result


def _own_profiles(
    slots: Floats, totals: Floats, weekdays: Ints, weights: Floats
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Each weekday's own mean shares (7, slots), the summed sampling variance of them (7,), and whether it was seen."""
    present = ~np.isnan(slots)
    shares = np.where(present, slots, 0.0) / np.maximum(totals, TINY)[:, None]
    own, variance, seen = np.zeros((7, slots.shape[1])), np.full(7, np.inf), np.zeros(7, dtype=bool)
    for weekday in range(7):
        rows = np.flatnonzero((weekdays == weekday) & (totals > 0))
        if not rows.size:
            continue
        weight = weights[rows]
        each = weight[:, None] * present[rows]
        own[weekday] = (each * shares[rows]).sum(axis=0) / np.maximum(each.sum(axis=0), TINY)
        count = weight.sum() ** 2 / max(float((weight**2).sum()), TINY)
        if count > 1.01:
            left = np.where(present[rows], shares[rows] - own[weekday], 0.0) ** 2
            spread = float((weight @ left).sum() / weight.sum()) * count / (count - 1)
            variance[weekday] = spread / count
        else:
            # One day alone: calls scatter like a Poisson count, so the shares' variances sum to 1 / calls.
            variance[weekday] = 1.0 / max(float(totals[rows].mean()), 1.0)
        seen[weekday] = True
    return own, variance, seen
