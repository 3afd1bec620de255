"""The surge floor: when more comes in than the people on shift can do, the top class goes first until it is over.

Accumulating priority alone lets the most urgent wait for minutes at 130 % load (design, section 8). The switch is
automatic with hysteresis, told on the journal and the board, and a supervisor can hold it either way.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Avg, F, Sum

from jietong.contacts import queries as contacts
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.routing.models import Offer, Presence, Surge
from jietong.routing.rules.discipline import next_surge
from jietong.routing.rules.load import HANDLE_SECONDS_DEFAULT, offered_load
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.staff.models import Member

READ_EVERY = timedelta(seconds=30)
WINDOW = timedelta(minutes=15)
HANDLED_WITHIN = timedelta(hours=24)


def read_loads(*, now: datetime) -> int:
    """Read each team's load when its last reading is old, and switch. Answers how many switches moved."""
    return sum(_read(team.pk, now=now) for team in staff.teams())


@transaction.atomic
def _read(team_id: int, *, now: datetime) -> bool:
    surge = Surge.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=team_id).first()
    if surge is None:
        _, is_new = Surge.objects.get_or_create(pk=team_id)
        if not is_new:
            return False  # another worker reads it at this moment
        surge = Surge.objects.select_for_update(no_key=True).get(pk=team_id)
    if surge.read_at is not None and now - surge.read_at < READ_EVERY:
        return False
    load = _load(team_id, now=now)
    surge.offered_load, surge.read_at = (-1.0 if math.isinf(load) else load), now
    wanted = next_surge(load, surge.in_force) if surge.mode == Surge.Mode.AUTO else surge.mode == Surge.Mode.ON
    moved = _switch(surge, wanted, actor="system:routing", now=now)
    surge.save()
    return moved


def _load(team_id: int, *, now: datetime) -> float:
    done = Offer.objects.filter(
        state=Offer.State.ACCEPTED, waiting__team_id=team_id, contact__settled_at__gt=now - HANDLED_WITHIN
    ).filter(contact__settled_at__gt=F("closed_at"))
    handled = done.aggregate(each=Avg(F("contact__settled_at") - F("closed_at")))["each"]
    there = Presence.objects.filter(
        state=Presence.State.READY, alive_until__gt=now, specialist__team_id=team_id, specialist__is_active=True
    )
    return offered_load(
        arrivals=contacts.handed_over_since(now - WINDOW, team_id=team_id),
        window_seconds=WINDOW.total_seconds(),
        handle_seconds=handled.total_seconds() if handled is not None else HANDLE_SECONDS_DEFAULT,
        places=there.aggregate(places=Sum("chats_max"))["places"] or 0,
    )


def _switch(surge: Surge, wanted: bool, *, actor: str, now: datetime) -> bool:
    if surge.in_force == wanted:
        return False
    surge.in_force, surge.since = wanted, now
    journal.record(
        "routing.surge_changed",
        subject=f"team:{surge.team_id}",
        actor=actor,
        at=now,
        data={"team": surge.team_id, "in_force": wanted, "load": surge.offered_load, "mode": surge.mode},
    )
    return True


@transaction.atomic
def set_surge(*, mode: str, by: Member, now: datetime) -> Surge:
    """A supervisor holds the floor of their own team on or off, or lets the load decide again, from this moment on.

    Raises CommandRefused `not_yours` for whoever is no supervisor, InputError for a mode that does not exist.
    """
    if by.role != "supervisor":
        raise CommandRefused("not_yours", "only a supervisor holds the surge floor of their team")
    if mode not in Surge.Mode.values:
        raise InputError("mode", "unknown", f"one of {', '.join(Surge.Mode.values)}")
    Surge.objects.get_or_create(pk=by.team_id)
    surge = Surge.objects.select_for_update(no_key=True).get(pk=by.team_id)
    surge.mode = mode
    load = math.inf if surge.offered_load < 0 else surge.offered_load
    wanted = next_surge(load, surge.in_force) if mode == Surge.Mode.AUTO else mode == Surge.Mode.ON
    _switch(surge, wanted, actor=f"staff:{by.pk}", now=now)
    surge.save()
    return surge
