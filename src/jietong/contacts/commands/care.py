"""What must not be lost on the way: that the borrower spoke of self-harm or fraud, and whose desk such a need is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jietong.contacts.commands.contact import _tell
from jietong.contacts.models import Contact, MatterHold
from jietong.contacts.queries import hold

#: gravest last: what is marked is never replaced by something less grave
GRAVE = ("", "fraud", "self_harm")


def graver(one: str, other: str) -> str:
    """The graver of two marks."""
    return max(one, other, key=GRAVE.index)


@transaction.atomic
def mark_grave(*, contact: Contact, grave: str, actor: str, now: datetime) -> None:
    """Keep on the contact that words of self-harm or fraud were said, for as long as it lives. Twice changes nothing.

    Raises ValueError for a word that is not one of GRAVE (a fault of ours, not of the input).
    """
    hold(contact)
    if GRAVE.index(grave) <= GRAVE.index(contact.grave):
        return
    contact.grave = grave
    contact.save(update_fields=["grave"])
    _tell("contacts.grave_words", contact, actor=actor, now=now, grave=grave)


@transaction.atomic
def move_to_team(*, contact: Contact, team_id: int, actor: str, now: datetime) -> None:
    """A waiting contact becomes another desk's. What a person has in hand stays with that person."""
    hold(contact)
    if not contact.is_waiting or contact.owner_team_id == team_id:
        return
    before, contact.owner_team_id = contact.owner_team_id, team_id
    contact.save(update_fields=["owner_team"])
    _tell("contacts.moved_to_team", contact, actor=actor, now=now, team_before=before)


@transaction.atomic
def hold_matter(*, matter_id: int, source: str, now: datetime) -> None:
    """An upper room keeps a matter from being settled until it lets go. Twice changes nothing."""
    MatterHold.objects.get_or_create(matter_id=matter_id, source=source, released_at=None, defaults={"since": now})


def release_matter(*, source: str, now: datetime) -> None:
    """The upper room lets go; what it had never held stays as it is."""
    MatterHold.objects.filter(source=source, released_at=None).update(released_at=now)
