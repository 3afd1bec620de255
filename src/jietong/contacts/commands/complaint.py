"""A complaint is a matter of its own: with its legal deadline, and out of the hands and sight of whom it is about."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from jietong.contacts.commands.contact import _tell
from jietong.contacts.models import Contact, Matter, Recusal
from jietong.contacts.queries import hold


@transaction.atomic
def mark_complaint(*, matter_id: int, about_id: int | None, deadline_on: date, actor: str, now: datetime) -> Matter:
    """Keep whom a matter complains of and by which day its outcome has to be told; the earlier day stands.

    Who is named once stays named; a second name recuses that person too. The journal says that there is a complaint,
    never of whom: its events reach screens.
    """
    matter = Matter.objects.select_related("contact").get(pk=matter_id)
    hold(matter.contact)
    matter.about_id = matter.about_id or about_id
    matter.deadline_on = min(matter.deadline_on or deadline_on, deadline_on)
    matter.save(update_fields=["about", "deadline_on"])
    if about_id is not None:
        recuse(contact=matter.contact, member_id=about_id, now=now)
    _tell("contacts.complaint", matter.contact, actor=actor, now=now, matter=matter.pk, deadline=str(deadline_on))
    return matter


def recuse(*, contact: Contact, member_id: int, now: datetime) -> None:
    """From here on this person is neither offered nor shown the contact. Twice changes nothing."""
    Recusal.objects.get_or_create(contact=contact, member_id=member_id, defaults={"since": now})
