"""The left and middle pane as values: the offer, what is in hand, what was said, how we may reach the borrower now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from jietong.borrowers import queries as borrowers
from jietong.compliance.labels import refusal_label
from jietong.compliance.queries import Tile, tiles
from jietong.compliance.rules.decision import decide
from jietong.contacts import queries as contacts
from jietong.desk import access, words
from jietong.packs.queries import pack
from jietong.recovery import queries as recovery
from jietong.routing import queries as routing
from jietong.routing.commands.offers import LEASE
from jietong.routing.rules.urgency import CLASSES
from jietong.ui import components as c
from jietong.ui.words import deadline_words, masked_name, moment_words

if TYPE_CHECKING:
    from jietong.contacts.models import Contact, Entry
    from jietong.routing.models import Offer, Waiting
    from jietong.staff.models import Member

ZONE = settings.LENDER_TIME_ZONE
#: what the specialist may want to use, in the order in which it is tried
WAYS = ("voice", "sms", "email", "letter")
#: what comes before any talk of money, the gravest first
GRAVE = ("self_harm", "fraud")


def local_day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(ZONE)).date()


def day_start(now: datetime) -> datetime:
    return datetime.combine(local_day(now), time(0), ZoneInfo(ZONE))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the left pane."""

    ref: str
    icon: str
    name: str
    text: str
    at: datetime
    by: str
    late: bool = False
    near: bool = False
    unread: int = 0
    urgency: str = ""
    grave: str = ""
    current: bool = False


def rail(member: Member, *, now: datetime, chosen: Contact | None) -> dict[str, Any]:
    """Everything that the left pane and the state in the header show."""
    presence = routing.presence(member.pk)
    in_hand = contacts.in_hand(member.pk)
    refs = [contact.ref for contact in in_hand]
    place = refs.index(chosen.ref) if chosen is not None and chosen.ref in refs else -1
    offer = routing.open_offer(member.pk, now=now)
    state = presence.state if presence is not None else "away"
    return {
        "state": state,
        "state_words": words.named(words.PRESENCE, state),
        "ignored": presence is not None and presence.away_reason == "ignored_offers",
        "capacity": presence.chats_max if presence is not None else 3,
        "is_full": presence is not None and len(in_hand) >= presence.chats_max,
        "waiting": sum(line.waiting for line in routing.class_lines(now=now, team_id=member.team_id)),
        "offer": offer_card(offer, now=now) if offer is not None else None,
        "offer_grave": grave(offer.contact, offer.waiting) if offer is not None else "",
        "rows": [_row(contact, now=now, chosen=chosen) for contact in in_hand],
        "kept": [_kept(promise) for promise in recovery.promises_made_by(member.pk)],
        "own": _own_day(member.pk, now=now),
        "next_ref": refs[(place + 1) % len(refs)] if refs else "",
        "previous_ref": refs[max(place, 0) - 1] if refs else "",
    }


def grave(contact: Contact, place: Waiting | None) -> str:
    """ "self_harm", "fraud" or "": a danger that was named once stays in sight, whatever is said after it."""
    named = {str(one.get("code")) for one in place.factors} if place is not None else set()
    named.add(str(getattr(contact, "grave", "")))
    return next((code for code in GRAVE if code in named), "")


def _row(contact: Contact, *, now: datetime, chosen: Contact | None) -> Row:
    place = routing.last_place_of(contact.pk)
    left = contact.reply_by - now
    waits = contact.is_unanswered
    return Row(
        ref=contact.ref,
        icon=words.channel(contact.channel)[1],
        name=masked_name(contact.borrower.name),
        text=contacts.last_words(contact) or _("还没有说话"),
        at=contact.last_borrower_at,
        by=_("%(time)s 前") % {"time": deadline_words(contact.reply_by, now, ZONE)},
        late=waits and left <= timedelta(0),
        near=waits and timedelta(0) < left < timedelta(minutes=15),
        unread=contacts.unread(contact),
        urgency=place.urgency if place is not None else "",
        grave=grave(contact, place),
        current=chosen is not None and chosen.pk == contact.pk,
    )


def _kept(promise: Any) -> dict[str, Any]:
    """A promise to pay that I recorded: I said that I would look after it on its day."""
    return {
        "ref": promise.contact.ref if promise.contact_id and promise.contact else "",
        "name": masked_name(promise.borrower.name),
        "amount_fen": promise.amount_fen,
        "due_on": promise.due_on,
    }


def _own_day(member_id: int, *, now: datetime) -> dict[str, Any]:
    day = contacts.own_day(member_id, day_start(now))
    share = round(100 * day.within / day.answered) if day.answered else None
    return {"settled": day.settled, "share": share, "confirmed": day.confirmed}


def offer_card(offer: Offer, *, now: datetime) -> c.Offer:
    """Who is offered, why now, why to me. The factors' points add up to the score that put it there."""
    place, contact = offer.waiting, offer.contact
    name, icon = words.channel(place.channel)
    minutes = int(CLASSES[place.urgency].longest_wait_seconds // 60)
    return c.Offer(
        urgency=place.urgency,
        borrower=masked_name(contact.borrower.name),
        channel=name,
        channel_icon=icon,
        waiting_since_at=contact.waiting_since,
        guarantee=_("%(minutes)d 分钟内") % {"minutes": minutes},
        factors=tuple(
            c.Factor(words.factor(str(f["code"]), f.get("params", {})), int(f["points"]))
            for f in place.factors
            if int(f["points"])
        ),
        why_you=_why_you(offer.reason),
        lease_ends_at=offer.lease_until,
        lease_seconds=int(LEASE.total_seconds()),
        accept_url=f"/desk/offers/{offer.pk}/accept/",
        decline_url=f"/desk/offers/{offer.pk}/decline/",
    )


def _why_you(reason: dict[str, Any]) -> str:
    """Kept with the offer when it was made, so that it can be read later as it was meant then."""
    standing = reason.get("standing") or []
    mine = _("组里现在有空的人中，你空得最久。")
    if len(standing) < 2:
        return mine + _("没有更急的人在等。")
    because = {
        "surge_floor": _("现在很忙，这一类先办"),
        "floor_order": _("现在很忙，按类别先后办"),
        "priority": _("等得久又急，排得更前"),
        "waited_longer": _("等得更久"),
    }.get(str(standing[0].get("ahead_because")), _("类别更急"))
    told = {"other": standing[1]["class"], "because": because}
    return mine + _("排在 %(other)s 类最前一位之前：%(because)s。") % told


def head(member: Member, contact: Contact, *, now: datetime) -> dict[str, Any]:
    """Name, proof, matters and the promise strip: the same promise that the borrower's page shows."""
    place = routing.last_place_of(contact.pk)
    return {
        "contact": contact,
        "name": masked_name(contact.borrower.name),
        "urgency": place.urgency if place is not None else "",
        "grave": grave(contact, place),
        "proof": borrowers.last_proof(contact.borrower_id),
        "matters": [words.named(words.INTENTS, m.intent) for m in contacts.open_matters(contact)],
        "promise": routing.promise_of(contact, now=now),
        "may_write": access.may_write(member, contact),
        "channel": words.channel(contact.channel)[0],
    }


def stream(member: Member, borrower_id: int, contact: Contact | None, *, now: datetime) -> list[dict[str, Any]]:
    """What was said over all channels, oldest first: a line per day, and the handover's summary where it belongs."""
    entries = contacts.timeline(borrower_id, limit=120, team_id=member.team_id, reader_id=member.pk)
    handed = [e.pk for e in entries if contact and e.contact_id == contact.pk and e.data.get("code") == "handed_over"]
    first = next((e.pk for e in entries if contact and e.contact_id == contact.pk), None)
    card_at = handed[-1] if handed else first
    items: list[dict[str, Any]] = []
    day: date | None = None
    for entry in entries:
        if local_day(entry.at) != day:
            day = local_day(entry.at)
            items.append({"kind": "sep", "text": _day(day, local_day(now))})
        if entry.pk == card_at and contact is not None and contact.summary:
            items.append(_handover(contact, entry))
        if entry.pk not in handed[-1:]:
            items.append(_item(entry))
    return items


def _day(day: date, today: date) -> str:
    weekday = date_format(day, "l")
    if day == today:
        return _("今天 %(weekday)s") % {"weekday": weekday}
    return f"{date_format(day, 'Y-m-d')} {weekday}"


def _handover(contact: Contact, entry: Entry) -> dict[str, Any]:
    lines = [line for line in contact.summary.splitlines() if not line.startswith("意图 ")]
    confidence = entry.data.get("confidence")
    matter = contacts.open_matters(contact).first()
    intent = str(entry.data.get("intent") or (matter.intent if matter else "other"))
    return {
        "kind": "handover",
        "at": contact.handed_over_at or entry.at,
        "text": "\n".join(lines),
        "intent": words.named(words.INTENTS, intent),
        "percent": round(100 * confidence) if isinstance(confidence, float) else None,
    }


def _item(entry: Entry) -> dict[str, Any]:
    name, icon = words.channel(entry.channel)
    if entry.kind in {"message", "aside"}:
        ours = entry.author != "borrower"
        who = entry.member.name if entry.member else _("借款人 · %(channel)s") % {"channel": name}
        bubble = c.ChatMessage(body=entry.text, at=entry.at, mine=ours, author=who, machine=entry.author == "assistant")
        return {"kind": "bubble", "message": bubble}
    if entry.kind == "note":
        return {"kind": "note", "who": entry.member.name if entry.member else "", "at": entry.at, "text": entry.text}
    if entry.kind == "attempt":
        what = words.named(words.TEMPLATES, str(entry.data.get("template", "")))
        left = entry.data.get("state") == "sent"
        text = f"{name} · {what} · {_('已发出') if left else _('未送达')}"
        return {"kind": "event", "icon": icon, "at": entry.at, "text": text, "title": entry.text}
    return {"kind": "event", "icon": "info", "at": entry.at, "text": _event_words(entry), "title": ""}


def _event_words(entry: Entry) -> str:
    code = entry.data.get("code")
    if code == "handed_over":
        return _("智能助手转给专员")
    if code == "reply_late":
        when = datetime.fromisoformat(str(entry.data["when"]))
        return _("没能按时答复，已向借款人致歉，新时限 %(when)s") % {"when": moment_words(when, entry.at, ZONE)}
    return entry.text


def ways(borrower_id: int, time_zone: str, *, now: datetime) -> dict[str, Any]:
    """The contact-rule tiles: answering here is never held up; everything else is asked of the rules this moment."""
    rules = pack(settings.RULE_PACK)
    facts = contacts.contact_facts(borrower_id, now=now, time_zone=time_zone)
    asked = {tile.channel: tile for tile in tiles(facts, rules)}
    shown = [c.ContactRule(channel=_("会话"), icon="messages", allowed=True, note=_("答复，不计次"))]
    for channel in WAYS:
        point = contacts.point_for(borrower_id, channel)
        shown.append(_way(asked[channel], has_point=point is not None, now=now))
    other = decide(replace(facts, party="third_party"), rules)
    name = refusal_label(str(other.refusal)) if other.refusal else ""
    shown.append(
        c.ContactRule(channel=_("他人"), icon="users", allowed=other.allowed, reason=name, note=_("只和本人谈"))
    )
    return {"tiles": shown, "pack": f"{rules.name} {rules.version}"}


def _way(tile: Tile, *, has_point: bool, now: datetime) -> c.ContactRule:
    name, icon = words.channel(tile.channel)
    decision = tile.decision
    if decision.allowed and not has_point:
        missing = refusal_label("no_way_to_reach")
        return c.ContactRule(channel=name, icon=icon, allowed=False, reason=missing, note=_("可请本人补一个"))
    if decision.allowed:
        tight = min(tile.counts, key=lambda count: count.limit - count.used, default=None)
        note = _("按规则可用")
        if tight is not None:
            span = _("今日") if tight.days == 1 else _("%(days)d 天内") % {"days": tight.days}
            note = f"{span} {tight.used}/{tight.limit}"
        return c.ContactRule(channel=name, icon=icon, allowed=True, note=note)
    retry = decision.retry_at
    note = _("%(when)s 起可") % {"when": moment_words(retry, now, ZONE)} if retry else _("情况变了才可")
    reason = refusal_label(str(decision.refusal))
    return c.ContactRule(channel=name, icon=icon, allowed=False, reason=reason, note=note)
