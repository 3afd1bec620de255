"""To whom a loan is owed, day by day: worked examples, and what must hold for any history and any split."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.loans.rules.parties import (
    PARTS,
    Change,
    Claim,
    claims,
    contradiction,
    in_force,
    read_shares,
    show_share,
    split_by_share,
    whole_since,
)

D0 = date(2026, 1, 1)
A, B, C = "甲银行", "乙担保", "丙资产"


def on(days: int) -> date:
    return D0 + timedelta(days=days)


def test_a_guarantor_becomes_creditor_of_what_it_paid_and_of_no_more() -> None:
    history = [Change(1, "compensation", on(5), A, B, whole=False, amount_fen=100_00)]
    assert claims(A, history, on(4)) == (Claim(A),)
    assert claims(A, history, on(5)) == (Claim(A), Claim(B, 100_00))
    again = [*history, Change(2, "compensation", on(9), A, B, whole=False, amount_fen=50_00)]
    assert claims(A, again, on(9)) == (Claim(A), Claim(B, 150_00))
    sold = [*again, Change(3, "transfer", on(12), A, C)]
    assert claims(A, sold, on(12)) == (Claim(C), Claim(B, 150_00))
    bought_out = [*sold, Change(4, "compensation", on(20), C, B, amount_fen=900_00)]
    assert claims(A, bought_out, on(20)) == (Claim(B),)
    assert (whole_since(bought_out, on(11)), whole_since(bought_out, on(19))) == (None, on(12))


def test_a_change_entered_later_for_an_earlier_day_counts_from_that_day() -> None:
    history = [Change(1, "transfer", on(30), B, C), Change(2, "transfer", on(10), A, B)]
    assert [claims(A, history, on(day))[0].holder for day in (9, 10, 30)] == [A, B, C]
    assert contradiction(A, history) is None
    assert contradiction(A, history[:1]) is not None


def test_an_undone_change_never_was_and_later_ones_that_rest_on_it_contradict() -> None:
    history = [Change(1, "transfer", on(10), A, B), Change(2, "correction", on(15), undoes=1)]
    assert claims(A, history, on(20)) == (Claim(A),)
    assert in_force(history) == []
    assert contradiction(A, [*history, Change(3, "transfer", on(12), B, C)]) is not None


HOLDERS = [A, B, C, "丁"]


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Histories as the command lets them grow: each entry takes from somebody who holds something that day."""
    history: list[Change] = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        day = on(draw(st.integers(0, 30)))
        giver = draw(st.sampled_from(claims(A, history, day)))
        taker = draw(st.sampled_from([name for name in HOLDERS if name != giver.holder]))
        whole = giver.amount_fen is not None or draw(st.booleans())
        kind = "transfer" if whole and draw(st.booleans()) else "compensation"
        entry = Change(number, kind, day, giver.holder, taker, whole, draw(st.integers(1, 10**9)))
        undo = Change(number, "correction", day, undoes=draw(st.integers(1, number)))
        for tried in (entry, undo) if draw(st.booleans()) else (undo, entry):
            if contradiction(A, [*history, tried]) is None:
                history.append(tried)
                break
    return history


@given(histories(), st.integers(0, 40))
def test_on_every_day_exactly_one_is_owed_the_rest_and_nobody_stands_twice(history: list[Change], day: int) -> None:
    held = claims(A, history, on(day))
    assert [claim.amount_fen for claim in held].count(None) == 1
    assert held[0].amount_fen is None
    assert len({claim.holder for claim in held}) == len(held)
    paid = sum(c.amount_fen for c in in_force(history, on(day)) if not c.whole)
    assert sum(claim.amount_fen or 0 for claim in held) <= paid


@given(histories(), st.integers(0, 40))
def test_undoing_the_last_change_gives_back_the_day_before_it_was_entered(history: list[Change], day: int) -> None:
    number = len(history) + 100
    giver = claims(A, history, on(40))[0].holder
    made = [*history, Change(number, "transfer", on(40), giver, "新债权人")]
    undone = [*made, Change(number + 1, "correction", on(41), undoes=number)]
    assert claims(A, made, on(40))[0].holder == "新债权人"
    assert claims(A, undone, on(day)) == claims(A, history, on(day))


@st.composite
def shares(draw: st.DrawFn) -> list[int]:
    cuts = sorted(draw(st.sets(st.integers(1, PARTS - 1), max_size=6)))
    return [b - a for a, b in zip([0, *cuts], [*cuts, PARTS], strict=True)]


@given(st.integers(0, 10**13), shares())
def test_a_split_adds_up_to_the_fen_and_is_within_a_fen_of_each_share(amount: int, parts: list[int]) -> None:
    split = split_by_share(amount, parts)
    assert sum(split) == amount
    for got, part in zip(split, parts, strict=True):
        assert got >= 0
        assert abs(got * PARTS - amount * part) < PARTS


def test_a_fen_that_cannot_be_shared_goes_to_who_lost_most_and_of_equals_to_the_first() -> None:
    assert split_by_share(100, [333_333, 333_333, 333_334]) == (33, 33, 34)
    assert split_by_share(1, [500_000, 500_000]) == (1, 0)
    assert split_by_share(10, [150_000, 850_000]) == (2, 8)
    for wrong in ([PARTS, 1], [PARTS + 1, -1], []):
        with pytest.raises(ValueError, match="whole"):
            split_by_share(1, wrong)
    with pytest.raises(ValueError, match="negative"):
        split_by_share(-1, [PARTS])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("云岫银行 70%；青禾消费金融 30%", (("云岫银行", 700_000), ("青禾消费金融", 300_000))),
        ("甲:33.3333%;乙：33.3333％;丙 33.3334%", (("甲", 333_333), ("乙", 333_333), ("丙", 333_334))),
        ("云岫银行", (("云岫银行", PARTS),)),
    ],
)
def test_shares_are_read_as_lenders_write_them(text: str, read: tuple) -> None:
    assert read_shares(text) == read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("甲 70%；乙 29.9999%", "shares_not_whole"),
        ("甲 70%；乙", "share_unreadable"),
        ("甲；乙", "share_unreadable"),
        ("甲 50%；甲 50%", "share_repeated"),
        ("甲 0%；乙 100%", "shares_not_whole"),
        ("", "share_unreadable"),
        ("甲 33.33333%；乙 66.66667%", "share_unreadable"),
    ],
)
def test_shares_that_are_no_whole_are_named(text: str, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        read_shares(text)


def test_shares_are_shown_without_needless_zeros() -> None:
    assert [show_share(parts) for parts in (700_000, PARTS, 333_333, 5_000)] == ["70%", "100%", "33.3333%", "0.5%"]
