"""A supervisor takes a contact over or gives it to somebody: hands, promise, journal and what the borrower reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.contacts import commands as contact_commands
from jietong.contacts import queries as contacts
from jietong.contacts.models import Recusal
from jietong.kernel.errors import CommandRefused
from jietong.kernel.models import Event
from jietong.routing import commands, queries
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import NOW, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(wang):
    return commands.ask_for_person(
        borrower_id=wang.pk, channel="web", intent="extend_hardship", text="想延几天", actor="borrower", now=NOW
    )


@pytest.fixture
def with_lin(asked, lin):
    return accepted(asked, lin)


def accepted(contact, member):
    commands.set_presence(member_id=member.pk, state="ready", now=NOW)
    commands.dispatch(now=NOW)
    commands.accept(offer_id=queries.open_offer(member.pk, now=NOW).pk, member_id=member.pk, now=NOW)
    contact.refresh_from_db()
    return contact


def borrower_reads(contact):
    return " ".join(line.text for line in contacts.conversation(contact, for_borrower=True))


def refused(code, call, **arguments):
    with pytest.raises(CommandRefused) as no:
        call(now=NOW, **arguments)
    assert no.value.code == code


def test_from_the_queue_into_the_supervisors_hands(asked, qin):
    told = asked.reply_by
    taken = commands.take_over(contact=asked, supervisor=qin, now=NOW + timedelta(seconds=30))
    assert (taken.owner, taken.state, taken.reply_by) == (qin, "in_service", told)
    assert not Waiting.objects.filter(contact=asked, left_at=None).exists()
    assert qin.surname_title in borrower_reads(asked)
    event = Event.objects.get(kind="routing.taken_over")
    assert (event.actor, event.data["to"]) == (f"staff:{qin.pk}", qin.pk)
    commands.specialist_said(contact=taken, member_id=qin.pk, text="我来办", now=NOW + timedelta(minutes=1))
    assert "我来办" in borrower_reads(asked)


def test_an_open_offer_is_withdrawn_and_cannot_be_accepted_any_more(asked, lin, qin):
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    commands.dispatch(now=NOW)
    offer = queries.open_offer(lin.pk, now=NOW)
    commands.take_over(contact=asked, supervisor=qin, now=NOW)
    refused("too_late", commands.accept, offer_id=offer.pk, member_id=lin.pk)


def test_from_a_specialists_hands_the_promise_stands(with_lin, lin, qin):
    told = with_lin.reply_by
    taken = commands.take_over(contact=with_lin, supervisor=qin, now=NOW)
    assert (taken.owner, taken.reply_by) == (qin, told)
    assert Event.objects.get(kind="routing.taken_over").data["was"] == lin.pk
    refused("not_yours", commands.specialist_said, contact=taken, member_id=lin.pk, text="还是我")
    assert commands.tick(NOW + timedelta(seconds=1)) is None
    taken.refresh_from_db()
    assert taken.owner == qin


def test_given_in_the_queue_only_that_person_is_asked_for_a_while(asked, lin, qin):
    other = make_member("he", "何敏", lin.team)
    for member in (other, lin):
        commands.set_presence(member_id=member.pk, state="ready", now=NOW)
    commands.assign(contact=asked, specialist=lin, by=qin, now=NOW)
    commands.dispatch(now=NOW)
    assert queries.open_offer(lin.pk, now=NOW).contact == asked
    assert queries.open_offer(other.pk, now=NOW) is None
    place = Waiting.objects.get(contact=asked, left_at=None)
    assert NOW < place.prefer_until <= NOW + timedelta(minutes=10)
    assert Event.objects.get(kind="routing.assigned").data["to"] == lin.pk


def test_nobody_named_makes_the_borrower_wait_past_the_promise(asked, lin, qin):
    asked.reply_by = NOW + timedelta(minutes=3)
    asked.save(update_fields=["reply_by"])
    commands.assign(contact=asked, specialist=lin, by=qin, now=NOW)
    assert Waiting.objects.get(contact=asked, left_at=None).prefer_until == NOW + timedelta(minutes=3)


def test_given_from_hands_to_hands_by_an_operator(with_lin, lin):
    other = make_member("he", "何敏", lin.team)
    operator = make_member("ding", "丁", lin.team, "operator")
    given = commands.assign(contact=with_lin, specialist=other, by=operator, now=NOW)
    assert (given.owner, given.state) == (other, "in_service")
    assert other.surname_title in borrower_reads(with_lin)
    refused("in_their_hands", commands.assign, contact=given, specialist=other, by=operator)


def test_strangers_are_refused(asked, lin, zhou, qin):
    boss = make_member("boss", "柳青", zhou.team, "supervisor")
    officer = make_member("shen", "沈", lin.team, "officer")
    for who in (lin, boss, officer):
        refused("not_yours", commands.take_over, contact=asked, supervisor=who)
        refused("not_yours", commands.assign, contact=asked, specialist=lin, by=who)
    refused("not_of_the_team", commands.assign, contact=asked, specialist=zhou, by=qin)
    refused("not_of_the_team", commands.assign, contact=asked, specialist=qin, by=qin)
    asked.refresh_from_db()
    assert asked.is_waiting


def test_never_to_the_person_complained_of_and_not_when_it_is_settled(asked, lin, qin):
    contact_commands.recuse(contact=asked, member_id=lin.pk, now=NOW)
    refused("not_of_the_team", commands.assign, contact=asked, specialist=lin, by=qin)
    contact_commands.recuse(contact=asked, member_id=qin.pk, now=NOW)
    refused("not_yours", commands.take_over, contact=asked, supervisor=qin)
    Recusal.objects.all().delete()
    taken = commands.take_over(contact=asked, supervisor=qin, now=NOW)
    refused("in_your_hands", commands.take_over, contact=taken, supervisor=qin)
    commands.settle(contact=taken, member_id=qin.pk, outcome="answered", now=NOW)
    refused("settled", commands.take_over, contact=taken, supervisor=qin)
