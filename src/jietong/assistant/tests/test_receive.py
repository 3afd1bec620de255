"""What becomes of the borrower's words: answered and settled, or a person's from the first time of asking."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from jietong.assistant.commands import receive
from jietong.borrowers.models import Borrower
from jietong.contacts.models import Contact
from jietong.kernel.errors import InputError
from jietong.routing import commands as routing
from jietong.routing import queries
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import NOW
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
NIGHT = NOW + timedelta(hours=13)  # 23:00 in Shanghai
QUESTION, PERSON, END_OF_LIFE = "我现在一共要还多少钱", "转人工", "还不上了，我不想活了"
FRAUD = "有人冒充你们客服让我转账，我被骗了"


def say(who: Borrower, text: str, *, now: datetime = NOW) -> Contact:
    return receive(borrower_id=who.pk, text=text, channel="chat", actor=f"borrower:{who.pk}", now=now)


def authors(contact: Contact) -> list[str]:
    return list(contact.entries.order_by("id").values_list("author", flat=True))


def taken(contact: Contact, member: Member, *, now: datetime = NOW) -> Contact:
    routing.set_presence(member_id=member.pk, state="ready", now=now)
    routing.dispatch(now=now)
    offer = queries.open_offer(member.pk, now=now)
    assert offer is not None
    assert offer.contact_id == contact.pk
    return routing.accept(offer_id=offer.pk, member_id=member.pk, now=now)


def test_a_question_about_the_own_loan_is_answered_and_settled(wang: Borrower) -> None:
    contact = say(wang, QUESTION)
    assert (contact.state, contact.next_step) == ("settled", "borrower_confirms")
    assert authors(contact) == ["borrower", "assistant"]
    assert contact.matters.get().outcome == "answered"
    assert contact.answered_at == NOW
    assert not Waiting.objects.exists()


def test_a_question_after_that_is_a_contact_of_its_own(wang: Borrower) -> None:
    first = say(wang, QUESTION)
    second = say(wang, "下一期哪天还款", now=NOW + MINUTE)
    assert second.pk != first.pk
    assert second.matters.get().settled_at == NOW + MINUTE
    assert Contact.objects.filter(borrower=wang).exclude(state="settled").count() == 0


def test_an_answer_that_did_not_solve_it_goes_to_a_person_with_the_first_time(wang: Borrower) -> None:
    first = say(wang, QUESTION)
    again = routing.not_solved(contact_id=first.pk, text="不对", channel="chat", actor="b", now=NOW + 5 * MINUTE)
    assert (again.pk, again.first_try_at, again.is_waiting) == (first.pk, NOW, True)
    assert again.handed_over_at is not None
    say(wang, QUESTION, now=NOW + 6 * MINUTE)
    assert authors(again)[-1] == "borrower", "the assistant is silent from now on"


def test_a_person_is_reached_at_the_first_time_of_asking(wang: Borrower) -> None:
    contact = say(wang, PERSON)
    assert contact.is_waiting
    assert contact.handed_over_at == NOW
    assert Waiting.objects.get(contact=contact).left_at is None
    told = contact.entries.get(author="assistant")
    assert (told.kind, told.data["code"], told.data["reason"]) == ("event", "handed_over", "asked_for_person")
    assert contact.answered_at is None, "saying who takes over is not an answer"
    assert contact.summary.startswith(PERSON)


def test_a_question_while_one_waits_is_answered_in_passing_and_stops_no_clock(wang: Borrower) -> None:
    contact = say(wang, PERSON)
    promised, place = contact.reply_by, Waiting.objects.get(contact=contact)
    same = say(wang, QUESTION, now=NOW + MINUTE)
    same.refresh_from_db()
    told = same.entries.order_by("pk").last()
    assert (told.author, told.kind, told.data["intent"]) == ("assistant", "aside", "amount_due")
    assert same.is_waiting
    assert (same.answered_at, same.last_reply_at, same.is_unanswered) == (None, None, True)
    assert same.reply_by <= promised
    again = Waiting.objects.get(contact=contact, left_at=None)
    assert again.since == place.since
    assert same.matters.filter(settled_at=None).count() == contact.matters.count() == 1


@pytest.mark.parametrize("waits", [False, True])
def test_who_says_complain_has_complained(wang: Borrower, waits: bool) -> None:
    if waits:
        say(wang, "想申请延期还款")
    contact = say(wang, "我要投诉你们", now=NOW + MINUTE)
    matter = contact.matters.get(intent="complaint")
    assert matter.deadline_on is not None
    assert contact.owner_team.code == "rights"
    assert "12 月 9 日" in contact.entries.filter(author="assistant").last().text
    assert contact.answered_at is None


def test_words_without_an_answer_while_one_waits_are_only_passed_on(wang: Borrower) -> None:
    contact = say(wang, PERSON)
    say(wang, "嗯嗯，好的", now=NOW + MINUTE)
    assert authors(contact)[-1] == "borrower"


def test_the_assistant_is_silent_while_a_person_has_it(wang: Borrower, lin: Member) -> None:
    contact = taken(say(wang, PERSON), lin)
    routing.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW + MINUTE)
    before = authors(contact)
    same = say(wang, QUESTION, now=NOW + 2 * MINUTE)
    same.refresh_from_db()
    assert same.pk == contact.pk
    assert authors(contact) == [*before, "borrower"]
    assert (same.owner_id, same.next_step) == (lin.pk, "specialist_replies")
    assert same.reply_by <= NOW + 33 * MINUTE


@pytest.mark.parametrize(("words", "team"), [(END_OF_LIFE, "desk"), (FRAUD, "rights")])
@pytest.mark.parametrize("at", [NOW, NIGHT])
def test_fraud_and_self_harm_are_class_a_round_the_clock(wang: Borrower, words: str, team: str, at: datetime) -> None:
    contact = say(wang, words, now=at)
    place = Waiting.objects.get(contact=contact)
    assert place.urgency == "A"
    assert contact.reply_by <= at + 4 * MINUTE
    assert "110" in contact.entries.get(author="assistant").text
    if words == FRAUD:
        assert contact.owner_team.code == team


@pytest.mark.parametrize("words", [END_OF_LIFE, FRAUD])
def test_grave_words_are_heard_while_one_waits_for_a_person(wang: Borrower, words: str) -> None:
    contact = say(wang, "帮我开一份合同证明，转人工", now=NIGHT)
    assert Waiting.objects.get(contact=contact).urgency != "A"
    same = say(wang, words, now=NIGHT + MINUTE)
    assert same.pk == contact.pk
    same.refresh_from_db()
    assert Waiting.objects.get(contact=contact, left_at=None).urgency == "A"
    assert same.reply_by <= NIGHT + 5 * MINUTE
    assert "110" in contact.entries.filter(author="assistant").latest("id").text


def test_grave_words_do_not_wait_for_a_booked_slot(wang: Borrower) -> None:
    slot = NOW + timedelta(hours=20)
    point = wang.contact_points.get(kind="phone")
    routing.book_callback(
        borrower_id=wang.pk,
        channel="chat",
        intent="amount_due",
        text="明天回电",
        slot_from=slot,
        slot_to=slot + 30 * MINUTE,
        point_id=point.pk,
        actor="b",
        now=NOW,
    )
    contact = say(wang, END_OF_LIFE, now=NOW + MINUTE)
    contact.refresh_from_db()
    assert Waiting.objects.get(contact=contact, left_at=None).not_before <= NOW + MINUTE
    assert contact.reply_by <= NOW + 5 * MINUTE


def test_grave_words_reach_the_person_who_has_it(wang: Borrower, lin: Member) -> None:
    contact = taken(say(wang, PERSON), lin)
    routing.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW + MINUTE)
    same = say(wang, END_OF_LIFE, now=NOW + 2 * MINUTE)
    same.refresh_from_db()
    assert (same.pk, same.owner_id) == (contact.pk, lin.pk)
    assert same.reply_by <= NOW + 6 * MINUTE
    assert "12356" in contact.entries.filter(author="assistant").latest("id").text
    assert not Waiting.objects.filter(contact=contact, left_at=None).exists()


def test_grave_words_at_the_end_of_a_long_message_are_heard(wang: Borrower) -> None:
    contact = say(wang, "我想说说我的情况。" * 80 + END_OF_LIFE)
    assert Waiting.objects.get(contact=contact).urgency == "A"


@pytest.mark.parametrize("text", ["", "   ", "\x00", "长" * 4001])
def test_nothing_and_too_much_are_named_and_leave_nothing_behind(wang: Borrower, text: str) -> None:
    with pytest.raises(InputError) as refused:
        say(wang, text)
    assert refused.value.field == "text"
    assert not Contact.objects.exists()
