"""What an event means for the book, by kind. Each is done in the caller's transaction, and may be done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.borrowers import commands_registering as registering
from jietong.borrowers import queries as borrowers
from jietong.connectors.models import CoreLoan, InboxEvent, Source
from jietong.connectors.rules import fineract, messages, values
from jietong.connectors.rules.people import Person
from jietong.kernel import clock
from jietong.kernel.errors import InputError
from jietong.loans import commands as loans
from jietong.loans.queries import mirror as book_of
from jietong.loans.rules.mirror import ToldLoan, check

REVERSED = "核心系统冲正"
#: money whose loan is not known or owes nothing: whose it is has to be found out
FOR_SUSPENSE = frozenset({"unknown", "loan_settled"})


def book(event: InboxEvent, *, now: datetime) -> None:
    """Raises InputError or CommandRefused for what cannot be booked; then nothing is."""
    assert event.payload is not None
    HANDLERS[event.kind](event, values.load(event.payload), now)


def _actor(source: Source) -> str:
    return f"link:{source.code}"[:60]


def _fineract_loan(event: InboxEvent, data: Any, now: datetime) -> None:
    """A loan that was never paid out is no loan of the book."""
    source, raw = event.source, data["loan"]
    if not fineract.is_disbursed(raw):
        return
    as_of = clock.local_date(event.received_at, settings.LENDER_TIME_ZONE)
    told = fineract.loan(raw, source=source.code, creditor=source.creditor or settings.LENDER_NAME, as_of=as_of)
    who = fineract.person(data["client"], data["identifiers"])
    external_id = values.text(raw, "id")
    _book_loan(event, told, who, who.number, external_id, is_open=fineract.is_open(raw), now=now)


def _told_loan(event: InboxEvent, data: Any, now: datetime) -> None:
    as_of = clock.local_date(event.received_at, settings.LENDER_TIME_ZONE)
    source = event.source
    told = messages.loan(data, source=source.code, creditor=source.creditor or settings.LENDER_NAME, as_of=as_of)
    number = values.text(data, "borrower_no", required=False, longest=40)
    who = messages.person(data)
    _book_loan(event, told, who, number or (who.number if who else ""), told.ref, is_open=told.left_fen > 0, now=now)


def _book_loan(
    event: InboxEvent, told: ToldLoan, who: Person | None, number: str, external_id: str, *, is_open: bool,
    now: datetime,
) -> None:  # fmt: skip
    source = event.source
    check(told)
    if source.mode == Source.Mode.MIRROR:
        borrower_id = _borrower(source, who, number, now=now)
        loan_id = loans.mirror_loan(
            told, borrower_id=borrower_id, source=source.code, actor=_actor(source), now=now
        ).loan.pk
    else:
        loan_id = _feed(source, told, now=now)
    fields = {"ref": told.ref, "loan_id": loan_id, "told_at": event.received_at, **figures(told, is_open=is_open)}
    CoreLoan.objects.update_or_create(
        source=source, external_id=external_id, defaults=fields, create_defaults={**fields, "seen_at": now}
    )


def figures(told: ToldLoan, *, is_open: bool) -> dict[str, Any]:
    """The core's side of a comparison, as CoreLoan keeps it."""
    return {
        "principal_left_fen": told.principal_left_fen,
        "left_fen": told.left_fen,
        "is_open": is_open,
        "moneys": [[m.receipt, m.on.isoformat(), m.amount_fen] for m in told.moneys if not m.is_reversed],
    }


def figures_of_whole(source: Source, whole: str, *, now: datetime) -> dict[str, Any]:
    """The same from what a core just told, whether or not it can be booked; nothing when it cannot even be read."""
    raw = values.load(whole)["loan"]
    as_of = clock.local_date(now, settings.LENDER_TIME_ZONE)
    try:
        if not fineract.is_disbursed(raw):
            return {}
        told = fineract.loan(raw, source=source.code, creditor="", as_of=as_of)
    except InputError:  # the event that is being received says which field it is, and waits for a person
        return {}
    return figures(told, is_open=fineract.is_open(raw))


def _borrower(source: Source, who: Person | None, number: str, *, now: datetime) -> int:
    if who is not None:
        told = {"id_type": who.id_type, "id_no": who.id_no, "phone": who.phone, "email": who.email}
        return registering.know_borrower(
            number=who.number, name=who.name, source=_actor(source), actor=_actor(source), now=now, **told
        )
    known = borrowers.by_number(number)
    if known is None:
        raise InputError("borrower_no", "unknown", f"there is no borrower {number}")
    return known.pk


def _feed(source: Source, told: ToldLoan, *, now: datetime) -> int:
    """Our book computes: the core's money is booked by our rules, its figures are compared at reconciliation."""
    standing = book_of.standing(told.ref)
    if standing is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {told.ref}")
    known = book_of.receipts([money.receipt for money in told.moneys])
    for money in sorted(told.moneys, key=lambda m: (m.on, m.receipt)):
        if money.is_reversed:
            if known.get(money.receipt):
                loans.reverse_repayment(receipt=money.receipt, reason=REVERSED, actor=_actor(source), now=now)
        elif not known.get(money.receipt):
            loans.record_repayment(
                receipt=money.receipt,
                loan_ref=told.ref,
                amount_fen=money.amount_fen,
                paid_at=min(now, datetime.combine(money.on, time(12), ZoneInfo(settings.LENDER_TIME_ZONE))),
                actor=_actor(source),
                now=now,
                again=money.receipt in known,
            )
    return standing.loan_id


def _repayment(event: InboxEvent, data: Any, now: datetime) -> None:
    """Money for a loan that owes nothing is for a person: it is kept here, with its owner, until somebody decides."""
    paid = messages.repayment(data)
    if paid.paid_at > now:
        raise InputError("paid_at", "in_the_future", "money cannot have come later than now")
    standing = book_of.standing(paid.loan_no)
    if standing is None:
        raise InputError("loan_no", "unknown", f"there is no loan {paid.loan_no}")
    if standing.is_settled and paid.receipt not in book_of.receipts([paid.receipt]):
        raise InputError("loan_no", "loan_settled", f"loan {paid.loan_no} owes nothing any more")
    loans.record_repayment(
        receipt=paid.receipt,
        loan_ref=paid.loan_no,
        amount_fen=paid.amount_fen,
        paid_at=paid.paid_at,
        actor=_actor(event.source),
        now=now,
    )


def suspend(event: InboxEvent, *, now: datetime) -> str:
    """Money that cannot be booked goes to the book's suspense list, which has people who find out whose it is.

    Answers "booked" or "waiting" as the list does; "" for what is no readable money and stays a dead letter here.
    """
    if event.kind != "repayment" or event.payload is None:
        return ""
    try:
        paid = messages.repayment(values.load(event.payload))
    except InputError:
        return ""
    if paid.amount_fen <= 0 or paid.paid_at > now or event.error_code not in FOR_SUSPENSE:
        return ""
    became, _why = loans.book_or_suspend(
        receipt=paid.receipt,
        loan_ref=paid.loan_no,
        amount_fen=paid.amount_fen,
        paid_at=paid.paid_at,
        source="connector",
        key=f"{event.source.code}:{event.external_id}",
        raw={"link": event.source.name, "event": event.external_id},
        actor=_actor(event.source),
        now=now,
    )
    return became


def _reversal(event: InboxEvent, data: Any, now: datetime) -> None:
    receipt, reason = messages.reversal(data)
    loans.reverse_repayment(receipt=receipt, reason=reason, actor=_actor(event.source), now=now)


def _contact_point(event: InboxEvent, data: Any, now: datetime) -> None:
    number, kind, value = messages.contact_point(data)
    borrower_id = _borrower(event.source, None, number, now=now)
    actor = _actor(event.source)
    registering.know_contact_point(
        borrower_id=borrower_id, kind=kind, value=value, source=actor, actor=actor, now=now
    )  # fmt: skip


def _heartbeat(event: InboxEvent, data: Any, now: datetime) -> None:
    """Says only that the core lives; receiving it was all there was to do."""


def _needs_a_person(event: InboxEvent, data: Any, now: datetime) -> None:
    raise InputError(
        str(data.get("column") or "file"), str(data.get("code") or "refused"), str(data.get("message") or "refused")
    )


HANDLERS: dict[str, Callable[[InboxEvent, Any, datetime], None]] = {
    "fineract.loan": _fineract_loan,
    "loan": _told_loan,
    "repayment": _repayment,
    "reversal": _reversal,
    "contact_point": _contact_point,
    "heartbeat": _heartbeat,
    "file_row": _needs_a_person,
}
