"""Whose a transfer is: what a rule may book by itself, and what a person has to decide."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jietong.loans.rules.matching import Claimant, Match, Transfer, match, tokens

WANG = Claimant("JT-000123", 1, "C000001", "王霞", frozenset({"8801"}), due_fen=500_00, next_fen=510_00, payoff_fen=0)
LI = Claimant("JT-000777", 2, "C000002", "李明", frozenset({"1234"}), due_fen=500_00, next_fen=0, payoff_fen=4000_00)


def of(text: str = "", payer: str = "", tail: str = "", fen: int = 500_00) -> Match:
    return match(Transfer(fen, payer, tail, text), [WANG, LI])


def test_a_loan_that_the_text_names_is_sure_whoever_pays() -> None:
    found = of("还款 借据jt-000123 谢谢", payer="王大山")
    assert (found.sure, found.candidates[0].against) == ("JT-000123", ("other_name",))
    assert of("还款ＪＴ－０００１２３").sure == "JT-000123"


def test_two_loans_in_one_text_are_for_a_person() -> None:
    found = of("JT-000123 JT-000777")
    assert (found.sure, len(found.candidates)) == ("", 2)


def test_name_and_card_together_are_sure_and_each_alone_is_not() -> None:
    assert of(payer="王 霞", tail="8801").sure == "JT-000123"
    assert of(payer="王霞").sure == ""
    assert of(tail="8801").sure == ""


def test_an_amount_that_fits_is_never_proof() -> None:
    found = of()
    assert found.sure == ""
    assert {one.ref for one in found.candidates} == {"JT-000123", "JT-000777"}


def test_a_borrower_with_two_loans_is_asked_which() -> None:
    second = replace(WANG, ref="JT-000124")
    assert match(Transfer(1_00, "王霞", "8801", ""), [WANG, second]).sure == ""


def test_what_says_more_stands_first() -> None:
    found = of(payer="王霞", fen=510_00)
    assert [(one.ref, one.reasons) for one in found.candidates] == [("JT-000123", ("payer_name", "amount_next"))]


def test_nothing_that_points_anywhere_leaves_nobody() -> None:
    assert of("房租", payer="赵六", fen=1) == Match(())


def test_words_without_digits_are_no_numbers() -> None:
    assert tokens("还款 jt-000123, C000001。thanks HELLO") == ["JT-000123", "C000001"]


@given(st.text(max_size=60), st.text(max_size=10), st.text("0123456789", max_size=4), st.integers(1, 10**9))
def test_whatever_a_bank_writes_the_sure_one_is_among_the_candidates(
    text: str, payer: str, tail: str, fen: int
) -> None:
    found = match(Transfer(fen, payer, tail, text), [WANG, LI])
    assert found.sure == "" or found.sure in {one.ref for one in found.candidates}
    assert [c.points for c in found.candidates] == sorted((c.points for c in found.candidates), reverse=True)
