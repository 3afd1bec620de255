"""A question to another desk: who may ask and answer, by when, who is told, and what stays with one person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from jietong.contacts import commands as contacts
from jietong.desk.tests.helpers import ask
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries
from jietong.simulator.tests.cast import NOW, make_member, make_team
from jietong.workorders import commands, queries

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def tang(desk):
    """Of finance, which opens from nine to six."""
    return make_member(
        "tang",
        "唐慧",
        make_team("finance", "财务组", opens_at=NOW.time().replace(hour=9), closes_at=NOW.time().replace(hour=18)),
    )


@pytest.fixture
def in_hand(lin, wang):
    """Wang says that a repayment is missing, and Lin has it."""
    contact = ask(wang, "昨天还了 500，怎么还显示没还？", intent="repay_failed", now=NOW)
    routing.set_presence(member_id=lin.pk, state="ready", now=NOW)
    routing.dispatch(now=NOW)
    routing.accept(offer_id=routing_queries.open_offer(lin.pk, now=NOW).pk, member_id=lin.pk, now=NOW)
    contact.refresh_from_db()
    return contact


def order_of(contact, lin, *, now=NOW, kind="trace_payment"):
    return commands.open_order(contact=contact, kind=kind, question="查 11-23 的 500 元", member=lin, now=now)


def test_the_question_travels_and_the_borrower_stays_with_one_person(lin, tang, in_hand):
    before = in_hand.reply_by
    order = order_of(in_hand, lin)
    in_hand.refresh_from_db()
    assert (in_hand.owner, in_hand.reply_by, in_hand.state) == (lin, before, "in_service")
    assert (order.team.code, order.state) == ("finance", "open")
    assert order.due_at == NOW + timedelta(hours=4)  # ten to two, all within finance's hours
    told = in_hand.entries.filter(data__code="order_opened", for_borrower=True).get()
    assert "财务组" in told.text
    assert "14:00" in told.text
    assert "林专员" in told.text


def test_the_deadline_counts_the_receiving_desks_hours(lin, tang, in_hand):
    afternoon = NOW + timedelta(hours=6)  # 16:00: two hours are left today, two come tomorrow
    assert order_of(in_hand, lin, now=afternoon).due_at == NOW + timedelta(days=1, hours=1)


def test_a_site_without_that_desk_still_answers(lin, in_hand):
    assert order_of(in_hand, lin).team == in_hand.owner_team


def test_only_whoever_has_the_contact_asks_and_once_per_kind(lin, qin, tang, in_hand):
    with pytest.raises(CommandRefused, match="hands"):
        order_of(in_hand, tang)
    order_of(in_hand, lin)
    with pytest.raises(CommandRefused) as again:
        order_of(in_hand, lin)
    assert again.value.code == "asked_already"
    order_of(in_hand, lin, kind="refund")
    for bad in (
        {"kind": "none", "question": "x"},
        {"kind": "refund", "question": "  "},
        {"kind": "refund", "question": "长" * 2001},
    ):
        with pytest.raises(InputError):
            commands.open_order(contact=in_hand, member=lin, now=NOW, **bad)


def test_answered_told_and_done(lin, tang, in_hand):
    order = order_of(in_hand, lin)
    commands.act(order_id=order.pk, act="take", member=tang, now=NOW)
    commands.act(order_id=order.pk, act="answer", member=tang, now=NOW, text="已到账，今晚入账")
    order.refresh_from_db()
    in_hand.refresh_from_db()
    assert (order.state, order.owner, order.answer) == ("answered", tang, "已到账，今晚入账")
    assert in_hand.next_step == "desk_answered"
    assert lin.pk in Event.objects.get(kind="workorders.answer").data["staff"]
    commands.act(order_id=order.pk, act="send_back", member=lin, now=NOW, text="哪一天入账？")
    assert queries.of_desk(tang)[0].state == "returned"
    commands.act(order_id=order.pk, act="answer", member=tang, now=NOW, text="今天")
    commands.act(order_id=order.pk, act="finish", member=lin, now=NOW)
    assert queries.asked_by(lin) == []
    assert [note.act for note in queries.notes(order)] == ["open", "take", "answer", "send_back", "answer", "finish"]


def test_a_matter_is_not_settled_while_something_was_asked(lin, tang, in_hand):
    order = order_of(in_hand, lin)
    with pytest.raises(CommandRefused) as held:
        routing.settle(contact=in_hand, member_id=lin.pk, outcome="answered", now=NOW)
    assert held.value.code == "held"
    commands.act(order_id=order.pk, act="finish", member=lin, now=NOW)
    assert routing.settle(contact=in_hand, member_id=lin.pk, outcome="answered", now=NOW)


def test_late_is_told_once_and_the_board_counts_it(lin, tang, in_hand):
    order = order_of(in_hand, lin)
    commands.tick(order.due_at - timedelta(seconds=1))
    assert queries.counts().late == 0
    for _ in range(3):
        commands.tick(order.due_at)
    order.refresh_from_db()
    assert (order.is_late, order.times_late, queries.counts(order.team_id).late) == (True, 1, 1)
    assert queries.late_ones() == [order]
    assert Event.objects.filter(kind="workorders.late").count() == 1
    assert [note.act for note in queries.notes(order)] == ["open", "late"]


def test_strangers_read_and_do_nothing(lin, tang, zhou, in_hand):
    order = order_of(in_hand, lin)
    assert queries.readable(zhou, order.ref) is None
    assert queries.readable(tang, "G0000-000") is None
    for act, member in (("answer", lin), ("finish", tang), ("take", zhou), ("note", zhou)):
        with pytest.raises(CommandRefused) as refused:
            commands.act(order_id=order.pk, act=act, member=member, now=NOW, text="x")
        assert refused.value.code == "not_yours"
    with pytest.raises(CommandRefused) as early:
        commands.act(order_id=order.pk, act="send_back", member=lin, now=NOW, text="x")
    assert early.value.code == "moved_on"
    with pytest.raises(InputError):
        commands.act(order_id=order.pk, act="delete", member=lin, now=NOW)


def test_whom_the_contact_complains_of_does_not_see_its_orders(lin, tang, in_hand):
    order = order_of(in_hand, lin)
    contacts.recuse(contact=in_hand, member_id=tang.pk, now=NOW)
    assert queries.readable(tang, order.ref) is None
    assert queries.of_desk(tang) == []


def test_what_was_said_cannot_be_edited(lin, tang, in_hand):
    order_of(in_hand, lin)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE workorders_ordernote SET text = 'x'")
