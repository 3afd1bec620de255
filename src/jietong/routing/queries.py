"""What is promised, who waits and who is there: for the borrower's page, the desk and the board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from jietong.contacts import queries as contacts
from jietong.routing.models import CLASSES as CLASS_NAMES
from jietong.routing.models import Offer, Presence, Surge, Waiting
from jietong.routing.rules.reply_by import spans_of
from jietong.routing.rules.slots import spread
from jietong.routing.rules.urgency import CLASSES
from jietong.routing.rules.wait import Band, estimate, narrow
from jietong.staff import queries as staff
from jietong.ui.components import Promise, PromiseState
from jietong.ui.words import read_name

if TYPE_CHECKING:
    from jietong.contacts.models import Contact
    from jietong.staff.models import Team

HANDLE_SECONDS = 360.0  # until enough settled contacts tell better
SLOT = timedelta(minutes=30)
NARROWEST_BAND = timedelta(minutes=2)  # anything narrower pretends to know what nobody knows


def place_of(contact_id: int) -> Waiting | None:
    return Waiting.objects.filter(contact_id=contact_id, left_at=None).select_related("team").first()


def last_place_of(contact_id: int) -> Waiting | None:
    """The open place, or the last one: what the desk shows as "why this borrower"."""
    return Waiting.objects.filter(contact_id=contact_id).order_by("-pk").first()


def people_ahead(place: Waiting, *, now: datetime) -> int:
    """How many are served before, if nobody more urgent comes: those whose gathered priority is at least as high."""
    ahead = 0
    mine = (now - place.since).total_seconds() * CLASSES[place.urgency].slope
    for name in CLASS_NAMES:
        before = now - timedelta(seconds=mine / CLASSES[name].slope)
        first = Q(since__lt=before, rank__gt=0) | Q(rank=0) if place.rank else Q(rank=0, since__lt=before)
        if name == place.urgency and place.rank:
            first = Q(rank__lt=place.rank) | Q(rank=place.rank, since__lt=before)
        others = Waiting.objects.filter(left_at=None, team_id=place.team_id, urgency=name, not_before__lte=now)
        ahead += others.filter(first).exclude(pk=place.pk).count()
    return ahead


def wait_band(place: Waiting, *, now: datetime) -> tuple[datetime, datetime] | None:
    """When the borrower may expect to be served; never later than what was shown before. None: no honest band."""
    people = Presence.objects.filter(
        state=Presence.State.READY, alive_until__gt=now, specialist__team_id=place.team_id
    ).count()
    fresh = estimate(people_ahead(place, now=now) + 1, people, HANDLE_SECONDS, now.timestamp())
    if fresh is None:
        return None
    if place.band_high_at is not None and place.band_low_at is not None:
        start = now.timestamp()
        told = Band(place.band_low_at.timestamp() - start, place.band_high_at.timestamp() - start, start)
        fresh = narrow(told, fresh)
    low = datetime.fromtimestamp(fresh.low_at, tz=now.tzinfo)
    high = datetime.fromtimestamp(fresh.high_at, tz=now.tzinfo)
    return None if _says_nothing(low, high, now) else (low, high)


def _says_nothing(low: datetime, high: datetime, now: datetime) -> bool:
    """A band that is over, or too narrow to be honest: only the latest time is shown then."""
    return high <= now or high - max(low, now) < NARROWEST_BAND


def promise_of(contact: Contact, *, now: datetime) -> Promise:
    """Owner, time and next step: the one answer that the borrower's page, the desk and the board all show."""
    place = place_of(contact.pk) if contact.is_waiting else None
    band = None
    if place is not None and contact.next_step != "callback_booked":
        band = wait_band(place, now=now)
        if band is not None and band[1] > contact.reply_by:
            band = (min(band[0], contact.reply_by), contact.reply_by)
            band = None if _says_nothing(*band, now) else band
    team = contact.owner_team
    if contact.is_settled and contacts.settled_by_assistant(contact):
        name, role = _("智能助手"), _("已答复；没解决就转给专员")
    elif contact.owner is not None:
        name, role = contact.owner.surname_title, _("%(team)s，负责这件事") % {"team": team.shown_name}
    else:
        name, role = team.shown_name, _("全组负责，先空出来的专员接")
    return Promise(
        owner_name=name,
        owner_role=role,
        reply_by_at=contact.reply_by,
        next_step=next_step_text(contact),
        state=_state(contact),
        estimate_low_at=band[0] if band else None,
        estimate_high_at=band[1] if band else None,
        takeover=_("主管%(name)s") % {"name": read_name(team.supervisor_name)} if team.supervisor_name else None,
        missed=contact.reply_by <= now and not contact.is_settled and contact.is_unanswered,
    )


def _state(contact: Contact) -> PromiseState:
    if contact.is_settled:
        return "settled"
    if contact.next_step == "callback_booked":
        return "callback"
    if contact.next_step == "your_turn":
        return "your_turn"
    return "owned" if contact.is_in_service else "queued"


def next_step_text(contact: Contact) -> str:
    """What happens next, in the reader's language."""
    texts = {
        "in_queue": _("专员接手后先看您说过的话，不用再讲一遍"),
        "specialist_reads": _("专员正在看您的情况，马上回复您"),
        "specialist_replies": _("专员看到您的新消息后回复"),
        "specialist_follows_up": _("专员会再跟进一次"),
        "your_turn": _("等您看一看答复，有问题接着说"),
        "callback_booked": _("到约好的时间，专员打给您"),
        "with_other_desk": _("已请别的部门核实，有结果专员马上告诉您"),
        "desk_answered": _("核实有结果了，专员正在整理好告诉您"),
        "late_supervisor_told": _("我们没能按时答复，很抱歉，主管已在跟进"),
        "borrower_confirms": _("请您看看是否解决了"),
        "done": _("您已确认解决"),
    }
    return texts.get(contact.next_step, _("专员会答复您"))


def open_offer(member_id: int, *, now: datetime) -> Offer | None:
    return (
        Offer.objects.filter(specialist_id=member_id, state=Offer.State.OPEN, lease_until__gt=now)
        .select_related("contact__borrower", "waiting")
        .first()
    )


def presence(member_id: int) -> Presence | None:
    return Presence.objects.filter(pk=member_id).first()


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One urgency class on the board."""

    name: str
    label: str
    waiting: int
    longest_seconds: int
    guarantee_seconds: int
    near_limit: int  # waiting ones within a quarter of their guarantee's end


@dataclass(frozen=True, slots=True)
class PersonLine:
    name: str
    staff_number: str
    team: str
    state: str  # "talking", "ready", "away", "break", "gone"
    since: datetime | None
    in_hand: int


def class_lines(*, now: datetime, team_id: int | None = None) -> list[ClassLine]:
    """Who waits, by urgency class. True waiting time, from the first try, not the place's moved start."""
    rows = Waiting.objects.filter(left_at=None, not_before__lte=now)
    if team_id:
        rows = rows.filter(team_id=team_id)
    found = {
        row["urgency"]: row
        for row in rows.values("urgency").annotate(n=Count("pk"), first=Min("contact__waiting_since")).order_by()
    }
    lines = []
    for name in CLASS_NAMES:
        guarantee = CLASSES[name].longest_wait_seconds
        limit = now - timedelta(seconds=guarantee * 0.75)
        row = found.get(name)
        lines.append(
            ClassLine(
                name=name,
                label=CLASSES[name].label,
                waiting=row["n"] if row else 0,
                longest_seconds=int((now - row["first"]).total_seconds()) if row else 0,
                guarantee_seconds=int(guarantee),
                near_limit=rows.filter(urgency=name, contact__waiting_since__lte=limit).count() if row else 0,
            )
        )
    return lines


def waiting_list(*, now: datetime, team_id: int | None = None, limit: int = 50) -> list[Waiting]:
    rows = Waiting.objects.filter(left_at=None).select_related(
        "contact__borrower", "contact__owner_team", "contact__owner"
    )
    if team_id:
        rows = rows.filter(team_id=team_id)
    return list(rows.order_by("urgency", "rank", "since", "pk")[:limit])


def people(*, now: datetime) -> list[PersonLine]:
    """Every specialist and what they are doing; a dead heartbeat counts as gone whatever the state says."""
    load = Count("contacts", filter=Q(contacts__state=contacts.IN_SERVICE))
    rows = staff.specialists().annotate(in_hand=load).select_related("team", "presence").order_by("team_id", "pk")
    lines = []
    for member in rows:
        known = getattr(member, "presence", None)
        state = "gone"
        if known is not None and known.alive_until > now:
            state = "talking" if member.in_hand else known.state
        lines.append(
            PersonLine(
                member.name,
                member.staff_number,
                member.team.shown_name,
                state,
                known.state_since if known else None,
                member.in_hand,
            )
        )
    return lines


def surge_of(team_id: int) -> Surge | None:
    """The team's surge floor as it stands; None before its first reading."""
    return Surge.objects.filter(pk=team_id).first()


def surges() -> list[Surge]:
    """The floors that are in force now."""
    return list(Surge.objects.filter(in_force=True).select_related("team").order_by("team_id"))


def callback_slots(
    team_code: str, *, now: datetime, days: int = 2, limit: int = 12
) -> list[tuple[datetime, datetime, bool]]:
    """Half-hour slots in the team's opening hours, and whether each has room: fewer booked than people on the team.

    Not just the next few hours: today's next ones, then some of each part of the days ahead, so that whoever works
    finds an evening. `limit` at most, in order of time.
    """
    team = staff.team(team_code)
    zone = ZoneInfo(settings.LENDER_TIME_ZONE)
    starts: list[datetime] = []
    for opens, closes in spans_of(staff.opening_days(team, now, zone=str(zone), days=days + 2), zone):
        start = _next_half_hour(max(opens, now + timedelta(minutes=15)))
        while start + SLOT <= closes:
            starts.append(start)
            start += SLOT
    chosen = spread([at.astimezone(zone) for at in starts], limit=limit)
    return [(at, at + SLOT, slot_has_room(team, at)) for at in (start.astimezone(UTC) for start in chosen)]


def slot_has_room(team: Team, start: datetime) -> bool:
    """Are fewer called in this slot than the team has people?"""
    room = max(len([m for m in staff.members(team.pk) if m.role == "specialist"]), 1)
    return Waiting.objects.filter(left_at=None, team=team, channel="callback", not_before=start).count() < room


def _next_half_hour(at: datetime) -> datetime:
    rounded = at.replace(second=0, microsecond=0)
    if rounded < at:
        rounded += timedelta(minutes=1)
    return rounded + timedelta(minutes=-rounded.minute % 30)
