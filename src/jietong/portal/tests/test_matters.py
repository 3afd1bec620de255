"""我的事项: who has it, by when, what happened; the borrower has the last word."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from jietong.assistant.rules.intents import INTENTS
from jietong.borrowers.models import Borrower
from jietong.contacts import commands as contacts
from jietong.contacts.models import Contact
from jietong.kernel.live import News
from jietong.portal.tests.conftest import Watch
from jietong.portal.topics import NEEDS, need_words
from jietong.portal.views.live import heard_by
from jietong.routing import commands as routing
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import NOW, make_borrower, make_member, make_team
from jietong.staff.models import Member
from jietong.workorders import commands as workorders

pytestmark = pytest.mark.django_db


def settled_by(lin: Member, wang: Borrower) -> Contact:
    routing.ask_for_person(borrower_id=wang.pk, channel="chat", intent="other", text="合同看不懂", actor="x", now=NOW)
    routing.set_presence(member_id=lin.pk, state="ready", now=NOW)
    routing.dispatch(now=NOW)
    contact = routing.accept(offer_id=lin.offers.get().pk, member_id=lin.pk, now=NOW)
    routing.specialist_said(contact=contact, member_id=lin.pk, text="第三条的意思是这样", now=NOW)
    assert routing.settle(contact=contact, member_id=lin.pk, outcome="answered", now=NOW)
    return contact


def test_nothing_yet_says_what_to_do(wang_page: Client) -> None:
    assert "还没有找过我们" in wang_page.get("/matters/").content.decode()


def test_an_open_matter_tells_owner_time_and_what_happened(wang_page: Client, wang: Borrower) -> None:
    wang_page.post("/chat/", {"text": "失业了实在还不上，能不能延期"})
    contact = Contact.objects.get(borrower=wang)
    assert f"/matters/{contact.ref}/" in wang_page.get("/matters/").content.decode()
    page = wang_page.get(f"/matters/{contact.ref}/").content.decode()
    assert "贷后二组" in page
    assert "转给专员" in page
    assert "失业了实在还不上，能不能延期" in page
    assert "意图" not in page  # the summary is for the specialist
    assert "handed_over" not in page


def test_a_settled_matter_asks_and_can_be_confirmed(wang_page: Client, wang: Borrower, lin: Member) -> None:
    contact = settled_by(lin, wang)
    assert "解决了吗？" in wang_page.get(f"/matters/{contact.ref}/").content.decode()
    assert "解决了吗？" in wang_page.get("/").content.decode()
    assert "解决了吗？" in wang_page.get("/chat/").content.decode()
    page = wang_page.post(f"/matters/{contact.ref}/confirm/", follow=True).content.decode()
    contact.refresh_from_db()
    assert contact.confirmed_at == NOW
    assert "您确认已经解决" in page
    assert "解决了吗？" not in page


def test_not_solved_goes_to_a_person_with_the_first_time(wang_page: Client, wang: Borrower, lin: Member) -> None:
    contact = settled_by(lin, wang)
    first = contact.first_try_at
    response = wang_page.post(f"/matters/{contact.ref}/reopen/", {"back": "chat"}, follow=True)
    contact.refresh_from_db()
    assert contact.is_waiting
    assert (contact.first_try_at, contact.reopened) == (first, 1)
    assert Waiting.objects.filter(contact=contact, left_at=None).count() == 1
    assert response.redirect_chain[-1][0] == "/chat/"
    assert "已经转给专员" in response.content.decode()


def test_not_solved_while_another_matter_is_open_leads_there(wang_page: Client, wang: Borrower) -> None:
    wang_page.post("/chat/", {"text": "我现在要还多少钱"})
    answered = Contact.objects.get(borrower=wang)
    wang_page.post("/form/", {"topic": "proof", "text": "要一份合同"})
    still_open = Contact.objects.exclude(pk=answered.pk).get(borrower=wang)
    for more in ({}, {"back": "chat"}, {"text": "还是不懂"}):
        response = wang_page.post(f"/matters/{answered.ref}/reopen/", more, follow=True)
        assert response.redirect_chain[-1][0] == f"/matters/{still_open.ref}/"
        assert "正在办" in response.content.decode()


def test_a_matter_is_named_by_its_need_not_by_what_was_typed(wang_page: Client, wang: Borrower) -> None:
    wang_page.post("/form/", {"topic": "other", "text": "活着没意思"})
    wang_page.post("/form/", {"topic": "fee", "text": "罚息怎么算"})
    wang_page.post("/form/", {"topic": "fraud", "text": "有人冒充你们"})
    contact = Contact.objects.get(borrower=wang)
    for address in ("/", "/matters/"):
        page = wang_page.get(address).content.decode()
        assert "<b>被骗或不是本人借款、利息和费用</b>" in page
        assert "活着没意思" not in page
    assert "<h1>被骗或不是本人借款、利息和费用</h1>" in wang_page.get(f"/matters/{contact.ref}/").content.decode()


def test_every_intent_has_a_name_of_its_own() -> None:
    assert set(NEEDS) == {*INTENTS, "complaint"}  # what the form lodges is no question to the assistant
    assert need_words(["other"]) == "其他事项"
    assert need_words(["other", "interest_fee"]) == "利息和费用"
    assert need_words([]) == ""


def test_an_assistants_answer_can_be_sent_on_to_a_person(wang_page: Client, wang: Borrower) -> None:
    wang_page.post("/chat/", {"text": "我现在要还多少钱"})
    contact = Contact.objects.get(borrower=wang)
    wang_page.post(f"/matters/{contact.ref}/reopen/")
    contact.refresh_from_db()
    assert contact.is_waiting
    assert contact.handed_over_at == NOW


def test_what_is_open_is_neither_confirmed_nor_opened_again(wang_page: Client, wang: Borrower) -> None:
    wang_page.post("/person/")
    contact = Contact.objects.get(borrower=wang)
    assert "这件事还在办" in wang_page.post(f"/matters/{contact.ref}/confirm/", follow=True).content.decode()
    assert "您有一件事正在办" in wang_page.post(f"/matters/{contact.ref}/reopen/", follow=True).content.decode()
    contact.refresh_from_db()
    assert (contact.state, contact.reopened) == ("waiting", 0)


def test_another_borrowers_matter_does_not_exist(wang_page: Client, stranger_page: Client, wang: Borrower) -> None:
    wang_page.post("/person/")
    ref = Contact.objects.get(borrower=wang).ref
    assert stranger_page.get(f"/matters/{ref}/").status_code == 404
    assert stranger_page.post(f"/matters/{ref}/confirm/").status_code == 404
    assert stranger_page.post(f"/matters/{ref}/reopen/").status_code == 404
    assert ref not in stranger_page.get("/matters/").content.decode()
    assert Client().get(f"/matters/{ref}/").url.startswith("/login/")


def test_news_is_only_of_oneself(wang: Borrower) -> None:
    other = make_borrower("赵强")
    match = heard_by(wang.pk)
    assert match(News(1, "contacts.taken", "contact:1", wang.pk, {}, 1)) == "contact"
    assert match(News(2, "loans.repayment_booked", "loan:1", wang.pk, {}, 1)) == "loan"
    assert match(News(3, "contacts.taken", "contact:2", other.pk, {}, 1)) is None
    assert match(News(4, "routing.presence_changed", "staff:1", None, {}, 1)) is None


def test_the_stream_is_for_those_signed_in(wang_page: Client, watch: Watch) -> None:
    nobody = async_to_sync(AsyncClient().get)("/live/")
    assert (nobody.status_code, nobody.headers.get("Content-Type", "").startswith("text/event")) == (204, False)
    somebody = AsyncClient()
    somebody.cookies = wang_page.cookies
    response = async_to_sync(somebody.get)("/live/")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/event-stream")


def test_the_borrower_sees_which_desk_is_asked_by_when_and_who_answers(
    wang_page: Client, stranger_page: Client, wang: Borrower, lin: Member, watch: Watch
) -> None:
    make_member("tang", "唐慧", make_team("finance", "财务组"))
    contact = routing.ask_for_person(
        borrower_id=wang.pk, channel="chat", intent="repay_failed", text="还了没到账", actor="t", now=watch.at
    )
    contacts.take(contact_id=contact.pk, member_id=lin.pk, actor="t", now=watch.at)
    contact.refresh_from_db()
    workorders.open_order(contact=contact, kind="trace_payment", question="内部：查流水", member=lin, now=watch.at)
    page = wang_page.get(f"/matters/{contact.ref}/").content.decode()
    for told in ("核对一笔还款", "财务组", "14:00", "林专员"):
        assert told in page
    assert "内部：查流水" not in page
    assert stranger_page.get(f"/matters/{contact.ref}/").status_code == 404
