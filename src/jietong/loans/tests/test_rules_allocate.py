"""Where a repayment goes: examples by hand, and money that never appears or vanishes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.kernel.errors import InputError
from jietong.loans.rules.allocate import COMPONENTS, Instalment, Part, Repayment, allocate

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
PLAN = [Instalment(JAN, 8000, 1000, 500, 300), Instalment(FEB, 8100, 900), Instalment(MAR, 8200, 800)]


def test_what_is_due_is_paid_by_order_before_anything_in_advance() -> None:
    done = allocate(PLAN, [Repayment(date(2026, 1, 20), 1000)])
    assert done.repayments[0].split() == {"fee": 500, "penalty": 300, "interest": 200, "principal": 0}
    assert done.repayments[0].left_over_fen == 0
    assert done.instalments[0].outstanding == {"principal": 8000, "interest": 800, "fee": 0, "penalty": 0}
    assert (done.instalments[0].paid_fen, done.instalments[0].late_fen) == (1000, 1000)


def test_the_oldest_instalment_comes_before_the_order_of_components() -> None:
    done = allocate(PLAN, [Repayment(date(2026, 2, 3), 10_000)])
    assert done.repayments[0].parts == (
        Part(0, "fee", 500),
        Part(0, "penalty", 300),
        Part(0, "interest", 1000),
        Part(0, "principal", 8000),
        Part(1, "interest", 200),
    )


def test_an_instalment_is_due_on_its_day_and_neither_late_nor_in_advance() -> None:
    state = allocate(PLAN[:1], [Repayment(JAN, 9800)]).instalments[0]
    assert (state.paid_fen, state.in_advance_fen, state.late_fen, state.outstanding_fen) == (9800, 0, 0, 0)


def test_money_in_advance_follows_its_own_order() -> None:
    paid = [Repayment(JAN, 9800 + 9500)]
    done = allocate(PLAN, paid, order_in_advance=["principal", "interest"])
    assert done.instalments[1].in_advance_fen == 9000
    assert done.instalments[2].outstanding == {"principal": 7700, "interest": 800, "fee": 0, "penalty": 0}
    kept = allocate(PLAN, paid, order_in_advance=[])
    assert kept.repayments[0].left_over_fen == 9500
    assert kept.instalments[1].paid_fen == 0
    principal_only = allocate(PLAN, [Repayment(JAN, 10**6)], order_in_advance=["principal"])
    assert [state.outstanding_fen for state in principal_only.instalments] == [0, 900, 800]
    assert principal_only.repayments[0].left_over_fen == 10**6 - 9800 - 8100 - 8200


def test_what_is_left_over_is_told() -> None:
    done = allocate(PLAN, [Repayment(FEB, 30_000)])
    assert done.repayments[0].left_over_fen == 30_000 - sum(s.paid_fen for s in done.instalments) == 2200


def test_repayments_count_by_date_and_answers_keep_the_order_given() -> None:
    done = allocate(PLAN[:1], [Repayment(date(2026, 1, 9), 9000), Repayment(date(2025, 12, 30), 800)])
    assert done.repayments[1].split()["penalty"] == 300
    assert done.repayments[0].split() == {"fee": 0, "penalty": 0, "interest": 1000, "principal": 8000}
    assert (done.instalments[0].in_advance_fen, done.instalments[0].late_fen) == (800, 9000)


def test_repayments_after_the_day_have_not_happened() -> None:
    done = allocate(PLAN, [Repayment(JAN, 9800), Repayment(FEB, 9000)], as_of=date(2026, 1, 31))
    assert done.repayments[1].left_over_fen == 9000
    assert done.instalments[1].outstanding_fen == 9000


@pytest.mark.parametrize(
    ("order", "field", "code"), [(["fee", "tax"], "order.1", "unknown"), (["fee", "fee"], "order", "duplicate")]
)
def test_a_senseless_order_is_refused(order: list[str], field: str, code: str) -> None:
    with pytest.raises(InputError) as refusal:
        allocate(PLAN, [], order=order)
    assert (refusal.value.field, refusal.value.code) == (field, code)


DAYS = st.integers(0, 120).map(lambda k: JAN + timedelta(days=k))
FEN = st.integers(0, 5000)
BOOKS = st.lists(st.builds(Instalment, DAYS, FEN, FEN, FEN, FEN), max_size=8)
PAID = st.lists(st.builds(Repayment, DAYS, st.integers(0, 20_000)), max_size=8)


@given(BOOKS, PAID, st.permutations(COMPONENTS), st.permutations(COMPONENTS), DAYS)
def test_money_is_conserved(
    book: list[Instalment], paid: list[Repayment], order: list[str], ahead: list[str], as_of: date
) -> None:
    done = allocate(book, paid, order=order, order_in_advance=ahead, as_of=as_of)
    owed = sum(i.principal_fen + i.interest_fen + i.fee_fen + i.penalty_fen for i in book)
    assert sum(s.paid_fen + s.outstanding_fen for s in done.instalments) == owed
    assert sum(s.paid_fen for s in done.instalments) + sum(r.left_over_fen for r in done.repayments) == sum(
        r.amount_fen for r in paid
    )
    for split in done.repayments:
        assert sum(split.split().values()) + split.left_over_fen == split.repayment.amount_fen
    for state in done.instalments:
        assert 0 <= state.in_advance_fen + state.late_fen <= state.paid_fen
        assert min(state.outstanding.values()) >= 0


@given(BOOKS, PAID)
def test_no_instalment_is_paid_while_an_older_one_is_open(book: list[Instalment], paid: list[Repayment]) -> None:
    states = sorted(allocate(book, paid).instalments, key=lambda s: s.instalment.due_on)
    open_seen = False
    for state in states:
        assert not (open_seen and state.paid_fen > 0)
        open_seen = open_seen or state.outstanding_fen > 0
