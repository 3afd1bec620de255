"""Reads of work orders, for the desks, the board and the borrower's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from jietong.contacts import queries as contacts
from jietong.workorders.models import OrderNote, WorkOrder
from jietong.workorders.rules import states

if TYPE_CHECKING:
    from jietong.contacts.models import Contact
    from jietong.staff.models import Member

LIST_MAX = 200


def roles_of(member: Member, order: WorkOrder, contact: Contact) -> frozenset[str]:
    """As what this person may act on the order: of the receiving desk, or as the asker (who has the contact now, or
    supervises its desk). Nothing for whom the contact complains of."""
    if member.pk in contacts.recused(contact.pk):
        return frozenset()
    found = set()
    if member.team_id == order.team_id:
        found.add(states.RECEIVER)
    supervises = member.role == "supervisor" and member.team_id == contact.owner_team_id
    if contact.owner_id == member.pk or supervises:
        found.add(states.ASKER)
    return frozenset(found)


def readable(member: Member, ref: str) -> tuple[WorkOrder, frozenset[str]] | None:
    """The order and as what this person sees it; None for everybody whom it does not concern."""
    order = _rows().filter(ref=ref).first()
    if order is None:
        return None
    roles = roles_of(member, order, order.contact)
    return (order, roles) if roles else None


def of_desk(member: Member) -> list[WorkOrder]:
    """What this person's desk has to answer, the late first, then by when it is due. Not what complains of them."""
    rows = _rows().filter(team_id=member.team_id, state__in=states.RUNNING)
    return list(_without_recused(rows, member).order_by(F("late_at").asc(nulls_last=True), "due_at", "pk")[:LIST_MAX])


def asked_by(member: Member) -> list[WorkOrder]:
    """What was asked for contacts in this person's hands (a supervisor: of the whole desk) and is not done: answered
    ones first, then the late."""
    mine = Q(contact__owner_id=member.pk)
    if member.role == "supervisor":
        mine |= Q(contact__owner_team_id=member.team_id)
    rows = _without_recused(_rows().filter(mine).exclude(state=states.DONE), member)
    return sorted(rows[:LIST_MAX], key=lambda one: (one.state != states.ANSWERED, not one.is_late, one.due_at, one.pk))


def of_contact(contact_id: int) -> list[WorkOrder]:
    return list(_rows().filter(contact_id=contact_id).order_by("opened_at", "pk"))


def notes(order: WorkOrder) -> list[OrderNote]:
    return list(order.notes.select_related("member").order_by("at", "pk"))


def newly_late(*, now: datetime, limit: int) -> list[int]:
    """Keys of orders whose time has passed unanswered and of which nobody has been told."""
    rows = WorkOrder.objects.filter(state__in=states.RUNNING, late_at=None, due_at__lte=now)
    return list(rows.order_by("due_at").values_list("pk", flat=True)[:limit])


@dataclass(frozen=True, slots=True)
class Counts:
    """late: past their time; running: with a desk, unanswered (the late too); answered: to be told to the borrower."""

    late: int
    running: int
    answered: int


def counts(team_id: int | None = None) -> Counts:
    """Of one receiving desk, or of all."""
    rows = WorkOrder.objects.exclude(state=states.DONE)
    if team_id is not None:
        rows = rows.filter(team_id=team_id)
    running = rows.filter(state__in=states.RUNNING)
    return Counts(
        late=running.filter(late_at__isnull=False).count(),
        running=running.count(),
        answered=rows.filter(state=states.ANSWERED).count(),
    )


def late_ones(limit: int = 50) -> list[WorkOrder]:
    """For the supervisor's board: everything late, the longest first."""
    rows = _rows().filter(state__in=states.RUNNING, late_at__isnull=False)
    return list(rows.order_by("due_at", "pk")[:limit])


def _rows() -> QuerySet[WorkOrder]:
    return WorkOrder.objects.select_related(
        "contact__borrower", "contact__owner", "contact__owner_team", "team", "owner", "asked_by", "matter"
    )


def _without_recused(rows: QuerySet[WorkOrder], member: Member) -> QuerySet[WorkOrder]:
    return rows.exclude(contact_id__in=contacts.recused_from(member.pk))
