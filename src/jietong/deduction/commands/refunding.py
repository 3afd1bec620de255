"""Paying back what was too much, the same day. The channel pays one key once, so a try may be repeated."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from jietong.borrowers import queries as borrowers
from jietong.contacts import commands as contacts
from jietong.contacts.commands.attempts import Plan
from jietong.deduction.channels import Channel, NotSentError, UnsureError, connected
from jietong.deduction.models import Mandate, Refund
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import commands as loans

BATCH = 20
LEASE = timedelta(minutes=2)
TRIES_MAX = 8  # after these a person pays it back another way
State = Refund.State


def refund_due(*, now: datetime, channel: Channel | None = None, limit: int = BATCH) -> int:
    """Pay back ordered refunds whose time has come. Those of cards debited by file are paid by hand."""
    channel = channel or connected()
    if channel is None:
        return 0
    rows = Refund.objects.filter(state__in=[State.ORDERED, State.CLAIMED], next_at__lte=now)
    rows = rows.filter(debit__mandate__channel=Mandate.Channel.REALTIME)
    keys = list(rows.order_by("next_at", "pk").values_list("pk", flat=True)[:limit])
    return sum(_pay_back(pk, channel, now=now) for pk in keys)


def _pay_back(refund_id: int, channel: Channel, *, now: datetime) -> bool:
    claimed = Refund.objects.filter(pk=refund_id, state__in=[State.ORDERED, State.CLAIMED], next_at__lte=now)
    if not claimed.update(state=State.CLAIMED, next_at=now + LEASE):
        return False
    refund = Refund.objects.get(pk=refund_id)
    try:
        ref = channel.refund(refund.key, refund.of_ref, refund.amount_fen)
    except (NotSentError, UnsureError) as error:
        _again(refund, str(error), now=now)
    except ValueError as error:  # the channel says no: a person pays it back another way
        _end(refund, State.FAILED, error=str(error), now=now)
    else:
        _end(refund, State.DONE, ref=ref, now=now)
    return True


def _again(refund: Refund, why: str, *, now: datetime) -> None:
    refund.tries += 1
    if refund.tries >= TRIES_MAX:
        _end(refund, State.FAILED, error=why, now=now)
        return
    refund.state, refund.error = State.ORDERED, why[:200]
    refund.next_at = now + timedelta(seconds=15 * 2**refund.tries)
    refund.save(update_fields=["state", "tries", "error", "next_at"])


@transaction.atomic
def paid_back_by_hand(*, key: str, channel_ref: str, actor: str, now: datetime) -> Refund:
    """A person paid it back another way, under this number of the bank. Raises InputError, CommandRefused `done`."""
    if not channel_ref.strip():
        raise InputError("channel_ref", "missing", "give the bank's number of the transfer")
    refund = Refund.objects.filter(key=key).first()
    if refund is None:
        raise InputError("key", "unknown", f"there is no refund {key}")
    borrowers.lock(refund.borrower_id)
    refund.refresh_from_db()
    if refund.state == State.DONE:
        raise CommandRefused("done", f"{key} was paid back already")
    if refund.state == State.CLAIMED:
        raise CommandRefused("under_way", f"{key} is on its way through the channel")
    _end(refund, State.DONE, ref=channel_ref.strip(), now=now, actor=actor)
    return refund


@transaction.atomic
def _end(
    refund: Refund, state: str, *, now: datetime, ref: str = "", error: str = "", actor: str = "system:deduction"
) -> None:
    refund.state, refund.error, refund.channel_ref = state, error[:200], ref[:60]
    refund.done_at = now if state == State.DONE else None
    refund.save(update_fields=["state", "error", "channel_ref", "done_at", "tries"])
    journal.record(
        "deduction.refunded" if state == State.DONE else "deduction.refund_failed",
        subject=f"debit:{refund.debit_id}",
        borrower_id=refund.borrower_id,
        actor=actor,
        at=now,
        data={"key": refund.key, "amount_fen": refund.amount_fen, "reason": refund.reason},
    )
    if state == State.DONE:
        loans.refund_paid(loan_id=refund.debit.loan_id, key=refund.key, amount_fen=refund.amount_fen, now=now)
        contacts.plan(
            Plan(
                key=f"refund:{refund.key}",
                borrower_id=refund.borrower_id,
                channel="app",
                purpose="service",
                template="debit_refunded",
                not_before=now,
                expires_at=now + timedelta(days=1),
            ),
            now=now,
        )
