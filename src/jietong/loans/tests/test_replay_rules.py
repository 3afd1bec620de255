"""Replay as a pure rule: only when money came matters, and the history is that of every single day."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.loans.rules.buckets import bucket_on
from jietong.loans.rules.opening import Open
from jietong.loans.rules.replay import Money, Move, history, oldest_unpaid, replay

START = date(2026, 1, 15)
ORDER = (2, 3, 1, 0)
PAYMENTS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 900_00)), max_size=8)


def opening(paid: int = 0) -> list[Open]:
    """Six instalments of 500.00 and 10.00, thirty days apart; the first `paid` are paid."""
    rows = [Open(n, START + timedelta(days=30 * n), [500_00, 10_00, 0, 0]) for n in range(1, 7)]
    for row in rows[:paid]:
        row.paid = list(row.owed)
    return rows


def moneys(payments: list[tuple[int, int]]) -> list[Money]:
    days = [(START + timedelta(days=day), fen) for day, fen in payments]
    return [Money(f"R{k}", datetime(d.year, d.month, d.day, 4, tzinfo=UTC), d, fen) for k, (d, fen) in enumerate(days)]


def penalty(principal_fen: int, days: int) -> int:
    return principal_fen * days // 2000


def told(payments: list[Money]) -> tuple:
    return replay(opening(), payments, order=ORDER, penalty_of=penalty)


@given(PAYMENTS, st.randoms())
def test_the_order_of_telling_does_not_matter(payments: list[tuple[int, int]], dice: random.Random) -> None:
    ordered = moneys(payments)
    shuffled = list(ordered)
    dice.shuffle(shuffled)
    assert told(shuffled) == told(ordered)


@given(PAYMENTS)
def test_money_is_neither_made_nor_lost(payments: list[tuple[int, int]]) -> None:
    after = told(moneys(payments))
    paid = sum(sum(row.paid) for row in after.instalments)
    assert paid + sum(one.credit_fen for one in after.received) == sum(fen for _, fen in payments)
    assert all(p <= o for row in after.instalments for p, o in zip(row.paid, row.owed, strict=True))


@given(PAYMENTS, st.integers(-5, 100), st.integers(0, 420))
@settings(max_examples=60, deadline=None)
def test_the_history_is_that_of_every_single_day(payments: list[tuple[int, int]], first: int, length: int) -> None:
    """Each day's bucket worked out by itself, from the money that had come by its close, against the moves."""
    ordered = moneys(payments)
    from_on = START + timedelta(days=first)
    as_of = from_on + timedelta(days=length)
    moves = {move.on: move for move in history(told(ordered).points, start="M0", from_on=from_on, as_of=as_of)}
    bucket = "M0"
    for n in range(length + 1):
        day = from_on + timedelta(days=n)
        rows = told([money for money in ordered if money.on <= day]).instalments
        fresh = bucket_on(oldest_unpaid(rows), day)
        assert moves.pop(day, None) == (Move(day, bucket, fresh) if fresh != bucket else None)
        bucket = fresh
    assert moves == {}


def test_the_opening_is_a_floor_and_stays_as_it_was() -> None:
    start = opening(paid=2)
    after = replay(start, moneys([(0, 510_00)]), order=ORDER, penalty_of=penalty)
    assert [sum(row.paid) for row in after.instalments] == [510_00] * 3 + [0] * 3
    assert [sum(row.paid) for row in start] == [510_00] * 2 + [0] * 4


def test_money_lowers_a_bucket_and_time_raises_it() -> None:
    due = START + timedelta(days=30)
    moves = history(told(moneys([(75, 510_00 + 12_00)])).points, start="M0", from_on=START, as_of=due + timedelta(45))
    # one day late, then a month; on day 75 the first is paid with 45 days of penalty, and the second is 15 days late
    assert [(m.on - START, m.to_bucket, m.is_by_money) for m in moves] == [
        (timedelta(31), "M1", False),
        (timedelta(61), "M2", False),
        (timedelta(75), "M1", True),
    ]
