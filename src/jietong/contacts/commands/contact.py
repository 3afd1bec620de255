"""Every write to a contact and its timeline. Each is one transaction; the actor and `now` are handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from jietong.borrowers import queries as borrowers
from jietong.contacts.models import Contact, Entry, Matter, MatterHold, StopReason
from jietong.contacts.queries import hold, hold_open
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError

TITLE_CHARACTERS_MAX = 40
MESSAGE_CHARACTERS_MAX = 4000


@dataclass(frozen=True, slots=True)
class Opened:
    contact: Contact
    matter: Matter
    is_new: bool


@transaction.atomic
def open_or_join(
    *,
    borrower_id: int,
    channel: str,
    intent: str,
    text: str,
    owner_team_id: int,
    reply_by: datetime,
    next_step: str,
    actor: str,
    now: datetime,
) -> Opened:
    """Open the borrower's contact, or join the open one: it keeps its place and its times, and counts the try.

    The earlier of the two reply-bys stands: a second try never makes the borrower wait longer.
    """
    borrowers.lock(borrower_id)  # two tries on two channels meet here: the second joins the first one's contact
    contact = hold_open(borrower_id)
    is_new = contact is None
    if contact is None:
        key, ref = _next_number(now)
        contact = Contact.objects.create(
            pk=key,
            ref=ref,
            borrower_id=borrower_id,
            channel=channel,
            first_try_at=now,
            waiting_since=now,
            last_borrower_at=now,
            owner_team_id=owner_team_id,
            reply_by=reply_by,
            next_step=next_step,
        )
    else:
        contact.tries += 1
        contact.last_borrower_at = now
        contact.reply_by = min(contact.reply_by, reply_by)
        contact.save(update_fields=["tries", "last_borrower_at", "reply_by"])
    matter = contact.matters.filter(intent=intent, settled_at=None).first()
    if matter is None:
        title = _title(text)
        matter = Matter.objects.create(
            contact=contact, intent=intent, title=title, channel=channel, opened_at=now, reply_by=reply_by
        )
    kind = "contacts.contact_opened" if is_new else "contacts.contact_joined"
    _tell(kind, contact, actor=actor, now=now, matter=matter.pk, intent=intent, channel=channel)
    return Opened(contact, matter, is_new)


def _next_number(now: datetime) -> tuple[int, str]:
    """The contact's key, and the reference a person can say on the phone: month and day, then the running number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('contacts_contact', 'id'))")
        key = int(cursor.fetchone()[0])
    day = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).strftime("%m%d")
    return key, f"{day}-{key:04d}"


@transaction.atomic
def say(
    *,
    borrower_id: int,
    channel: str,
    author: str,
    text: str,
    actor: str,
    now: datetime,
    contact: Contact | None = None,
    member_id: int | None = None,
    kind: str = "message",
    data: dict[str, Any] | None = None,
    for_borrower: bool = True,
) -> Entry:
    """Add one line to the timeline. A message moves the contact's clocks; an aside of the assistant's moves none.

    Raises InputError for an empty text or one above MESSAGE_CHARACTERS_MAX characters.
    """
    stripped = _storable(text).strip()
    if not stripped:
        raise InputError("text", "missing", "write something first")
    if len(stripped) > MESSAGE_CHARACTERS_MAX:
        raise InputError("text", "too_long", f"at most {MESSAGE_CHARACTERS_MAX} characters")
    entry = Entry.objects.create(
        borrower_id=borrower_id,
        contact=contact,
        at=now,
        author=author,
        member_id=member_id,
        channel=channel,
        kind=kind,
        text=stripped,
        data=data or {},
        for_borrower=for_borrower,
    )
    if contact is not None and kind == "message":
        hold(contact)
        if author == "borrower":
            contact.last_borrower_at = now
            contact.save(update_fields=["last_borrower_at"])
        elif author in {"assistant", "specialist"}:
            contact.last_reply_at = now
            contact.answered_at = contact.answered_at or now
            contact.save(update_fields=["last_reply_at", "answered_at"])
    if contact is not None:
        _tell("contacts.entry_added", contact, actor=actor, now=now, entry=entry.pk, author=author)
    return entry


@transaction.atomic
def hand_over(*, contact: Contact, summary: str, actor: str, now: datetime) -> None:
    """From here on the assistant is silent; a person reads the summary first."""
    hold(contact)
    contact.handed_over_at = contact.handed_over_at or now
    contact.summary = _storable(summary)
    contact.save(update_fields=["handed_over_at", "summary"])
    _tell("contacts.handed_over", contact, actor=actor, now=now)


@transaction.atomic
def promise(
    *, contact: Contact, reply_by: datetime, next_step: str, actor: str, now: datetime, later_allowed: bool = False
) -> None:
    """Set what the borrower is told: by when, and what happens next. It only moves earlier, unless `later_allowed`
    says why not: a broken promise renewed with an apology, a callback slot of the borrower's own choice, or a
    follow-up after we have answered."""
    hold(contact)
    contact.reply_by = reply_by if later_allowed else min(contact.reply_by, reply_by)
    contact.next_step = next_step
    contact.save(update_fields=["reply_by", "next_step"])
    contact.matters.filter(settled_at=None).update(reply_by=contact.reply_by)
    _tell("contacts.promised", contact, actor=actor, now=now, next_step=next_step)


@transaction.atomic
def set_callback(
    *, contact: Contact, slot_from: datetime, slot_to: datetime, point_id: int, actor: str, now: datetime
) -> None:
    """The borrower chose a time to be called: the reply-by is the end of that slot, later or not."""
    hold(contact)
    contact.callback_at = slot_from
    contact.callback_point_id = point_id
    contact.save(update_fields=["callback_at", "callback_point"])
    promise(contact=contact, reply_by=slot_to, next_step="callback_booked", actor=actor, now=now, later_allowed=True)
    span = {"from": slot_from.isoformat(), "to": slot_to.isoformat()}
    _tell("contacts.callback_booked", contact, actor=actor, now=now, **span)


@transaction.atomic
def take(*, contact_id: int, member_id: int, actor: str, now: datetime) -> Contact:
    """Put the contact into one person's hands. Raises CommandRefused when it is no longer waiting."""
    won = Contact.objects.filter(pk=contact_id, state=Contact.State.WAITING).update(
        state=Contact.State.IN_SERVICE, owner_id=member_id, next_step="specialist_reads", handed_over_at=now
    )
    if not won:
        raise CommandRefused("not_waiting", "this contact has been taken or settled meanwhile")
    contact = Contact.objects.select_related("owner", "owner_team").get(pk=contact_id)
    _tell("contacts.taken", contact, actor=actor, now=now)
    return contact


@transaction.atomic
def return_to_queue(*, contact: Contact, next_step: str, actor: str, now: datetime) -> None:
    """A contact in service goes back to waiting with its original times; its team owns it again.

    Raises CommandRefused `not_in_service` when it has been settled or has gone back already.
    """
    hold(contact)
    if not contact.is_in_service:
        raise CommandRefused("not_in_service", "nobody has this contact in hand")
    contact.state = Contact.State.WAITING
    contact.owner = None
    contact.next_step = next_step
    contact.save(update_fields=["state", "owner", "next_step"])
    _tell("contacts.returned", contact, actor=actor, now=now)


@transaction.atomic
def settle_matters(
    *, contact: Contact, outcome: str, actor: str, now: datetime, matter_ids: list[int] | None = None
) -> bool:
    """Give open matters their outcome; the contact settles when none is left. True when it is settled.

    Raises CommandRefused `held` while an upper room holds one of them.
    """
    hold(contact)
    if contact.is_settled:
        return True
    matters = contact.matters.filter(settled_at=None)
    if matter_ids is not None:
        matters = matters.filter(pk__in=matter_ids)
    if MatterHold.objects.filter(matter__in=matters, released_at=None).exists():
        raise CommandRefused("held", "something that was asked of another desk is not done yet")
    matters.update(settled_at=now, settled_by=actor, outcome=outcome)
    if contact.matters.filter(settled_at=None).exists():
        _tell("contacts.matter_settled", contact, actor=actor, now=now, outcome=outcome)
        return False
    contact.state = Contact.State.SETTLED
    contact.settled_at = now
    contact.answered_at = contact.answered_at or now
    contact.next_step = "borrower_confirms"
    contact.save(update_fields=["state", "settled_at", "answered_at", "next_step"])
    _tell("contacts.contact_settled", contact, actor=actor, now=now, outcome=outcome)
    return True


@transaction.atomic
def confirm(*, contact: Contact, actor: str, now: datetime) -> None:
    """The borrower says that it is solved."""
    hold(contact)
    if contact.state != Contact.State.SETTLED:
        raise CommandRefused("not_settled", "this matter is still being handled")
    contact.confirmed_at = contact.confirmed_at or now
    contact.next_step = "done"
    contact.save(update_fields=["confirmed_at", "next_step"])
    _tell("contacts.confirmed", contact, actor=actor, now=now)


@transaction.atomic
def reopen(
    *, contact_id: int, reply_by: datetime, actor: str, now: datetime, waiting_since: datetime | None = None
) -> Contact:
    """The borrower says that it is not solved: the same contact waits again, with the time of its first try.

    `waiting_since`: from when its wait counts, if the time in which it lay settled is not to.
    Raises CommandRefused if it is open already, or if another contact of the borrower is: that one is then joined.
    """
    borrowers.lock(Contact.objects.values_list("borrower_id", flat=True).get(pk=contact_id))
    contact = Contact.objects.select_for_update(no_key=True).get(pk=contact_id)
    if not contact.is_settled or hold_open(contact.borrower_id) is not None:
        raise CommandRefused("already_open", "a matter of yours is open already")
    contact.state = Contact.State.WAITING
    contact.settled_at = None
    contact.confirmed_at = None
    contact.reopened = F("reopened") + 1
    contact.tries = F("tries") + 1
    contact.last_borrower_at = now
    contact.waiting_since = waiting_since or contact.waiting_since
    contact.callback_at = contact.callback_point = None
    contact.owner = None
    contact.reply_by = reply_by
    contact.next_step = "in_queue"
    contact.save(
        update_fields=[
            "state",
            "settled_at",
            "confirmed_at",
            "reopened",
            "tries",
            "last_borrower_at",
            "waiting_since",
            "callback_at",
            "callback_point",
            "owner",
            "reply_by",
            "next_step",
        ]
    )
    contact.refresh_from_db()
    last = contact.matters.order_by("-settled_at", "-id").first()
    if last is not None:
        last.settled_at, last.settled_by, last.outcome, last.reply_by = None, "", "", reply_by
        last.save(update_fields=["settled_at", "settled_by", "outcome", "reply_by"])
    _tell("contacts.reopened", contact, actor=actor, now=now)
    return contact


@transaction.atomic
def note_breach(*, contact: Contact, reply_by: datetime, actor: str, now: datetime) -> None:
    """A reply-by passed unanswered: counted, and the borrower is told a new time with an apology."""
    hold(contact)
    contact.breaches += 1
    contact.breached_at = contact.reply_by
    contact.reply_by = reply_by
    contact.next_step = "late_supervisor_told"
    contact.save(update_fields=["breaches", "breached_at", "reply_by", "next_step"])
    contact.matters.filter(settled_at=None).update(reply_by=reply_by)
    _tell("contacts.reply_by_missed", contact, actor=actor, now=now, breaches=contact.breaches)


@transaction.atomic
def place_stop(
    *, borrower_id: int, reason: str, source: str, actor: str, now: datetime, until: datetime | None = None
) -> None:
    """An upper room stops outbound contact. Placing it twice changes nothing."""
    _, is_new = StopReason.objects.get_or_create(
        source=source,
        reason=reason,
        lifted_at=None,
        defaults={"borrower_id": borrower_id, "since": now, "until": until},
    )
    if is_new:
        journal.record(
            "contacts.stop_placed",
            subject=f"borrower:{borrower_id}",
            borrower_id=borrower_id,
            actor=actor,
            at=now,
            data={"reason": reason, "source": source},
        )


@transaction.atomic
def lift_stops(*, source: str, actor: str, now: datetime) -> None:
    for stop in StopReason.objects.filter(source=source, lifted_at=None):
        stop.lifted_at = now
        stop.save(update_fields=["lifted_at"])
        journal.record(
            "contacts.stop_lifted",
            subject=f"borrower:{stop.borrower_id}",
            borrower_id=stop.borrower_id,
            actor=actor,
            at=now,
            data={"reason": stop.reason, "source": source},
        )


def _title(text: str) -> str:
    """The beginning of the borrower's own words; what is cut ends at a word and says so."""
    words = " ".join(_storable(text).split())
    if len(words) <= TITLE_CHARACTERS_MAX:
        return words
    cut = words[: TITLE_CHARACTERS_MAX - 1]
    head, blank, _rest = cut.rpartition(" ")
    return (head if blank and len(head) > TITLE_CHARACTERS_MAX // 2 else cut) + "…"


def _storable(text: str) -> str:
    """Without what PostgreSQL's text cannot hold: a NUL, or half of a surrogate pair. The rest of the words stays."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _tell(kind: str, contact: Contact, *, actor: str, now: datetime, **data: Any) -> None:
    journal.record(
        kind,
        subject=f"contact:{contact.pk}",
        borrower_id=contact.borrower_id,
        actor=actor,
        at=now,
        data={"ref": contact.ref, "owner": contact.owner_id, "team": contact.owner_team_id, **data},
    )
