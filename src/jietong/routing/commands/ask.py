"""A borrower needs a person: the contact, its owner, its reply-by and its place in the queue, in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from jietong.borrowers import queries as borrowers
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.kernel.errors import CommandRefused, InputError
from jietong.routing.commands.offers import dispatch_after_commit, withdraw_offers
from jietong.routing.models import Waiting
from jietong.routing.queries import slot_has_room
from jietong.routing.rules.discipline import carried_start
from jietong.routing.rules.urgency import CLASSES
from jietong.routing.weigh import FRAUD_INTENTS, Weighed, weigh
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.contacts.models import Contact


@transaction.atomic
def ask_for_person(
    *,
    borrower_id: int,
    channel: str,
    intent: str,
    text: str,
    actor: str,
    now: datetime,
    summary: str = "",
    self_harm: bool = False,
    said: bool = True,
) -> Contact:
    """Open or join the borrower's contact and put it into the queue. The owner and reply-by stand when this returns.

    `said`: the text is a message of the borrower's and belongs on the timeline (False when it is there already).
    """
    borrowers.lock(borrower_id)
    grave = "self_harm" if self_harm else "fraud" if intent in FRAUD_INTENTS else ""
    marked = contact_queries.grave_of_open(borrower_id)
    weighed = weigh(borrower_id=borrower_id, intent=intent, now=now, grave=contacts.graver(grave, marked), new_try=said)
    opened = contacts.open_or_join(
        borrower_id=borrower_id,
        channel=channel,
        intent=intent,
        text=text,
        owner_team_id=weighed.team.pk,
        reply_by=_kept_slot(borrower_id, weighed) or weighed.reply_by,
        next_step="in_queue",
        actor=actor,
        now=now,
    )
    contact = opened.contact
    contacts.mark_grave(contact=contact, grave=grave, actor=actor, now=now)
    if said:
        contacts.say(
            borrower_id=borrower_id,
            channel=channel,
            author="borrower",
            text=text,
            actor=actor,
            now=now,
            contact=contact,
        )
    told = summary or contact.summary or text
    contacts.hand_over(contact=contact, summary=_beginning_with_danger(contact, told), actor=actor, now=now)
    if contact.is_waiting:
        enqueue(contact, weighed, channel=channel, now=now)
        if contact.next_step != "callback_booked" or weighed.at_once:
            contacts.promise(contact=contact, reply_by=weighed.reply_by, next_step="in_queue", actor=actor, now=now)
    else:
        contacts.promise(
            contact=contact, reply_by=weighed.reply_by, next_step="specialist_replies", actor=actor, now=now
        )
    dispatch_after_commit(now)
    return contact


def _kept_slot(borrower_id: int, weighed: Weighed) -> datetime | None:
    """The end of the slot that the borrower has chosen: nobody is offered the contact before, so an earlier time must
    not be promised beside it, unless what is said now does not wait for a slot."""
    held = contact_queries.hold_open(borrower_id)
    if held is None or held.next_step != "callback_booked" or weighed.at_once:
        return None
    return held.reply_by


#: how a summary begins when the contact is marked; in the lender's language, as summaries are
DANGER = {"self_harm": "【提到伤害自己】", "fraud": "【可能遇到诈骗】"}


def _beginning_with_danger(contact: Contact, summary: str) -> str:
    """The specialist reads the danger first, also when it was spoken of while somebody already had the contact."""
    begins = DANGER.get(contact.grave, "")
    return summary if not begins or summary.startswith(begins) else f"{begins}{summary}"


def enqueue(contact: Contact, weighed: Weighed, *, channel: str, now: datetime) -> Waiting:
    """Give the contact its place, or move its urgency up on the place that it has. Priority gathered so far is kept.

    The place is with the team that owns the contact; whom it complains of is never asked (contacts.Recusal).
    """
    place = Waiting.objects.select_for_update(no_key=True).filter(contact=contact, left_at=None).first()
    place = _to_the_right_desk(contact, place, weighed, now=now)
    if place is not None:
        _raise_urgency(place, weighed, now=now)
        return place
    fresh = weighed.urgency
    return Waiting.objects.create(
        contact=contact,
        team_id=contact.owner_team_id,
        urgency=fresh.class_name,
        rank=weighed.rank,
        score=fresh.score,
        factors=fresh.as_dict()["factors"],
        weights_version=fresh.weights_version,
        since=contact.waiting_since,
        not_before=now,
        channel=channel,
    )


def put_back(contact: Contact, weighed: Weighed, *, now: datetime) -> Waiting:
    """A contact that comes back from a specialist: its last place again, with its time and at least its urgency."""
    last = Waiting.objects.filter(contact=contact).order_by("-pk").first()
    if last is None or last.left_at is None:
        return enqueue(contact, weighed, channel=contact.channel, now=now)
    _to_the_right_desk(contact, None, weighed, now=now)
    place = _again(last, contact, not_before=now)
    _raise_urgency(place, weighed, now=now)
    return place


def _to_the_right_desk(contact: Contact, place: Waiting | None, weighed: Weighed, *, now: datetime) -> Waiting | None:
    """Fraud or a complaint that joins an open need takes it along to the desk for customers' rights: the place ends
    here and goes on there with all that it has gathered. Answers the open place, if there is one."""
    if weighed.team.code != staff.RIGHTS or contact.owner_team_id == weighed.team.pk:
        return place
    contacts.move_to_team(contact=contact, team_id=weighed.team.pk, actor="system:routing", now=now)
    if place is None:
        return None
    withdraw_offers(contact, now=now)
    place.left_at, place.left_reason = now, "moved"
    place.save(update_fields=["left_at", "left_reason"])
    return _again(place, contact, not_before=place.not_before)


def _again(last: Waiting, contact: Contact, *, not_before: datetime) -> Waiting:
    """A new place that carries on where the last one ended, with the team that owns the contact now."""
    return Waiting.objects.create(
        contact=contact,
        team_id=contact.owner_team_id,
        urgency=last.urgency,
        rank=last.rank,
        score=last.score,
        factors=last.factors,
        weights_version=last.weights_version,
        since=last.since,
        not_before=not_before,
        channel=last.channel,
    )


def _raise_urgency(place: Waiting, weighed: Weighed, *, now: datetime) -> None:
    """Urgency only rises while one waits: a calmer second question does not cost the place."""
    fresh = weighed.urgency
    if weighed.at_once and place.not_before > now:
        place.not_before = now
        place.save(update_fields=["not_before"])
    calmer = fresh.class_name > place.urgency or (fresh.class_name == place.urgency and fresh.score < place.score)
    if calmer and weighed.rank >= place.rank:
        return
    if fresh.class_name != place.urgency:
        old, new = CLASSES[place.urgency].slope, CLASSES[fresh.class_name].slope
        start = carried_start(place.since.timestamp(), old_slope=old, new_slope=new, now=now.timestamp())
        place.since = datetime.fromtimestamp(start, tz=now.tzinfo)
    place.urgency, place.score = fresh.class_name, fresh.score
    place.rank = min(place.rank, weighed.rank)
    place.factors, place.weights_version = fresh.as_dict()["factors"], fresh.weights_version
    place.save(update_fields=["since", "urgency", "rank", "score", "factors", "weights_version"])


@transaction.atomic
def borrower_wrote(*, contact: Contact, text: str, channel: str, actor: str, now: datetime) -> None:
    """The borrower adds something to an open contact: on the timeline, and, once we have answered, with a new reply-by.

    Words that cross a settlement are an answer to "is it solved?": it is not, and the contact waits again.
    """
    borrowers.lock(contact.borrower_id)
    contact_queries.hold(contact)
    if contact.is_settled:
        not_solved(contact_id=contact.pk, text=text, channel=channel, actor=actor, now=now)
        contact_queries.hold(contact)
        return
    was_answered = not contact.is_unanswered
    contacts.say(
        borrower_id=contact.borrower_id,
        channel=channel,
        author="borrower",
        text=text,
        actor=actor,
        now=now,
        contact=contact,
    )
    weighed = weigh(borrower_id=contact.borrower_id, intent=_first_intent(contact), now=now, grave=contact.grave)
    if contact.is_waiting:
        enqueue(contact, weighed, channel=channel, now=now)
        return
    # If we have answered, that promise is met and the new words get one of their own, never later than the class's;
    # if not, the old one stands: who writes again does not wait longer for it.
    contacts.promise(
        contact=contact,
        reply_by=weighed.reply_by,
        next_step="specialist_replies",
        actor=actor,
        now=now,
        later_allowed=was_answered,
    )


def _first_intent(contact: Contact) -> str:
    matter = contact_queries.open_matters(contact).first()
    return matter.intent if matter is not None else "other"


@transaction.atomic
def not_solved(*, contact_id: int, text: str, channel: str, actor: str, now: datetime) -> Contact:
    """The borrower says that it is not solved: a person takes it, with the time of the first try.

    If another matter of the borrower's is open by now, this one joins it, words or none, and that one is returned.
    Raises CommandRefused `already_open` when this very contact is open and there are no words to add.
    """
    contact = contact_queries.contact(contact_id)
    borrowers.lock(contact.borrower_id)
    contact_queries.hold(contact)
    still_open = contact_queries.hold_open(contact.borrower_id)
    last = contact.matters.order_by("-settled_at", "-id").first()
    if still_open is not None and (text.strip() or still_open.pk != contact.pk):
        return ask_for_person(
            borrower_id=contact.borrower_id,
            channel=channel,
            intent=last.intent if last else "other",
            text=text.strip() or (last.title if last else contact.ref),
            actor=actor,
            now=now,
            said=bool(text.strip()),
        )
    weighed = weigh(
        borrower_id=contact.borrower_id,
        intent=last.intent if last else "other",
        now=now,
        grave=contact.grave,
        repeated=True,
        new_try=True,
    )
    contact = contacts.reopen(
        contact_id=contact_id,
        reply_by=weighed.reply_by,
        actor=actor,
        now=now,
        waiting_since=max(now - _waited(contact), contact.first_try_at),
    )
    if text.strip():
        contacts.say(
            borrower_id=contact.borrower_id,
            channel=channel,
            author="borrower",
            text=text,
            actor=actor,
            now=now,
            contact=contact,
        )
    told = _beginning_with_danger(contact, contact.summary or (last.title if last else ""))
    contacts.hand_over(contact=contact, summary=told, actor=actor, now=now)
    enqueue(contact, weighed, channel=channel, now=now)
    dispatch_after_commit(now)
    return contact


def _waited(contact: Contact) -> timedelta:
    """How long the borrower had waited when the contact left the queue. The time in which it lay settled is no waiting:
    who comes back after three days must not go before a fraud report of this minute."""
    last = Waiting.objects.filter(contact=contact).exclude(left_at=None).order_by("-pk").first()
    if last is None or last.left_at is None:
        return timedelta(0)
    return max(last.left_at - contact.waiting_since, timedelta(0))


def _hold_slot(contact: Contact, slot_from: datetime) -> None:
    """The last free call of a slot goes to one of two who choose it at the same moment: they meet at this lock, which
    is taken after every other and held until the end. Raises InputError `full`.
    """
    team = contact.owner_team
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [team.pk, int(slot_from.timestamp()) // 60])
    mine = Waiting.objects.filter(contact=contact, left_at=None, channel="callback", not_before=slot_from)
    if not mine.exists() and not slot_has_room(team, slot_from):
        raise InputError("slot", "full", "this time has just been taken; choose another")


@transaction.atomic
def book_callback(
    *,
    borrower_id: int,
    channel: str,
    intent: str,
    text: str,
    slot_from: datetime,
    slot_to: datetime,
    point_id: int,
    actor: str,
    now: datetime,
) -> Contact:
    """Wait without holding on: the place and its time are kept, the specialist rings in the slot that was chosen.

    Raises CommandRefused `in_service` when a specialist is already on it, `past` for a slot that is over, InputError
    for a slot that ends before it begins or has no room left, or a number that is not the borrower's.
    """
    if slot_to <= now:
        raise CommandRefused("past", "this time has passed; choose another")
    if slot_from >= slot_to:
        raise InputError("slot", "empty", "the slot ends before it begins")
    if point_id not in {point.pk for point in borrowers.points(borrower_id)}:
        raise InputError("point", "unknown", "choose one of your own numbers")
    contact = ask_for_person(borrower_id=borrower_id, channel=channel, intent=intent, text=text, actor=actor, now=now)
    if not contact.is_waiting:
        raise CommandRefused("in_service", "a specialist is already looking at it and will answer you here")
    _hold_slot(contact, slot_from)
    Waiting.objects.filter(contact=contact, left_at=None).update(
        not_before=slot_from, channel="callback", band_low_at=None, band_high_at=None
    )
    withdraw_offers(contact, now=now)
    contacts.set_callback(
        contact=contact, slot_from=slot_from, slot_to=slot_to, point_id=point_id, actor=actor, now=now
    )
    return contact
