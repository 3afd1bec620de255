"""Vintage curves: the share of accounts that were ever in a state, or a worse one, by months on book.

Months on book count from the account's first observed month, which is 0. The share at k is taken over the accounts
observed at month k on book or later, so young accounts do not thin out the old months (cohort practice); as the
cohort shrinks with k, a curve need not be monotone at its far end, and `at_risk` tells how many accounts bear it.
"""

from __future__ import annotations

import numpy as np

from jietong.analytics.rules.histories import Histories

Curves = dict[str, dict[int, float]]


def vintages(histories: Histories) -> tuple[Curves, dict[int, int]]:
    """({state: {months_on_book: share}}, {months_on_book: accounts at risk}) for each arrears state, best first."""
    starts = np.flatnonzero(np.append(True, histories.account[1:] != histories.account[:-1]))
    lengths = np.diff(np.append(starts, len(histories.account)))
    which = np.repeat(np.arange(len(starts)), lengths)
    age = histories.month - histories.month[starts][which]
    last = age[starts + lengths - 1]
    horizon = int(last.max()) + 1
    # Accounts with last >= k: count them from the far end.
    at_risk = np.bincount(last, minlength=horizon)[::-1].cumsum()[::-1]
    curves: Curves = {}
    for place, state in enumerate(histories.states.order):
        bad = np.flatnonzero(histories.rank >= histories.states.first_arrears + place)
        first = bad[np.append(True, which[bad][1:] != which[bad][:-1])] if len(bad) else bad
        # An account counts from its first bad month to its last observed one.
        change = np.bincount(age[first], minlength=horizon + 1) - np.bincount(
            last[which[first]] + 1, minlength=horizon + 1
        )
        ever = change.cumsum()[:horizon]
        curves[state] = {k: float(ever[k] / at_risk[k]) for k in range(horizon)}
    return curves, {k: int(at_risk[k]) for k in range(horizon)}
