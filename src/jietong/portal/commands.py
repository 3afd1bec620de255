"""What the borrower's pages set in motion, put together from the commands of the rooms below."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from jietong.assistant.commands import handover_words
from jietong.assistant.rules.understand import understand
from jietong.borrowers import commands as borrowers
from jietong.borrowers import queries as borrower_queries
from jietong.bureau import commands as bureau
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.contacts.commands.attempts import Plan
from jietong.deduction import commands as deduction
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries
from jietong.ui.components import Promise

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

CHANNEL = "chat"
INTENT_KEPT_FOR = timedelta(hours=24)
SAME_FORM_WITHIN = timedelta(minutes=2)
UNDERSTAND_CHARACTERS_MAX = 500
DISPUTE_CHARACTERS_MAX = 400  # of a dispute's own row; the conversation keeps every word


@transaction.atomic
def send_code(*, phone: str, asked_from: str, now: datetime) -> None:
    """A one-time code by SMS, if a borrower has this number; otherwise nothing leaves, and nobody can tell from here.

    The worker sends it about a second later, so the answer's time does not depend on a provider. Raises CommandRefused
    `too_soon`, `too_many`, `too_many_from_here`.
    """
    issued = borrowers.issue_code(phone=phone, asked_from=asked_from, now=now)
    if issued.borrower_id is None:
        return
    point = borrower_queries.point_of_phone(phone, issued.borrower_id)
    if point is None:
        return
    contacts.plan(
        Plan(
            key=f"login:{issued.login_code_id}", borrower_id=issued.borrower_id, channel="sms", purpose="service",
            template="login_code", variables={"code": issued.code}, not_before=now,
            expires_at=now + borrowers.CODE_LIFE, point_id=point.pk,
        ),
        now=now,
    )  # fmt: skip


def ask_person(*, borrower_id: int, text: str, now: datetime) -> Contact:
    """找人工, at the first time of asking: with the matter that was last understood."""
    return routing.ask_for_person(
        borrower_id=borrower_id, channel=CHANNEL, intent=last_intent(borrower_id, now=now), text=text,
        actor=f"borrower:{borrower_id}", now=now,
    )  # fmt: skip


def last_intent(borrower_id: int, *, now: datetime) -> str:
    """Of the matter that is open, else of what the assistant last understood today, else that a person is wanted."""
    contact = contact_queries.open_contact(borrower_id)
    matter = contact_queries.open_matters(contact).first() if contact is not None else None
    if matter is not None:
        return matter.intent
    for entry in reversed(contact_queries.timeline(borrower_id, limit=30, for_borrower=True)):
        if entry.author == "assistant" and entry.at > now - INTENT_KEPT_FOR and entry.data.get("intent"):
            return str(entry.data["intent"])
    return "complaint_human"


@transaction.atomic
def leave_form(
    *, borrower_id: int, intent: str, text: str, now: datetime, about_id: int | None = None
) -> tuple[Contact, str]:
    """A written need goes to a person. Words of self-harm or fraud move it up whatever topic was chosen; then the
    second value is what the borrower has to read at once (else empty). The same words again within two minutes (sent
    after Back, or twice) are the same need and change nothing. Raises InputError for a missing or long text.
    """
    borrower_queries.lock(borrower_id)
    before = _sent_just_now(borrower_id, text, now=now)
    if before is not None:
        return before
    meant = understand(text[:UNDERSTAND_CHARACTERS_MAX])
    grave = meant.reason in {"self_harm", "fraud"}
    if intent == "complaint" and not grave:
        actor = f"borrower:{borrower_id}"
        contact = routing.complain(
            borrower_id=borrower_id, text=text, about_id=about_id, channel="form", actor=actor, now=now
        )
        return contact, ""
    contact = routing.ask_for_person(
        borrower_id=borrower_id, channel="form", intent="security_fraud" if meant.reason == "fraud" else intent,
        text=text, actor=f"borrower:{borrower_id}", now=now, self_harm=meant.reason == "self_harm",
    )  # fmt: skip
    if intent == "repay_failed":  # "I have paid": nothing is debited while somebody looks
        deduction.claim_paid(
            borrower_id=borrower_id, source=f"contact:{contact.pk}", actor=f"borrower:{borrower_id}", now=now
        )
    if not grave:
        return contact, ""
    words = handover_words(meant, contact)
    contacts.say(
        borrower_id=borrower_id, channel="form", author="assistant", text=words, actor="assistant", now=now,
        contact=contact, kind="event", data={"code": "handed_over", "intent": meant.intent, "reason": meant.reason},
    )  # fmt: skip
    return contact, words


@transaction.atomic
def dispute_report(*, borrower_id: int, report_id: int, text: str, now: datetime) -> tuple[Contact, str]:
    """A borrower says that a credit report is not right: a person has it, and the dispute its date. Both or neither.

    Answers the contact, and what has to be read at once (leave_form). Raises InputError, and CommandRefused when it is
    being checked already or has been corrected since.
    """
    contact, grave = leave_form(borrower_id=borrower_id, intent="credit_report", text=text, now=now)
    bureau.open_dispute(
        report_id=report_id, borrower_id=borrower_id, text=text.strip()[:DISPUTE_CHARACTERS_MAX],
        actor=f"borrower:{borrower_id}", now=now, contact_id=contact.pk,
    )  # fmt: skip
    return contact, grave


@transaction.atomic
def claim_paid(*, borrower_id: int, text: str, now: datetime) -> Contact:
    """我已还款: a matter with an owner and a time, and no debit while it is looked at. Twice is one."""
    borrower_queries.lock(borrower_id)
    actor = f"borrower:{borrower_id}"
    contact = routing.ask_for_person(
        borrower_id=borrower_id, channel="form", intent="repay_failed", text=text, actor=actor, now=now
    )
    deduction.claim_paid(borrower_id=borrower_id, source=f"contact:{contact.pk}", actor=actor, now=now)
    return contact


def _sent_just_now(borrower_id: int, text: str, *, now: datetime) -> tuple[Contact, str] | None:
    """The matter in which the same form came a moment ago, and what had to be read at once then."""
    found, grave = None, ""
    for line in contact_queries.timeline(borrower_id, limit=10, for_borrower=True):
        if line.channel != "form" or line.at <= now - SAME_FORM_WITHIN:
            continue
        if line.author == "borrower":
            found, grave = line.contact if line.text.split() == text.split() else None, ""
        elif line.kind == "event" and line.data.get("reason") in {"self_harm", "fraud"}:
            grave = line.text
    return (found, grave) if found is not None else None


def show_promise(contact: Contact, *, now: datetime) -> Promise:
    """The promise as it is put before the borrower now. Its estimate is kept, so that the next one is never later."""
    promise = routing_queries.promise_of(contact, now=now)
    place = routing_queries.place_of(contact.pk)
    if place is not None and promise.estimate_low_at is not None and promise.estimate_high_at is not None:
        routing.show_band(place=place, band=(promise.estimate_low_at, promise.estimate_high_at))
    return promise
