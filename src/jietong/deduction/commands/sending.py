"""Sending what is due. Claimed in one transaction with the amount the book names at that moment; sent after it.

Whoever finds a claim later cannot know whether the order left: it is asked about, never sent again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, transaction

from jietong.borrowers import queries as borrowers
from jietong.deduction import gathering
from jietong.deduction.channels import Channel, NotSentError, Order, UnsureError, connected
from jietong.deduction.commands.answering import fail_unsent, take_reply, unsure
from jietong.deduction.models import Batch, Debit, Mandate
from jietong.deduction.policies import policy_or_none
from jietong.deduction.rules.choosing import choose, usable
from jietong.deduction.rules.decision import NOT_YET, Facts, Verdict, may_debit
from jietong.deduction.rules.policy import Policy
from jietong.deduction.rules.refusals import Refusal
from jietong.deduction.rules.states import State
from jietong.kernel import journal
from jietong.loans.queries import due

log = logging.getLogger(__name__)

BATCH = 20  # a channel that is silent costs four seconds an order: the tick comes back soon enough


@dataclass(frozen=True, slots=True)
class Claimed:
    debit_id: int
    order: Order


def send_due(*, now: datetime, channel: Channel | None = None, limit: int = BATCH) -> int:
    """Claim and send planned debits whose time has come. Answers how many were sent; two workers share the work."""
    channel = channel or connected()
    ready = Debit.objects.filter(state=State.PLANNED, not_before__lte=now).exclude(route="file")
    sent = 0
    for debit_id in list(ready.order_by("not_before", "pk").values_list("pk", flat=True)[:limit]):
        try:
            claimed = claim(debit_id, now=now, channel_is_set=channel is not None)
        except OperationalError:
            raise  # the database, not the debit: the next tick tries again
        except Exception as error:
            log.exception("debit %s cannot be decided, nothing is debited", debit_id)
            _set_aside(debit_id, f"{type(error).__name__} {error}", now=now)
            continue
        if claimed is not None:
            assert channel is not None
            send(claimed, channel=channel, now=now)
            sent += 1
    return sent


@transaction.atomic
def claim(
    debit_id: int,
    *,
    now: datetime,
    channel_is_set: bool,
    via: str = Mandate.Channel.REALTIME,
    batch: Batch | None = None,
) -> Claimed | None:
    """Decide on one planned debit, fix its card and amount under the locks of borrower and loan, and claim it.

    None when it was not this call's to send: decided by another worker, withheld by a rule, or for the other channel.
    """
    seen = Debit.objects.filter(pk=debit_id, state=State.PLANNED).values_list("borrower_id", flat=True).first()
    if seen is None:
        return None
    borrowers.lock(seen)
    rows = Debit.objects.select_for_update(of=("self",)).select_related("loan")
    debit = rows.filter(pk=debit_id, state=State.PLANNED).first()
    if debit is None:
        return None
    rules, _why = policy_or_none()
    due_fen = due.lock_and_due(debit.loan.ref, on=now.astimezone(gathering.zone()).date())
    purses = gathering.purses(debit.borrower_id, debit.loan_id, now=now)
    chosen = choose(purses, due_fen, rules) if rules else None
    mandate = Mandate.objects.get(pk=chosen.mandate_id) if chosen else None
    verdict = may_debit(
        Facts(
            now=now,
            zone=gathering.zone(),
            expires_at=debit.expires_at,
            flags=gathering.flags(debit.borrower_id, now=now),
            due_fen=due_fen,
            attempts=gathering.attempts(debit.loan_id, now=now),
            usable=len(usable(purses, due_fen, rules)) if rules else 0,
            channel_is_set=channel_is_set or (mandate is not None and mandate.channel != via),
        ),
        rules,
    )
    if verdict.refusal is not None:
        _withhold(debit, verdict, now=now)
        return None
    assert rules is not None
    assert chosen is not None  # the verdict counted the usable purses
    assert mandate is not None
    if mandate.channel != via:
        debit.route = mandate.channel
        debit.save(update_fields=["route"])
        return None
    return _claim(debit, mandate, chosen.amount_fen, rules, batch=batch, now=now)


def _claim(
    debit: Debit, mandate: Mandate, amount_fen: int, rules: Policy, *, batch: Batch | None, now: datetime
) -> Claimed:
    debit.state, debit.mandate, debit.amount_fen, debit.batch = State.CLAIMED, mandate, amount_fen, batch
    debit.claimed_at, debit.ask_at = now, now + rules.claim_lease
    debit.save(update_fields=["state", "mandate", "amount_fen", "batch", "claimed_at", "ask_at"])
    journal.record(
        "deduction.claimed",
        subject=f"debit:{debit.pk}",
        borrower_id=debit.borrower_id,
        actor="system:deduction",
        at=now,
        data={"key": debit.key, "amount_fen": amount_fen, "ref": debit.loan.ref, "policy": rules.version},
    )
    words = f"{settings.LENDER_NAME}还款 {debit.loan.ref}"
    return Claimed(debit.pk, Order(debit.key, mandate.agreement, amount_fen, words))


def send(claimed: Claimed, *, channel: Channel, now: datetime) -> None:
    """Hand a claimed order to the channel, once, outside every transaction, and take what it says."""
    key = claimed.order.key
    try:
        reply = channel.debit(claimed.order)
    except NotSentError as error:
        fail_unsent(key=key, why=str(error), now=now)
    except UnsureError as error:
        unsure(key=key, source="reply", why=str(error), raw=error.raw, now=now)
    else:
        take_reply(reply, key=key, source="reply", now=now)


def _withhold(debit: Debit, verdict: Verdict, *, now: datetime) -> None:
    """Not yet: it waits. Not at all: it is over, with the refusal's name; day-end plans anew while it is due."""
    assert verdict.refusal is not None
    debit.reason, debit.because = verdict.refusal, verdict.because[:60]
    if verdict.refusal in NOT_YET and verdict.again_at is not None and verdict.again_at < debit.expires_at:
        debit.not_before = verdict.again_at
        debit.save(update_fields=["reason", "because", "not_before"])
        return
    debit.state, debit.finished_at = State.WITHHELD, now
    debit.save(update_fields=["state", "reason", "because", "finished_at"])
    journal.record(
        "deduction.withheld",
        subject=f"debit:{debit.pk}",
        borrower_id=debit.borrower_id,
        actor="system:deduction",
        at=now,
        data={"key": debit.key, "reason": verdict.refusal, "because": verdict.because},
    )


@transaction.atomic
def _set_aside(debit_id: int, why: str, *, now: datetime) -> None:
    """A rule that fails is no leave: the debit is over, undebited, with what went wrong."""
    waiting = Debit.objects.select_for_update().filter(pk=debit_id, state=State.PLANNED).first()
    if waiting is not None:
        _withhold(waiting, Verdict(Refusal.CANNOT_EVALUATE, why[:60]), now=now)
