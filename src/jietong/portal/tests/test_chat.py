"""The assistant answers first and says what it is; a person at the first time of asking, and never worse news."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.contacts.models import Contact, Entry
from jietong.portal.commands import last_intent, show_promise
from jietong.portal.tests.conftest import Watch
from jietong.routing import commands as routing
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import NOW, make_borrower
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_the_first_line_says_that_it_is_a_machine(wang_page: Client) -> None:
    page = wang_page.get("/chat/").content.decode()
    assert "我是智能助手，不是真人" in page
    assert "找人工" in page


def test_a_question_is_answered_with_a_figure(wang_page: Client, wang: Borrower) -> None:
    page = wang_page.post("/chat/", {"text": "我现在要还多少钱"}, headers=HTMX).content.decode()
    assert "我现在要还多少钱" in page
    assert 'class="card figure"' in page
    assert "解决了吗？" in page
    assert Contact.objects.get(borrower=wang).is_settled


def test_without_script_the_answer_comes_by_a_redirect(wang_page: Client) -> None:
    assert wang_page.post("/chat/", {"text": "下一个还款日是哪天"}).url == "/chat/"
    assert "下一个还款日是哪天" in wang_page.get("/chat/").content.decode()


def test_what_is_for_a_person_shows_owner_and_time_at_once(wang_page: Client, wang: Borrower) -> None:
    page = wang_page.post("/chat/", {"text": "失业了实在还不上，能不能延期"}, headers=HTMX).content.decode()
    contact = Contact.objects.get(borrower=wang)
    assert contact.handed_over_at is not None
    assert "已经转给专员" in page
    assert "贷后二组" in page
    assert f"/matters/{contact.ref}/" in page


def test_a_person_at_the_first_time_of_asking_with_the_matter_understood(wang_page: Client, wang: Borrower) -> None:
    wang_page.post("/chat/", {"text": "我现在要还多少钱"})
    page = wang_page.post("/person/", headers=HTMX).content.decode()
    contact = Contact.objects.get(borrower=wang, state="waiting")
    assert contact.matters.get().intent == "amount_due"
    assert "已经转给专员" in page
    assert contact.reply_by > NOW


def test_without_anything_understood_a_person_is_what_is_wanted(wang: Borrower) -> None:
    assert last_intent(wang.pk, now=NOW) == "complaint_human"


def test_once_a_person_has_it_the_assistant_is_silent(wang_page: Client, wang: Borrower, lin: Member) -> None:
    wang_page.post("/person/")
    routing.set_presence(member_id=lin.pk, state="ready", now=NOW)
    routing.dispatch(now=NOW)
    routing.accept(offer_id=lin.offers.get().pk, member_id=lin.pk, now=NOW)
    wang_page.post("/chat/", {"text": "我现在要还多少钱"})
    assert not Entry.objects.filter(borrower=wang, author="assistant").exists()


def test_while_one_waits_a_figure_is_told_and_the_place_kept(wang_page: Client, wang: Borrower) -> None:
    wang_page.post("/person/")
    page = wang_page.post("/chat/", {"text": "我现在要还多少钱"}, headers=HTMX).content.decode()
    assert "位置不变" in page
    assert "已经转给专员" in page


def test_a_specialists_words_carry_surname_and_number(wang_page: Client, wang: Borrower, lin: Member) -> None:
    wang_page.post("/person/")
    routing.set_presence(member_id=lin.pk, state="ready", now=NOW)
    routing.dispatch(now=NOW)
    contact = routing.accept(offer_id=lin.offers.get().pk, member_id=lin.pk, now=NOW)
    routing.specialist_said(contact=contact, member_id=lin.pk, text="您好，我来帮您看", now=NOW)
    routing.specialist_said(contact=contact, member_id=lin.pk, text="内部备注", now=NOW, note=True)
    page = wang_page.get("/chat/").content.decode()
    assert "您好，我来帮您看" in page
    assert f"林专员 {lin.staff_number}" in page
    assert "林芳" not in page
    assert "内部备注" not in page


def test_an_empty_message_is_said_to_be_empty_and_nothing_is_opened(wang_page: Client) -> None:
    response = wang_page.post("/chat/", {"text": "   "}, headers=HTMX)
    assert response.status_code == 422
    assert "请先写一句话" in response.content.decode()
    assert Contact.objects.count() == 0


def test_a_message_that_is_too_long_is_kept_in_the_box(wang_page: Client) -> None:
    response = wang_page.post("/chat/", {"text": "长" * 4001})
    assert response.status_code == 422
    assert "长" * 4001 in response.content.decode()


def test_what_was_typed_is_shown_as_text(wang_page: Client) -> None:
    page = wang_page.post("/chat/", {"text": "<script>alert(1)</script> 找人工"}, headers=HTMX).content.decode()
    assert "<script>alert" not in page


def test_a_missed_time_is_a_sentence_with_the_new_time(wang_page: Client, wang: Borrower, watch: Watch) -> None:
    wang_page.post("/person/")
    contact = Contact.objects.get(borrower=wang)
    watch.at = contact.reply_by + timedelta(seconds=1)
    routing.tick(watch())
    wang_page.get("/")
    page = wang_page.get("/chat/").content.decode()
    assert "我们没能按时答复，很抱歉" in page
    assert "reply_late" not in page


def test_the_estimate_shown_never_moves_later(wang: Borrower, lin: Member) -> None:
    contact = routing.ask_for_person(
        borrower_id=wang.pk, channel="chat", intent="other", text="问一下", actor="x", now=NOW
    )
    routing.set_presence(member_id=lin.pk, state="ready", now=NOW)
    ends, at = [], NOW
    for number in range(4):
        other = make_borrower(f"赵{number}")
        routing.ask_for_person(
            borrower_id=other.pk, channel="chat", intent="security_fraud", text="骗子", actor="x", now=at
        )
        promise = show_promise(contact, now=at)
        if promise.estimate_high_at is not None:
            ends.append(promise.estimate_high_at)
        at += timedelta(seconds=20)
    assert len(ends) >= 2
    assert ends == sorted(ends, reverse=True)
    assert Waiting.objects.get(contact=contact).band_high_at == ends[-1]


def test_others_never_see_the_conversation(wang_page: Client, stranger_page: Client, client: Client) -> None:
    wang_page.post("/chat/", {"text": "我现在要还多少钱"})
    assert "我现在要还多少钱</p>" not in stranger_page.get("/chat/").content.decode()
    assert Client().get("/chat/").url.startswith("/login/")
    assert Client().post("/chat/", {"text": "x"}).url == "/login/"
    assert Client().post("/person/").url == "/login/"


def test_the_conversation_can_say_that_the_line_is_broken(wang_page: Client) -> None:
    page = wang_page.get("/chat/").content.decode()
    assert 'data-retry="重新连接中"' in page
    assert page.index("data-live-state") < page.index('class="composer"')
