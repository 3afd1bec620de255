"""A few changes of creditor in the demo's past, told by notice, read by some; one is still to come.

Each goes through the book's commands and the real sender, at its own moment; the demo's phone shows the messages.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.contacts import commands as contacts
from jietong.contacts.commands import notices
from jietong.contacts.models import Attempt
from jietong.kernel.models import Event
from jietong.loans import commands as loans
from jietong.loans.models import Loan
from jietong.loans.queries import book as queries
from jietong.loans.queries.parties import parties_on
from jietong.simulator import tables

ACTOR = "system:demo"
COMPENSATED_MAX = 5


def change_creditors(today: date, *, now: datetime) -> None:
    """何建国's loan was sold; the guarantor paid for the latest of the joint loans; 周文博's passes soon."""
    sold = _loan("C000009", "JB")
    if sold is not None:
        _transfer(sold, today - timedelta(days=16), "ZR-2026-0117", at=_morning(today - timedelta(days=18)), read=True)
    joint = Loan.objects.filter(product__code="LH", head__oldest_unpaid_due_on__lte=today - timedelta(days=31))
    for count, loan in enumerate(joint.order_by("head__oldest_unpaid_due_on", "pk")[:COMPENSATED_MAX]):
        day = today - timedelta(days=3 + 4 * count)
        _compensate(loan, day, f"DC-2026-{1181 - count:04d}", read=count % 2 == 1)
    coming = _loan("C000002", "LH")
    if coming is not None:
        _transfer(coming, today + timedelta(days=12), "ZR-2026-0124", at=now - timedelta(hours=2), read=False)


def _loan(borrower_number: str, product: str) -> Loan | None:
    return Loan.objects.filter(borrower__number=borrower_number, product__code=product).first()


def _transfer(loan: Loan, day: date, reference: str, *, at: datetime, read: bool) -> None:
    made = loans.transfer_claim(
        loan_ref=loan.ref, taker=tables.BUYER, effective_on=day, reference=reference,
        hotline=tables.HOTLINES[tables.BUYER], pay_to="仍在 App 里还，或存入对公账户（尾号 1540），附言写借据号",
        actor=ACTOR, now=at,
    )  # fmt: skip
    _tell(made.pk, loan.borrower_id, at=at, read=read)


def _compensate(loan: Loan, day: date, reference: str, *, read: bool) -> None:
    """The guarantor pays what was overdue; nothing of a loan whose guarantor has changed or that owes nothing then."""
    owed = queries.loan(loan.pk, on=day).overdue_fen
    if not owed or tables.GUARANTOR not in {one.name for one in parties_on(loan.pk, day).guarantors}:
        return
    at = _morning(day)
    made = loans.compensate(
        loan_ref=loan.ref, guarantor=tables.GUARANTOR, amount_fen=owed, paid_on=day, reference=reference,
        hotline=tables.HOTLINES[tables.GUARANTOR], actor=ACTOR, now=at,
    )  # fmt: skip
    _tell(made.pk, loan.borrower_id, at=at, read=read)


def _tell(change_id: int, borrower_id: int, *, at: datetime, read: bool) -> None:
    """The notice leaves by SMS as any attempt; mail is left to the worker, which has a server to hand it to."""
    event = Event.objects.filter(kind="loans.creditor_changed", data__change=change_id).get()
    notices.on_creditor_changed(event)
    sms = Attempt.objects.filter(key=notices.key_of(change_id, "sms"))
    Attempt.objects.filter(key=notices.key_of(change_id, "email")).update(not_before=at + notices.LASTS, expires_at=at)
    contacts.release_due(now=at)
    for key in sms.filter(state=Attempt.State.SENDING).values_list("pk", flat=True):
        contacts.send_attempt(attempt_id=key, now=at)
    if read:
        loans.record_notice(
            change_id=change_id, how="read", actor=f"borrower:{borrower_id}", now=at + timedelta(hours=3),
            borrower_id=borrower_id,
        )  # fmt: skip


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(10, 20), ZoneInfo(settings.LENDER_TIME_ZONE))
