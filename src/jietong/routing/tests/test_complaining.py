"""A complaint: its own matter and deadline, another desk, and nothing of it for the person complained of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jietong.borrowers.models import Borrower
from jietong.contacts import queries as contact_queries
from jietong.contacts.models import Contact
from jietong.kernel.errors import InputError
from jietong.kernel.models import Event
from jietong.routing import commands, queries
from jietong.routing.models import Offer, Waiting
from jietong.simulator.tests.cast import NOW, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
WORDS = "11 月 20 日那通电话里他骂人"


@pytest.fixture
def rights(desk: Team) -> Team:
    return Team.objects.get(code="rights")


@pytest.fixture
def shen(rights: Team) -> Member:
    return make_member("shenlan", "沈岚", rights)


def served(wang: Borrower, member: Member) -> Contact:
    commands.ask_for_person(
        borrower_id=wang.pk, channel="chat", intent="amount_due", text="我要还多少", actor="b", now=NOW
    )
    commands.set_presence(member_id=member.pk, state="ready", now=NOW)
    commands.dispatch(now=NOW)
    offer = queries.open_offer(member.pk, now=NOW)
    assert offer is not None
    contact = commands.accept(offer_id=offer.pk, member_id=member.pk, now=NOW)
    commands.specialist_said(contact=contact, member_id=member.pk, text="自己看账单", now=NOW)
    return contact


def complain(wang: Borrower, about: Member | None, *, after: timedelta = MINUTE) -> Contact:
    return commands.complain(
        borrower_id=wang.pk, text=WORDS, about_id=about.pk if about else None, channel="form", actor="b",
        now=NOW + after,
    )  # fmt: skip


def test_it_leaves_the_hands_of_whom_it_is_about_and_goes_to_the_desk_for_rights(wang, lin, shen, rights):
    before = served(wang, lin)
    contact = complain(wang, lin)
    contact.refresh_from_db()
    assert contact.pk == before.pk
    assert (contact.state, contact.owner, contact.owner_team) == ("waiting", None, rights)
    assert contact.first_try_at == NOW
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW + 2 * MINUTE)
    commands.set_presence(member_id=shen.pk, state="ready", now=NOW + 2 * MINUTE)
    commands.dispatch(now=NOW + 2 * MINUTE)
    assert [o.specialist for o in Offer.objects.filter(contact=contact, state="open")] == [shen]


def test_of_the_same_desk_a_colleague_gets_it_and_never_whom_it_is_about(wang, rights, shen):
    complain(wang, None, after=timedelta(0))
    commands.set_presence(member_id=shen.pk, state="ready", now=NOW)
    commands.dispatch(now=NOW)
    offer = queries.open_offer(shen.pk, now=NOW)
    taken = commands.accept(offer_id=offer.pk, member_id=shen.pk, now=NOW)
    commands.specialist_said(contact=taken, member_id=shen.pk, text="您好", now=NOW)
    contact = complain(wang, shen)
    commands.set_presence(member_id=shen.pk, state="ready", now=NOW + 2 * MINUTE)
    assert commands.dispatch(now=NOW + 2 * MINUTE) == 0
    other = make_member("xu", "许静", rights)
    commands.set_presence(member_id=other.pk, state="ready", now=NOW + 3 * MINUTE)
    commands.dispatch(now=NOW + 3 * MINUTE)
    assert Offer.objects.get(contact=contact, state="open").specialist == other


def test_it_is_a_matter_of_its_own_with_the_deadline_of_the_rule_pack(wang, lin, shen):
    served(wang, lin)
    contact = complain(wang, lin)
    matter = contact.matters.get(intent="complaint")
    assert (matter.about, matter.deadline_on) == (lin, date(2026, 12, 9))  # received 24 Nov, 15 calendar days
    assert contact.matters.get(intent="amount_due").deadline_on is None
    assert contact_queries.complaint_due_hours(wang.pk, now=NOW) == 15 * 24 + 14  # NOW is 10:00 in Shanghai


def test_a_second_complaint_joins_and_its_person_is_recused_too(wang, lin, shen, rights):
    served(wang, lin)
    contact = complain(wang, lin)
    commands.set_presence(member_id=shen.pk, state="ready", now=NOW + 2 * MINUTE)
    commands.dispatch(now=NOW + 2 * MINUTE)
    offer = queries.open_offer(shen.pk, now=NOW + 2 * MINUTE)
    taken = commands.accept(offer_id=offer.pk, member_id=shen.pk, now=NOW + 2 * MINUTE)
    commands.specialist_said(contact=taken, member_id=shen.pk, text="您好", now=NOW + 2 * MINUTE)
    again = complain(wang, shen, after=3 * MINUTE)
    assert again.pk == contact.pk
    assert contact.matters.filter(intent="complaint").count() == 1
    assert contact_queries.recused(contact.pk) == {lin.pk, shen.pk}
    assert Waiting.objects.filter(contact=contact, left_at=None).count() == 1


def test_an_open_offer_to_whom_it_is_about_is_taken_back(wang, lin, shen):
    contact = served(wang, lin)
    commands.settle(contact=contact, member_id=lin.pk, outcome="answered", now=NOW)
    commands.ask_for_person(
        borrower_id=wang.pk, channel="chat", intent="amount_due", text="还有一件", actor="b", now=NOW + MINUTE / 2
    )
    commands.dispatch(now=NOW + MINUTE / 2)
    assert queries.open_offer(lin.pk, now=NOW + MINUTE / 2) is not None
    complain(wang, lin, after=MINUTE * 0.6)
    assert not Offer.objects.filter(specialist=lin, state="open").exists()


def test_only_somebody_who_spoke_with_the_borrower_can_be_named(wang, lin, zhou):
    served(wang, lin)
    with pytest.raises(InputError) as wrong:
        complain(wang, zhou)
    assert (wrong.value.field, wrong.value.code) == ("about", "unknown")
    assert contact_queries.open_contact(wang.pk).is_in_service, "nothing was done"


def test_the_journal_does_not_say_of_whom(wang, lin, shen):
    contact = served(wang, lin)
    complain(wang, lin)
    told = Event.objects.get(kind="contacts.complaint")
    assert told.data["ref"] == contact.ref
    assert set(told.data) == {"ref", "owner", "team", "matter", "deadline"}
    assert told.data["owner"] is None


def test_whom_it_is_about_reads_none_of_it(wang, lin, shen):
    served(wang, lin)
    complain(wang, lin)
    read = contact_queries.timeline(wang.pk, reader_id=lin.pk)
    assert WORDS not in [entry.text for entry in read]
    assert WORDS in [entry.text for entry in contact_queries.timeline(wang.pk, reader_id=shen.pk)]
