"""What goes wrong between people: stale pages, specialists who vanish, words that cross a settlement, missing desks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from jietong.borrowers.models import Borrower, ContactPoint
from jietong.contacts import commands as contacts
from jietong.contacts.models import Contact, StopReason
from jietong.kernel.errors import CommandRefused
from jietong.kernel.models import Event
from jietong.recovery import commands as recovery
from jietong.recovery.models import Promise
from jietong.routing import commands, queries
from jietong.routing.commands import ticking
from jietong.routing.models import Offer, Presence, Waiting
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def ask(borrower: Borrower, *, intent: str = "complaint_human", now: datetime = NOW, **more: Any) -> Contact:
    return commands.ask_for_person(
        borrower_id=borrower.pk, channel="web", intent=intent, text="想找人工", actor="b", now=now, **more
    )


def ready(member: Member, *, now: datetime = NOW) -> None:
    commands.set_presence(member_id=member.pk, state="ready", now=now)


def served(borrower: Borrower, member: Member, *, now: datetime = NOW) -> Contact:
    """The borrower's contact in this specialist's hands."""
    ask(borrower, now=now)
    ready(member, now=now)
    commands.dispatch(now=now)
    offer = queries.open_offer(member.pk, now=now)
    assert offer is not None
    return commands.accept(offer_id=offer.pk, member_id=member.pk, now=now)


def late_borrower(name: str) -> Borrower:
    who = make_borrower(name)
    make_loan(who, paid=4)
    return who


def test_an_old_page_cannot_undo_what_happened_meanwhile(wang: Borrower, lin: Member) -> None:
    stale = ask(wang)
    contact = served(wang, lin)
    commands.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW + MINUTE)
    commands.settle(contact=contact, member_id=lin.pk, outcome="answered", now=NOW + 2 * MINUTE)
    contacts.promise(contact=contact, reply_by=contact.reply_by, next_step="done", actor="t", now=NOW)
    commands.not_solved(contact_id=contact.pk, text="没好", channel="web", actor="b", now=NOW + 3 * MINUTE)
    with pytest.raises(CommandRefused):  # this page still believes that it is settled
        contacts.confirm(contact=contact, actor="b", now=NOW + 4 * MINUTE)
    stale.owner_id, stale.state = lin.pk, "in_service"
    with pytest.raises(CommandRefused):  # and this one that it is in Lin's hands
        commands.settle(contact=stale, member_id=lin.pk, outcome="answered", now=NOW + 4 * MINUTE)
    assert Contact.objects.get(pk=contact.pk).is_waiting


def test_a_page_opened_before_the_contact_was_taken_away_cannot_answer_or_settle(wang: Borrower, lin: Member) -> None:
    mine = served(wang, lin)
    contacts.return_to_queue(
        contact=Contact.objects.get(pk=mine.pk), next_step="in_queue", actor="system:routing", now=NOW + MINUTE
    )
    with pytest.raises(CommandRefused, match="not in your hands"):
        commands.settle(contact=mine, member_id=lin.pk, outcome="answered", now=NOW + 2 * MINUTE)
    mine.owner_id, mine.state = lin.pk, "in_service"
    with pytest.raises(CommandRefused, match="not in your hands"):
        commands.specialist_said(contact=mine, member_id=lin.pk, text="您好", now=NOW + 2 * MINUTE)


def test_words_that_cross_the_settlement_are_not_lost(wang: Borrower, lin: Member) -> None:
    contact = served(wang, lin)
    stale = Contact.objects.get(pk=contact.pk)
    commands.settle(contact=contact, member_id=lin.pk, outcome="answered", now=NOW + MINUTE)
    commands.borrower_wrote(contact=stale, text="等等，还有一句", channel="chat", actor="b", now=NOW + MINUTE)
    now = Contact.objects.get(pk=contact.pk)
    assert now.is_waiting
    assert Waiting.objects.filter(contact=now, left_at=None).count() == 1
    assert now.reply_by > NOW + MINUTE


def test_writing_again_does_not_move_an_unkept_promise(wang: Borrower, lin: Member) -> None:
    ask(wang, intent="coupon_promo")
    contact = served(wang, lin)
    promised = contact.reply_by
    commands.borrower_wrote(contact=contact, text="在吗", channel="chat", actor="b", now=promised - MINUTE)
    contact.refresh_from_db()
    assert contact.reply_by == promised


def test_a_conversation_is_one_try_and_asking_again_later_is_another(wang: Borrower) -> None:
    ask(wang)
    for n in range(1, 15):
        ask(wang, now=NOW + n * MINUTE)
    assert not [f for f in Waiting.objects.get().factors if f["code"] == "try"]
    ask(wang, now=NOW + 44 * MINUTE)
    tries = [f for f in Waiting.objects.get().factors if f["code"] == "try"]
    assert [f["params"]["tries"] for f in tries] == [2]


def test_asking_again_while_a_person_has_it_says_that_the_person_replies(wang: Borrower, lin: Member) -> None:
    contact = served(wang, lin)
    commands.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW + MINUTE)
    again = ask(wang, now=NOW + 2 * MINUTE)
    assert (again.is_in_service, again.next_step) == (True, "specialist_replies")
    assert not Waiting.objects.filter(contact=contact, left_at=None).exists()


def test_who_vanishes_loses_the_unanswered_within_three_minutes(wang: Borrower, lin: Member) -> None:
    contact = served(wang, lin)
    promised = contact.reply_by
    commands.tick(NOW + timedelta(minutes=3, seconds=1))
    contact.refresh_from_db()
    assert contact.is_waiting
    assert contact.reply_by == promised
    place = Waiting.objects.get(contact=contact, left_at=None)
    assert place.since == NOW
    assert Event.objects.filter(kind="contacts.returned", subject=f"contact:{contact.pk}").count() == 1


def test_who_vanished_after_one_answer_does_not_keep_the_next_question(wang: Borrower, lin: Member) -> None:
    contact = served(wang, lin)
    commands.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW + MINUTE)
    commands.tick(NOW + 20 * MINUTE)
    contact.refresh_from_db()
    assert contact.is_in_service, "answered: the borrower's turn"
    commands.borrower_wrote(contact=contact, text="还有呢", channel="chat", actor="b", now=NOW + 21 * MINUTE)
    commands.tick(NOW + 21 * MINUTE + timedelta(seconds=1))
    contact.refresh_from_db()
    assert contact.is_waiting


def test_a_follow_up_of_somebody_gone_goes_to_the_team(wang: Borrower, lin: Member) -> None:
    contact = served(wang, lin)
    commands.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW + MINUTE)
    contact.refresh_from_db()
    commands.tick(contact.reply_by)
    contact.refresh_from_db()
    assert contact.is_waiting
    assert contact.breaches == 0
    assert Waiting.objects.filter(contact=contact, left_at=None).count() == 1


def test_a_promise_missed_twice_by_who_is_there_goes_to_somebody_else(wang: Borrower, lin: Member) -> None:
    contact = served(wang, lin)
    commands.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW + MINUTE)
    commands.borrower_wrote(contact=contact, text="还有呢", channel="chat", actor="b", now=NOW + 2 * MINUTE)
    for _ in range(2):
        contact.refresh_from_db()
        Presence.objects.update(alive_until=contact.reply_by + MINUTE)
        commands.tick(contact.reply_by)
    contact.refresh_from_db()
    assert contact.breaches == 2
    assert contact.is_waiting


def test_who_comes_back_to_the_queue_keeps_class_and_is_never_shown_to_whom_it_is_about(
    wang: Borrower, lin: Member, desk: Team
) -> None:
    complained_of = make_member("xu", "许静", desk)
    contact = ask(wang, intent="amount_due", self_harm=True)
    contacts.recuse(contact=contact, member_id=complained_of.pk, now=NOW)
    ready(lin)
    commands.dispatch(now=NOW)
    offer = queries.open_offer(lin.pk, now=NOW)
    assert offer is not None
    commands.accept(offer_id=offer.pk, member_id=lin.pk, now=NOW)
    commands.tick(NOW + timedelta(minutes=3, seconds=1))
    place = Waiting.objects.get(contact=contact, left_at=None)
    assert place.urgency == "A"
    ready(complained_of, now=NOW + 4 * MINUTE)
    assert commands.dispatch(now=NOW + 4 * MINUTE) == 0


def test_an_offer_to_somebody_who_is_gone_is_taken_back_before_its_lease(wang: Borrower, lin: Member) -> None:
    ready(lin)
    ask(wang, now=NOW + timedelta(seconds=50))
    commands.dispatch(now=NOW + timedelta(seconds=50))
    assert Offer.objects.get().state == "open"
    commands.tick(NOW + timedelta(seconds=61))  # her desk was last heard of at NOW; the offer still runs
    assert Offer.objects.get().state == "withdrawn"
    assert Event.objects.filter(kind="routing.offer_withdrawn").count() == 1


def test_leaving_tells_what_became_of_the_offer_and_being_set_away_is_news(wang: Borrower, lin: Member) -> None:
    ask(wang)
    ready(lin)
    commands.dispatch(now=NOW)
    commands.set_presence(member_id=lin.pk, state="break", now=NOW + MINUTE / 6)
    assert Event.objects.filter(kind="routing.declined").count() == 1
    ready(lin, now=NOW + 2 * MINUTE)
    Presence.objects.update(ignored_in_a_row=2)
    commands.dispatch(now=NOW + 2 * MINUTE)
    Presence.objects.update(alive_until=NOW + 5 * MINUTE)
    commands.tick(NOW + 3 * MINUTE)
    assert Event.objects.filter(kind="routing.presence_changed", data__state="away").count() == 1


def test_a_callback_withdraws_the_offer_aloud_and_is_offered_again_in_its_slot(wang: Borrower, lin: Member) -> None:
    ask(wang)
    ready(lin)
    commands.dispatch(now=NOW)
    point = ContactPoint.objects.get(borrower=wang, kind="phone")
    slot = NOW + 60 * MINUTE
    commands.book_callback(
        borrower_id=wang.pk,
        channel="chat",
        intent="amount_due",
        text="回电",
        slot_from=slot,
        slot_to=slot + 30 * MINUTE,
        point_id=point.pk,
        actor="b",
        now=NOW + MINUTE / 6,
    )
    assert Event.objects.filter(kind="routing.offer_withdrawn").count() == 1
    assert commands.dispatch(now=NOW + MINUTE) == 0
    Presence.objects.update(alive_until=slot + 5 * MINUTE)
    commands.tick(slot)
    offer = queries.open_offer(lin.pk, now=slot)
    assert offer is not None
    assert offer.reason["standing"]


def test_a_question_beside_a_booked_callback_promises_no_time_before_the_slot(wang: Borrower, lin: Member) -> None:
    point = ContactPoint.objects.get(borrower=wang, kind="phone")
    ends = NOW + 240 * MINUTE
    commands.book_callback(
        borrower_id=wang.pk, channel="chat", intent="amount_due", text="回电", slot_from=ends - 30 * MINUTE,
        slot_to=ends, point_id=point.pk, actor="b", now=NOW,
    )  # fmt: skip
    contact = ask(wang, intent="repay_failed", now=NOW + MINUTE)  # its class alone would promise ten minutes
    assert (contact.reply_by, contact.next_step) == (ends, "callback_booked")
    assert {matter.reply_by for matter in contact.matters.all()} == {ends}
    urgent = ask(wang, intent="security_fraud", now=NOW + 2 * MINUTE)
    assert urgent.reply_by <= NOW + 5 * MINUTE, "what cannot wait does not wait for a slot"


def test_not_solved_while_another_matter_is_open_joins_it_with_the_words(wang: Borrower, lin: Member) -> None:
    old = served(wang, lin)
    commands.settle(contact=old, member_id=lin.pk, outcome="answered", now=NOW + MINUTE)
    new = ask(wang, intent="amount_due", now=NOW + 2 * MINUTE)
    assert new.pk != old.pk
    got = commands.not_solved(contact_id=old.pk, text="上次的事没好", channel="chat", actor="b", now=NOW + 3 * MINUTE)
    assert got.pk == new.pk
    assert new.entries.filter(text="上次的事没好").exists()
    with pytest.raises(CommandRefused):
        commands.not_solved(contact_id=new.pk, text="", channel="chat", actor="b", now=NOW + 4 * MINUTE)


def test_reopened_after_days_does_not_go_before_fraud_that_just_came(wang: Borrower, lin: Member) -> None:
    contact = served(wang, lin, now=NOW)
    commands.settle(contact=contact, member_id=lin.pk, outcome="answered", now=NOW + MINUTE)
    later = NOW + timedelta(days=3)
    again = commands.not_solved(contact_id=contact.pk, text="没好", channel="web", actor="b", now=later)
    assert again.first_try_at == NOW
    urgent = ask(late_borrower("急"), intent="amount_due", self_harm=True, now=later)
    ready(lin, now=later + MINUTE)
    commands.dispatch(now=later + MINUTE)
    offer = queries.open_offer(lin.pk, now=later + MINUTE)
    assert offer is not None
    assert offer.contact_id == urgent.pk


def test_a_site_without_a_desk_for_rights_still_takes_a_fraud_report(wang: Borrower) -> None:
    Team.objects.filter(code="rights").delete()
    contact = ask(wang, intent="security_fraud")
    assert contact.owner_team.code == "desk"
    assert contact.reply_by <= NOW + 4 * MINUTE


def test_ten_minutes_of_opening_a_day_still_give_a_time(wang: Borrower, desk: Team) -> None:
    desk.closes_at = desk.opens_at.replace(minute=10)
    desk.save(update_fields=["closes_at"])
    assert ask(wang, intent="coupon_promo").reply_by > NOW


def test_a_nul_in_the_words_does_not_lose_the_need(wang: Borrower) -> None:
    contact = commands.ask_for_person(
        borrower_id=wang.pk, channel="web", intent="other", text="在吗\x00人工", actor="b", now=NOW
    )
    assert contact.matters.get().title == "在吗人工"


def test_one_contact_that_cannot_be_weighed_does_not_stop_the_clock(
    wang: Borrower, lin: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = ask(wang), ask(late_borrower("好"))
    weigh = ticking.weigh

    def weigh_or_fail(*, borrower_id: int, **more: Any) -> Any:
        if borrower_id == wang.pk:
            raise ValueError("a fact nobody foresaw")
        return weigh(borrower_id=borrower_id, **more)

    monkeypatch.setattr(ticking, "weigh", weigh_or_fail)
    at = max(broken.reply_by, fine.reply_by)
    ready(lin, now=at)
    commands.tick(at)
    fine.refresh_from_db()
    assert fine.breaches == 1
    assert queries.open_offer(lin.pk, now=at) is not None


def test_a_breach_at_night_gives_a_time_in_the_morning_and_is_told_once(wang: Borrower) -> None:
    night = NOW + timedelta(hours=13)  # 23:00 in Shanghai, the desk is closed
    contact = ask(wang, intent="security_fraud", now=night)
    assert contact.reply_by <= night + 4 * MINUTE
    for n in range(5, 300, 5):
        commands.tick(night + n * MINUTE)
    contact.refresh_from_db()
    assert contact.breaches == 1
    assert contact.reply_by > night + timedelta(hours=9)
    assert Event.objects.filter(kind="contacts.reply_by_missed").count() == 1


def test_the_urgent_go_first_and_who_waits_long_goes_before_them(lin: Member) -> None:
    calm = ask(late_borrower("普通"), intent="interest_fee")
    place = Waiting.objects.get(contact=calm)
    assert place.urgency == "C"
    urgent = ask(late_borrower("急"), intent="security_fraud", now=NOW + 2 * MINUTE)
    Waiting.objects.filter(contact=urgent).update(team=lin.team)
    ready(lin, now=NOW + 3 * MINUTE)
    commands.dispatch(now=NOW + 3 * MINUTE)  # A: 60 s × 80 against C: 180 s × 8
    offer = queries.open_offer(lin.pk, now=NOW + 3 * MINUTE)
    assert offer is not None
    assert offer.contact_id == urgent.pk
    commands.decline(offer_id=offer.pk, member_id=lin.pk, now=NOW + 3 * MINUTE)
    at = NOW + 29 * MINUTE
    Waiting.objects.filter(contact=urgent).update(since=at - 2 * MINUTE)
    Presence.objects.update(alive_until=at + MINUTE)
    commands.dispatch(now=at)  # A: 120 s × 80 = 9600 against C: 1740 s × 8 = 13920, close to its guarantee
    offer = queries.open_offer(lin.pk, now=at)
    assert offer is not None
    assert offer.contact_id == calm.pk


def test_a_promise_over_two_loans_stops_reminders_until_it_is_decided(lin: Member) -> None:
    who = late_borrower("两笔")
    make_loan(who, paid=4)
    made = recovery.record_promise(
        borrower_id=who.pk, amount_fen=1_000_00, due_on=date(2026, 11, 26), actor="staff:1", now=NOW, member_id=lin.pk
    )
    assert StopReason.objects.filter(borrower=who, lifted_at=None).count() == 1
    with pytest.raises(CommandRefused, match="another promise"):
        recovery.record_promise(borrower_id=who.pk, amount_fen=1, due_on=date(2026, 11, 25), actor="staff:1", now=NOW)
    recovery.decide_promises(business_date=date(2026, 11, 28), now=NOW + timedelta(days=4))
    assert Promise.objects.get(pk=made.pk).state == "broken"
    assert not StopReason.objects.filter(borrower=who, lifted_at=None).exists()
