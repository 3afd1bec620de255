"""The quick opening pass says exactly what the general allocation says."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jietong.loans.rules.allocate import Instalment, Repayment, allocate
from jietong.loans.rules.opening import COMPONENTS, Open, accrue, receive

START = date(2026, 1, 10)
ORDER = ("fee", "penalty", "interest", "principal")

owed = st.tuples(*(st.integers(0, 5000) for _ in range(4)))
money = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 9000)), max_size=8)


@given(st.lists(owed, min_size=1, max_size=6), money)
def test_without_penalty_it_equals_the_general_allocation(parts, payments) -> None:
    dates = [START + timedelta(days=30 * n) for n in range(len(parts))]
    general = allocate(
        [Instalment(day, *row) for day, row in zip(dates, parts, strict=True)],
        [Repayment(START + timedelta(days=d), fen) for d, fen in sorted(payments, key=lambda p: p[0])],
        order=ORDER,
    )
    rows = [Open(n, day, list(row)) for n, (day, row) in enumerate(zip(dates, parts, strict=True))]
    order = [COMPONENTS.index(name) for name in ORDER]
    for split, (d, fen) in zip(general.repayments, sorted(payments, key=lambda p: p[0]), strict=True):
        got = receive(rows, "r", START + timedelta(days=d), fen, order=order, penalty_of=None)
        assert [(part.instalment, part.component, part.amount_fen) for part in split.parts] == list(got.parts)
        assert split.left_over_fen == got.credit_fen
    assert [state.outstanding_fen for state in general.instalments] == [row.left for row in rows]


@given(st.integers(1, 100_000), st.lists(st.integers(0, 60), min_size=1, max_size=5))
def test_penalty_is_counted_for_each_late_day_once(principal, looks) -> None:
    row = Open(1, START, [principal, 0, 0, 0])
    for day in sorted(looks):
        accrue([row], START + timedelta(days=day), lambda fen, days: days)
    assert row.owed[3] == max(looks)


def test_nothing_accrues_on_the_due_date_itself() -> None:
    row = Open(1, START, [10_000, 0, 0, 0])
    assert accrue([row], START, lambda fen, days: 99) == 0
    assert accrue([row], START + timedelta(days=1), lambda fen, days: days) == 1
