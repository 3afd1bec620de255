"""Roll rates: how accounts move from state to state in a month (an empirical Markov matrix by cohort method)."""

from __future__ import annotations

import numpy as np

from jietong.analytics.rules.histories import Histories

Matrix = dict[str, dict[str, int]]
Rates = dict[str, dict[str, float]]


def roll_rates(histories: Histories) -> tuple[Matrix, Rates]:
    """(counts, rates) as {from: {to: value}} over all pairs of consecutive months of one account, unweighted.

    Every state stands in `counts`, with zeros. A `from` that no pair leaves has no rates: its row is empty.
    """
    names = histories.states.names
    many = len(names)
    at = histories.next_month()
    cells = np.bincount(histories.rank[at] * many + histories.rank[at + 1], minlength=many * many)
    table = cells.reshape(many, many)
    # Arrears states read first in a report; paid off and no loan come after them.
    ranks = [*range(histories.states.first_arrears, many), *range(histories.states.first_arrears)][:many]
    counts: Matrix = {names[a]: {names[b]: int(table[a, b]) for b in ranks} for a in ranks}
    rates: Rates = {}
    for name, row in counts.items():
        total = sum(row.values())
        rates[name] = {to: count / total for to, count in row.items()} if total else {}
    return counts, rates
