"""What the desk's stream tells: my offers, whom I look at, what is in my hands; nobody else's news."""

from __future__ import annotations

import pytest
from django.urls import resolve

from jietong.desk import words
from jietong.desk.views.live import match_for
from jietong.kernel.live import News
from jietong.kernel.permissions import declared_permission
from jietong.routing.commands.presence import OUTCOMES
from jietong.routing.rules.urgency import INTENTS


def news(kind, *, borrower_id=None, **data):
    return News(seq=1, kind=kind, subject="x", borrower_id=borrower_id, data=data, position=1)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (news("routing.offered", borrower_id=9, staff=[7]), "offer-changed"),
        (news("routing.presence_changed", staff=[7]), "offer-changed"),
        (news("routing.offered", borrower_id=9, staff=[8]), None),
        (news("contacts.entry_added", borrower_id=5, owner=7), "contact-changed"),
        (news("loans.repayment_booked", borrower_id=5), "contact-changed"),
        (news("contacts.entry_added", borrower_id=9, owner=7), "list-changed"),
        (news("contacts.entry_added", borrower_id=9, owner=8), None),
        (news("desk.borrower_opened", borrower_id=5), None),
    ],
)
def test_news_reaches_whom_it_concerns(told, name):
    assert match_for(7, 5)(told) == name


def test_without_a_chosen_contact_no_borrower_is_listened_to():
    assert match_for(7, None)(news("loans.repayment_booked", borrower_id=5)) is None


def test_the_stream_is_for_the_desk_only():
    assert declared_permission(resolve("/desk/live/").func) == "desk.work"


def test_every_code_that_a_specialist_sees_has_words():
    assert set(words.INTENTS) == {*INTENTS, "complaint"}  # lodged by form or word, never guessed
    assert set(words.OUTCOMES) == set(OUTCOMES)
    assert words.factor("something_new", {}) == "something_new"
