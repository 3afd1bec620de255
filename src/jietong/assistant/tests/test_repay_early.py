"""Asked what it costs to pay off early, the assistant says the book's figure of the day, or that there is none."""

from __future__ import annotations

import pytest

from jietong.assistant.answers import answer_for
from jietong.borrowers.models import Borrower
from jietong.kernel.money import show_yuan
from jietong.loans.queries.quotes import quote
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db


def test_one_loan_has_a_figure_whose_parts_add_up(wang: Borrower) -> None:
    total = quote(wang.loans.get().pk, on=TODAY).total_fen
    answer = answer_for("repay_early", borrower_id=wang.pk, on=TODAY, now=NOW)
    assert answer is not None
    assert show_yuan(total) in answer.text
    assert answer.figure is not None
    assert answer.figure["amount_fen"] == total == sum(part["amount_fen"] for part in answer.figure["parts"])


def test_several_loans_are_each_named(wang: Borrower) -> None:
    second = make_loan(wang)
    answer = answer_for("repay_early", borrower_id=wang.pk, on=TODAY, now=NOW)
    assert answer is not None
    assert all(ref in answer.text for ref in (second.ref, wang.loans.exclude(pk=second.pk).get().ref))


def test_a_stranger_without_loans_is_not_answered(wang: Borrower) -> None:
    assert answer_for("repay_early", borrower_id=make_borrower("赵六").pk, on=TODAY, now=NOW) is None
