"""A need gets an owner and a time at once; an offer goes to one specialist and ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.borrowers.models import Borrower
from jietong.contacts.models import Contact
from jietong.kernel.errors import CommandRefused
from jietong.routing import commands, queries
from jietong.routing.models import Offer, Presence, Waiting
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db(transaction=False)


def ask(borrower: Borrower, *, text: str = "想找人工", intent: str = "complaint_human", now=NOW) -> Contact:
    return commands.ask_for_person(
        borrower_id=borrower.pk, channel="web", intent=intent, text=text, actor=f"borrower:{borrower.pk}", now=now
    )


def test_a_need_has_an_owner_and_a_time_at_once(wang: Borrower) -> None:
    contact = ask(wang)
    assert contact.owner_team.code == "desk"
    assert NOW < contact.reply_by <= NOW + timedelta(minutes=31)
    assert Waiting.objects.get(contact=contact).left_at is None


def test_a_second_try_joins_and_never_waits_longer(wang: Borrower) -> None:
    first = ask(wang)
    second = ask(wang, text="再问一次", intent="amount_due", now=NOW + timedelta(minutes=2))
    assert second.pk == first.pk
    assert second.tries == 2
    assert second.reply_by <= first.reply_by
    assert Waiting.objects.filter(contact=first, left_at=None).count() == 1


def test_a_ready_specialist_gets_one_offer_and_can_take_it(wang: Borrower, lin: Member) -> None:
    contact = ask(wang)
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    assert commands.dispatch(now=NOW) == 1
    offer = queries.open_offer(lin.pk, now=NOW)
    assert offer is not None
    assert offer.contact_id == contact.pk
    taken = commands.accept(offer_id=offer.pk, member_id=lin.pk, now=NOW + timedelta(seconds=5))
    assert taken.owner == lin
    assert taken.is_in_service
    assert not Waiting.objects.filter(contact=contact, left_at=None).exists()


def test_an_ignored_offer_expires_and_goes_to_the_next_one(wang: Borrower, lin: Member, desk) -> None:
    from jietong.simulator.tests.cast import make_member

    ask(wang)
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    commands.dispatch(now=NOW)
    other = make_member("xu", "许静", desk)
    commands.set_presence(member_id=other.pk, state="ready", now=NOW)
    later = NOW + timedelta(seconds=46)
    Presence.objects.update(alive_until=later + timedelta(minutes=1))
    commands.tick(later)
    assert Offer.objects.get(specialist=lin).state == Offer.State.EXPIRED
    assert queries.open_offer(other.pk, now=later) is not None
    with pytest.raises(CommandRefused, match="ended"):
        commands.accept(offer_id=Offer.objects.get(specialist=lin).pk, member_id=lin.pk, now=later)


def test_another_team_is_not_offered_it(wang: Borrower, zhou: Member) -> None:
    ask(wang)
    commands.set_presence(member_id=zhou.pk, state="ready", now=NOW)
    assert commands.dispatch(now=NOW) == 0


def test_three_ignored_offers_set_a_specialist_away(wang: Borrower, lin: Member) -> None:
    for n in range(3):
        other = make_borrower(f"借款人{n}")
        make_loan(other, paid=4)
        ask(other)
    at = NOW
    commands.set_presence(member_id=lin.pk, state="ready", now=at)
    for _ in range(3):
        Presence.objects.update(alive_until=at + timedelta(minutes=5))
        commands.dispatch(now=at)
        at += timedelta(seconds=46)
        commands.expire_offers(now=at)
    assert Presence.objects.get(pk=lin.pk).state == Presence.State.AWAY
    assert Presence.objects.get(pk=lin.pk).away_reason == "ignored_offers"


def test_nobody_gets_more_than_their_capacity(lin: Member) -> None:
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    Presence.objects.update(chats_max=2)
    for n in range(4):
        other = make_borrower(f"借款人{n}")
        make_loan(other, paid=4)
        ask(other)
    for _ in range(4):
        commands.dispatch(now=NOW)
        offer = queries.open_offer(lin.pk, now=NOW)
        if offer is None:
            break
        commands.accept(offer_id=offer.pk, member_id=lin.pk, now=NOW)
    assert Contact.objects.filter(owner=lin, state="in_service").count() == 2


def test_a_missed_reply_by_is_told_with_a_new_time(wang: Borrower) -> None:
    contact = ask(wang)
    late = contact.reply_by + timedelta(seconds=1)
    commands.tick(late)
    contact.refresh_from_db()
    assert contact.breaches == 1
    assert contact.reply_by > late
    assert contact.entries.filter(data__code="reply_late", for_borrower=True).exists()
    assert Waiting.objects.get(contact=contact, left_at=None).urgency <= "B"


def test_settled_confirmed_or_reopened_with_the_first_time(wang: Borrower, lin: Member) -> None:
    contact = ask(wang)
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    commands.dispatch(now=NOW)
    offer = queries.open_offer(lin.pk, now=NOW)
    assert offer is not None
    contact = commands.accept(offer_id=offer.pk, member_id=lin.pk, now=NOW)
    commands.specialist_said(contact=contact, member_id=lin.pk, text="您好", now=NOW)
    assert commands.settle(contact=contact, member_id=lin.pk, outcome="answered", now=NOW + timedelta(minutes=5))
    later = NOW + timedelta(minutes=9)
    again = commands.not_solved(
        contact_id=contact.pk, text="还没好", channel="web", actor=f"borrower:{wang.pk}", now=later
    )
    assert again.is_waiting
    assert again.first_try_at == NOW
    assert again.owner is None
    assert Waiting.objects.filter(contact=again, left_at=None).count() == 1
