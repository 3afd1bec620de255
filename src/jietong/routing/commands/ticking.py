"""What the clock does: ends leases, keeps promises honest, hands out work. Runs each second, anywhere, twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.contacts.commands.attempts import Plan
from jietong.routing.commands.ask import enqueue, put_back
from jietong.routing.commands.offers import dispatch, expire_offers
from jietong.routing.commands.surging import read_loads
from jietong.routing.models import Presence, Waiting
from jietong.routing.weigh import Weighed, promised_by, weigh

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

log = logging.getLogger(__name__)

BATCH = 100
#: how long a desk may be silent after its lease ended (a reloaded page, a tunnel) before its borrowers are taken back
GONE_AFTER = timedelta(minutes=2)


def tick(now: datetime) -> None:
    expire_offers(now=now)
    return_from_the_gone(now=now)
    escalate_missed(now=now)
    read_loads(now=now)
    dispatch(now=now)


def return_from_the_gone(*, now: datetime) -> int:
    """Who is not there any more keeps nobody waiting: the unanswered go back to the queue, with their time."""
    gone = Presence.objects.filter(
        alive_until__lte=now - GONE_AFTER, specialist__contacts__state=contact_queries.IN_SERVICE
    )
    keys = contact_queries.unanswered_of(gone.values_list("pk", flat=True).distinct(), limit=BATCH)
    return _each(keys, _take_back, now=now)


def escalate_missed(*, now: datetime) -> int:
    """Contacts whose reply-by has passed without an answer: urgency up, a new time with an apology, never silence."""
    return _each(contact_queries.missed(now=now, limit=BATCH), _escalate, now=now)


def _each(keys: list[int], act: Callable[..., bool], *, now: datetime) -> int:
    """One transaction each: a contact that cannot be handled is logged and stops nobody else's."""
    done = 0
    for key in keys:
        try:
            done += act(key, now=now)
        except Exception:
            log.exception("contact %d could not be handled", key)
    return done


@transaction.atomic
def _take_back(contact_id: int, *, now: datetime) -> bool:
    contact = contact_queries.lock_in_service(contact_id)
    if contact is None or not contact.is_unanswered or not _is_gone(contact.owner_id, now):
        return False
    _to_the_queue(contact, _weighed(contact, now=now), next_step="in_queue", now=now)
    return True


@transaction.atomic
def _escalate(contact_id: int, *, now: datetime) -> bool:
    contact = contact_queries.lock_missed(contact_id, now=now)
    if contact is None:
        return False
    if not contact.is_unanswered:
        _follow_up(contact, now=now)
        return True
    weighed = _weighed(contact, now=now, broken_reply_by=contact.breaches + 1)
    # The new time is one that can be kept: at least the class's own, and one class slower each time it was missed.
    slower = min("D", chr(ord(weighed.urgency.class_name) + contact.breaches))
    new_time = promised_by(slower, contact.owner_team, now=now)
    lets_wait = contact.is_in_service and _lets_wait(contact, now)
    contacts.note_breach(contact=contact, reply_by=new_time, actor="system:routing", now=now)
    if lets_wait:
        _to_the_queue(contact, weighed, next_step="late_supervisor_told", now=now)
    elif contact.is_waiting:
        place = enqueue(contact, weighed, channel=contact.channel, now=now)
        Waiting.objects.filter(pk=place.pk).update(
            not_before=min(place.not_before, now), band_low_at=None, band_high_at=None
        )
    _apologise(contact, new_time, now=now)
    return True


def _follow_up(contact: Contact, *, now: datetime) -> None:
    """We have answered and the borrower has not written since: nothing was broken, somebody looks at it once more."""
    if contact.is_in_service and _is_gone(contact.owner_id, now):
        _to_the_queue(contact, _weighed(contact, now=now), next_step="specialist_follows_up", now=now)
    contacts.promise(
        contact=contact,
        reply_by=promised_by("D", contact.owner_team, now=now),
        next_step="specialist_follows_up",
        actor="system:routing",
        now=now,
        later_allowed=True,
    )


def _lets_wait(contact: Contact, now: datetime) -> bool:
    """Is the person who has it not answering: never yet, a second time since the last answer, or gone?"""
    if contact.last_reply_at is None or _is_gone(contact.owner_id, now):
        return True
    return contact.breached_at is not None and contact.breached_at > contact.last_reply_at


def _is_gone(member_id: int | None, now: datetime) -> bool:
    return not Presence.objects.filter(pk=member_id, alive_until__gt=now - GONE_AFTER).exists()


def _to_the_queue(contact: Contact, weighed: Weighed, *, next_step: str, now: datetime) -> None:
    contacts.return_to_queue(contact=contact, next_step=next_step, actor="system:routing", now=now)
    put_back(contact, weighed, now=now)


def _weighed(contact: Contact, *, now: datetime, broken_reply_by: int = 0) -> Weighed:
    matter = contact_queries.open_matters(contact).first()
    return weigh(
        borrower_id=contact.borrower_id,
        intent=matter.intent if matter else "other",
        now=now,
        grave=contact.grave,
        broken_reply_by=broken_reply_by,
    )


def _apologise(contact: Contact, new_time: datetime, *, now: datetime) -> None:
    when = timezone.localtime(new_time, ZoneInfo(settings.LENDER_TIME_ZONE)).strftime("%m-%d %H:%M")
    contacts.say(
        borrower_id=contact.borrower_id,
        channel="system",
        author="system",
        text=f"reply_late:{when}",
        actor="system:routing",
        now=now,
        contact=contact,
        kind="event",
        data={"code": "reply_late", "when": new_time.isoformat()},
    )
    contacts.plan(
        Plan(
            key=f"late:{contact.pk}:{contact.breaches}",
            borrower_id=contact.borrower_id,
            channel="sms",
            purpose="service",
            template="reply_late",
            variables={"ref": contact.ref, "when": when},
            not_before=now,
            expires_at=new_time,
            contact_id=contact.pk,
        ),
        now=now,
    )
