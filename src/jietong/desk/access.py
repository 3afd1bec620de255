"""Who may read and who may write what on the desk. A contact that is not theirs does not exist for a specialist."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.http import Http404

from jietong.contacts import queries as contacts
from jietong.kernel.models import Event

if TYPE_CHECKING:
    from django.http import HttpRequest

    from jietong.contacts.models import Contact
    from jietong.staff.models import Member

    class StaffRequest(HttpRequest):
        """A request that `permit` has let through: somebody of ours is signed in."""

        user: Member


#: an opened borrower stays open for the length of a shift, then the reason is asked again
OPENED_FOR = timedelta(hours=8)


def readable(member: Member, ref: str) -> Contact:
    """The contact, for its owner and the supervisor of its team. Raises Http404 for everybody else."""
    contact = contacts.contact_by_ref(ref)
    if contact is None or contact.owner_team_id != member.team_id:
        raise Http404
    if contact.owner_id != member.pk and member.role != "supervisor":
        raise Http404
    if member.pk in contacts.recused(contact.pk):
        raise Http404  # it complains of the reader
    return contact


def may_write(member: Member, contact: Contact) -> bool:
    return contact.is_in_service and contact.owner_id == member.pk


def has_opened(member: Member, borrower_id: int, *, now: datetime) -> bool:
    """Has this person given a reason for reading this borrower, within the shift?"""
    return Event.objects.filter(
        kind="desk.borrower_opened", borrower_id=borrower_id, actor=f"staff:{member.pk}", at__gt=now - OPENED_FOR
    ).exists()


def may_read_borrower(member: Member, borrower_id: int, *, now: datetime) -> bool:
    """Whose contact is in this person's hands or team to supervise, or whose card was opened with a reason."""
    if has_opened(member, borrower_id, now=now):
        return True
    contact = contacts.open_contact(borrower_id)
    if contact is None:
        return False
    try:
        readable(member, contact.ref)
    except Http404:
        return False
    return True
