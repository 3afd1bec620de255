"""The surge floor: on by what comes in, off later than on, held by a supervisor, and what it does to the next offer."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.routing import commands, queries
from jietong.routing.models import Offer, Presence, Surge, Waiting
from jietong.routing.rules.load import offered_load
from jietong.simulator.tests.cast import NOW, make_borrower
from jietong.staff.models import Member, Team

MINUTE = timedelta(minutes=1)


def test_the_load_of_a_textbook_hour() -> None:
    """30 calls an hour of 60 s on one agent are half an erlang (as in contracts.md, `erlang_c`)."""
    assert offered_load(arrivals=30, window_seconds=3600, handle_seconds=60, places=1) == pytest.approx(0.5)


@given(st.integers(5, 500), st.floats(1, 3600), st.integers(1, 200))
def test_more_places_never_mean_more_load(arrivals: int, handle: float, places: int) -> None:
    one = offered_load(arrivals=arrivals, window_seconds=900, handle_seconds=handle, places=places)
    assert offered_load(arrivals=arrivals, window_seconds=900, handle_seconds=handle, places=places + 1) < one
    assert offered_load(arrivals=arrivals, window_seconds=900, handle_seconds=handle, places=0) == math.inf
    assert offered_load(arrivals=4, window_seconds=900, handle_seconds=handle, places=0) == 0


def crowd(desk: Team, number: int, *, intent: str = "interest_fee") -> None:
    for n in range(number):
        who = make_borrower(f"借款人{n}")
        commands.ask_for_person(borrower_id=who.pk, channel="chat", intent=intent, text="在吗", actor="b", now=NOW)


@pytest.fixture
def ready(lin: Member) -> Member:
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    return lin


@pytest.mark.django_db
def test_a_crowd_puts_it_in_force_and_an_empty_quarter_of_an_hour_ends_it(desk: Team, ready: Member) -> None:
    crowd(desk, 12)  # 12 in 15 min × 8 min in hand / 3 places = 2.1
    assert commands.read_loads(now=NOW + MINUTE / 2) == 1
    surge = queries.surge_of(desk.pk)
    assert (surge.in_force, surge.since) == (True, NOW + MINUTE / 2)
    assert surge.offered_load == pytest.approx(12 / 900 * 480 / 3)
    assert commands.read_loads(now=NOW + MINUTE * 0.6) == 0, "read every half minute, not each second"
    Presence.objects.update(alive_until=NOW + 60 * MINUTE)
    assert commands.read_loads(now=NOW + 20 * MINUTE) == 1
    assert not queries.surge_of(desk.pk).in_force
    told = [event.data["in_force"] for event in Event.objects.filter(kind="routing.surge_changed").order_by("pk")]
    assert told == [True, False]


@pytest.mark.django_db
def test_a_supervisor_holds_it_either_way_and_lets_go(desk: Team, ready: Member, qin: Member, lin: Member) -> None:
    commands.set_surge(mode="on", by=qin, now=NOW)
    commands.read_loads(now=NOW + MINUTE)
    assert queries.surge_of(desk.pk).in_force, "no load, but held"
    commands.set_surge(mode="auto", by=qin, now=NOW + 2 * MINUTE)
    assert not queries.surge_of(desk.pk).in_force
    crowd(desk, 12)
    commands.set_surge(mode="off", by=qin, now=NOW + 2 * MINUTE)
    commands.read_loads(now=NOW + 3 * MINUTE)
    assert not queries.surge_of(desk.pk).in_force, "a crowd, but held"
    with pytest.raises(CommandRefused) as refused:
        commands.set_surge(mode="on", by=lin, now=NOW)
    assert refused.value.code == "not_yours"
    with pytest.raises(InputError):
        commands.set_surge(mode="maybe", by=qin, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("in_force", [False, True])
def test_while_in_force_the_top_class_goes_before_who_has_gathered_more(
    desk: Team, ready: Member, in_force: bool
) -> None:
    old, fresh = make_borrower("等得久"), make_borrower("刚来")
    long_ago = NOW - timedelta(hours=3)
    calm = commands.ask_for_person(
        borrower_id=old.pk, channel="chat", intent="coupon_promo", text="券呢", actor="b", now=long_ago
    )
    Waiting.objects.filter(contact=calm).update(urgency="D", since=long_ago)
    hot = commands.ask_for_person(
        borrower_id=fresh.pk, channel="chat", intent="repay_failed", text="扣不了", actor="b", now=NOW
    )
    Waiting.objects.filter(contact=hot).update(urgency="A", since=NOW - MINUTE)  # 60 s × 80 < 3 h × 1
    Surge.objects.create(team=desk, in_force=in_force)
    commands.dispatch(now=NOW)
    offer = Offer.objects.get(state="open")
    assert offer.contact_id == (hot.pk if in_force else calm.pk)
    assert offer.reason["standing"][0]["ahead_because"] == ("surge_floor" if in_force else "priority")
