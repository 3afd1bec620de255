"""The columnar kernel against the plain per-loan rules: everything the book keeps of a loan, to the fen and the day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.loans.columnar import NO_DAY, penalty_terms, rebuild
from jietong.loans.columnar.batch import defects
from jietong.loans.rules.penalty import accrued_penalty_fen
from jietong.loans.tests.plain_book import batch_of, of_kernel, plain
from jietong.loans.tests.random_book import FIRST_DAY, Line, RandomLoan, random_loan, random_loans

CAP = Decimal("0.24")


def compare(loans: list[RandomLoan], cap: Decimal | None) -> None:
    batch = batch_of(loans, cap)
    assert not any(flags.any() for flags in defects(batch).values())
    for loan, told in zip(loans, of_kernel(loans, batch, rebuild(batch)), strict=True):
        expected = plain(loan, cap)
        assert told == expected, (loan, {key: (told[key], expected[key]) for key in told if told[key] != expected[key]})


@pytest.mark.parametrize(("seed", "cap"), [(1, CAP), (2, None), (3, Decimal(0))])
def test_thousands_of_random_loans_are_told_alike(seed: int, cap: Decimal | None) -> None:
    compare(list(random_loans(800, seed=seed)), cap)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_hundred_thousand_random_loans_are_told_alike(seed: int) -> None:
    """Twenty lots of 5,000."""
    compare(list(random_loans(5000, seed=seed)), CAP if seed % 4 else None)


@given(st.randoms(use_true_random=False), st.booleans(), st.integers(0, 500))
@settings(max_examples=120, deadline=None)
def test_one_strange_loan_is_told_alike(dice: object, with_past: bool, days: int) -> None:
    compare([random_loan(dice, "one", with_past=with_past, days=max(days, 300))], CAP)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_a_loan_is_told_alike_in_any_company(sizes: list[int], seed: int) -> None:
    """Batches cut anywhere and in another order give the same loans: what Spark relies on."""
    loans = list(random_loans(sum(sizes), seed=seed))
    together = of_kernel(loans, *_told(loans))
    apart, start = [], 0
    for size in sizes:
        some = loans[start : start + size]
        apart += of_kernel(some, *_told(some))
        start += size
    assert apart == together
    backwards = loans[::-1]
    assert of_kernel(backwards, *_told(backwards)) == together[::-1]


def _told(loans: list[RandomLoan]) -> tuple:
    batch = batch_of(loans, CAP)
    return batch, rebuild(batch)


@given(
    rate=st.integers(0, 36_000_000_000),
    is_daily=st.booleans(),
    multiple=st.integers(0, 3000),
    cap=st.sampled_from([None, Decimal("0.24"), Decimal("0.36"), Decimal(0)]),
    fen=st.integers(1, 10**15),
    days=st.integers(1, 36_890),
)
@settings(max_examples=300, deadline=None)
def test_penalty_is_exact_however_large(
    rate: int, is_daily: bool, multiple: int, cap: Decimal | None, fen: int, days: int
) -> None:
    if is_daily:
        rate //= 365
    annual = Decimal(rate) / 10**10 * (365 if is_daily else 1)
    daily = Fraction(annual) * multiple / 1000 / (365 if is_daily else 360)
    if fen * daily * days >= 2**62:
        fen = 1
    terms = penalty_terms(np.array([rate]), np.array([is_daily]), np.array([multiple]), cap)
    told = terms.fen(np.array([0, 0]), np.array([fen, 1]), np.array([days, 1]))
    basis = 365 if is_daily else 360
    assert told.tolist() == [
        accrued_penalty_fen(fen, annual, Decimal(multiple) / 1000, days, basis, cap),
        accrued_penalty_fen(1, annual, Decimal(multiple) / 1000, 1, basis, cap),
    ]


def one(lines: list[Line], **more: object) -> RandomLoan:
    terms = {"ref": "A", "rate": Decimal("0.144"), "rate_unit": "year", "multiple": Decimal("1.5"), "receipts": ()}
    days = {"disbursed_on": FIRST_DAY, "start_on": FIRST_DAY, "as_of": FIRST_DAY + timedelta(40)}
    order = ("fee", "penalty", "interest", "principal")
    return RandomLoan(lines=tuple(lines), order=order, **{**terms, **days, **more})


def test_a_worked_loan() -> None:
    """1,000.00 due on day 30, unpaid on day 40: 10 days at 14.4 % × 1.5 ÷ 360 = 0.06 % a day, 6.00 in all."""
    due_on = FIRST_DAY + timedelta(30)
    batch = batch_of([one([Line(1, due_on, (1000_00, 12_00, 0, 0), (0, 0, 0, 0), None)])], CAP)
    state = rebuild(batch)
    assert (state.accrued_fen.tolist(), state.outstanding_fen.tolist()) == ([6_00], [1012_00])
    assert (state.days_past_due.tolist(), state.bucket.tolist()) == ([10], [1])
    assert state.next_change_on.tolist() == batch.due_on.tolist() + np.array([31])
    assert (state.moves.on - batch.due_on).tolist() == [1]
    assert state.next_due_on.tolist() == [NO_DAY]


def test_nothing_at_all_is_told_too() -> None:
    assert len(rebuild(batch_of([], CAP)).outstanding_fen) == 0
    assert rebuild(batch_of([one([])], CAP)).oldest_unpaid_on.tolist() == [NO_DAY]


def test_loans_that_cannot_be_told_are_named() -> None:
    def line(n: int, days: int, paid: int = 0) -> Line:
        return Line(n, FIRST_DAY + timedelta(days), (100, 0, 0, 0), (paid, 0, 0, 0), None)

    batch = batch_of([one([line(1, 30), line(2, 60)]), one([line(1, 60), line(2, 30)]), one([line(1, 1, 101)])], CAP)
    found = {name: np.flatnonzero(flags).tolist() for name, flags in defects(batch).items() if flags.any()}
    assert found == {"due_dates_out_of_order": [1], "paid_more_than_owed": [2]}
    assert batch.as_of[0] == (date(2025, 2, 14) - date(1970, 1, 1)).days
