"""Money on its way: an order is claimed, sent once, and asked about until the channel says yes or no.

The claim is committed before the channel is called. A process killed in between leaves an order that is asked about and
never sent again (rules/transfers.py); a yes books the loan, or its cancellation, in the transaction that marks it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction

from jietong.kernel import clock, journal
from jietong.kernel.errors import CommandRefused
from jietong.kernel.models import Event
from jietong.loans import commands as loans
from jietong.origination.channels import Answer, ChannelSilence, Order, channel
from jietong.origination.commands import applying, limits
from jietong.origination.models import Application, Transfer
from jietong.origination.rules import transfers as rules

log = logging.getLogger(__name__)
ACTOR = "system:payout"
BATCH = 20
LIVE = ("planned", "sending", "asking")


def order(application: Application, kind: str, amount_fen: int, *, now: datetime) -> Transfer:
    """Write an order, in the caller's transaction; the tick sends it. Its key is new with every order."""
    count = Transfer.objects.filter(application=application).count()
    return Transfer.objects.create(
        key=f"{application.ref}-{count + 1}", application=application, kind=kind, amount_fen=amount_fen,
        card=application.card, asked_on=clock.local_date(now, settings.LENDER_TIME_ZONE), planned_at=now, next_at=now,
    )  # fmt: skip


@transaction.atomic
def cancel(*, application: Application, now: datetime) -> Transfer:
    """The borrower takes the loan back within the cooling-off days: principal and interest to today are taken back from
    the card to which the money went. Twice is one.

    Raises CommandRefused as loans.cancellation does (`too_late`, `already_repaid` …), `not_disbursed`.
    """
    application = applying.locked(application.pk)
    running = Transfer.objects.filter(application=application, kind="back", state__in=LIVE).first()
    if running is not None:
        return running
    if application.state != "disbursed":
        raise CommandRefused("not_disbursed", f"{application.ref} has no loan to cancel")
    due = loans.cancellation(application.ref, on=clock.local_date(now, settings.LENDER_TIME_ZONE))
    applying.move(application, "cancelling", actor=f"borrower:{application.borrower_id}", now=now)
    return order(application, "back", due.total_fen, now=now)


def move_transfers(*, now: datetime) -> int:
    """Send what is planned and ask about what is open. Two workers share the work. Answers how many were handled."""
    due = Transfer.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    handled = 0
    for key in list(due[:BATCH]):
        claimed = _claim(key, now=now)
        if claimed is not None:
            _hear_out(*claimed, now=now)
            handled += 1
    return handled


@transaction.atomic
def _claim(transfer_id: int, *, now: datetime) -> tuple[Transfer, bool] | None:
    """The transfer, and whether it is to be sent (True) or asked about; None when another worker has it."""
    rows = Transfer.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    row = rows.select_related("application__borrower", "card").filter(pk=transfer_id, next_at__lte=now).first()
    if row is None or row.state not in LIVE:
        return None
    is_new = row.state == "planned"
    if is_new:
        row.state, row.sent_at, row.next_at = "sending", now, now + rules.SILENCE_AFTER
    else:
        row.state, row.asks, row.next_at = "asking", row.asks + 1, now + rules.pause(row.asks + 1)
    row.save(update_fields=["state", "sent_at", "asks", "next_at"])
    return row, is_new


def _hear_out(row: Transfer, is_new: bool, *, now: datetime) -> None:
    try:
        if is_new:
            wanted = Order(row.key, row.amount_fen, str(row.card.number), row.application.borrower.name)
            answer = (channel().send if row.kind == "out" else channel().pull)(wanted, now=now)
        else:
            answer = channel().ask(row.key, now=now)
    except ChannelSilence:
        answer = Answer("unknown")  # it may have arrived: asked about from here on
    hear(key=row.key, answer=answer, now=now)


@transaction.atomic
def hear(*, key: str, answer: Answer, now: datetime) -> Transfer:
    """Take in an answer of the channel, from a call or from outside. A final answer stays; a later one that says
    otherwise is kept as news for a person, and moves nothing."""
    row = Transfer.objects.select_for_update(no_key=True).get(key=key)
    if row.state not in LIVE:
        if answer.state in {"succeeded", "failed"} and answer.state != row.state:
            _tell("origination.answer_contradicts", row, now=now, said=answer.state)
        return row
    outcome = rules.outcome(answer.state, sent_at=row.sent_at or now, now=now)
    if outcome == "asking":
        row.state = "asking" if row.sent_at else row.state
        row.next_at = min(row.next_at or now, now + rules.pause(row.asks))
        row.save(update_fields=["state", "next_at"])
        return row
    row.state, row.next_at, row.reference = outcome, None, answer.reference[:60]
    row.paid_at = (answer.paid_at or now) if outcome == "succeeded" else None
    row.reason = (
        (answer.reason or ("never_arrived" if answer.state == "never_seen" else "refused"))
        if outcome == "failed"
        else ""
    )
    row.save(update_fields=["state", "next_at", "reference", "paid_at", "reason"])
    application = applying.locked(row.application_id)
    {"out": _paid_out, "back": _came_back}[row.kind](application, row, now=now)
    _tell("origination.transfer_settled", row, now=now, state=row.state)
    return row


def _paid_out(application: Application, row: Transfer, *, now: datetime) -> None:
    if row.state == "failed":
        applying.move(application, "payout_failed", actor=ACTOR, reasons=(row.reason,), now=now)
        limits.tell(f"payout:{row.key}", application.borrower_id, "payout_failed", now=now)
        return
    assert row.paid_at is not None
    application.disbursed_on = clock.local_date(row.paid_at, settings.LENDER_TIME_ZONE)
    loans.book_loan(
        ref=application.ref, borrower_id=application.borrower_id, version_id=application.version_id,
        creditor=settings.LENDER_NAME, principal_fen=application.amount_fen, instalments=application.instalments,
        disbursed_on=application.disbursed_on, actor=ACTOR, now=now,
    )  # fmt: skip
    applying.move(application, "disbursed", actor=ACTOR, now=now)
    limits.tell(f"payout:{row.key}", application.borrower_id, "money_arrived", now=now)


def _came_back(application: Application, row: Transfer, *, now: datetime) -> None:
    if row.state == "failed":
        applying.move(application, "disbursed", actor=ACTOR, reasons=(row.reason,), note="cancel_failed", now=now)
        limits.tell(f"cancel:{row.key}", application.borrower_id, "cancel_failed", now=now)
        return
    assert row.paid_at is not None
    try:
        with transaction.atomic():
            loans.cancel_loan(
                ref=application.ref, asked_on=row.asked_on, receipt=row.key, paid_at=row.paid_at,
                reason="cooling_off", actor=ACTOR, now=now,
            )  # fmt: skip
    except CommandRefused as refused:
        # Other money came first: what was taken back is an ordinary repayment then, and nothing is lost.
        loans.record_repayment(
            receipt=row.key, loan_ref=application.ref, amount_fen=row.amount_fen, paid_at=row.paid_at, actor=ACTOR,
            now=now,
        )  # fmt: skip
        applying.move(application, "disbursed", actor=ACTOR, reasons=(refused.code,), note="cancel_failed", now=now)
        limits.tell(f"cancel:{row.key}", application.borrower_id, "cancel_failed", now=now)
        return
    applying.move(application, "cancelled", actor=ACTOR, now=now)
    limits.tell(f"cancel:{row.key}", application.borrower_id, "loan_cancelled", now=now)


def on_repayment_reversed(event: Event) -> None:
    """News from the book: if the money of a cancellation did not stay, the loan is again as it was lent."""
    row = Transfer.objects.filter(key=event.data["receipt"], kind="back", state="succeeded").first()
    if row is None:
        return
    application = applying.locked(row.application_id)
    if application.state != "cancelled":
        return
    loans.uncancel_loan(ref=application.ref, reason="repayment_reversed", actor=ACTOR, now=event.at)
    applying.move(application, "disbursed", actor=ACTOR, reasons=("came_back",), note="cancel_failed", now=event.at)
    limits.tell(f"uncancel:{row.key}", application.borrower_id, "cancel_failed", now=event.at)


def tick(now: datetime) -> None:
    """About once a second, by the worker."""
    move_transfers(now=now)
    applying.expire_due(now=now)


def _tell(kind: str, row: Transfer, *, now: datetime, **data: str) -> None:
    journal.record(
        kind, subject=f"transfer:{row.pk}", borrower_id=row.application.borrower_id, actor=ACTOR, at=now,
        data={"key": row.key, "kind": row.kind, "amount_fen": row.amount_fen, **data},
    )  # fmt: skip
