"""A part that a guarantor paid comes back in the order of the contract; every fen has exactly one owner."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.loans.rules.dividing import (
    CREDITOR_FIRST,
    DIVISIONS,
    GUARANTOR_FIRST,
    PRO_RATA,
    Divided,
    Paid,
    Part,
    divide,
)

DAY = date(2026, 10, 1)


def part(division: str, amount: int = 300, rest: int = 700, number: int = 1, on: date = DAY) -> Part:
    return Part(number, on, amount, rest, division)


def test_the_creditor_comes_first_unless_the_contract_says_otherwise() -> None:
    paid = [Paid(DAY, 400), Paid(DAY, 400), Paid(DAY, 200)]
    assert divide(paid, [part(CREDITOR_FIRST)], 1000) == [
        Divided(400),
        Divided(300, ((1, 100),)),
        Divided(0, ((1, 200),)),
    ]
    assert divide(paid, [part(GUARANTOR_FIRST)], 1000) == [Divided(100, ((1, 300),)), Divided(400), Divided(200)]
    assert divide(paid, [part(PRO_RATA)], 1000) == [
        Divided(280, ((1, 120),)), Divided(280, ((1, 120),)), Divided(140, ((1, 60),)),
    ]  # fmt: skip


def test_a_part_counts_from_its_day_and_two_parts_have_their_order() -> None:
    paid = [Paid(DAY - timedelta(days=1), 100), Paid(DAY, 500)]
    both = [part(GUARANTOR_FIRST), part(GUARANTOR_FIRST, 400, 300, number=2)]
    assert divide(paid, both, 1000) == [Divided(100), Divided(0, ((1, 300), (2, 200)))]


def test_penalty_that_accrues_later_is_the_creditors_too() -> None:
    assert divide([Paid(DAY, 800)], [part(CREDITOR_FIRST)], 1000)[0] == Divided(700, ((1, 100),))
    assert divide([Paid(DAY, 800)], [part(CREDITOR_FIRST)], 1050)[0] == Divided(750, ((1, 50),))


def test_bad_money_and_unknown_orders_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        divide([Paid(DAY, -1)], [], 10)
    with pytest.raises(ValueError, match="division"):
        divide([], [part("first come")], 10)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 500)), max_size=12),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 400), st.sampled_from(DIVISIONS)), min_size=1, max_size=3),
    st.integers(0, 3000),
)
def test_nothing_is_lost_and_nobody_gets_more_than_they_paid(
    money: list[tuple[int, int]], told: list[tuple[int, int, str]], owed: int
) -> None:
    paid = [Paid(DAY + timedelta(days=day), fen) for day, fen in sorted(money)]
    parts = [
        Part(n, DAY + timedelta(days=day), fen, max(0, owed - fen), division)
        for n, (day, fen, division) in enumerate(sorted(told), start=1)
    ]
    found = divide(paid, parts, owed)
    for one, divided in zip(paid, found, strict=True):
        assert divided.creditor_fen + sum(fen for _, fen in divided.parts) == one.fen
        assert divided.creditor_fen >= 0
        assert all(fen > 0 for _, fen in divided.parts)
        assert all(parts[number - 1].on <= one.on for number, _ in divided.parts)
    for one in parts:
        assert sum(fen for divided in found for number, fen in divided.parts if number == one.number) <= one.amount_fen
    if owed and sum(one.fen for one in paid) >= owed and all(part.on == DAY for part in parts):
        got = sum(fen for divided in found for _, fen in divided.parts)
        assert got >= min(owed, sum(one.amount_fen for one in parts))
