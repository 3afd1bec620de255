"""A machine does at random what borrowers, specialists and the clock do, and asks after each step what must hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from jietong.assistant.commands import receive
from jietong.borrowers.models import Borrower, ContactPoint
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.contacts.models import Contact, StopReason
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.recovery import commands as recovery
from jietong.recovery.models import Promise
from jietong.routing import commands, queries
from jietong.routing.models import Offer, Presence, Surge, Waiting
from jietong.routing.tests.invariants import LATER, MOVES, OFFER_MOVES, broken, rows
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_member, make_team
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db

SLOPES = {"A": 80, "B": 24, "C": 8, "D": 1}  # 4 hours over the written longest wait: 3, 10, 30, 240 minutes
WORDS = ["我现在一共要还多少钱", "转人工", "我不想活了", "有人冒充你们客服让我转账，我被骗了", "在吗", "想申请延期还款"]
INTENTS = ["coupon_promo", "interest_fee", "repay_failed", "complaint_human", "security_fraud"]
STEPS = [1, 5, 20, 46, 61, 130, 700, 3600, 6 * 3600]
whose = st.integers(0, 3)
staff = st.integers(0, 2)


def refusal(act: Callable[..., Any], **values: Any) -> str:
    """The code of the command's "no", empty when it said yes."""
    try:
        act(**values)
    except (CommandRefused, InputError) as refused:
        return refused.code
    return ""


class Day(RuleBasedStateMachine):
    borrowers: list[Borrower]
    members: list[Member]

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.now = NOW
        self.pages: dict[int, Contact] = {}  # what somebody's page showed when it was opened: old by now
        self.bands: dict[int, tuple[datetime, datetime, datetime, int]] = {}
        for n, member in enumerate(self.members):
            commands.set_presence(member_id=member.pk, state="ready", now=self.now)
            Presence.objects.filter(pk=member.pk).update(chats_max=1 + n % 2)
        self.remember()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def remember(self) -> None:
        self.seen_seq = Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        self.contacts = {row["id"]: row for row in rows("SELECT * FROM contacts_contact")}
        self.places = {row["id"]: row for row in rows("SELECT * FROM routing_waiting")}
        self.offers = {row["id"]: row for row in rows("SELECT * FROM routing_offer")}

    @rule(who=whose, intent=st.sampled_from(INTENTS), channel=st.sampled_from(["web", "voice", "form"]))
    def asks(self, who: int, intent: str, channel: str) -> None:
        key = self.borrowers[who].pk
        commands.ask_for_person(
            borrower_id=key, channel=channel, intent=intent, text="想找人工", actor=f"borrower:{key}", now=self.now
        )

    @rule(who=whose, text=st.sampled_from(WORDS))
    def writes(self, who: int, text: str) -> None:
        receive(borrower_id=self.borrowers[who].pk, text=text, channel="chat", actor="b", now=self.now)

    @rule(who=whose)
    def opens_a_page(self, who: int) -> None:
        latest = contact_queries.latest_contact(self.borrowers[who].pk)
        if latest is not None:
            self.pages[who] = latest

    @precondition(lambda self: self.pages)
    @rule(who=whose, text=st.sampled_from(["", "还没好"]), act=st.sampled_from(["write", "reopen", "confirm"]))
    def uses_an_old_page(self, who: int, text: str, act: str) -> None:
        page = self.pages.get(who)
        if page is None:
            return
        if act == "write":
            commands.borrower_wrote(contact=page, text=text or "还有", channel="chat", actor="b", now=self.now)
        elif act == "reopen":
            told = refusal(commands.not_solved, contact_id=page.pk, text=text, channel="chat", actor="b", now=self.now)
            assert told == "" or (told == "already_open" and not text)
        else:
            settled = Contact.objects.get(pk=page.pk).is_settled
            told = refusal(contacts.confirm, contact=page, actor="b", now=self.now)
            assert told == ("" if settled else "not_settled")

    @rule(who=whose, minutes=st.sampled_from([-10, 30, 600]))
    def books_a_callback(self, who: int, minutes: int) -> None:
        start = self.now + timedelta(minutes=minutes)
        before = contact_queries.open_contact(self.borrowers[who].pk)
        told = refusal(
            commands.book_callback,
            borrower_id=self.borrowers[who].pk,
            channel="chat",
            intent="due_date",
            text="回电",
            slot_from=start,
            slot_to=start + timedelta(minutes=30),
            actor="b",
            now=self.now,
            point_id=ContactPoint.objects.get(borrower=self.borrowers[who], kind="phone").pk,
        )
        if told == "full" and Waiting.objects.filter(left_at=None, channel="callback", not_before=start).exists():
            return
        assert told == ("in_service" if before is not None and before.is_in_service else "")

    @rule(who=whose)
    def looks_at_the_estimate(self, who: int) -> None:
        contact = contact_queries.open_contact(self.borrowers[who].pk)
        place = queries.place_of(contact.pk) if contact is not None else None
        if contact is None or place is None:
            return
        shown = queries.promise_of(contact, now=self.now)
        if (low := shown.estimate_low_at) is None or (high := shown.estimate_high_at) is None:
            return
        assert low <= high
        told = self.bands.get(place.pk)
        if told is not None and told[3] == contact.breaches and place.band_high_at is not None:
            assert high <= max(told[1], self.now), "what was told only gets earlier"
            assert low <= max(told[0], self.now)
        self.bands[place.pk] = (low, high, self.now, contact.breaches)
        commands.show_band(place=place, band=(low, high))

    # what specialists do ----------------------------------------------------------------------------------------

    @rule(member=staff, state=st.sampled_from(["ready", "ready", "away", "break"]))
    def changes_presence(self, member: int, state: str) -> None:
        commands.set_presence(member_id=self.members[member].pk, state=state, now=self.now)

    @rule(member=staff)
    def is_still_there(self, member: int) -> None:
        commands.heartbeat(member_id=self.members[member].pk, now=self.now)

    @rule(member=staff)
    def accepts(self, member: int) -> None:
        offer = Offer.objects.filter(specialist=self.members[member]).order_by("-pk").first()
        if offer is None:
            return
        told = refusal(commands.accept, offer_id=offer.pk, member_id=self.members[member].pk, now=self.now)
        assert told == ("" if offer.state == "open" and offer.lease_until > self.now else "too_late")

    @rule(member=staff, who=whose)
    def serves(self, member: int, who: int) -> None:
        """The ordinary way: somebody asks, somebody is ready and takes what is offered, this or another."""
        key = self.members[member].pk
        if contact_queries.open_contact(self.borrowers[who].pk) is None:
            self.asks(who, "interest_fee", "web")
        self.everything_promised_holds()
        if not Presence.objects.filter(pk=key, state="ready", alive_until__gt=self.now).exists():
            commands.set_presence(member_id=key, state="ready", now=self.now)
        commands.dispatch(now=self.now)
        self.everything_promised_holds()
        offer = queries.open_offer(key, now=self.now)
        if offer is not None:
            commands.accept(offer_id=offer.pk, member_id=key, now=self.now)

    @rule(member=staff)
    def settles_all(self, member: int) -> None:
        for contact in contact_queries.in_hand(self.members[member].pk):
            commands.settle(
                contact=contact, member_id=self.members[member].pk, outcome="answered", now=self.now, note="记一笔"
            )

    @rule(who=whose, text=st.sampled_from(["", "还没好"]))
    def says_that_it_is_not_solved(self, who: int, text: str) -> None:
        self.opens_a_page(who)
        self.uses_an_old_page(who, text, "reopen")

    @rule(member=staff)
    def declines(self, member: int) -> None:
        offer = Offer.objects.filter(specialist=self.members[member]).order_by("-pk").first()
        if offer is not None:
            commands.decline(offer_id=offer.pk, member_id=self.members[member].pk, now=self.now)

    @rule(member=staff, who=whose, settles=st.booleans(), old=st.booleans())
    def answers_or_settles(self, member: int, who: int, settles: bool, old: bool) -> None:
        key = self.members[member].pk
        page = self.pages.get(who) if old else next(iter(contact_queries.in_hand(key)), None)
        if page is None:
            return
        truth = Contact.objects.get(pk=page.pk)
        mine = truth.owner_id == key and truth.is_in_service
        if settles:
            told = refusal(commands.settle, contact=page, member_id=key, outcome="answered", now=self.now)
        else:
            told = refusal(commands.specialist_said, contact=page, member_id=key, text="您好", now=self.now)
        assert told == ("" if mine else "not_yours")

    @rule(who=whose, member=staff)
    def is_complained_of(self, who: int, member: int) -> None:
        """Of somebody who spoke with them, or of nobody in particular."""
        key, borrower = self.members[member].pk, self.borrowers[who].pk
        spoke = {one.pk for one in contact_queries.who_spoke_with(borrower, since=NOW - timedelta(days=1))}
        about = key if key in spoke else None
        asked = {"borrower_id": borrower, "text": "态度太差", "channel": "form", "actor": "borrower"}
        contact = commands.complain(**asked, about_id=about, now=self.now)
        assert contact.is_waiting
        assert contact.matters.get(intent="complaint", settled_at=None).deadline_on > self.now.date()
        assert key not in spoke or key in contact_queries.recused(contact.pk)

    @rule(who=whose, days=st.integers(0, 5))
    def records_a_promise(self, who: int, days: int) -> None:
        key, day = self.borrowers[who].pk, date(2026, 11, 24) + timedelta(days=days)
        if self.now > NOW + timedelta(hours=12):
            return
        had = Promise.objects.filter(borrower_id=key, state="active").exists()
        told = refusal(
            recovery.record_promise, borrower_id=key, amount_fen=100_00, due_on=day, actor="staff:1", now=self.now
        )
        assert told == ("promise_active" if had else "")
        running = Promise.objects.filter(borrower_id=key, state="active")
        stops = StopReason.objects.filter(borrower_id=key, reason="promise_active", lifted_at=None)
        assert running.count() == stops.count() == 1

    # what the clock does ----------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from(STEPS), there=st.sampled_from([True, True, False]), ticks=st.booleans())
    def time_passes(self, seconds: int, there: bool, ticks: bool) -> None:
        """With the desks' heartbeats or without them, and with the worker running or killed."""
        self.now += timedelta(seconds=seconds)
        if there:
            for member in self.members:
                commands.heartbeat(member_id=member.pk, now=self.now)
        if ticks:
            self.ticks()

    @rule()
    def ticks(self) -> None:
        commands.tick(self.now)
        assert broken(now=self.now) == {}

    @rule()
    def dispatches(self) -> None:
        commands.dispatch(now=self.now)

    # what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def everything_promised_holds(self) -> None:
        assert broken() == {}
        events = list(Event.objects.filter(seq__gt=self.seen_seq).values_list("subject", "kind"))
        told = {subject: {kind for about, kind in events if about == subject} for subject, _ in events}
        for row in rows("SELECT * FROM contacts_contact"):
            self.check_contact(self.contacts.get(row["id"]), row, told.get(f"contact:{row['id']}", set()))
        fresh = rows("SELECT * FROM routing_waiting")
        for row in fresh:
            self.check_place(self.places.get(row["id"]), row)
        for row in rows("SELECT * FROM routing_offer"):
            before = self.offers.get(row["id"])
            if before is None or before["state"] != row["state"]:
                assert OFFER_MOVES[row["state"]] in told.get(f"contact:{row['contact_id']}", set())
            if before is None:
                self.check_choice(row, fresh)
        self.remember()

    def check_contact(self, before: dict[str, Any] | None, row: dict[str, Any], told: set[str]) -> None:
        state = before["state"] if before else None
        if state != row["state"]:
            assert MOVES[state, row["state"]] in told
        if before is None:
            assert row["reply_by"] > self.now
            return
        assert row["first_try_at"] == before["first_try_at"]
        assert row["handed_over_at"] is not None or row["state"] == "settled"
        if row["reply_by"] > before["reply_by"]:
            had_answer = before["last_reply_at"] and before["last_reply_at"] >= before["last_borrower_at"]
            has_answer = row["last_reply_at"] and row["last_reply_at"] >= row["last_borrower_at"]
            assert told & LATER or had_answer or has_answer, "a time moved later without a reason"

    def check_place(self, before: dict[str, Any] | None, row: dict[str, Any]) -> None:
        if before is None:
            return
        if before["left_at"] is not None:
            assert row == before, "history does not change"
            return
        assert row["urgency"] <= before["urgency"], "urgency only rises"
        gathered = [(self.now - p["since"]).total_seconds() * SLOPES[p["urgency"]] for p in (before, row)]
        assert row["since"] == before["since"] or row["urgency"] < before["urgency"]
        assert abs(gathered[0] - gathered[1]) < 0.1, "what was gathered is kept"

    def check_choice(self, offer: dict[str, Any], places: list[dict[str, Any]]) -> None:
        """Of those who could be offered: danger first, then the most gathered among the firsts of their classes."""
        taken = set(Offer.objects.filter(state="open").values_list("contact_id", flat=True))
        passed = set(
            Offer.objects.filter(
                specialist_id=offer["specialist_id"],
                state__in=["declined", "expired"],
                closed_at__gt=self.now - timedelta(seconds=60),
            ).values_list("contact_id", flat=True)
        )
        recused = set(contact_queries.recused_from(offer["specialist_id"]))
        gathered = {p["id"]: (self.now - p["since"]).total_seconds() * SLOPES[p["urgency"]] for p in places}
        mine = next(p for p in places if p["id"] == offer["waiting_id"])
        could = [mine] + [
            p
            for p in places
            if (p["left_at"], p["team_id"]) == (None, mine["team_id"])
            and p["not_before"] <= self.now
            and p["contact_id"] not in taken | passed | recused
        ]
        assert mine["rank"] == 0 or all(p["rank"] for p in could), "somebody in danger was passed over"
        assert mine["rank"] == min(p["rank"] for p in could if p["urgency"] == mine["urgency"])
        surge = Surge.objects.filter(team_id=mine["team_id"], in_force=True).exists()
        assert not surge or mine["urgency"] == "A" or all(p["urgency"] != "A" for p in could), "the floor holds"
        for name in "A" if mine["rank"] == 0 or (surge and mine["urgency"] == "A") else SLOPES:
            ranks = [p["rank"] for p in could if p["urgency"] == name]
            first = [p for p in could if p["urgency"] == name and p["rank"] == min(ranks)]
            assert all(gathered[p["id"]] <= gathered[mine["id"]] + 0.001 for p in first), "somebody was passed over"


def a_day() -> type[Day]:
    desk, rights = make_team(), make_team("rights", "客户权益组")
    crowd = [make_member("m1", "甲", desk), make_member("m2", "乙", desk), make_member("m3", "丙", rights)]
    callers = [make_borrower(f"借款人{n}") for n in range(4)]
    for who in callers:
        make_loan(who, paid=4)

    class ThisDay(Day):
        borrowers, members = callers, crowd

    return ThisDay


def run_the_day(examples: int, steps: int) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        a_day(),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None, suppress_health_check=checks
        ),
    )


def test_what_must_always_hold_holds_after_every_step() -> None:
    run_the_day(examples=30, steps=40)


@pytest.mark.parametrize("seed", range(3))
def test_it_holds_on_a_busy_day(seed: int) -> None:
    """Hypothesis likes short days with few kinds of step; this one is long, and much is taken, settled and reopened."""
    day, chance = a_day()(), random.Random(seed)

    def settle_and_complain(member: int) -> None:
        day.settles_all(member)
        day.everything_promised_holds()
        for who in range(4):
            day.says_that_it_is_not_solved(who, "")

    try:
        for _ in range(100):
            member, who, more = chance.randrange(3), chance.randrange(4), chance.random() < 0.5
            chance.choice(
                [
                    *[lambda m=member, w=who: day.serves(m, w)] * 4,
                    *[lambda m=member, w=who, b=more: day.answers_or_settles(m, w, b, False)] * 3,
                    *[lambda m=member: settle_and_complain(m)] * 2,
                    *[lambda w=who: day.writes(w, chance.choice(WORDS))] * 2,
                    *[lambda: day.time_passes(chance.choice(STEPS[:7]), chance.random() < 0.6, True)] * 4,
                    lambda w=who: day.opens_a_page(w),
                    lambda w=who: day.uses_an_old_page(w, "还有", "write"),
                    lambda m=member, w=who, b=more: day.answers_or_settles(m, w, b, True),
                    lambda w=who: day.looks_at_the_estimate(w),
                    lambda m=member: day.declines(m),
                    lambda w=who: day.asks(w, chance.choice(INTENTS), "web"),
                ]
            )()
            day.everything_promised_holds()
        kinds = set(Event.objects.values_list("kind", flat=True))
        assert kinds >= {kind for (before, _), kind in MOVES.items() if before}, "all moves have been made"
    finally:
        day.teardown()


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_it_holds_over_long_days() -> None:
    run_the_day(examples=200, steps=80)
