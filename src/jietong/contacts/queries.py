"""Reads of the one timeline that other rooms may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from jietong.borrowers import queries as borrowers
from jietong.compliance.rules.facts import TRANSFER_UNTOLD, Facts
from jietong.compliance.rules.facts import Entry as PastAttempt
from jietong.contacts.models import Attempt, Contact, DemoMessage, Entry, Matter, Recusal, StopReason
from jietong.loans.queries import parties

if TYPE_CHECKING:
    from jietong.borrowers.models import ContactPoint
    from jietong.staff.models import Member


IN_SERVICE = Contact.State.IN_SERVICE
SAME_TRY_WITHIN = timedelta(minutes=30)


def contact(contact_id: int) -> Contact:
    return Contact.objects.select_related("owner", "owner_team", "borrower").get(pk=contact_id)


def contact_by_ref(ref: str) -> Contact | None:
    """The contact that a person names by its reference; who may read it is the caller's question."""
    return Contact.objects.filter(ref=ref).select_related("owner", "owner_team", "borrower").first()


def missed(*, now: datetime, limit: int) -> list[int]:
    """Open contacts whose reply-by has passed, the longest ago first."""
    rows = Contact.objects.exclude(state=Contact.State.SETTLED).filter(reply_by__lte=now)
    return list(rows.order_by("reply_by").values_list("pk", flat=True)[:limit])


def lock_missed(contact_id: int, *, now: datetime) -> Contact | None:
    """The contact, locked, if it still is open and late and nobody else is dealing with it at this moment."""
    return (
        Contact.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .exclude(state=Contact.State.SETTLED)
        .select_related("owner_team")
        .filter(pk=contact_id, reply_by__lte=now)
        .first()
    )


def lock_in_service(contact_id: int) -> Contact | None:
    """The contact, locked, if a specialist has it and nobody else is dealing with it at this moment."""
    rows = Contact.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return rows.filter(pk=contact_id, state=IN_SERVICE).first()


def hold(contact: Contact) -> None:
    """Lock the contact until the transaction ends and read it anew, in place: what a page knew of it may be old.

    The order of locks is the same everywhere, so that nobody waits in a circle: borrower, contact, place in the queue,
    presence, offer. The lock lets others refer to the row (FOR NO KEY UPDATE).
    """
    contact.refresh_from_db(from_queryset=Contact.objects.select_for_update(no_key=True))


def hold_open(borrower_id: int) -> Contact | None:
    """The borrower's open contact, locked; the caller has locked the borrower before."""
    rows = Contact.objects.select_for_update(no_key=True).filter(borrower_id=borrower_id)
    return rows.exclude(state=Contact.State.SETTLED).first()


def grave_of_open(borrower_id: int) -> str:
    """What the borrower's open contact is marked with; empty without one."""
    rows = Contact.objects.filter(borrower_id=borrower_id).exclude(state=Contact.State.SETTLED)
    return rows.values_list("grave", flat=True).first() or ""


def unanswered_of(owner_ids: Iterable[int], *, limit: int) -> list[int]:
    """Contacts in these people's hands where the last words have no answer yet, the longest waiting first."""
    rows = Contact.objects.filter(owner_id__in=list(owner_ids), state=IN_SERVICE)
    open_words = rows.filter(Q(last_reply_at=None) | Q(last_reply_at__lt=F("last_borrower_at")))
    return list(open_words.order_by("last_borrower_at").values_list("pk", flat=True)[:limit])


def load(member_id: int) -> int:
    """How many contacts this specialist has in hand."""
    return Contact.objects.filter(owner_id=member_id, state=IN_SERVICE).count()


def open_contact(borrower_id: int) -> Contact | None:
    return (
        Contact.objects.filter(borrower_id=borrower_id)
        .exclude(state=Contact.State.SETTLED)
        .select_related("owner", "owner_team")
        .first()
    )


def in_hand(member_id: int) -> list[Contact]:
    """Contacts in this specialist's hands, the nearest reply-by first."""
    rows = Contact.objects.filter(owner_id=member_id, state=IN_SERVICE)
    return list(rows.select_related("borrower", "owner_team", "owner").order_by("reply_by", "pk"))


def own_contact(borrower_id: int, ref: str) -> Contact | None:
    """The borrower's own contact with this reference; another's does not exist for them."""
    return Contact.objects.filter(borrower_id=borrower_id, ref=ref).select_related("owner", "owner_team").first()


def latest_contact(borrower_id: int) -> Contact | None:
    return (
        Contact.objects.filter(borrower_id=borrower_id)
        .select_related("owner", "owner_team")
        .order_by("-first_try_at", "-id")
        .first()
    )


def contacts_of(borrower_id: int, *, limit: int = 20) -> QuerySet[Contact]:
    return (
        Contact.objects.filter(borrower_id=borrower_id)
        .select_related("owner", "owner_team")
        .prefetch_related("matters")
        .order_by("-first_try_at", "-id")[:limit]
    )


def handed_over_since(since: datetime, *, team_id: int) -> int:
    """How many contacts of a team came to need a person since then."""
    return Contact.objects.filter(owner_team_id=team_id, handed_over_at__gte=since).count()


def open_matters(contact: Contact) -> QuerySet[Matter]:
    return contact.matters.filter(settled_at=None).order_by("opened_at", "id")


def recused(contact_id: int) -> set[int]:
    """Who neither handles nor reads this contact: the members whom it complains of."""
    return set(Recusal.objects.filter(contact_id=contact_id).values_list("member_id", flat=True))


def recused_from(member_id: int) -> QuerySet[Recusal, int]:
    """Keys of the contacts that complain of this member; for use inside another query."""
    return Recusal.objects.filter(member_id=member_id).values_list("contact_id", flat=True)


def complaints(contact: Contact) -> QuerySet[Matter]:
    """The matters of this contact that complain, with whom they are about."""
    return contact.matters.filter(deadline_on__isnull=False).select_related("about").order_by("opened_at", "id")


def complaint_due_hours(borrower_id: int, *, now: datetime) -> int | None:
    """Whole hours until the end of the earliest legal deadline among the borrower's open complaints; None without."""
    rows = Matter.objects.filter(contact__borrower_id=borrower_id, settled_at=None, deadline_on__isnull=False)
    earliest = rows.order_by("deadline_on").values_list("deadline_on", flat=True).first()
    if earliest is None:
        return None
    end = datetime.combine(earliest + timedelta(days=1), time(0), ZoneInfo(settings.LENDER_TIME_ZONE))
    return max(int((end - now).total_seconds() // 3600), 0)


def who_spoke_with(borrower_id: int, *, since: datetime) -> list[Member]:
    """Staff whose words the borrower has read since then, the latest first: whom a complaint can name."""
    rows = Entry.objects.filter(borrower_id=borrower_id, for_borrower=True, at__gte=since, member__isnull=False)
    found = {entry.member_id: entry.member for entry in rows.select_related("member").order_by("-at")}
    return [member for member in found.values() if member is not None]


def timeline(
    borrower_id: int,
    *,
    limit: int = 100,
    for_borrower: bool = False,
    team_id: int | None = None,
    reader_id: int | None = None,
) -> list[Entry]:
    """The newest `limit` lines, oldest first. A borrower never sees internal notes.

    `team_id`: leaves out what belongs to another team's contacts. `reader_id`: and what complains of this member.
    """
    entries = Entry.objects.filter(borrower_id=borrower_id).select_related("member", "attempt", "contact")
    if for_borrower:
        entries = entries.filter(for_borrower=True)
    if team_id is not None:
        entries = entries.filter(Q(contact=None) | Q(contact__owner_team_id=team_id))
    if reader_id is not None:
        entries = entries.exclude(contact_id__in=recused_from(reader_id))
    return list(entries.order_by("-at", "-id")[:limit])[::-1]


def conversation(contact: Contact, *, for_borrower: bool, limit: int = 200) -> list[Entry]:
    """What was said within one contact, oldest first."""
    entries = Entry.objects.filter(contact=contact).select_related("member")
    if for_borrower:
        entries = entries.filter(for_borrower=True)
    return list(entries.order_by("-id")[:limit])[::-1]


def stop_reasons(borrower_id: int, *, now: datetime) -> list[str]:
    """Flags of the rule pack that are in force for this borrower."""
    open_rows = StopReason.objects.filter(borrower_id=borrower_id, lifted_at=None)
    return sorted({s.reason for s in open_rows if s.until is None or s.until > now})


def outbound_history(borrower_id: int, *, now: datetime, days: int = 8) -> Iterable[Attempt]:
    """Attempts that left us, or may have, and count in caps: not what the borrower asked for (codes, answers)."""
    left = Q(state__in=[Attempt.State.SENDING, Attempt.State.SENT]) | Q(error="unknown_whether_sent")
    return (
        Attempt.objects.filter(left, borrower_id=borrower_id, sent_at__gte=now - timedelta(days=days))
        .exclude(purpose="service")
        .order_by("sent_at")
    )


def tries_since(borrower_id: int, since: datetime, *, trying_at: datetime | None = None) -> int:
    """How often the borrower tried to reach us on any channel since then.

    A conversation is one try, however many lines it has: a line within half an hour of the one before belongs to it.
    `trying_at`: a try that is not on the timeline yet.
    """
    rows = Entry.objects.filter(borrower_id=borrower_id, author="borrower", at__gte=since)
    at = sorted([*rows.values_list("at", flat=True), *([trying_at] if trying_at is not None else [])])
    return sum(i == 0 or later - at[i - 1] >= SAME_TRY_WITHIN for i, later in enumerate(at))


def settled_by_assistant(contact: Contact) -> bool:
    """Was it the assistant's answer that settled the contact?"""
    last = contact.matters.exclude(settled_at=None).order_by("-settled_at", "-id").first()
    return last is not None and last.settled_by == "assistant"


def creditor_notices(change_id: int) -> list[Attempt]:
    """The notices of one change of creditor, in the order in which they were planned."""
    return list(Attempt.objects.filter(key__startswith=f"creditor:{change_id}:notice:").order_by("pk"))


def answer_told(contact_id: int, *, since: datetime) -> bool:
    """Is a message "an answer is there" of this contact still to be sent, or was one planned or sent since then?"""
    rows = Attempt.objects.filter(contact_id=contact_id, template="answer_ready")
    on_its_way = Q(state__in=[Attempt.State.PLANNED, Attempt.State.SENDING])
    return rows.filter(on_its_way | Q(planned_at__gte=since) | Q(sent_at__gte=since)).exists()


#: which kind of contact point a channel uses, best first
POINT_KINDS = {"sms": "phone", "voice": "phone", "app": "phone", "wechat": "phone", "email": "email"}


def point_for(borrower_id: int, channel: str) -> ContactPoint | None:
    """The way that this channel would take to the borrower; None when there is none that works."""
    return borrowers.point_for(borrower_id, POINT_KINDS.get(channel, channel))


def flags(borrower_id: int, *, now: datetime) -> set[str]:
    """Everything the rule pack may stop for: stops placed by upper rooms, circumstances on record, and a creditor who
    has changed without the borrower's having been told."""
    found = {*stop_reasons(borrower_id, now=now), *borrowers.circumstances(borrower_id)}
    if parties.untold_change(borrower_id, now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()):
        found.add(TRANSFER_UNTOLD)
    return found


def contact_facts(
    borrower_id: int,
    *,
    now: datetime,
    time_zone: str,
    channel: str = "voice",
    purpose: str = "collection",
    point_id: int | None = None,
) -> Facts:
    """What the contact rules are told about one attempt: its history, the stops in force, the borrower's own clock."""
    history = tuple(
        PastAttempt(
            at=past.sent_at,
            channel=past.channel,
            outcome="sent",
            contact_point=str(past.point_id) if past.point_id else None,
            purpose=past.purpose,
        )
        for past in outbound_history(borrower_id, now=now)
        if past.sent_at is not None
    )
    return Facts(
        channel=channel,
        purpose=purpose,
        party="borrower",
        now=now,
        time_zone=time_zone,
        flags=frozenset(flags(borrower_id, now=now)),
        history=history,
        policy=True,
        contact_point=str(point_id) if point_id else None,
    )


def attempts_since(borrower_id: int, since: datetime, *, limit: int = 200) -> list[Attempt]:
    """What we sent or were not allowed to send since then, newest first; refusals are as visible as attempts."""
    rows = Attempt.objects.filter(borrower_id=borrower_id, planned_at__gte=since).exclude(refusal="", state="planned")
    return list(rows.select_related("contact").order_by("-planned_at", "-id")[:limit])


def first_unanswered(contact: Contact) -> Entry | None:
    """The first of the borrower's words that nobody has answered; None when all have their answer."""
    said = Entry.objects.filter(contact=contact, author="borrower", kind="message")
    if contact.last_reply_at is not None:
        said = said.filter(at__gt=contact.last_reply_at)
    return said.order_by("id").first()


def unread(contact: Contact) -> int:
    """How many of the borrower's messages came after our last answer."""
    said = Entry.objects.filter(contact=contact, author="borrower", kind="message")
    return (said.filter(at__gt=contact.last_reply_at) if contact.last_reply_at else said).count()


def last_words(contact: Contact) -> str:
    """The newest message of either side, for a list."""
    newest = Entry.objects.filter(contact=contact, kind="message").order_by("-id").first()
    return newest.text if newest else ""


@dataclass(frozen=True, slots=True)
class OwnDay:
    """One specialist's numbers since a moment. `within`: of `answered`, those within 15 minutes of the first try."""

    settled: int
    confirmed: int
    answered: int
    within: int


def own_day(member_id: int, since: datetime) -> OwnDay:
    rows = Contact.objects.filter(owner_id=member_id)
    found = rows.aggregate(
        settled=Count("pk", filter=Q(settled_at__gte=since)),
        confirmed=Count("pk", filter=Q(confirmed_at__gte=since)),
        answered=Count("pk", filter=Q(answered_at__gte=since)),
        within=Count(
            "pk", filter=Q(answered_at__gte=since, answered_at__lte=F("first_try_at") + timedelta(minutes=15))
        ),
    )
    return OwnDay(**found)


def demo_messages(*, address_index: bytes | None = None, limit: int = 60) -> list[DemoMessage]:
    messages = DemoMessage.objects.order_by("-at", "-id")
    if address_index is not None:
        messages = messages.filter(address_index=address_index)
    return list(messages[:limit])


def attempts_by_key(keys: Iterable[str]) -> dict[str, Attempt]:
    """Attempts that an upper room planned, by the key under which it did."""
    rows = Attempt.objects.filter(key__in=list(keys)).select_related("point")
    return {attempt.key: attempt for attempt in rows}
