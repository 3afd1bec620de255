"""Whether a specialist is there, and what a specialist does with a contact in hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.contacts.commands.attempts import Plan
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.routing.commands.offers import dispatch_after_commit, give_back
from jietong.routing.models import Presence, Waiting
from jietong.routing.weigh import promised_by

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

ALIVE_FOR = timedelta(seconds=60)
ANSWER_SMS_LASTS = timedelta(hours=12)
ANSWER_SMS_PAUSE = timedelta(minutes=10)
OUTCOMES = ("answered", "promise", "plan_offered", "forwarded", "no_answer", "other")


@transaction.atomic
def set_presence(*, member_id: int, state: str, now: datetime) -> Presence:
    """Go ready, away or on a break. An open offer goes back to the queue when its specialist leaves."""
    if state not in Presence.State.values:
        raise InputError("state", "unknown", f"{state!r} is not one of {', '.join(Presence.State.values)}")
    # update_or_create locks the row before it writes: presence before offer, as everywhere
    presence, _ = Presence.objects.update_or_create(
        specialist_id=member_id,
        defaults={
            "state": state,
            "state_since": now,
            "alive_until": now + ALIVE_FOR,
            "idle_since": now,
            "ignored_in_a_row": 0,
            "away_reason": "",
        },
    )
    if state != Presence.State.READY:
        give_back(member_id, now=now)
    journal.record(
        "routing.presence_changed",
        subject=f"staff:{member_id}",
        actor=f"staff:{member_id}",
        at=now,
        data={"state": state, "staff": [member_id]},
    )
    dispatch_after_commit(now)
    return presence


def heartbeat(*, member_id: int, now: datetime) -> None:
    """The open desk says that it is there. Not journalled: it is a lease, not news."""
    Presence.objects.filter(pk=member_id).update(alive_until=now + ALIVE_FOR)


def show_band(*, place: Waiting, band: tuple[datetime, datetime]) -> None:
    """Keep the estimate that the borrower was shown, so that the next one cannot be later."""
    Waiting.objects.filter(pk=place.pk, left_at=None).filter(Q(band_high_at=None) | Q(band_high_at__gt=band[1])).update(
        band_low_at=band[0], band_high_at=band[1]
    )


@transaction.atomic
def specialist_said(*, contact: Contact, member_id: int, text: str, now: datetime, note: bool = False) -> None:
    """The owner writes to the borrower, or a note that only colleagues see. After an answer the promise is a follow-up.

    Raises CommandRefused `not_yours` when the contact is in other hands.
    """
    contact_queries.hold(contact)
    if contact.owner_id != member_id or not contact.is_in_service:
        raise CommandRefused("not_yours", "this contact is not in your hands any more")
    asked = None if note else contact_queries.first_unanswered(contact)
    contacts.say(
        borrower_id=contact.borrower_id,
        channel="note" if note else contact.channel,
        author="specialist",
        text=text,
        actor=f"staff:{member_id}",
        now=now,
        contact=contact,
        member_id=member_id,
        kind="note" if note else "message",
        for_borrower=not note,
    )
    if not note:
        team = contact.owner_team
        contacts.promise(
            contact=contact,
            reply_by=promised_by("D", team, now=now),
            next_step="your_turn",
            actor=f"staff:{member_id}",
            now=now,
            later_allowed=True,
        )
    if asked is not None:
        _tell_by_sms(contact, asked.pk, now=now)


def _tell_by_sms(contact: Contact, asked: int, *, now: datetime) -> None:
    """Who asked may have closed the page: one message that an answer is there, at most one per unanswered stretch.

    Two people who talk to each other are one stretch: the next message is sent after a pause at the earliest, and
    never beside one that has not left yet.
    """
    if contact_queries.answer_told(contact.pk, since=now - ANSWER_SMS_PAUSE):
        return
    contacts.plan(
        Plan(
            key=f"answer:{contact.pk}:{asked}",
            borrower_id=contact.borrower_id,
            channel="sms",
            purpose="service",
            template="answer_ready",
            variables={"ref": contact.ref},
            not_before=now,
            expires_at=now + ANSWER_SMS_LASTS,
            contact_id=contact.pk,
        ),
        now=now,
    )


@transaction.atomic
def settle(*, contact: Contact, member_id: int, outcome: str, now: datetime, note: str = "") -> bool:
    """Settle the open matters with an outcome; the borrower is asked whether it is solved. True when all are."""
    if outcome not in OUTCOMES:
        raise InputError("outcome", "unknown", f"{outcome!r} is not one of {', '.join(OUTCOMES)}")
    contact_queries.hold(contact)
    if contact.owner_id != member_id or not contact.is_in_service:
        raise CommandRefused("not_yours", "this contact is not in your hands any more")
    if note.strip():
        specialist_said(contact=contact, member_id=member_id, text=note, now=now, note=True)
    done = contacts.settle_matters(contact=contact, outcome=outcome, actor=f"staff:{member_id}", now=now)
    Waiting.objects.filter(contact=contact, left_at=None).update(left_at=now, left_reason="settled")
    Presence.objects.filter(pk=member_id).update(idle_since=now)
    dispatch_after_commit(now)
    return done
