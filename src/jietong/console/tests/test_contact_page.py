"""A supervisor reads one contact, and cannot write to the borrower there."""

from __future__ import annotations

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.contacts import commands as contacts
from jietong.contacts.models import Contact, Entry
from jietong.kernel import clock
from jietong.routing import commands
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import NOW, make_borrower
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(wang: Borrower, monkeypatch: pytest.MonkeyPatch) -> Contact:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return commands.ask_for_person(
        borrower_id=wang.pk,
        channel="web",
        intent="extend_hardship",
        text="工资晚发，想延几天",
        actor="borrower",
        now=NOW,
    )


def test_the_page_shows_what_was_said_the_promise_and_why(client: Client, qin: Member, asked: Contact) -> None:
    client.force_login(qin)
    page = client.get(f"/board/c/{asked.ref}/").content.decode()
    assert "工资晚发，想延几天" in page
    assert "贷后二组" in page
    assert "说还款有困难" in page
    place = Waiting.objects.get(contact=asked)
    assert f"<b>{place.score}</b>" in page
    assert sum(one["points"] for one in place.factors) == place.score


def test_nothing_can_be_sent_from_it_and_no_number_is_shown(client: Client, qin: Member, asked: Contact, wang) -> None:
    client.force_login(qin)
    page = client.get(f"/board/c/{asked.ref}/").content.decode()
    assert "<textarea" not in page
    assert wang.id_no not in page
    assert client.post(f"/board/c/{asked.ref}/").status_code == 405


def test_another_borrowers_words_are_not_on_it(client: Client, qin: Member, asked: Contact) -> None:
    other = make_borrower("冯玲")
    Entry.objects.create(borrower=other, at=NOW, author="borrower", channel="web", kind="message", text="别人的话")
    client.force_login(qin)
    assert "别人的话" not in client.get(f"/board/c/{asked.ref}/").content.decode()


def test_it_does_not_exist_for_the_person_complained_of(client: Client, qin: Member, asked: Contact) -> None:
    contacts.recuse(contact=asked, member_id=qin.pk, now=NOW)
    client.force_login(qin)
    assert client.get(f"/board/c/{asked.ref}/").status_code == 404


def test_an_unknown_reference_is_not_found(client: Client, qin: Member) -> None:
    client.force_login(qin)
    assert client.get("/board/c/1124-9999/").status_code == 404
