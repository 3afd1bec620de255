"""Money received and taken back. Every booking is one transaction of postings, instalment figures and the head."""

from __future__ import annotations

import uuid
from bisect import insort
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import classing, ledger, replay
from jietong.loans.commands import planning
from jietong.loans.models import Instalment, Loan, Repayment
from jietong.loans.queries.book import unbooked_penalty_fen
from jietong.loans.rules.allocate import Instalment as Owed
from jietong.loans.rules.allocate import Repayment as Money
from jietong.loans.rules.allocate import allocate
from jietong.loans.rules.replay import history
from jietong.loans.sql import posting_set

BOOKED = "loans.repayment_booked"


class ReceiptReused(CommandRefused):
    """The same receipt came again with another loan, amount or time: one of the two is wrong, and a person decides."""

    def __init__(self, receipt: str) -> None:
        super().__init__("receipt_reused", f"receipt {receipt} was booked with other content")


@transaction.atomic
def record_repayment(
    *, receipt: str, loan_ref: str, amount_fen: int, paid_at: datetime, actor: str, now: datetime, again: bool = False,
    plan: str = "",
) -> Repayment:  # fmt: skip
    """Book money received, once per receipt however often we are told; penalty first accrues up to the day of payment.

    Money that came before something already booked rewrites what was derived since (decision 0012). plan: what the
    borrower wants done with it: "pay_off" settles the loan, "term" and "instalment" prepay a part and keep that
    (decision 0016); "" is the borrower's order for that day, if there is one, else the instalments in turn. Money that
    does not cover the plan is booked in turn, and the plan waits for a person.

    Raises InputError for a missing receipt, an amount that is not positive, an unknown loan or plan or a day before it
    was lent; ReceiptReused for the same receipt with other content; CommandRefused `receipt_reversed` for one that was
    reversed, unless `again` says that the money came after all. What is over becomes the borrower's credit.
    """
    if plan not in planning.PLANS:
        raise InputError("plan", "unknown", f"{plan!r} is not one of {', '.join(p for p in planning.PLANS if p)}")
    if not receipt:
        raise InputError("receipt", "missing", "a repayment needs the receipt number of the bank or channel")
    if amount_fen <= 0:
        raise InputError("amount", "not_positive", "a repayment is more than nothing")
    if not plan and not again and (simple := _simple(receipt, loan_ref, amount_fen, paid_at, actor=actor, now=now)):
        return simple
    loan = replay.lock(loan_ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {loan_ref}")
    known = _known(receipt, loan, amount_fen, paid_at, again=again)
    if known is not None and known.reversed_at is None:
        return known
    paid_on = replay.paid_on(paid_at)
    if paid_on < loan.disbursed_on:
        raise InputError("paid_at", "before_loan", f"the loan was lent on {loan.disbursed_on.isoformat()}")
    account = replay.load(loan)
    if known is None:
        planning.plan_with_money(
            account, receipt=receipt, amount_fen=amount_fen, paid_at=paid_at, plan=plan, actor=actor, now=now
        )
    if known is None and not account.changes and _is_in_order(account, receipt, paid_at):
        repayment = _append(account, receipt=receipt, amount_fen=amount_fen, paid_at=paid_at, now=now)
    else:
        repayment = _insert(
            account, known, receipt=receipt, amount_fen=amount_fen, paid_at=paid_at, actor=actor, now=now
        )
    _tell(BOOKED, repayment, loan, actor=actor, now=now)
    return repayment


def _known(receipt: str, loan: Loan, amount_fen: int, paid_at: datetime, *, again: bool) -> Repayment | None:
    known = Repayment.objects.filter(receipt=receipt).first()
    if known is not None:
        if (known.loan_id, known.amount_fen, known.paid_at) != (loan.pk, amount_fen, paid_at):
            raise ReceiptReused(receipt)
        if known.reversed_at is not None and not again:
            raise CommandRefused("receipt_reversed", f"receipt {receipt} was reversed: say that the money came again")
    return known


def _simple(
    receipt: str, loan_ref: str, amount_fen: int, paid_at: datetime, *, actor: str, now: datetime
) -> Repayment | None:
    """Most money is the newest of a loan that is not late: booked in a few prepared statements. None: it is not so."""
    done = posting_set.book_one(posting_set.Line(receipt, loan_ref, amount_fen, paid_at), now=now)
    if done is None:
        return None
    subject = f"loan:{done.loan_id}"
    journal.record(BOOKED, subject=subject, borrower_id=done.borrower_id, actor=actor, at=now, data=done.news)
    return done.as_row(now=now)


@transaction.atomic
def reverse_repayment(*, receipt: str, reason: str, actor: str, now: datetime) -> Repayment:
    """Take a repayment back: the money was not ours, or never came. All that followed from it is told again without it.

    The same reversal twice is one. Raises InputError for a missing reason or an unknown receipt; CommandRefused
    `already_reversed` when it was reversed for another reason, `receipt_in_opening` when the lender's own figures
    contain it (a new tape has to correct them).
    """
    reason = reason.strip()
    if not reason:
        raise InputError("reason", "missing", "a reversal needs its reason")
    found = Repayment.objects.select_related("loan").filter(receipt=receipt).first()
    if found is None:
        raise InputError("receipt", "unknown", f"there is no repayment with receipt {receipt}")
    loan = replay.lock(found.loan.ref)
    assert loan is not None  # loans are never deleted
    account = replay.load(loan)
    repayment = next(row for row in account.repayments if row.receipt == receipt)  # read anew under the lock
    if repayment.reversed_at is not None:
        if repayment.reverse_reason != reason[:200]:
            raise CommandRefused("already_reversed", f"receipt {receipt} is reversed: {repayment.reverse_reason}")
        return repayment
    start = replay.start_of(account)
    if repayment.pk <= start.through_id:
        raise CommandRefused("receipt_in_opening", f"receipt {receipt} is part of the figures the loan came with")
    repayment.reversed_at, repayment.reverse_reason = now, reason[:200]
    repayment.save(update_fields=["reversed_at", "reverse_reason"])
    on = max(replay.paid_on(now), account.head.aged_on)
    replay.rebook(account, start, cause="reversal", on=on, now=now, changed=repayment)
    _tell("loans.repayment_reversed", repayment, loan, actor=actor, now=now, reason=repayment.reverse_reason)
    _tell_rewritten(repayment, loan, actor=actor, now=now)
    return repayment


def _is_in_order(account: replay.Account, receipt: str, paid_at: datetime) -> bool:
    """Nothing is booked yet that this money would have changed: it can be booked on top."""
    on = replay.paid_on(paid_at)
    latest = max(((r.paid_at, r.receipt) for r in account.repayments if r.reversed_at is None), default=None)
    planned = max((change.at for change in account.changes if change.receipt != receipt), default=None)
    if planned is not None and planned >= paid_at:
        return False
    accrued = any(row.penalty_through_on is not None and row.penalty_through_on > on for row in account.rows)
    return (latest is None or latest < (paid_at, receipt)) and not accrued and not account.moved_since(on)


def _append(account: replay.Account, *, receipt: str, amount_fen: int, paid_at: datetime, now: datetime) -> Repayment:
    """The ordinary case: the money is the last that came. The same figures as a replay, which a test compares."""
    loan, head, paid_on = account.loan, account.head, replay.paid_on(paid_at)
    if all(account.is_of_tape(row) for row in account.repayments):
        replay.start_of(account)  # before the first money of ours, figures that came with the loan are kept
    before = ledger.oldest_unpaid(account.rows)
    _accrue(loan, account.rows, on=paid_on, now=now)
    repayment = _allocate(account, receipt=receipt, amount_fen=amount_fen, paid_at=paid_at, paid_on=paid_on, now=now)
    on = max(paid_on, replay.paid_on(now), head.aged_on)
    points = ((date.min, before), (paid_on, ledger.oldest_unpaid(account.rows)))
    untold_from = max(min(head.aged_on + timedelta(days=1), paid_on), account.entered_on)
    moves = history(points, start=head.bucket, from_on=untold_from, as_of=on)
    replay.rewrite_moves(account, moves, since=untold_from, cause="", now=now)
    classed_from = max(paid_on, account.entered_on) if head.classed_on else account.entered_on
    classing.follow(loan, head, points, since=classed_from, on=on, cause="", now=now)
    ledger.write_head(loan, head, account.rows, on=on, now=now)
    return repayment


def _insert(
    account: replay.Account, known: Repayment | None, *, receipt: str, amount_fen: int, paid_at: datetime, actor: str,
    now: datetime,
) -> Repayment:  # fmt: skip
    """The money came before something that is booked already, or comes again after a reversal."""
    loan, paid_on = account.loan, replay.paid_on(paid_at)
    was_in_order = _is_in_order(account, receipt, paid_at)
    start = replay.start_of(account)
    if known is None:
        repayment = Repayment.objects.create(
            receipt=receipt, loan=loan, amount_fen=amount_fen, paid_at=paid_at, booked_at=now
        )
        insort(account.repayments, repayment, key=lambda row: (row.paid_at, row.receipt))
    else:
        repayment = next(row for row in account.repayments if row.pk == known.pk)
        repayment.reversed_at, repayment.reverse_reason = None, ""
        repayment.save(update_fields=["reversed_at", "reverse_reason"])
    on = max(paid_on, replay.paid_on(now), account.head.aged_on)
    cause = "" if was_in_order or paid_on >= account.head.aged_on else "backdated"
    if replay.rebook(account, start, cause=cause, on=on, now=now, changed=repayment):
        _tell_rewritten(repayment, loan, actor=actor, now=now)
    return repayment


def _tell(kind: str, repayment: Repayment, loan: Loan, *, actor: str, now: datetime, **more: Any) -> None:
    data = {
        "receipt": repayment.receipt,
        "amount_fen": repayment.amount_fen,
        "ref": loan.ref,
        "paid_on": replay.paid_on(repayment.paid_at).isoformat(),
        **more,
    }
    journal.record(kind, subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now, data=data)


def _tell_rewritten(repayment: Repayment, loan: Loan, *, actor: str, now: datetime) -> None:
    journal.record(
        "loans.history_rewritten",
        subject=f"loan:{loan.pk}",
        borrower_id=loan.borrower_id,
        actor=actor,
        at=now,
        data={"receipt": repayment.receipt, "from_on": replay.paid_on(repayment.paid_at).isoformat()},
    )


def _allocate(
    account: replay.Account, *, receipt: str, amount_fen: int, paid_at: datetime, paid_on: date, now: datetime
) -> Repayment:
    loan, rows = account.loan, account.rows
    owed = [
        Owed(
            due_on=row.due_on,
            principal_fen=row.principal_fen - row.principal_paid_fen,
            interest_fen=row.interest_fen - row.interest_paid_fen,
            fee_fen=row.fee_fen - row.fee_paid_fen,
            penalty_fen=row.penalty_fen - row.penalty_paid_fen,
        )
        for row in rows
    ]
    split = allocate(owed, [Money(paid_on, amount_fen)], order=loan.allocation_order).repayments[0]
    entry = uuid.uuid4()
    touched = [rows[k] for k in sorted({part.instalment for part in split.parts})]
    _recognise(loan, touched, entry=entry, on=paid_on, now=now)
    for part in split.parts:
        row = rows[part.instalment]
        field = f"{part.component}_paid_fen"
        setattr(row, field, getattr(row, field) + part.amount_fen)
    Instalment.objects.bulk_update(touched, [f"{part}_paid_fen" for part in ledger.RECEIVABLE])
    parts = [[rows[part.instalment].n, part.component, part.amount_fen] for part in split.parts]
    steps = ledger.money_steps(parts, split.left_over_fen)
    ledger.post(loan, steps, "repayment", entry=entry, on=paid_on, now=now)
    return Repayment.objects.create(
        receipt=receipt,
        loan=loan,
        amount_fen=amount_fen,
        paid_at=paid_at,
        booked_at=now,
        credit_fen=split.left_over_fen,
        split=parts,
    )


def _recognise(loan: Loan, rows: list[Instalment], *, entry: uuid.UUID, on: date, now: datetime) -> None:
    """Interest and fees paid before they fall due are income from then on: the ledger owes the receivable first."""
    fresh = [row for row in rows if not row.interest_booked]
    steps = ledger.income_steps(interest=sum(r.interest_fen for r in fresh), fee=sum(r.fee_fen for r in fresh))
    ledger.post(loan, steps, "interest", entry=entry, on=on, now=now)
    for row in fresh:
        row.interest_booked = True
    Instalment.objects.bulk_update(fresh, ["interest_booked"])


def book_penalty(loan: Loan, *, on: date, now: datetime) -> int:
    """Book the penalty accrued on overdue principal up to `on`; answers the fen booked. Twice on one day books once."""
    return _accrue(loan, list(loan.instalments.order_by("n")), on=on, now=now)


def _accrue(loan: Loan, rows: list[Instalment], *, on: date, now: datetime) -> int:
    booked, touched = 0, []
    for row in rows:
        since = row.penalty_through_on or row.due_on
        if row.due_on < on and since < on and row.principal_fen > row.principal_paid_fen:
            accrued = unbooked_penalty_fen(row, loan, on=on)
            row.penalty_fen += accrued
            row.penalty_through_on = on
            touched.append(row)
            booked += accrued
    Instalment.objects.bulk_update(touched, ["penalty_fen", "penalty_through_on"])
    ledger.post(loan, ledger.income_steps(penalty=booked), "penalty", entry=uuid.uuid4(), on=on, now=now)
    return booked
