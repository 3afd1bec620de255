"""How a debit ends: booked once in the loan's book, failed with its reason, and what was too much sent back.

The callers hold the borrower and the debit.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from jietong.contacts import commands as contacts
from jietong.contacts.commands.attempts import Plan
from jietong.deduction import gathering
from jietong.deduction.commands.planning import plan_retry
from jietong.deduction.models import Debit, Refund
from jietong.deduction.rules.judging import Worth
from jietong.deduction.rules.refusals import CARD_IS_OUT, WORTH_ANOTHER_TRY, Reason
from jietong.deduction.rules.states import State, may_move
from jietong.kernel import journal
from jietong.loans import commands as loans
from jietong.loans.queries import due

ACTOR = "system:deduction"


def book(debit: Debit, *, fen: int, ref: str, paid_at: datetime, worth: Worth, now: datetime) -> None:
    """Money was taken: the loan gets what it is owed at that moment, the rest goes back the same day.

    A hand repayment that was booked while the debit was under way has made it smaller: the book decides, under the
    loan's lock, which the repayment takes too. So both together never keep more than was owed.
    """
    assert may_move(debit.state, State.SUCCEEDED), debit.state
    assert debit.claimed_at is not None
    # the channel's clock may differ from ours: money cannot have moved before we asked, nor after now
    moment = max(debit.claimed_at, min(paid_at, now))
    owed = due.lock_and_due(debit.loan.ref, on=moment.astimezone(gathering.zone()).date())
    booked = min(fen, owed)
    debit.state, debit.finished_at, debit.channel_ref = State.SUCCEEDED, now, ref
    debit.paid_at, debit.taken_fen, debit.booked_fen = moment, fen, booked
    debit.reason, debit.because, debit.ask_at = "", "", None
    debit.odd = ""
    debit.save(
        update_fields=[
            "state", "finished_at", "channel_ref", "paid_at", "taken_fen", "booked_fen", "reason", "because", "ask_at",
            "odd",
        ]
    )  # fmt: skip
    if booked:
        loans.record_repayment(
            receipt=debit.receipt, loan_ref=debit.loan.ref, amount_fen=booked, paid_at=moment, actor=ACTOR, now=now
        )
    _tell("deduction.succeeded", debit, now=now, taken_fen=fen, booked_fen=booked, worth=worth)
    if fen > booked:
        order_refund(debit, fen=fen - booked, of_ref=ref, reason="surplus", now=now)
    if worth is Worth.TAKEN and owed > fen:
        plan_retry(debit, same_card=False, now=now)  # a limit let only a part through: the next card takes the rest


def fail(debit: Debit, reason: Reason, *, code: str, now: datetime) -> None:
    """Nothing was taken: the reason is kept, a card that is out rests, another try is planned if it may be."""
    assert may_move(debit.state, State.FAILED), debit.state
    debit.state, debit.finished_at, debit.reason, debit.because = State.FAILED, now, reason, code[:60]
    debit.ask_at = None
    debit.save(update_fields=["state", "finished_at", "reason", "because", "ask_at", "odd"])
    mandate = debit.mandate
    if mandate is not None and reason in CARD_IS_OUT and mandate.out_since is None:
        mandate.out_since, mandate.out_reason = now, reason
        mandate.save(update_fields=["out_since", "out_reason"])
    untried = [p for p in gathering.purses(debit.borrower_id, debit.loan_id, now=now) if not p.tried and not p.is_out]
    again = None
    if untried or reason in WORTH_ANOTHER_TRY:
        again = plan_retry(debit, same_card=not untried, now=now)
    at = again.not_before.isoformat() if again is not None else None
    _tell("deduction.failed", debit, now=now, reason=reason, again_at=at)
    day = debit.business_date
    contacts.plan(
        Plan(
            key=f"debit:{debit.loan_id}:{day.isoformat()}:failed",  # one message a day, however many tries
            borrower_id=debit.borrower_id,
            channel="app",
            purpose="reminder",
            template="debit_failed",
            not_before=now,
            expires_at=max(debit.expires_at, now + timedelta(hours=2)),
        ),
        now=now,
    )


def order_refund(debit: Debit, *, fen: int, of_ref: str, reason: str, now: datetime) -> Refund:
    """Money that is not ours goes back the way it came, by the end of this day; once per number of the channel."""
    end = datetime.combine(now.astimezone(gathering.zone()).date() + timedelta(days=1), time(0), gathering.zone())
    refund, is_new = Refund.objects.get_or_create(
        debit=debit,
        of_ref=of_ref,
        defaults={
            "key": f"R{debit.key}-{debit.refunds.count() + 1}",
            "borrower_id": debit.borrower_id,
            "amount_fen": fen,
            "reason": reason,
            "ordered_at": now,
            "due_by": end,
            "next_at": now,
        },
    )
    if is_new:
        loans.owe_refund(loan_id=debit.loan_id, key=refund.key, amount_fen=fen, now=now)
        _tell("deduction.refund_ordered", debit, now=now, amount_fen=fen, reason=reason)
    return refund


def _tell(kind: str, debit: Debit, *, now: datetime, **data: object) -> None:
    journal.record(
        kind,
        subject=f"debit:{debit.pk}",
        borrower_id=debit.borrower_id,
        actor=ACTOR,
        at=now,
        data={"key": debit.key, "ref": debit.loan.ref, **data},
    )
