"""Every refusal that can be stored can be read by a person."""

from __future__ import annotations

import re

import pytest

from jietong.compliance.labels import REFUSALS, refusal_label
from jietong.compliance.rules.refusals import Refusal


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_has_words_and_no_code_in_them(refusal: Refusal) -> None:
    words = refusal_label(refusal.value)
    assert words != refusal.value
    assert not re.search(r"[a-z_]{3,}", words)


def test_no_two_refusals_read_alike() -> None:
    assert len({str(words) for words in REFUSALS.values()}) == len(Refusal)


def test_what_nobody_has_worded_is_shown_as_it_is() -> None:
    assert refusal_label("brand_new") == "brand_new"
    assert refusal_label("no_way_to_reach") == "没有可用的联系方式"
