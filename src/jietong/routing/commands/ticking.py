"""What the clock does: ends leases, keeps promises honest, hands out work. Runs about once a second, anywhere, twice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jietong.contacts import commands as contacts
from jietong.contacts.commands.attempts import Plan
from jietong.contacts import queries as contact_queries
from jietong.routing.commands.ask import enqueue
from jietong.routing.commands.offers import dispatch, expire_offers
from jietong.routing.models import Waiting
from jietong.routing.weigh import promised_by, weigh

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

BATCH = 100


def tick(now: datetime) -> None:
    expire_offers(now=now)
    escalate_missed(now=now)
    dispatch(now=now)


def escalate_missed(*, now: datetime) -> int:
    """Contacts whose reply-by has passed without an answer: urgency up, a new time with an apology, never silence."""
    return sum(_escalate(key, now=now) for key in contact_queries.missed(now=now, limit=BATCH))


@transaction.atomic
def _escalate(contact_id: int, *, now: datetime) -> bool:
    contact = contact_queries.lock_missed(contact_id, now=now)
    if contact is None:
        return False
    if not contact.is_unanswered:
        # We have answered and the borrower has not written since: the follow-up is due, nothing was broken.
        contacts.promise(
            contact=contact, reply_by=promised_by("D", contact.owner_team, now=now), next_step="specialist_follows_up",
            actor="system:routing", now=now, later_allowed=True,
        )  # fmt: skip
        return True
    matter = contact.matters.filter(settled_at=None).order_by("opened_at").first()
    weighed = weigh(
        borrower_id=contact.borrower_id, intent=matter.intent if matter else "other", now=now,
        broken_reply_by=contact.breaches + 1,
    )  # fmt: skip
    # The new time is one that can be kept: at least the class's own, and one class slower each time it was missed.
    slower = min("D", chr(ord(weighed.urgency.class_name) + contact.breaches))
    new_time = promised_by(slower, contact.owner_team, now=now)
    contacts.note_breach(contact=contact, reply_by=new_time, actor="system:routing", now=now)
    if contact.is_in_service and contact.last_reply_at is None:
        contacts.return_to_queue(contact=contact, next_step="late_supervisor_told", actor="system:routing", now=now)
    if contact.is_waiting:
        place = enqueue(contact, weighed, channel=contact.channel, now=now)
        Waiting.objects.filter(pk=place.pk).update(not_before=now, band_low_at=None, band_high_at=None)
    _apologise(contact, new_time, now=now)
    return True


def _apologise(contact: Contact, new_time: datetime, *, now: datetime) -> None:
    when = timezone.localtime(new_time, ZoneInfo(settings.LENDER_TIME_ZONE)).strftime("%m-%d %H:%M")
    contacts.say(
        borrower_id=contact.borrower_id, channel="system", author="system", text=f"reply_late:{when}", actor="system:routing",
        now=now, contact=contact, kind="event", data={"code": "reply_late", "when": new_time.isoformat()},
    )  # fmt: skip
    contacts.plan(
        Plan(
            key=f"late:{contact.pk}:{contact.breaches}", borrower_id=contact.borrower_id, channel="sms", purpose="service",
            template="reply_late", variables={"ref": contact.ref, "when": when}, not_before=now, expires_at=new_time,
            contact_id=contact.pk,
        ),
        now=now,
    )  # fmt: skip
