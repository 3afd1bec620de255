"""Work orders as values: what the contact on screen has asked of other desks, the list of a desk, and one order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from jietong.contacts import queries as contacts
from jietong.desk import words as desk_words
from jietong.ui.components import Tone
from jietong.ui.words import masked_name
from jietong.workorders import queries, words
from jietong.workorders.rules import kinds, states

if TYPE_CHECKING:
    from jietong.contacts.models import Contact
    from jietong.staff.models import Member
    from jietong.workorders.models import WorkOrder

TONES: dict[str, Tone] = {"answered": "good", "returned": "warn", "taken": "info"}


def block(contact: Contact) -> dict[str, Any]:
    """The orders of one contact, and what a new one would begin with: the kind that the need suggests, and the words
    of the borrower that nobody has answered."""
    matters = list(contacts.open_matters(contact))
    asked = contacts.first_unanswered(contact)
    suggested = kinds.suggested(matters[0].intent if matters else "other")
    return {
        "rows": [row(one) for one in queries.of_contact(contact.pk)],
        "kinds": [
            {"code": one.code, "label": words.named(words.KINDS, one.code), "hours": one.hours, "team": one.team}
            for one in kinds.KINDS
        ],
        "suggested": suggested.code,
        "matters": [(one.pk, desk_words.named(desk_words.INTENTS, one.intent)) for one in matters],
        "question": asked.text if asked is not None else (matters[0].title if matters else ""),
    }


def row(order: WorkOrder) -> dict[str, Any]:
    return {
        "order": order,
        "kind": words.named(words.KINDS, order.kind),
        "state": words.named(words.STATES, order.state),
        "tone": TONES.get(order.state, ""),
        "late": order.is_late,
        "who": order.owner.name if order.owner is not None else order.team.shown_name,
        "name": masked_name(order.contact.borrower.name),
        "asker": order.contact.owner.name if order.contact.owner is not None else order.contact.owner_team.shown_name,
    }


def listed(member: Member) -> dict[str, Any]:
    """The list page: what my desk has to answer, and what I have asked."""
    mine = queries.counts(member.team_id)
    asked = queries.asked_by(member)
    return {
        "team": member.team.shown_name,
        "counts": mine,
        "to_do": [row(one) for one in queries.of_desk(member)],
        "asked": [row(one) for one in asked],
        "answered": sum(one.state == states.ANSWERED for one in asked),
        "asked_late": sum(one.is_late for one in asked),
    }


def one(order: WorkOrder, roles: frozenset[str], *, now: datetime) -> dict[str, Any]:
    """One order: the question, what may be done now and by whom, what was said."""
    return {
        "row": row(order),
        "order": order,
        "may": states.allowed(order.state, roles),
        "is_asker": states.ASKER in roles,
        "may_note": order.state != states.DONE,
        "matter": desk_words.named(desk_words.INTENTS, order.matter.intent),
        "borrower": f"{masked_name(order.contact.borrower.name)} · {order.contact.borrower.number}",
        "said": [
            {
                "at": note.at,
                "who": note.member.name if note.member is not None else _("系统"),
                "act": words.named(words.ACTS, note.act),
                "text": note.text,
                "late": note.act == "late",
            }
            for note in queries.notes(order)
        ],
        "now": now,
    }
