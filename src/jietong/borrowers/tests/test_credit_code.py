"""Unified social credit codes: published ones are sound, and one wrong character is always found (MOD 31-3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.borrowers.rules.credit_code import SIGNS, check_character, fault, kind_of

#: codes that their bearers publish
PUBLISHED = ["91330100799655058B", "9144030071526726XG", "914403001922038216", "91100000100003962T"]
BODIES = st.text(SIGNS, min_size=17, max_size=17)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_sound_and_of_companies(code: str) -> None:
    assert fault(code) is None
    assert kind_of(code) == "company"


def test_a_shop_is_known_by_its_code() -> None:
    body = "92320500MA1XXXXX0"
    assert kind_of(body + check_character(body)) == "sole_trader"


@given(BODIES, st.integers(0, 17), st.sampled_from(SIGNS))
def test_one_wrong_character_is_always_found(body: str, place: int, sign: str) -> None:
    code = body + check_character(body)
    assert fault(code) is None
    changed = code[:place] + sign + code[place + 1 :]
    assert fault(changed) == (None if changed == code else "check_digit")


@given(BODIES, st.integers(0, 16))
def test_two_neighbours_changed_about_are_found(body: str, place: int) -> None:
    code = body + check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert fault(swapped) == (None if swapped == code else "check_digit")


@pytest.mark.parametrize(
    "code", ["", "91330100799655058", "91330100799655058BB", "9133010079965505OB", "91330100799655058b"]
)
def test_another_length_or_sign_is_no_code(code: str) -> None:
    assert fault(code) == "length"
