"""Credit of the borrower's: asked back and paid out, or used for another loan. It is never kept silently."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import replay
from jietong.loans.commands import planning
from jietong.loans.commands.repaying import record_repayment
from jietong.loans.models import CreditOrder, Loan, PlanChange
from jietong.loans.queries.suspense import credit_fen

PAID_BACK_WITHIN = timedelta(days=3)  # policy default: said to the borrower, watched on the console


@transaction.atomic
def ask_credit_back(*, loan_ref: str, actor: str, now: datetime) -> CreditOrder:
    """The borrower wants the money back; a team has it and a time. Asked twice it is one order.

    Raises InputError for an unknown loan, CommandRefused `no_credit` when there is none.
    """
    loan = _locked(loan_ref)
    known = CreditOrder.objects.filter(loan=loan, state=CreditOrder.State.ASKED).first()
    if known is not None:
        return known
    fen = _free(loan)
    order = CreditOrder.objects.create(
        loan=loan, amount_fen=fen, owner=settings.SUSPENSE_TEAM, reply_by=now + PAID_BACK_WITHIN, asked_by=actor,
        asked_at=now,
    )  # fmt: skip
    _tell("loans.credit_asked_back", order, actor=actor, now=now)
    return order


@transaction.atomic
def confirm_credit_paid(*, order_id: int, payout: str, actor: str, now: datetime) -> CreditOrder:
    """The money was paid out, under the bank's number of it. The same number again is the same payment."""
    payout = payout.strip()
    if not payout:
        raise InputError("payout", "missing", "a payment out needs the bank's number")
    order = _order(order_id)
    if order.state == CreditOrder.State.DONE and order.payout == payout:
        return order
    if order.state != CreditOrder.State.ASKED:
        raise CommandRefused("already_resolved", "this was paid or cancelled before")
    order.change = _pay_back(order, reason=f"payout {payout}", actor=actor, now=now)
    order.state, order.done_at, order.payout = CreditOrder.State.DONE, now, payout[:80]
    order.save(update_fields=["change", "state", "done_at", "payout"])
    _tell("loans.credit_paid_back", order, actor=actor, now=now)
    return order


@transaction.atomic
def cancel_credit_order(*, order_id: int, actor: str, now: datetime) -> CreditOrder:
    """It is not to be paid out after all: the credit is free again."""
    order = _order(order_id)
    if order.state != CreditOrder.State.ASKED:
        raise CommandRefused("already_resolved", "this was paid or cancelled before")
    order.state, order.done_at = CreditOrder.State.CANCELLED, now
    order.save(update_fields=["state", "done_at"])
    return order


@transaction.atomic
def use_credit(*, loan_ref: str, to_ref: str, actor: str, now: datetime) -> CreditOrder:
    """Pay another loan of the same borrower with the credit, now and whole: what that loan cannot take stays credit.

    Raises InputError for unknown or the same loan, CommandRefused `no_credit`, `other_borrower`, `asked_back` while a
    payment out is under way, `loan_settled`.
    """
    for ref in sorted({loan_ref, to_ref}):  # always in this order, so that two of them cannot wait for each other
        _locked(ref)
    loan, to_loan = _locked(loan_ref), _locked(to_ref)
    if loan.pk == to_loan.pk:
        raise InputError("to_loan", "same_loan", "a loan with credit owes nothing itself")
    if loan.borrower_id != to_loan.borrower_id:
        raise CommandRefused("other_borrower", "the credit is this borrower's")
    if to_loan.status not in {Loan.Status.ACTIVE, Loan.Status.WRITTEN_OFF}:
        raise CommandRefused("loan_settled", f"loan {to_ref} owes nothing any more")
    if CreditOrder.objects.filter(loan=loan, state=CreditOrder.State.ASKED).exists():
        raise CommandRefused("asked_back", "it is being paid back already")
    order = CreditOrder.objects.create(
        loan=loan, amount_fen=_free(loan), to_loan=to_loan, owner=settings.SUSPENSE_TEAM, reply_by=now,
        asked_by=actor, asked_at=now, state=CreditOrder.State.DONE, done_at=now,
    )  # fmt: skip
    order.change = _pay_back(order, reason=f"used for {to_ref}", actor=actor, now=now)
    order.payout = f"credit-{order.pk}"
    order.save(update_fields=["change", "payout"])
    record_repayment(
        receipt=order.payout, loan_ref=to_ref, amount_fen=order.amount_fen, paid_at=now, actor=actor, now=now
    )
    _tell("loans.credit_used", order, actor=actor, now=now)
    return order


def _pay_back(order: CreditOrder, *, reason: str, actor: str, now: datetime) -> PlanChange:
    if credit_fen(order.loan_id) < order.amount_fen:
        raise CommandRefused("no_credit", "the credit is not there any more")
    return planning.pay_back(
        loan=order.loan, amount_fen=order.amount_fen, reason=reason, key=f"credit:{order.pk}", actor=actor, now=now
    )


def _free(loan: Loan) -> int:
    fen = credit_fen(loan.pk)
    if fen <= 0:
        raise CommandRefused("no_credit", "there is no credit on this loan")
    return fen


def _order(order_id: int) -> CreditOrder:
    found = CreditOrder.objects.select_related("loan").filter(pk=order_id).first()
    if found is None:
        raise InputError("order", "unknown", f"there is no order {order_id}")
    _locked(found.loan.ref)
    found.refresh_from_db()
    return found


def _locked(ref: str) -> Loan:
    loan = replay.lock(ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {ref}")
    return loan


def _tell(kind: str, order: CreditOrder, *, actor: str, now: datetime) -> None:
    journal.record(
        kind, subject=f"loan:{order.loan_id}", borrower_id=order.loan.borrower_id, actor=actor, at=now,
        data={"ref": order.loan.ref, "order": order.pk, "amount_fen": order.amount_fen},
    )  # fmt: skip
