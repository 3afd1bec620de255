"""Every write of the room. The borrower's contact is never handed over by it: only the question travels.

Locks are taken in one order: contact, order.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.routing.weigh import promised_by
from jietong.staff import queries as staff
from jietong.workorders import queries
from jietong.workorders.models import OrderNote, WorkOrder
from jietong.workorders.rules import kinds, states
from jietong.workorders.rules.due import due_at

if TYPE_CHECKING:
    from jietong.contacts.models import Contact
    from jietong.staff.models import Member, Team

log = logging.getLogger(__name__)
TEXT_CHARACTERS_MAX = 2000
BATCH = 100


@transaction.atomic
def open_order(
    *, contact: Contact, kind: str, question: str, member: Member, now: datetime, matter_id: int | None = None
) -> WorkOrder:
    """Ask another desk about one matter of a contact in this person's hands (the first open one unless named).

    The matter cannot be settled before the order is done. Raises CommandRefused `not_yours`, `asked_already` (an open
    order of this kind on the matter), InputError for an unknown kind or matter, an empty or long question.
    """
    chosen = kinds.BY_CODE.get(kind)
    if chosen is None:
        raise InputError("kind", "unknown", f"one of {', '.join(kinds.BY_CODE)}")
    words = _checked(question, "question")
    contact_queries.hold(contact)
    if contact.owner_id != member.pk or not contact.is_in_service:
        raise CommandRefused("not_yours", "this contact is not in your hands any more")
    open_ones = list(contact_queries.open_matters(contact))
    matter = next((one for one in open_ones if matter_id in {None, one.pk}), None)
    if matter is None:
        raise InputError("matter", "unknown", "choose one of the open matters")
    team = _receiver(chosen.team, contact)
    key, ref = _next_number(now)
    try:
        with transaction.atomic():
            order = WorkOrder.objects.create(
                pk=key, ref=ref, contact=contact, matter=matter, kind=kind, kinds_version=kinds.VERSION, team=team,
                asked_by=member, question=words, opened_at=now, due_at=_due(team, chosen.hours, now=now),
            )  # fmt: skip
    except IntegrityError as error:
        raise CommandRefused("asked_already", "this has been asked and is not answered yet") from error
    contacts.hold_matter(matter_id=matter.pk, source=f"order:{order.pk}", now=now)
    _note(order, member, "open", words, now=now)
    _tell_borrower(contact, order, member, now=now)
    _tell("workorders.opened", order, contact, now=now, actor=f"staff:{member.pk}")
    return order


def _receiver(code: str, contact: Contact) -> Team:
    """A site without such a desk still answers: from the one that has the contact."""
    return next((team for team in staff.teams() if team.code == code), contact.owner_team)


def _due(team: Team, hours: int, *, now: datetime) -> datetime:
    return due_at(
        now, hours, lambda days: staff.opening_days(team, now, zone=settings.LENDER_TIME_ZONE, days=days),
        ZoneInfo(settings.LENDER_TIME_ZONE),
    )  # fmt: skip


def _next_number(now: datetime) -> tuple[int, str]:
    """The order's key, and what a person says on the phone: 工 and the day, then the running number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('workorders_workorder', 'id'))")
        key = int(cursor.fetchone()[0])
    return key, f"G{now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)):%m%d}-{key:03d}"


def _tell_borrower(contact: Contact, order: WorkOrder, member: Member, *, now: datetime) -> None:
    """Where the question is, by when, and who answers: in the borrower's language, kept as it was said.

    If we have answered what the borrower last said, the next word is due after the desk's; a reply-by that is still
    owed stays where it is.
    """
    with translation.override(contact.borrower.language):
        when = order.due_at.astimezone(ZoneInfo(contact.borrower.time_zone)).strftime("%m-%d %H:%M")
        text = _("您的问题已请%(desk)s核实，%(when)s 前有结果；仍由%(who)s答复您。") % {
            "desk": order.team.shown_name, "when": when, "who": member.surname_title,
        }  # fmt: skip
    contacts.say(
        borrower_id=contact.borrower_id, channel="system", author="system", text=text, actor=f"staff:{member.pk}",
        now=now, contact=contact, kind="event", data={"code": "order_opened", "order": order.pk},
    )  # fmt: skip
    if not contact.is_unanswered:
        contacts.promise(
            contact=contact, reply_by=max(contact.reply_by, promised_by("C", contact.owner_team, now=order.due_at)),
            next_step="with_other_desk", actor=f"staff:{member.pk}", now=now, later_allowed=True,
        )  # fmt: skip


@transaction.atomic
def act(*, order_id: int, act: str, member: Member, now: datetime, text: str = "") -> WorkOrder:
    """Do one act of rules.states.ACTS, or "note". `answer` and `send_back` want a text.

    Raises CommandRefused `not_yours` for whoever may not, `moved_on` when the order's state does not allow it any
    more; InputError for a missing or long text or an act that does not exist.
    """
    if act != "note" and act not in states.ACTS:
        raise InputError("act", "unknown", f"one of note, {', '.join(states.ACTS)}")
    order = WorkOrder.objects.select_related("team").get(pk=order_id)
    contact = contact_queries.contact(order.contact_id)
    contact_queries.hold(contact)
    order = WorkOrder.objects.select_for_update(no_key=True, of=("self",)).select_related("team").get(pk=order_id)
    roles = queries.roles_of(member, order, contact)
    if not roles or (act != "note" and states.ACTS[act][0] not in roles):
        raise CommandRefused("not_yours", "this work order is another desk's")
    words = _checked(text, "text") if act in {"note", "answer", "send_back"} else text.strip()[:TEXT_CHARACTERS_MAX]
    if act != "note":
        leads = states.after(act, order.state)
        if leads is None:
            raise CommandRefused("moved_on", "this work order has moved on meanwhile")
        _move(order, act, leads, member, words, now=now)
    elif order.state == states.DONE:
        raise CommandRefused("moved_on", "this work order has moved on meanwhile")
    _note(order, member, act, words, now=now)
    if act == "answer":
        _hear_answer(contact, now=now)
    if order.state == states.DONE:
        contacts.release_matter(source=f"order:{order.pk}", now=now)
    kind = "workorders.noted" if act == "note" else f"workorders.{act}"
    _tell(kind, order, contact, now=now, actor=f"staff:{member.pk}")
    return order


def _move(order: WorkOrder, act: str, leads: str, member: Member, words: str, *, now: datetime) -> None:
    order.state = leads
    if act in {"take", "answer"}:
        order.owner = member
    if act == "put_back":
        order.owner = None
    if act == "answer":
        order.answer, order.answered_at = words, now
    if act == "send_back":  # asked again: the whole time again, and a lateness of its own
        order.due_at, order.late_at = _due(order.team, kinds.BY_CODE[order.kind].hours, now=now), None
    if leads == states.DONE:
        order.ended_at = now
    order.save(update_fields=["state", "owner", "answer", "answered_at", "due_at", "late_at", "ended_at"])


def _hear_answer(contact: Contact, *, now: datetime) -> None:
    """The desk has answered: whoever has the contact tells the borrower within the time of something to be done."""
    if contact.is_settled:
        return
    contacts.promise(
        contact=contact, reply_by=promised_by("C", contact.owner_team, now=now), next_step="desk_answered",
        actor="system:workorders", now=now,
    )  # fmt: skip


def tick(now: datetime) -> None:
    """Orders whose time has passed unanswered are told once: to the contact's owner, the desk, and the board."""
    for key in queries.newly_late(now=now, limit=BATCH):
        try:
            _late(key, now=now)
        except Exception:
            log.exception("work order %d could not be handled", key)


@transaction.atomic
def _late(order_id: int, *, now: datetime) -> bool:
    """One lateness is told once, by whoever wins the update."""
    won = WorkOrder.objects.filter(pk=order_id, late_at=None, due_at__lte=now, state__in=states.RUNNING)
    if not won.update(late_at=now, times_late=1 + _times_late(order_id)):
        return False
    order = WorkOrder.objects.select_related("team").get(pk=order_id)
    _note(order, None, "late", "", now=now)
    contact = contact_queries.contact(order.contact_id)
    _tell("workorders.late", order, contact, now=now, actor="system:workorders")
    return True


def _times_late(order_id: int) -> int:
    return OrderNote.objects.filter(order_id=order_id, act="late").count()


def _note(order: WorkOrder, member: Member | None, act: str, text: str, *, now: datetime) -> None:
    OrderNote.objects.create(order=order, at=now, member=member, act=act, text=text)


def _checked(text: str, field: str) -> str:
    words = text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()
    if not words:
        raise InputError(field, "missing", "write what is asked or answered")
    if len(words) > TEXT_CHARACTERS_MAX:
        raise InputError(field, "too_long", f"at most {TEXT_CHARACTERS_MAX} characters")
    return words


def _tell(kind: str, order: WorkOrder, contact: Contact, *, now: datetime, actor: str) -> None:
    """On the journal; `staff` reaches the desks of those whom it concerns: the contact's owner and the order's."""
    concerned = {one for one in (contact.owner_id, order.owner_id) if one is not None}
    journal.record(
        kind,
        subject=f"order:{order.pk}",
        borrower_id=contact.borrower_id,
        actor=actor,
        at=now,
        data={"ref": order.ref, "contact": contact.ref, "team": order.team_id, "asking_team": contact.owner_team_id}
        | {"staff": sorted(concerned)},
    )
