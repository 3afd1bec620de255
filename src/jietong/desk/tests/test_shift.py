"""A whole shift in one test: ready, offered, accepted, seen, answered, promised, settled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from jietong.contacts import queries as contacts
from jietong.desk.tests.helpers import ask, signed_in
from jietong.kernel import clock
from jietong.recovery import queries as recovery
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries

pytestmark = pytest.mark.django_db(transaction=False)


def test_a_whole_shift(lin, wang, at_ten, django_capture_on_commit_callbacks):
    desk = signed_in(lin)
    assert "点「接待」开始" in desk.get("/desk/").content.decode()
    asked = ask(wang, "上个月的还没还完，能不能晚几天", intent="extend_hardship")
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.post("/desk/presence/", {"state": "ready"}).status_code == 302
    page = desk.get("/desk/").content.decode()
    assert "王*" in page
    assert "王霞" not in page
    assert "要办：延期或无力按期" in page
    offer = routing_queries.open_offer(lin.pk, now=at_ten)
    taken = desk.post(f"/desk/offers/{offer.pk}/accept/")
    assert taken.headers["Location"] == f"/desk/c/{asked.ref}/"
    page = desk.get(taken.headers["Location"]).content.decode()
    for words in ("借款人看到的和这里一致", "能不能晚几天", "借据 JT-", "现在可以怎样联系", "承诺还款", "近 30 天"):
        assert words in page, words
    assert desk.post(f"/desk/c/{asked.ref}/say/", {"text": "王女士您好，先看第 5 期。"}).status_code == 302
    day = (clock.local_date(at_ten, "Asia/Shanghai") + timedelta(days=3)).isoformat()
    assert desk.post(f"/desk/c/{asked.ref}/promise/", {"amount": "1,000.00", "due_on": day}).status_code == 302
    running = recovery.active_promise(wang.pk)
    assert (running.amount_fen, running.made_by_id, running.contact_id) == (1000_00, lin.pk, asked.pk)
    settled = desk.post(f"/desk/c/{asked.ref}/settle/", {"outcome": "promise", "note": "约到三天后"}, follow=True)
    assert f"{asked.ref} 已办结" in settled.content.decode()
    asked.refresh_from_db()
    assert asked.is_settled
    assert asked.next_step == "borrower_confirms"
    seen = [e.text for e in contacts.conversation(asked, for_borrower=True)]
    assert "王女士您好，先看第 5 期。" in seen
    assert "约到三天后" not in seen


def test_an_answer_tells_the_borrower_by_one_sms_however_many_lines_it_takes(lin, wang, in_hand):
    from jietong.contacts.models import Attempt

    routing.specialist_said(contact=in_hand, member_id=lin.pk, text="第一句", now=clock.now())
    routing.specialist_said(contact=in_hand, member_id=lin.pk, text="第二句", now=clock.now())
    routing.specialist_said(contact=in_hand, member_id=lin.pk, text="只给同事", now=clock.now(), note=True)
    planned = Attempt.objects.filter(template="answer_ready", borrower=wang)
    assert [(a.purpose, a.variables) for a in planned] == [("service", {"ref": in_hand.ref})]


def test_without_a_session_every_page_leads_to_the_door(wang, in_hand):
    stranger = Client()
    for address in ("/desk/", f"/desk/c/{in_hand.ref}/", "/desk/parts/rail/", f"/desk/b/{wang.number}/"):
        answer = stranger.get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/staff/login/?next=")
