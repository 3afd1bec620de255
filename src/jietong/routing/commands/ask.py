"""A borrower needs a person: the contact, its owner, its reply-by and its place in the queue, in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.kernel.errors import CommandRefused
from jietong.routing.commands.offers import dispatch
from jietong.routing.models import Offer, Waiting
from jietong.routing.rules.discipline import carried_start
from jietong.routing.rules.urgency import CLASSES, Urgency
from jietong.routing.weigh import Weighed, weigh

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
    weighed = weigh(borrower_id=borrower_id, intent=intent, now=now, self_harm=self_harm)
    opened = contacts.open_or_join(
        borrower_id=borrower_id, channel=channel, intent=intent, text=text, owner_team_id=weighed.team.pk,
        reply_by=weighed.reply_by, next_step="in_queue", actor=actor, now=now,
    )  # fmt: skip
    contact = opened.contact
    if said:
        contacts.say(
            borrower_id=borrower_id, channel=channel, author="borrower", text=text, actor=actor, now=now, contact=contact
        )
    contacts.hand_over(contact=contact, summary=summary or contact.summary or text, actor=actor, now=now)
    if contact.is_waiting:
        enqueue(contact, weighed, channel=channel, now=now)
        if contact.next_step != "callback_booked":
            contacts.promise(contact=contact, reply_by=weighed.reply_by, next_step="in_queue", actor=actor, now=now)
    transaction.on_commit(lambda: dispatch(now=now))
    return contact


def enqueue(contact: Contact, weighed: Weighed, *, channel: str, now: datetime) -> Waiting:
    """Give the contact its place, or move its urgency up on the place that it has. Priority gathered so far is kept."""
    place = Waiting.objects.select_for_update().filter(contact=contact, left_at=None).first()
    fresh = weighed.urgency
    if place is None:
        return Waiting.objects.create(
            contact=contact, team=weighed.team, urgency=fresh.class_name, score=fresh.score, factors=fresh.as_dict()["factors"],
            weights_version=fresh.weights_version, since=contact.waiting_since, not_before=now, channel=channel,
        )  # fmt: skip
    _raise_urgency(place, fresh, now=now)
    return place


def _raise_urgency(place: Waiting, fresh: Urgency, *, now: datetime) -> None:
    """Urgency only rises while one waits: a calmer second question does not cost the place."""
    if fresh.class_name > place.urgency or (fresh.class_name == place.urgency and fresh.score < place.score):
        return
    if fresh.class_name != place.urgency:
        old, new = CLASSES[place.urgency].slope, CLASSES[fresh.class_name].slope
        start = carried_start(place.since.timestamp(), old_slope=old, new_slope=new, now=now.timestamp())
        place.since = datetime.fromtimestamp(start, tz=now.tzinfo)
    place.urgency, place.score = fresh.class_name, fresh.score
    place.factors, place.weights_version = fresh.as_dict()["factors"], fresh.weights_version
    place.save(update_fields=["since", "urgency", "score", "factors", "weights_version"])


@transaction.atomic
def borrower_wrote(*, contact: Contact, text: str, channel: str, actor: str, now: datetime) -> None:
    """The borrower adds something to an open contact: on the timeline, and, once we have answered, with a new reply-by."""
    contacts.say(
        borrower_id=contact.borrower_id, channel=channel, author="borrower", text=text, actor=actor, now=now, contact=contact
    )
    matter = contact_queries.open_matters(contact).first()
    intent = matter.intent if matter is not None else "other"
    weighed = weigh(borrower_id=contact.borrower_id, intent=intent, now=now)
    if contact.is_waiting:
        enqueue(contact, weighed, channel=channel, now=now)
        return
    # The earlier promise was met by our answer; the new words get a promise of their own, never later than the class's.
    contacts.promise(
        contact=contact, reply_by=weighed.reply_by, next_step="specialist_replies", actor=actor, now=now, later_allowed=True
    )


@transaction.atomic
def not_solved(*, contact_id: int, text: str, channel: str, actor: str, now: datetime) -> Contact:
    """The borrower says that it is not solved: a person takes it, with the time of the first try."""
    contact = contact_queries.contact(contact_id)
    last = contact.matters.order_by("-settled_at", "-id").first()
    weighed = weigh(
        borrower_id=contact.borrower_id, intent=last.intent if last else "other", now=now, repeated=True
    )
    contact = contacts.reopen(contact_id=contact_id, reply_by=weighed.reply_by, actor=actor, now=now)
    if text.strip():
        contacts.say(
            borrower_id=contact.borrower_id, channel=channel, author="borrower", text=text, actor=actor, now=now,
            contact=contact,
        )  # fmt: skip
    contacts.hand_over(contact=contact, summary=contact.summary or (last.title if last else ""), actor=actor, now=now)
    enqueue(contact, weighed, channel=channel, now=now)
    transaction.on_commit(lambda: dispatch(now=now))
    return contact


@transaction.atomic
def book_callback(
    *, borrower_id: int, channel: str, intent: str, text: str, slot_from: datetime, slot_to: datetime, point_id: int,
    actor: str, now: datetime,
) -> Contact:  # fmt: skip
    """Wait without holding on: the place and its time are kept, the specialist rings in the slot that was chosen.

    Raises CommandRefused `in_service` when a specialist is already on it, `past` for a slot that is over.
    """
    if slot_to <= now:
        raise CommandRefused("past", "this time has passed; choose another")
    contact = ask_for_person(
        borrower_id=borrower_id, channel=channel, intent=intent, text=text, actor=actor, now=now
    )
    if not contact.is_waiting:
        raise CommandRefused("in_service", "a specialist is already looking at it and will answer you here")
    Waiting.objects.filter(contact=contact, left_at=None).update(
        not_before=slot_from, channel="callback", band_low_at=None, band_high_at=None
    )
    Offer.objects.filter(contact=contact, state=Offer.State.OPEN).update(state=Offer.State.WITHDRAWN, closed_at=now)
    contacts.set_callback(
        contact=contact, slot_from=slot_from, slot_to=slot_to, point_id=point_id, actor=actor, now=now
    )
    return contact
