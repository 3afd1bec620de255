"""What a matter waits for beside its specialist: the desk that was asked, by when, and who answers the borrower."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jietong.workorders import queries, words

if TYPE_CHECKING:
    from jietong.contacts.models import Contact


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to another desk. what: in words; state: "waiting", "late" or "answered"; who: answers the borrower.

    What was written between the desks stays there: the borrower hears the answer from their specialist.
    """

    what: str
    desk: str
    due_at: datetime
    state: str
    who: str


def asked_of_others(contact: Contact) -> list[Asked]:
    """The orders that are not done, for the borrower's own page."""
    who = contact.owner.surname_title if contact.owner is not None else contact.owner_team.shown_name
    return [
        Asked(
            what=words.named(words.FOR_BORROWERS, order.kind),
            desk=order.team.shown_name,
            due_at=order.due_at,
            state="answered" if order.state == "answered" else "late" if order.is_late else "waiting",
            who=who,
        )
        for order in queries.of_contact(contact.pk)
        if order.state != "done"
    ]
