"""A call at a time of one's own choice, or a few lines: either way the owner and the time are there at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower, ContactPoint
from jietong.contacts.models import Contact, Entry
from jietong.portal.tests.conftest import Watch
from jietong.portal.topics import TOPICS
from jietong.routing import commands as routing
from jietong.routing.models import Waiting
from jietong.routing.queries import callback_slots
from jietong.simulator.tests.cast import NOW, make_borrower
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db


def book(page: Client, borrower: Borrower, start: datetime, **more: str):
    point = borrower.contact_points.get(kind="phone", rank=0)
    return page.post("/callback/", {"slot": start.isoformat(), "point": str(point.pk), **more}, follow=True)


def test_a_callback_has_an_owner_a_time_and_a_masked_number(wang_page: Client, wang: Borrower, lin: Member) -> None:
    start, end, has_room = callback_slots("desk", now=NOW)[0]
    assert has_room
    page = book(wang_page, wang, start, text="想问合同").content.decode()
    contact = Contact.objects.get(borrower=wang)
    assert (contact.next_step, contact.callback_at, contact.reply_by) == ("callback_booked", start, end)
    assert "约好了：今天 10:30–11:00，贷后二组打到 199****" in page
    assert "想问合同" in page
    assert "请在 11 月 24 日 10:30–11:00 给我回电" in page  # the history keeps the time that was chosen
    assert "只会提前" not in page
    assert "这是您选的时间" in page


def test_a_callback_keeps_the_place_of_the_open_matter(wang_page: Client, wang: Borrower, lin: Member) -> None:
    wang_page.post("/person/")
    since = Waiting.objects.get(contact__borrower=wang).since
    assert "您的位置一直留着" in wang_page.get("/callback/").content.decode()
    book(wang_page, wang, callback_slots("desk", now=NOW)[1][0])
    assert Contact.objects.filter(borrower=wang).count() == 1
    assert Waiting.objects.get(contact__borrower=wang, left_at=None).since == since


def test_a_full_slot_cannot_be_chosen(wang_page: Client, wang: Borrower, lin: Member) -> None:
    start, end, _ = callback_slots("desk", now=NOW)[0]
    other = make_borrower("赵强")
    routing.book_callback(
        borrower_id=other.pk, channel="callback", intent="other", text="回电", slot_from=start, slot_to=end,
        point_id=other.contact_points.get(kind="phone").pk, actor="x", now=NOW,
    )  # fmt: skip
    page = wang_page.get("/callback/").content.decode()
    assert f'value="{start.isoformat()}" disabled' in page
    response = book(wang_page, wang, start)
    assert response.status_code == 422
    assert "刚刚约满了" in response.content.decode()
    assert not Contact.objects.filter(borrower=wang).exists()


def test_after_hours_the_first_slot_is_tomorrow_morning(wang_page: Client, wang: Borrower, watch: Watch) -> None:
    watch.at = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)  # 22:30 in Shanghai; the desk closed at 22:00
    wang_page.cookies.clear()
    from jietong.portal.tests.conftest import sign_in

    page = sign_in(wang_page, wang).get("/callback/").content.decode()
    assert page.index("<small>明天</small>08:00–08:30") < page.index("08:30–09:00")
    assert "<small>今天</small>" not in page


def test_stopped_and_masked_numbers_are_not_offered(wang_page: Client, wang: Borrower) -> None:
    ContactPoint.objects.create(
        borrower=wang, kind="phone", value=None, display="138****1234", is_dialable=False, source="tape", rank=1
    )
    ContactPoint.objects.create(
        borrower=wang, kind="phone", value="19922223333", display="199****3333", source="tape", rank=2, stopped_at=NOW
    )
    page = wang_page.get("/callback/").content.decode()
    assert "138****1234" not in page
    assert "199****3333" not in page


def test_anothers_number_is_not_rung(wang_page: Client, wang: Borrower, lin: Member) -> None:
    other = make_borrower("赵强").contact_points.get(kind="phone")
    start = callback_slots("desk", now=NOW)[0][0]
    response = wang_page.post("/callback/", {"slot": start.isoformat(), "point": str(other.pk)})
    assert response.status_code == 422
    assert Contact.objects.count() == 0


def test_in_service_a_call_is_asked_for_in_the_conversation(wang_page: Client, wang: Borrower, lin: Member) -> None:
    wang_page.post("/person/")
    routing.set_presence(member_id=lin.pk, state="ready", now=NOW)
    routing.dispatch(now=NOW)
    routing.accept(offer_id=lin.offers.get().pk, member_id=lin.pk, now=NOW)
    response = book(wang_page, wang, callback_slots("desk", now=NOW)[0][0])
    assert response.redirect_chain[-1][0] == "/chat/"
    assert "专员已经在看您的事了" in response.content.decode()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.code)
def test_a_form_of_each_topic_is_owned_at_once(wang_page: Client, wang: Borrower, topic) -> None:
    assert str(topic.hint) in wang_page.get(f"/form/?topic={topic.code}").content.decode()
    response = wang_page.post("/form/", {"topic": topic.code, "text": "请帮我看看这件事"}, follow=True)
    contact = Contact.objects.get(borrower=wang)
    assert contact.matters.get().intent == topic.intent
    assert contact.channel == "form"
    assert response.redirect_chain[-1][0] == f"/matters/{contact.ref}/"
    assert contact.owner_team.name in response.content.decode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"topic": "hardship", "text": " "}, "请先写一句话"),
        ({"topic": "hardship", "text": "长" * 4001}, "4000 字以内"),
        ({"topic": "nonsense", "text": "写好的话"}, "请选一件事"),
    ],
)
def test_a_form_that_cannot_be_taken_keeps_what_was_written(wang_page: Client, data: dict, sentence: str) -> None:
    response = wang_page.post("/form/", data)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert data["text"] in response.content.decode()
    assert Contact.objects.count() == 0


def test_words_of_despair_in_a_form_are_answered_with_a_line_to_call(wang_page: Client, wang: Borrower) -> None:
    page = wang_page.post("/form/", {"topic": "fee", "text": "还不上了，不想活了"}, follow=True).content.decode()
    assert "12356" in page
    assert Waiting.objects.get(contact__borrower=wang).urgency == "A"
    assert Entry.objects.filter(borrower=wang, author="assistant", kind="event").count() == 1


def test_the_same_form_sent_again_after_back_is_one(wang_page: Client, wang: Borrower, watch: Watch) -> None:
    for _ in range(2):
        page = wang_page.post("/form/", {"topic": "fee", "text": "还不上了，\n不想活了"}, follow=True)
        assert "12356" in page.content.decode()
        watch.forward(seconds=50)
    assert Entry.objects.filter(borrower=wang, author="borrower").count() == 1
    watch.forward(minutes=2)
    wang_page.post("/form/", {"topic": "fee", "text": "还不上了，\n不想活了"})
    assert Entry.objects.filter(borrower=wang, author="borrower").count() == 2


def test_a_stranger_gets_neither_form_nor_callback(client: Client, wang: Borrower, watch: Watch) -> None:
    for address in ("/form/", "/callback/"):
        assert client.get(address).url.startswith("/login/")
        assert client.post(address, {"text": "x"}).url == "/login/"
    assert Contact.objects.count() == 0
