"""What a supervisor does with a contact that must not wait for its turn: take it over, or hand it to a named person.

Locks are taken in the room's one order: contact, place, presence, offer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused
from jietong.routing.commands.offers import dispatch_after_commit, withdraw_offers
from jietong.routing.commands.presence import heartbeat
from jietong.routing.models import Waiting
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.contacts.models import Contact
    from jietong.staff.models import Member

PREFERRED_FOR = timedelta(minutes=10)
PREFERRED_AT_LEAST = timedelta(minutes=2)  # one whole offer, also when the reply-by has passed


@transaction.atomic
def take_over(*, contact: Contact, supervisor: Member, now: datetime) -> Contact:
    """Put the contact into the supervisor's own hands, from the queue or from a specialist's; the borrower is told.

    The reply-by that the borrower was told stands. Raises CommandRefused `not_yours` for whoever may not (another
    team's, no supervisor, the person complained of), `settled`, `in_your_hands` when nothing would change.
    """
    contact_queries.hold(contact)
    place = _place(contact)
    if supervisor.role != "supervisor" or supervisor.team_id != contact.owner_team_id:
        raise CommandRefused("not_yours", "only a supervisor of the team that owns it takes it over")
    _refuse_what_cannot_move(contact, place, supervisor.pk)
    if contact.is_in_service and contact.owner_id == supervisor.pk:
        raise CommandRefused("in_your_hands", "it is in your hands already")
    return _move(contact, place, supervisor, code="taken_over", by=supervisor, now=now)


@transaction.atomic
def assign(*, contact: Contact, specialist: Member, by: Member, now: datetime) -> Contact:
    """Hand the contact to a named person of its team. From a specialist's hands it moves at once; in the queue that
    person alone is asked for PREFERRED_FOR, or until the reply-by if that is sooner; then it is anybody's again.

    Raises CommandRefused `not_yours`, `settled`, `not_of_the_team` (another team's, away for good, or complained of),
    `in_their_hands` when nothing would change.
    """
    contact_queries.hold(contact)
    place = _place(contact)
    if by.role != "operator" and (by.role != "supervisor" or by.team_id != contact.owner_team_id):
        raise CommandRefused("not_yours", "only a supervisor of the team that owns it, or an operator, hands it on")
    _refuse_what_cannot_move(contact, place, by.pk)
    if specialist.pk not in {one.pk for one in may_be_given(contact)}:
        raise CommandRefused("not_of_the_team", "choose somebody of the team that owns it")
    if contact.is_in_service:
        if contact.owner_id == specialist.pk:
            raise CommandRefused("in_their_hands", "it is in their hands already")
        return _move(contact, place, specialist, code="assigned", by=by, now=now)
    assert place is not None
    until = max(contact.reply_by, now + PREFERRED_AT_LEAST)
    place.prefer, place.prefer_until = specialist, min(now + PREFERRED_FOR, until)
    place.save(update_fields=["prefer", "prefer_until"])
    withdraw_offers(contact, now=now)
    _record("routing.assigned", contact, by=by, to=specialist, was=None, now=now)
    dispatch_after_commit(now)
    return contact


def may_be_given(contact: Contact) -> list[Member]:
    """Whom a contact may be handed to: specialists of its team, never the person that it complains of."""
    never = contact_queries.recused(contact.pk)
    return [one for one in staff.members(contact.owner_team_id) if one.role == "specialist" and one.pk not in never]


def _place(contact: Contact) -> Waiting | None:
    return Waiting.objects.select_for_update(no_key=True).filter(contact=contact, left_at=None).first()


def _refuse_what_cannot_move(contact: Contact, place: Waiting | None, actor_id: int) -> None:
    """A settled contact has nobody to be given to; for the person complained of it does not exist."""
    if contact.is_settled:
        raise CommandRefused("settled", "this contact has been settled")
    if actor_id in contact_queries.recused(contact.pk):
        raise CommandRefused("not_yours", "it complains of the person who asks")
    if contact.is_waiting and place is None:
        raise CommandRefused("not_waiting", "this contact has no place in the queue")


def _move(contact: Contact, place: Waiting | None, to: Member, *, code: str, by: Member, now: datetime) -> Contact:
    """Into another's hands, with the reply-by that the borrower was told; place and offers end as after "accept"."""
    was, actor = contact.owner_id, f"staff:{by.pk}"
    if place is not None:
        place.left_at, place.left_reason = now, "taken"
        place.save(update_fields=["left_at", "left_reason"])
    if to.pk == by.pk:
        heartbeat(member_id=to.pk, now=now)  # whoever acts is there, or the tick would take it back at once
    withdraw_offers(contact, now=now)
    if contact.is_in_service:
        contacts.return_to_queue(contact=contact, next_step="in_queue", actor=actor, now=now)
    taken = contacts.take(contact_id=contact.pk, member_id=to.pk, actor=actor, now=now)
    contacts.say(
        borrower_id=taken.borrower_id,
        channel="system",
        author="system",
        text=_told(taken, to),
        actor=actor,
        now=now,
        contact=taken,
        kind="event",
        data={"code": code, "to": to.pk},
    )
    _record(f"routing.{code}", taken, by=by, to=to, was=was, now=now)
    dispatch_after_commit(now)
    return taken


def _told(contact: Contact, to: Member) -> str:
    """What the borrower reads, in the borrower's language: it is kept as it was said."""
    with translation.override(contact.borrower.language):
        return _("这件事现在由%(who)s负责。您说过的话都在，不用再讲一遍。") % {"who": to.surname_title}


def _record(kind: str, contact: Contact, *, by: Member, to: Member, was: int | None, now: datetime) -> None:
    """On the journal, and on the screens of everybody whose hands are concerned."""
    journal.record(
        kind,
        subject=f"contact:{contact.pk}",
        borrower_id=contact.borrower_id,
        actor=f"staff:{by.pk}",
        at=now,
        data={
            "ref": contact.ref,
            "owner": contact.owner_id,
            "team": contact.owner_team_id,
            "to": to.pk,
            "was": was,
            "staff": sorted({to.pk, by.pk, *([was] if was is not None else [])}),
        },
    )
