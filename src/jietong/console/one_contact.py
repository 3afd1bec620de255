"""One contact as a supervisor reads it: the promise, why this class, what was said, and into whose hands it may go."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from jietong.console import words
from jietong.contacts import queries as contacts
from jietong.contacts import queries_day
from jietong.routing import commands as routing_commands
from jietong.routing import queries as routing
from jietong.ui.components import Factor, TimelineEntry, Tone

if TYPE_CHECKING:
    from jietong.contacts.models import Contact, Entry
    from jietong.staff.models import Member

OUTCOMES: dict[str, Tone] = {"sent": "good", "failed": "bad"}


def readable(ref: str, reader: Member) -> Contact | None:
    """None when there is no such contact, or when it complains of the reader."""
    contact = queries_day.by_reference(ref)
    if contact is None:
        return None
    return None if reader.pk in contacts.recused(contact.pk) else contact


def seen_at(ref: str, now: datetime, *, reader: Member) -> dict[str, Any] | None:
    """The page's context; None when it is not for this reader."""
    contact = readable(ref, reader)
    if contact is None:
        return None
    place = routing.last_place_of(contact.pk)
    return {
        "now": now,
        "contact": contact,
        "state": words.named(words.STATES, contact.state),
        "channel": words.channel(contact.channel),
        "promise": routing.promise_of(contact, now=now),
        "place": place,
        "factors": _factors(place.factors) if place is not None else (),
        "matters": [
            (one, words.named(words.INTENTS, one.intent)) for one in contact.matters.order_by("opened_at", "pk")
        ],
        "said": [_line(entry) for entry in contacts.conversation(contact, for_borrower=False)],
        "times": _times(contact),
        **_hands(contact, reader, now=now),
    }


def _hands(contact: Contact, reader: Member, *, now: datetime) -> dict[str, Any]:
    """What the reader may do: take it over themselves, or give it to one of these (id, name, what they are doing)."""
    of_the_team = reader.role == "supervisor" and reader.team_id == contact.owner_team_id
    nothing = contact.is_settled or not (of_the_team or reader.role == "operator")
    state = {line.staff_number: words.named(words.PRESENCE, line.state) for line in routing.people(now=now)}
    return {
        "may_take_over": of_the_team and not contact.is_settled and contact.owner_id != reader.pk,
        "givable": []
        if nothing
        else [
            (one.pk, one.name, state.get(one.staff_number, ""))
            for one in routing_commands.may_be_given(contact)
            if one.pk != contact.owner_id
        ],
    }


def _factors(stored: list[dict[str, Any]]) -> tuple[Factor, ...]:
    """The stored reasons in words; those without points granted a class and stay visible with their 0."""
    return tuple(Factor(words.factor(one["code"], one.get("params", {})), int(one["points"])) for one in stored)


def _line(entry: Entry) -> dict[str, Any]:
    """One line of the timeline: who, on which channel, what; the full text stands below its title."""
    channel, icon = words.channel(entry.channel)
    code = str(entry.data.get("code", ""))
    title, body = "", entry.text
    tone: Tone = ""
    if code in words.EVENTS:
        named, icon = words.EVENTS[code]
        title, body = str(named), ""
    elif entry.kind == "attempt":
        title = words.named(words.TEMPLATES, str(entry.data.get("template", "")))
        tone = OUTCOMES.get(str(entry.data.get("state", "")), "")
    who = entry.member.name if entry.member is not None else words.named(words.AUTHORS, entry.author)
    heading = " · ".join(dict.fromkeys(part for part in (who, channel, title) if part))
    return {
        "entry": TimelineEntry(
            at=entry.at, icon="bot" if entry.author == "assistant" else icon, title=heading, tone=tone
        ),
        "body": body,
        "is_ours": entry.author != "borrower",
        "is_internal": not entry.for_borrower and entry.kind != "attempt",  # an attempt did go to the borrower
    }


def _times(contact: Contact) -> list[tuple[str, datetime]]:
    named = (
        (_("第一次找我们"), contact.first_try_at),
        (_("第一次答复"), contact.answered_at),
        (_("最近一次没按时"), contact.breached_at),
        (_("约好的回电"), contact.callback_at),
        (_("已办结"), contact.settled_at),
        (_("借款人确认"), contact.confirmed_at),
    )
    return [(label, at) for label, at in named if at is not None]
