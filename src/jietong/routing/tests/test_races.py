"""Real threads on real connections: whatever meets whatever, one wins, the other is told, and every promise holds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from jietong.assistant.commands import receive
from jietong.borrowers.models import Borrower
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.contacts.models import Contact, Entry
from jietong.kernel.errors import CommandRefused
from jietong.recovery import commands as recovery
from jietong.recovery.models import Case, Promise
from jietong.routing import commands, queries
from jietong.routing.models import Offer, Presence, Waiting
from jietong.routing.tests.invariants import broken
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_member, make_team
from jietong.staff.models import Member

pytestmark = pytest.mark.usefixtures("committed_db")

SECOND = timedelta(seconds=1)
ROUNDS = 8


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Each call in a thread with a connection of its own, all let go together. A refusal is an answer, an error not."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(timeout=30)
            return call()
        except CommandRefused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result(timeout=60) for future in [threads.submit(run, call) for call in calls]]


def people(count: int, *, chats_max: int = 3) -> list[Member]:
    team = make_team()
    found = [make_member(f"p{n}", f"专员{n}", team) for n in range(count)]
    for member in found:
        commands.set_presence(member_id=member.pk, state="ready", now=NOW)
    Presence.objects.update(chats_max=chats_max, alive_until=NOW + timedelta(hours=1))
    return found


def borrowers(count: int) -> list[Borrower]:
    found = [make_borrower(f"借款人{n}") for n in range(count)]
    for who in found:
        with transaction.atomic():
            make_loan(who, paid=4)
    return found


def ask(who: Borrower, *, text: str = "想找人工", channel: str = "web", second: int = 0) -> Contact:
    return commands.ask_for_person(
        borrower_id=who.pk, channel=channel, intent="other", text=text, actor="b", now=NOW + second * SECOND
    )


def taken(who: Borrower, member: Member, *, second: int = 0) -> Contact:
    ask(who, second=second)
    commands.dispatch(now=NOW + second * SECOND)
    offer = Offer.objects.get(state="open", specialist=member)
    return commands.accept(offer_id=offer.pk, member_id=member.pk, now=NOW + second * SECOND)


def test_one_offer_accepted_from_many_windows_is_taken_once() -> None:
    (lin,), (who,) = people(1), borrowers(1)
    ask(who)
    commands.dispatch(now=NOW)
    offer = queries.open_offer(lin.pk, now=NOW)
    assert offer is not None
    got = at_once(*[lambda: commands.accept(offer_id=offer.pk, member_id=lin.pk, now=NOW)] * 6)
    assert sorted(type(one).__name__ for one in got) == ["Contact"] + ["str"] * 5
    assert broken() == {}


def test_many_dispatchers_give_everybody_one_and_nothing_twice() -> None:
    crowd = people(4, chats_max=1)
    for n, who in enumerate(borrowers(7)):
        contact = ask(who, second=n)
        Offer.objects.filter(contact=contact).delete()
    at = NOW + 10 * SECOND
    made = at_once(*[lambda: commands.dispatch(now=at)] * 6)
    commands.dispatch(now=at)  # what a dispatcher skipped because another held it, the next tick finds
    assert Offer.objects.filter(state="open").count() == len(crowd)
    assert sum(made) <= len(crowd)
    first = list(Waiting.objects.order_by("since").values_list("pk", flat=True)[: len(crowd)])
    assert sorted(Offer.objects.values_list("waiting_id", flat=True)) == sorted(first), "the longest waiting go first"
    assert broken() == {}


def test_accepting_while_others_dispatch_and_expire_never_exceeds_capacity() -> None:
    crowd = people(3, chats_max=2)
    for n, who in enumerate(borrowers(8)):
        ask(who, second=n)
    for n in range(ROUNDS):
        at = NOW + timedelta(seconds=30 * (n + 1))
        Presence.objects.update(alive_until=at + timedelta(hours=1))

        def take(member: Member, at: Any = at) -> Any:
            offer = queries.open_offer(member.pk, now=at)
            return commands.accept(offer_id=offer.pk, member_id=member.pk, now=at) if offer else None

        at_once(*[lambda m=m: take(m) for m in crowd], *[lambda at=at: commands.tick(at)] * 2)
        assert broken(now=None) == {}
    assert Contact.objects.filter(state="in_service").count() == 6


@pytest.mark.parametrize("stale", [True, False])
def test_words_that_cross_a_settlement_are_kept_and_owned(stale: bool) -> None:
    (lin,) = people(1)
    for n, who in enumerate(borrowers(ROUNDS)):
        contact = taken(who, lin, second=3 * n)
        page, at = Contact.objects.get(pk=contact.pk), NOW + (3 * n + 1) * SECOND
        words = f"还有一句 {n}"

        def write(who: Borrower = who, page: Contact = page, at: Any = at, words: str = words) -> None:
            if stale:
                commands.borrower_wrote(contact=page, text=words, channel="chat", actor="b", now=at)
            else:
                receive(borrower_id=who.pk, text=words, channel="chat", actor="b", now=at)

        at_once(
            write, lambda c=contact, at=at: commands.settle(contact=c, member_id=lin.pk, outcome="answered", now=at)
        )
        assert broken() == {}
        entry = Entry.objects.get(text=words)
        assert entry.contact is not None
        after = Contact.objects.filter(borrower=who).exclude(state="settled").first()
        if after is not None:
            assert after.is_waiting
            commands.set_presence(member_id=lin.pk, state="ready", now=at)
            offer = Offer.objects.filter(state="open", contact=after).first()
            if offer is not None:
                commands.decline(offer_id=offer.pk, member_id=lin.pk, now=at)
            Waiting.objects.filter(contact=after, left_at=None).update(not_before=NOW + timedelta(days=1))


def test_two_channels_at_once_are_one_contact() -> None:
    make_team()
    for who in borrowers(ROUNDS):
        got = at_once(
            lambda who=who: ask(who, text="网页", channel="web"),
            lambda who=who: ask(who, text="电话", channel="voice"),
            lambda who=who: receive(borrower_id=who.pk, text="转人工", channel="chat", actor="b", now=NOW),
        )
        assert len({contact.pk for contact in got}) == 1
        contact = Contact.objects.get(borrower=who)
        assert contact.tries >= 2
        assert contact.entries.filter(author="borrower").count() == 3
        assert broken() == {}


def test_reopening_while_a_new_need_comes_ends_in_one_open_contact_with_all_the_words() -> None:
    (lin,) = people(1)
    for n, who in enumerate(borrowers(ROUNDS)):
        old = taken(who, lin, second=3 * n)
        commands.settle(contact=old, member_id=lin.pk, outcome="answered", now=NOW + (3 * n + 1) * SECOND)
        commands.set_presence(member_id=lin.pk, state="away", now=NOW + (3 * n + 1) * SECOND)
        at = NOW + (3 * n + 2) * SECOND
        at_once(
            lambda c=old, at=at: commands.not_solved(contact_id=c.pk, text="没好", channel="chat", actor="b", now=at),
            lambda who=who, n=n: ask(who, text="另一件事", second=3 * n + 2),
            lambda c=old, at=at: contacts.confirm(contact=c, actor="b", now=at),
        )
        still = Contact.objects.get(borrower=who, state="waiting")
        said = set(still.entries.filter(author="borrower").values_list("text", flat=True))
        assert {"没好", "另一件事"} <= said
        assert still.confirmed_at is None
        assert broken() == {}
        Waiting.objects.filter(contact=still, left_at=None).update(not_before=NOW + timedelta(days=1))
        commands.set_presence(member_id=lin.pk, state="ready", now=at)


def test_two_promises_at_once_are_one() -> None:
    make_team()
    for who in borrowers(4):
        got = at_once(
            *[
                lambda who=who: recovery.record_promise(
                    borrower_id=who.pk, amount_fen=500_00, due_on=date(2026, 11, 26), actor="staff:1", now=NOW
                )
            ]
            * 3
        )
        told = sorted(one if isinstance(one, str) else "made" for one in got)
        assert told == ["made", "promise_active", "promise_active"]
        assert (Promise.objects.filter(borrower=who).count(), Case.objects.filter(borrower=who).count()) == (1, 1)


def storm(seed: int, crowd: list[Member], callers: list[Borrower]) -> None:
    """One worker of the storm: what people do, at random, with what they last saw."""
    chance, clock = random.Random(seed), itertools.count(1)
    for _ in range(25):
        at, who, member = NOW + 20 * next(clock) * SECOND, chance.choice(callers), chance.choice(crowd)
        in_hand = contact_queries.in_hand(member.pk)
        offer = queries.open_offer(member.pk, now=at)
        acts: list[Callable[[], Any]] = [
            lambda who=who, at=at: receive(borrower_id=who.pk, text="转人工", channel="chat", actor="b", now=at),
            lambda at=at: commands.tick(at),
            lambda m=member, at=at: commands.set_presence(
                member_id=m.pk, state=chance.choice(["ready", "ready", "away"]), now=at
            ),
        ]
        last = contact_queries.latest_contact(who.pk)
        if last is not None:
            acts.append(
                lambda c=last, at=at: commands.not_solved(
                    contact_id=c.pk, text=chance.choice(["", "没好"]), channel="chat", actor="b", now=at
                )
            )
        if offer is not None:
            acts += [lambda o=offer, m=member, at=at: commands.accept(offer_id=o.pk, member_id=m.pk, now=at)] * 3
            acts.append(lambda o=offer, m=member, at=at: commands.decline(offer_id=o.pk, member_id=m.pk, now=at))
        if in_hand:
            mine = chance.choice(in_hand)
            acts.append(
                lambda c=mine, m=member, at=at: commands.specialist_said(contact=c, member_id=m.pk, text="您好", now=at)
            )
            acts += [
                lambda c=mine, m=member, at=at: commands.settle(contact=c, member_id=m.pk, outcome="answered", now=at)
            ] * 2
        try:
            chance.choice(acts)()
        except CommandRefused:
            continue  # an expected "no": somebody was faster


def test_a_storm_of_everything_ends_with_every_promise_kept() -> None:
    crowd, callers = people(3, chats_max=2), borrowers(5)
    at_once(*[lambda seed=seed: storm(seed, crowd, callers) for seed in range(4)])
    assert broken() == {}
    assert Contact.objects.filter(state="settled").exists()
    end = NOW + timedelta(hours=1)
    commands.tick(end)
    assert broken(now=end) == {}
