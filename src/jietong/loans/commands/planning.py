"""Changes of a loan's plan: settled early, prepaid in part, planned anew, penalty waived, written off; and undone.

Each is a row that is told with the loan's repayments (decision 0016), so that money we hear of later changes it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import replay
from jietong.loans.models import Loan, Mirror, PlanChange, PrepayOrder
from jietong.loans.queries import quotes
from jietong.loans.rules.changes import BLOCK, KEEP_INSTALMENT, KEEP_TERM
from jietong.loans.rules.quote import FIXED_LENGTH
from jietong.loans.rules.terms import INSTALMENTS_MAX, METHODS

PAY_OFF = "pay_off"
PLANS = ("", PAY_OFF, KEEP_TERM, KEEP_INSTALMENT)
CHANGES_MAX = 31  # numbers of instalments are small integers: 31 blocks of a thousand
#: less than this share of what it takes is not taken for the money that was ordered
ORDER_SHARE = (9, 10)


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What a re-planning gives: due dates, and what else is agreed. rate None: that of the loan."""

    due_on: tuple[date, ...]
    rate: Decimal | None = None
    method: str = "equal_instalment"
    waive_penalty_fen: int = 0
    waive_interest_fen: int = 0


@transaction.atomic
def replan(
    *, loan_ref: str, plan: NewPlan, reason: str, key: str, actor: str, now: datetime, on: date | None = None
) -> PlanChange:
    """Close what is left at zero and ask for it on new dates (hardship, re-ageing), from `on` (today) on.

    Interest runs on the principal by actual days; arrears of interest, fee and penalty are carried in equal shares,
    after waiving up to the written sums. Raises InputError for dates that do not rise after `on`, absurd figures, or an
    unknown loan; CommandRefused with the code of rules/changes.py when the plan cannot hold.
    """
    loan = _locked(loan_ref)
    _check_plan(plan)
    rate = loan.rate if plan.rate is None else plan.rate
    fixed = loan.day_count in FIXED_LENGTH
    terms = {
        "due_on": [day.isoformat() for day in plan.due_on],
        "rate": str(rate),
        "rate_unit": loan.rate_unit,
        "day_count": "actual/365" if fixed else loan.day_count,
        "method": plan.method,
        "waive_penalty_fen": plan.waive_penalty_fen,
        "waive_interest_fen": plan.waive_interest_fen,
    }
    return _without_money(
        loan, PlanChange.Kind.REPLAN, terms=terms, reason=reason, key=key, actor=actor, now=now, on=on
    )


@transaction.atomic
def waive_penalty(*, loan_ref: str, penalty_fen: int, reason: str, key: str, actor: str, now: datetime) -> PlanChange:
    """Forgive penalty up to a written sum, the oldest first. Raises InputError for a sum that is not positive."""
    if penalty_fen <= 0:
        raise InputError("penalty", "not_positive", "waiving nothing is no waiver")
    loan, terms = _locked(loan_ref), {"penalty_fen": penalty_fen}
    return _without_money(loan, PlanChange.Kind.WAIVE, terms=terms, reason=reason, key=key, actor=actor, now=now)


@transaction.atomic
def write_off(*, loan_ref: str, reason: str, key: str, actor: str, now: datetime, on: date | None = None) -> PlanChange:
    """The claim leaves the assets; it is still owed, without further penalty, and money that comes is recovery income.

    The sums of now are what was approved: if money told later changes them, a person looks at it again.
    """
    loan = _locked(loan_ref)
    change = _without_money(
        loan, PlanChange.Kind.WRITE_OFF, terms={}, reason=reason, key=key, actor=actor, now=now, on=on
    )
    if "approved" not in change.terms:
        change.terms = {"approved": change.figures["amounts"]}
        change.save(update_fields=["terms"])
    return change


@transaction.atomic
def undo_plan_change(*, change_id: int, reason: str, actor: str, now: datetime) -> PlanChange:
    """Take a change out of the telling: the figures are as if it had never been. The same undo twice is one.

    Raises InputError for a missing reason or an unknown change.
    """
    reason = reason.strip()
    if not reason:
        raise InputError("reason", "missing", "an undo needs its reason")
    found = PlanChange.objects.select_related("loan").filter(pk=change_id).first()
    if found is None:
        raise InputError("change", "unknown", f"there is no change {change_id}")
    loan = _locked(found.loan.ref)
    account = replay.load(loan)
    change = next((one for one in account.changes if one.pk == change_id), None)
    if change is None:
        found.refresh_from_db()
        return found
    start = replay.start_of(account, keep=True)
    account.changes.remove(change)
    change.state, change.undone_at, change.undone_by, change.undo_reason = (
        PlanChange.State.UNDONE, now, actor, reason[:200],
    )  # fmt: skip
    change.save(update_fields=["state", "undone_at", "undone_by", "undo_reason"])
    on = max(replay.paid_on(now), account.head.aged_on)
    replay.rebook(account, start, cause="plan", on=on, now=now, undone=change)
    _tell("loans.plan_undone", change, loan, actor=actor, now=now)
    return change


@transaction.atomic
def order_prepayment(
    *, loan_ref: str, plan: str, amount_fen: int, valid_on: date, actor: str, now: datetime
) -> PrepayOrder:
    """Note what the borrower wants done with money that comes on `valid_on`; a new order replaces an open one.

    amount_fen: for a part, what will be paid; for settling the book says the sum. Raises InputError for an unknown
    plan or loan, a day gone by, or money that would not reach the principal; CommandRefused when nothing is owed.
    """
    if plan not in PLANS or not plan:
        raise InputError("plan", "unknown", f"{plan!r} is no way to prepay")
    loan = _locked(loan_ref)
    if valid_on < replay.paid_on(now):
        raise InputError("valid_on", "past", "the day is gone")
    if loan.status != Loan.Status.ACTIVE:
        raise CommandRefused("nothing_left", "the loan is not running")
    quote = quotes.quote(loan.pk, on=valid_on)
    if plan != PAY_OFF and amount_fen <= quote.due_fen + quote.accrued_fen:
        raise InputError("amount", "too_small", "it would not reach the principal")
    PrepayOrder.objects.filter(loan=loan, state=PrepayOrder.State.OPEN).update(state=PrepayOrder.State.CANCELLED)
    fen = quote.total_fen if plan == PAY_OFF else min(amount_fen, quote.total_fen)
    order = PrepayOrder.objects.create(
        loan=loan, plan=plan, quoted_fen=fen, valid_on=valid_on, asked_by=actor, asked_at=now
    )
    journal.record(
        "loans.prepayment_ordered", subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now,
        data={"ref": loan.ref, "plan": plan, "amount_fen": fen, "valid_on": valid_on.isoformat()},
    )  # fmt: skip
    return order


@transaction.atomic
def cancel_order(*, loan_ref: str, actor: str, now: datetime) -> int:
    """The borrower thinks otherwise. Answers how many open orders ended: one, or none."""
    loan = _locked(loan_ref)
    ended = PrepayOrder.objects.filter(loan=loan, state=PrepayOrder.State.OPEN)
    return ended.update(state=PrepayOrder.State.CANCELLED)


def pay_back(*, loan: Loan, amount_fen: int, reason: str, key: str, actor: str, now: datetime) -> PlanChange:
    """Credit leaves the loan (commands/crediting.py, inside its transaction and under the loan's lock)."""
    terms = {"amount_fen": amount_fen}
    return _without_money(loan, PlanChange.Kind.PAY_BACK, terms=terms, reason=reason, key=key, actor=actor, now=now)


def plan_with_money(
    account: replay.Account, *, receipt: str, amount_fen: int, paid_at: datetime, plan: str, actor: str, now: datetime
) -> PlanChange | None:
    """The change that a repayment comes with, made before it is booked: as the caller says, or as was ordered."""
    on = replay.paid_on(paid_at)
    order = None
    if not plan:
        found = PrepayOrder.objects.filter(loan=account.loan, state=PrepayOrder.State.OPEN, valid_on=on).first()
        order = found if found is not None and _is_ordered(found, amount_fen) else None
        plan = order.plan if order is not None else ""
    if not plan:
        return None
    _ours(account.loan)
    replay.start_of(account, keep=True)
    kind = PlanChange.Kind.PAY_OFF if plan == PAY_OFF else PlanChange.Kind.PREPAY
    change = _create(
        account, kind, at=paid_at, on=on, terms={}, reason="", key=f"{plan}:{receipt}", actor=actor, now=now,
        receipt=receipt, keep="" if plan == PAY_OFF else plan,
    )  # fmt: skip
    if order is not None:
        order.state, order.change = PrepayOrder.State.USED, change
        order.save(update_fields=["state", "change"])
    _tell("loans.plan_changed", change, account.loan, actor=actor, now=now)
    return change


def _is_ordered(order: PrepayOrder, amount_fen: int) -> bool:
    """Whether this money is that of the order: about the sum that it takes by now."""
    takes = quotes.quote(order.loan_id, on=order.valid_on).total_fen if order.plan == PAY_OFF else order.quoted_fen
    over, under = ORDER_SHARE
    return amount_fen * under >= takes * over


def _without_money(
    loan: Loan, kind: str, *, terms: dict[str, Any], reason: str, key: str, actor: str, now: datetime,
    on: date | None = None,
) -> PlanChange:  # fmt: skip
    reason = reason.strip()
    if not reason:
        raise InputError("reason", "missing", "a change of the plan needs its reason")
    known = PlanChange.objects.filter(key=key).first()
    if known is not None:
        if (known.loan_id, known.kind) != (loan.pk, kind):
            raise CommandRefused("key_reused", f"key {key} was used for something else")
        return known
    today = replay.paid_on(now)
    on = on or today
    if not loan.disbursed_on <= on <= today:
        raise InputError("on", "out_of_order", "between the disbursement and today")
    account = replay.load(loan)
    start = replay.start_of(account, keep=True)
    change = _create(
        account, kind, at=now if on == today else _end_of(on), on=on, terms=terms, reason=reason, key=key, actor=actor,
        now=now,
    )  # fmt: skip
    replay.rebook(account, start, cause="plan", on=max(today, account.head.aged_on), now=now)
    if change.state != PlanChange.State.HELD and kind != PlanChange.Kind.PAY_BACK:
        raise CommandRefused(change.why, f"this cannot hold: {change.why}")  # the transaction undoes all of it
    _tell("loans.plan_changed", change, loan, actor=actor, now=now)
    return change


def _create(
    account: replay.Account, kind: str, *, at: datetime, on: date, terms: dict[str, Any], reason: str, key: str,
    actor: str, now: datetime, receipt: str = "", keep: str = "",
) -> PlanChange:  # fmt: skip
    loan = account.loan
    ordinal = PlanChange.objects.filter(loan=loan).count() + 1
    if ordinal > CHANGES_MAX or len(account.rows) >= INSTALMENTS_MAX:
        raise CommandRefused("too_many_changes", "the plan of this loan was changed as often as it can be")
    change = PlanChange.objects.create(
        key=key[:80], loan=loan, kind=kind, at=at, on=on, receipt=receipt, keep=keep, terms=terms, reason=reason[:200],
        first_n=BLOCK * ordinal + 1, actor=actor, booked_at=now,
    )  # fmt: skip
    account.changes.append(change)
    return change


def _locked(ref: str) -> Loan:
    loan = replay.lock(ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {ref}")
    _ours(loan)
    return loan


def _ours(loan: Loan) -> None:
    """What the lender's core keeps is planned there: the next telling would take away what we changed."""
    if Mirror.objects.filter(loan=loan).exists():
        raise CommandRefused("kept_by_core", f"loan {loan.ref} is kept by the lender's core: change its plan there")


def _end_of(on: date) -> datetime:
    """After all money of the day."""
    return datetime.combine(on, time(23, 59, 59, 999_999), ZoneInfo(settings.LENDER_TIME_ZONE))


def _check_plan(plan: NewPlan) -> None:
    if not plan.due_on:
        raise InputError("due_on", "missing", "a new plan needs its due dates")
    if len(plan.due_on) > BLOCK - 2:
        raise InputError("due_on", "too_long", "a plan has fewer due dates than that")
    if any(b <= a for a, b in zip(plan.due_on, plan.due_on[1:], strict=False)):
        raise InputError("due_on", "out_of_order", "due dates must rise")
    if plan.method not in METHODS:
        raise InputError("method", "unknown", f"{plan.method!r} is not a known method")
    if plan.rate is not None and not 0 <= plan.rate <= 1:
        raise InputError("rate", "out_of_range", "a rate lies between 0 and 1")
    for field, fen in (("waive_penalty", plan.waive_penalty_fen), ("waive_interest", plan.waive_interest_fen)):
        if fen < 0:
            raise InputError(field, "negative", "nothing negative can be waived")


def _tell(kind: str, change: PlanChange, loan: Loan, *, actor: str, now: datetime) -> None:
    data = {"ref": loan.ref, "change": change.pk, "kind": str(change.kind), "on": change.on.isoformat()}
    journal.record(kind, subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now, data=data)
