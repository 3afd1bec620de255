"""Who spoke of self-harm or fraud: first in the queue, marked for good, at the desk that can help."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jietong.assistant.commands import receive
from jietong.borrowers.models import Borrower
from jietong.contacts.models import Attempt, Contact
from jietong.kernel.errors import InputError
from jietong.kernel.models import Event
from jietong.routing import commands, queries
from jietong.routing.models import Offer, Presence, Waiting
from jietong.routing.rules.slots import spread
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
END_OF_LIFE, FRAUD = "还不上了，我不想活了", "有人冒充你们客服让我转账，我被骗了"


def late(name: str) -> Borrower:
    who = make_borrower(name)
    make_loan(who, paid=4)
    return who


def says(who: Borrower, text: str, *, now: datetime = NOW) -> Contact:
    found = receive(borrower_id=who.pk, text=text, channel="chat", actor="b", now=now)
    return Contact.objects.get(pk=found.pk)


def takes(member: Member, *, now: datetime = NOW) -> Contact:
    commands.set_presence(member_id=member.pk, state="ready", now=now)
    commands.dispatch(now=now)
    offer = queries.open_offer(member.pk, now=now)
    assert offer is not None
    return commands.accept(offer_id=offer.pk, member_id=member.pk, now=now)


def place(contact: Contact) -> Waiting:
    return Waiting.objects.get(contact=contact, left_at=None)


def test_self_harm_goes_before_class_a_that_came_first_and_before_long_waits(lin: Member) -> None:
    for n in range(3):
        made = says(late(f"早{n}"), "转人工")
        Waiting.objects.filter(contact=made).update(urgency="A", score=400)
    calm = says(late("久"), "转人工", now=NOW - timedelta(hours=3))
    last = says(late("险"), END_OF_LIFE, now=NOW + 2 * MINUTE)
    assert queries.people_ahead(place(last), now=NOW + 2 * MINUTE) == 0
    assert queries.people_ahead(place(calm), now=NOW + 2 * MINUTE) >= 1
    assert takes(lin, now=NOW + 2 * MINUTE).pk == last.pk


def test_the_mark_survives_settling_reopening_a_breach_and_every_later_word(wang: Borrower, lin: Member) -> None:
    contact = takes(lin, now=NOW) if says(wang, END_OF_LIFE) else None
    assert contact is not None
    assert contact.summary.startswith("【提到伤害自己】")
    commands.settle(contact=contact, member_id=lin.pk, outcome="answered", now=NOW + MINUTE)
    again = commands.not_solved(contact_id=contact.pk, text="没好", channel="chat", actor="b", now=NOW + 2 * MINUTE)
    assert (again.grave, place(again).rank, place(again).urgency) == ("self_harm", 0, "A")
    assert "self_harm" in {f["code"] for f in place(again).factors}
    says(wang, "合同在哪里看", now=NOW + 3 * MINUTE)
    commands.tick(again.reply_by)
    again.refresh_from_db()
    assert (again.breaches, again.grave, place(again).rank) == (1, "self_harm", 0)
    assert "self_harm" in {f["code"] for f in place(again).factors}
    assert again.summary.startswith("【提到伤害自己】")


def test_fraud_takes_what_waits_to_the_rights_desk(wang: Borrower, lin: Member, zhou: Member) -> None:
    contact = says(wang, "转人工")
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    commands.dispatch(now=NOW)
    same = says(wang, FRAUD, now=NOW + MINUTE / 6)
    assert (same.pk, same.grave, same.owner_team.code) == (contact.pk, "fraud", "rights")
    assert (place(same).team.code, same.waiting_since) == ("rights", NOW)
    assert Offer.objects.get().state == "withdrawn"
    assert "已转给客户权益组" in same.entries.filter(author="assistant").latest("id").text
    assert takes(zhou, now=NOW + MINUTE).pk == same.pk


def test_fraud_in_service_stays_and_the_words_say_so(wang: Borrower, lin: Member) -> None:
    says(wang, "转人工")
    takes(lin)
    same = says(wang, FRAUD, now=NOW + MINUTE)
    assert (same.owner_id, same.owner_team.code, same.grave) == (lin.pk, "desk", "fraud")
    told = same.entries.filter(author="assistant").latest("id").text
    assert "客户权益组" not in told
    assert "110" in told
    assert same.summary.startswith("【可能遇到诈骗】")
    assert Event.objects.get(kind="contacts.grave_words").data["grave"] == "fraud"
    commands.tick(NOW + 4 * MINUTE)  # Lin's desk is closed: it goes back, to the desk whose it is now
    same.refresh_from_db()
    assert (same.is_waiting, same.owner_team.code, place(same).team.code) == (True, "rights", "rights")


def test_who_settled_it_is_named_the_assistant_or_the_specialist(wang: Borrower, lin: Member) -> None:
    answered = says(wang, "我现在一共要还多少钱")
    assert queries.promise_of(answered, now=NOW).owner_name == "智能助手"
    says(wang, "转人工", now=NOW + MINUTE)
    contact = takes(lin, now=NOW + MINUTE)
    commands.settle(contact=contact, member_id=lin.pk, outcome="answered", now=NOW + 2 * MINUTE)
    contact = Contact.objects.get(pk=contact.pk)
    assert queries.promise_of(contact, now=NOW + 2 * MINUTE).owner_name == lin.surname_title


def test_an_answer_that_did_not_help_joins_what_is_open(wang: Borrower) -> None:
    answered = says(wang, "我现在一共要还多少钱")
    waiting = says(wang, "转人工", now=NOW + MINUTE)
    got = commands.not_solved(contact_id=answered.pk, text="", channel="chat", actor="b", now=NOW + 2 * MINUTE)
    assert (got.pk, got.is_waiting) == (waiting.pk, True)
    assert set(got.matters.values_list("intent", flat=True)) >= {"amount_due"}
    assert got.tries == 2


def test_a_band_that_says_nothing_is_not_shown(wang: Borrower, lin: Member) -> None:
    contact = says(wang, "转人工")
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    low, high = queries.wait_band(place(contact), now=NOW) or (NOW, NOW)
    assert high - low >= timedelta(minutes=2)
    Waiting.objects.update(band_low_at=NOW + MINUTE, band_high_at=NOW + 3 * MINUTE)
    Presence.objects.update(alive_until=NOW + timedelta(hours=1))
    assert queries.wait_band(place(contact), now=NOW + 2 * MINUTE) is None
    assert queries.wait_band(place(contact), now=NOW + 5 * MINUTE) is None


def test_a_talk_back_and_forth_sends_one_message_and_the_next_after_a_pause(wang: Borrower, lin: Member) -> None:
    says(wang, "转人工")
    contact = takes(lin)
    for n in range(1, 5):
        commands.specialist_said(contact=contact, member_id=lin.pk, text="答", now=NOW + n * MINUTE)
        says(wang, "还有", now=NOW + n * MINUTE + MINUTE / 2)
    assert Attempt.objects.filter(template="answer_ready").count() == 1
    commands.specialist_said(contact=contact, member_id=lin.pk, text="再答", now=NOW + 20 * MINUTE)
    assert Attempt.objects.filter(template="answer_ready").count() == 1, "the first one has not left yet"
    Attempt.objects.update(state="sent", sent_at=NOW + 2 * MINUTE)
    says(wang, "还有", now=NOW + 21 * MINUTE)
    commands.specialist_said(contact=contact, member_id=lin.pk, text="再答", now=NOW + 22 * MINUTE)
    assert Attempt.objects.filter(template="answer_ready").count() == 2


def test_callback_times_hold_an_evening_and_tomorrow() -> None:
    zone, day = ZoneInfo("Asia/Shanghai"), date(2026, 11, 24)
    opening = datetime(day.year, day.month, day.day, 8, tzinfo=zone)
    starts = [opening + timedelta(days=d, minutes=30 * n) for d in range(3) for n in range(28) if (d, n) >= (0, 5)]
    told = [f"{at.day} {at:%H:%M}" for at in spread(starts, limit=12)]
    assert told == [
        *("24 10:30", "24 11:00", "24 11:30", "24 12:00", "24 12:30", "24 15:00", "24 18:00", "24 19:00", "24 20:00"),
        *("25 09:00", "25 12:30", "25 18:00"),
    ]
    assert spread(starts[:2], limit=12) == starts[:2]
    assert spread([], limit=12) == []
    assert spread(starts, limit=3) == starts[:3]


def test_a_slot_without_room_is_refused_by_the_command_itself(wang: Borrower, lin: Member) -> None:
    start, end, has_room = queries.callback_slots("desk", now=NOW)[0]
    assert (has_room, start.tzinfo) == (True, UTC)

    def book(who: Borrower) -> Contact:
        point = who.contact_points.get(kind="phone")
        return commands.book_callback(
            borrower_id=who.pk, channel="callback", intent="other", text="回电", slot_from=start, slot_to=end,
            point_id=point.pk, actor="b", now=NOW,
        )  # fmt: skip

    assert book(wang).pk == book(wang).pk, "the own booking does not stand in one's own way"
    with pytest.raises(InputError, match="taken"):
        book(late("第二位"))
    assert not queries.callback_slots("desk", now=NOW)[0][2]
