"""A matter's title is the beginning of the borrower's own words, and says when it was cut."""

from __future__ import annotations

import pytest

from jietong.contacts.commands.contact import TITLE_CHARACTERS_MAX, _title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("  能不能\n晚几天还 ", "能不能 晚几天还"),
        ("还" * 60, "还" * 39 + "…"),
        ("I lost my job last month and can pay about half of it", "I lost my job last month and can pay…"),
    ],
)
def test_a_title_ends_at_a_word_or_says_that_it_was_cut(text: str, title: str) -> None:
    assert _title(text) == title
    assert len(title) <= TITLE_CHARACTERS_MAX
