"""The conversation and the history of a matter, made ready for the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from jietong.contacts import queries as contacts
from jietong.portal import commands, words
from jietong.portal.presenting import title_of
from jietong.ui import components as c
from jietong.ui import words as ui_words

if TYPE_CHECKING:
    from jietong.contacts.models import Contact, Entry

TALK_KEPT_FOR = timedelta(days=7)
ENTRIES_MAX = 80


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the flow: a day, a bubble, or a figure card."""

    kind: Literal["day", "bubble", "figure"]
    day: str = ""
    message: c.ChatMessage | None = None
    figure: c.Figure | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """The flow and what stands under it. state: "new", "answered" (ask whether it is solved), "person", "done"."""

    items: list[Item]
    state: Literal["new", "answered", "person", "done"]
    contact: Contact | None
    title: str
    promise: c.Promise | None
    suggestions: list[str]


def talk(borrower_id: int, *, zone: str, now: datetime) -> Talk:
    """The borrower's conversation of the last days, across the contacts that it was made of."""
    lines = contacts.timeline(borrower_id, limit=ENTRIES_MAX, for_borrower=True)
    lines = [line for line in lines if line.at > now - TALK_KEPT_FOR and line.kind in {"message", "aside", "event"}]
    contact = contacts.open_contact(borrower_id) or (contacts.latest_contact(borrower_id) if lines else None)
    state: Literal["new", "answered", "person", "done"] = "new"
    if contact is not None:
        state = "person" if not contact.is_settled else "done" if contact.confirmed_at else "answered"
    last = lines[-1] if lines else None
    offers = last is not None and last.author == "assistant" and last.kind == "message" and state != "person"
    return Talk(
        items=_items(lines, zone=zone, now=now),
        state=state,
        contact=contact,
        title=title_of(contact) if contact is not None else "",
        promise=commands.show_promise(contact, now=now) if contact is not None and state == "person" else None,
        suggestions=list(last.data.get("suggestions", ())) if last is not None and offers else [],
    )


def _items(lines: list[Entry], *, zone: str, now: datetime) -> list[Item]:
    place, items, day = ZoneInfo(zone), [], None
    for line in lines:
        local = line.at.astimezone(place).date()
        if local != day:
            items.append(Item("day", day=ui_words.day_words(local, now.astimezone(place).date())))
            day = local
        items.append(Item("bubble", message=_bubble(line, zone=zone, now=now)))
        figure = figure_of(line.data.get("figure"))
        if figure is not None:
            items.append(Item("figure", figure=figure))
    return items


def _bubble(line: Entry, *, zone: str, now: datetime) -> c.ChatMessage:
    body = line.text
    if line.kind == "event":
        title, detail = words.event_sentence(line.data.get("code", ""), line.data, line.text, now=now, zone=zone)
        body = line.text if line.author == "assistant" else f"{title}{detail}"
    return c.ChatMessage(
        body=body,
        at=line.at,
        mine=line.author == "borrower",
        author=who_said(line) if line.author in {"specialist", "system"} else "",
        machine=line.author == "assistant",
    )


def who_said(line: Entry) -> str:
    if line.author == "borrower":
        return _("您")
    if line.author == "specialist":
        return line.member.surname_title if line.member is not None else _("专员")
    return _("智能助手") if line.author == "assistant" else _("系统通知")


def figure_of(told: dict[str, Any] | None) -> c.Figure | None:
    """The figure that the assistant put beside its words, as it was at that time."""
    if not told:
        return None
    return c.Figure(
        title=told["title"],
        amount_fen=int(told["amount_fen"]),
        as_of_at=datetime.fromisoformat(told["as_of_at"]),
        parts=tuple(c.FigurePart(part["label"], int(part["amount_fen"])) for part in told.get("parts", ())),
        tag=told.get("tag", ""),
    )


def history(contact: Contact, *, zone: str, now: datetime) -> list[c.TimelineEntry]:
    """What has happened in a matter, newest first: what was said, who took it, when it was settled."""
    rows = [_row(line, zone=zone, now=now) for line in contacts.conversation(contact, for_borrower=True)]
    if contact.settled_at is not None:
        rows.append(c.TimelineEntry(at=contact.settled_at, icon="check", title=_("办好了，等您看看")))
    if contact.confirmed_at is not None:
        rows.append(c.TimelineEntry(at=contact.confirmed_at, icon="check-circle", title=_("您确认已经解决")))
    # Of one instant (words and their hand-over) the later written stands above: the sort keeps the order it is given.
    rows.reverse()
    return sorted(rows, key=lambda row: row.at, reverse=True)


def _row(line: Entry, *, zone: str, now: datetime) -> c.TimelineEntry:
    if line.kind == "event":
        title, detail = words.event_sentence(line.data.get("code", ""), line.data, line.text, now=now, zone=zone)
        icon = "alert-triangle" if line.data.get("code") == "reply_late" else "user"
        return c.TimelineEntry(at=line.at, icon=icon, title=title, detail=detail)
    icon = {"borrower": "message", "assistant": "bot", "specialist": "user"}.get(line.author, "info")
    title = _("您说") if line.author == "borrower" else _("%(who)s答复") % {"who": who_said(line)}
    return c.TimelineEntry(at=line.at, icon=icon, title=title, detail=line.text)
