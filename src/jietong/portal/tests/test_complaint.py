"""The complaint form: whom it is about, by when the outcome is told, and nothing for others."""

from __future__ import annotations

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.contacts.models import Contact
from jietong.routing import commands as routing
from jietong.simulator.tests.cast import NOW
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db


def spoke(wang_page: Client, lin: Member) -> Contact:
    wang_page.post("/person/")
    routing.set_presence(member_id=lin.pk, state="ready", now=NOW)
    routing.dispatch(now=NOW)
    contact = routing.accept(offer_id=lin.offers.get().pk, member_id=lin.pk, now=NOW)
    routing.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW)
    return contact


def test_whoever_spoke_with_the_borrower_can_be_named_and_then_does_not_handle_it(wang_page, wang: Borrower, lin):
    contact = spoke(wang_page, lin)
    form = wang_page.get("/form/?topic=complaint").content.decode()
    assert lin.surname_title in form
    assert "12 月 9 日" in form
    answer = wang_page.post("/form/", {"topic": "complaint", "text": "他骂人", "about": lin.pk}, follow=True)
    page = answer.content.decode()
    assert "投诉" in page
    assert f"{lin.surname_title}不经手" in page
    contact.refresh_from_db()
    assert (contact.owner, contact.owner_team.code) == (None, "rights")


def test_nobody_in_particular_will_do(wang_page, wang, lin):
    wang_page.post("/form/", {"topic": "complaint", "text": "等了两天没人理"})
    contact = Contact.objects.get(borrower=wang)
    assert contact.matters.get().about is None
    assert contact.owner_team.code == "rights"


def test_somebody_else_cannot_be_named(wang_page, wang, lin, zhou):
    spoke(wang_page, lin)
    answer = wang_page.post("/form/", {"topic": "complaint", "text": "他骂人", "about": zhou.pk})
    assert answer.status_code == 422
    assert not Contact.objects.get(borrower=wang).matters.filter(intent="complaint").exists()


def test_a_stranger_sees_neither_names_nor_complaint(wang_page, stranger_page, wang, lin):
    contact = spoke(wang_page, lin)
    wang_page.post("/form/", {"topic": "complaint", "text": "他骂人", "about": lin.pk})
    assert lin.surname_title not in stranger_page.get("/form/?topic=complaint").content.decode()
    assert stranger_page.get(f"/matters/{contact.ref}/").status_code == 404


def test_the_desk_of_whom_it_is_about_shows_none_of_it(wang_page, client: Client, wang, lin):
    contact = spoke(wang_page, lin)
    wang_page.post("/form/", {"topic": "complaint", "text": "他骂人", "about": lin.pk})
    client.force_login(lin)
    assert client.get(f"/desk/c/{contact.ref}/").status_code == 404
    assert "他骂人" not in client.get("/desk/").content.decode()
