"""Random loans in the real database: lent, paid, told late, taken back, and aged by day-end in between."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.commands import (
    age,
    fall_due,
    planning,
    record_repayment,
    record_repayments,
    refresh_head,
    reverse_repayment,
    set_business_date,
)
from jietong.loans.models import ImportRun, Instalment, Loan, LoanHead, PlanChange, Product
from jietong.loans.queries import quotes
from jietong.loans.rules.buckets import bucket_on
from jietong.loans.sql import posting_set
from jietong.loans.tests.random_book import Line, RandomLoan
from jietong.simulator.tests.cast import make_borrower


def noon(day: date) -> datetime:
    """Noon in Shanghai."""
    return datetime.combine(day, time(4), UTC)


@transaction.atomic
def lend(loans: Sequence[RandomLoan], *, with_heads_told: bool = True) -> None:
    """Book the loans as they came; those with figures of their own as from a tape of their first day.

    Without `with_heads_told` only what money makes of a head is written, and day-end finds out the rest.
    """
    who = make_borrower()
    products: dict[str, Product] = {}
    sources = {loan.ref: _tape(loan) for loan in loans if loan.start_on != loan.disbursed_on or _has_past(loan)}
    ImportRun.objects.bulk_create(sources.values())
    rows = []
    for loan in loans:
        code = f"{loan.multiple}/{'-'.join(part[0:2] for part in loan.order)}"
        terms = {"penalty_multiple": loan.multiple, "allocation_order": list(loan.order)}
        products.setdefault(code, Product.objects.get_or_create(code=code, defaults=terms)[0])
        rows.append(
            Loan(
                ref=loan.ref, borrower=who, product=products[code], creditor="青禾消费金融有限公司",
                principal_fen=max(sum(line.owed[0] for line in loan.lines), 1), rate=loan.rate,
                rate_unit=loan.rate_unit, method="equal_instalment", instalment_count=len(loan.lines),
                disbursed_on=loan.disbursed_on, booked_at=noon(loan.start_on), source=sources.get(loan.ref),
                status="active" if any(sum(line.owed) > sum(line.paid) for line in loan.lines) else "settled",
            )
        )  # fmt: skip
    Loan.objects.bulk_create(rows, batch_size=2000)
    Instalment.objects.bulk_create(
        (_instalment(booked, loan, line) for booked, loan in zip(rows, loans, strict=True) for line in loan.lines),
        batch_size=5000,
    )
    LoanHead.objects.bulk_create((_head(b, loan) for b, loan in zip(rows, loans, strict=True)), batch_size=2000)
    for booked, loan in zip(rows, loans, strict=True) if with_heads_told else ():
        refresh_head(booked, on=loan.start_on, now=noon(loan.start_on), cause="import")


def _has_past(loan: RandomLoan) -> bool:
    return any(sum(line.paid) or line.owed[3] for line in loan.lines)


def _instalment(booked: Loan, loan: RandomLoan, line: Line) -> Instalment:
    fell_due = booked.source_id is not None and line.due_on <= loan.start_on
    return Instalment(
        loan=booked, n=line.n, due_on=line.due_on, penalty_through_on=line.through_on,
        principal_fen=line.owed[0], interest_fen=line.owed[1], fee_fen=line.owed[2], penalty_fen=line.owed[3],
        principal_paid_fen=line.paid[0], interest_paid_fen=line.paid[1], fee_paid_fen=line.paid[2],
        penalty_paid_fen=line.paid[3], interest_booked=sum(line.paid) > 0 or fell_due,
    )  # fmt: skip


def _head(booked: Loan, loan: RandomLoan) -> LoanHead:
    unpaid = [line for line in loan.lines if sum(line.owed) > sum(line.paid)]
    oldest = unpaid[0].due_on if unpaid else None
    return LoanHead(
        loan=booked, borrower_id=booked.borrower_id, aged_on=loan.start_on, updated_at=noon(loan.start_on),
        outstanding_principal_fen=sum(line.owed[0] - line.paid[0] for line in unpaid),
        outstanding_fen=sum(sum(line.owed) - sum(line.paid) for line in unpaid), oldest_unpaid_due_on=oldest,
        bucket=bucket_on(oldest, loan.start_on) if booked.source_id else "M0", next_change_on=loan.start_on,
    )  # fmt: skip


def _tape(loan: RandomLoan) -> ImportRun:
    return ImportRun(
        sha256=loan.ref, file_name=loan.ref, as_of=loan.start_on, started_at=noon(loan.start_on),
        finished_at=noon(loan.start_on),
    )  # fmt: skip


def live(loans: Sequence[RandomLoan], until: date, *, plans: Sequence[PlanAct] = (), in_files: bool = False) -> int:
    """Day after day: what is told, taken back and planned that day, then its day-end. Answers the commands run.

    A change of the plan that cannot hold is refused, and counts for nothing. in_files: the money told on a day is
    booked as one file, in sets.
    """
    acts: list[tuple[date, int, str, str, Any]] = [
        (one.told_on, 0, one.receipt, loan.ref, one) for loan in loans for one in loan.receipts
    ]
    acts += [
        (one.back_on, 1, one.receipt, loan.ref, one)
        for loan in loans
        for one in loan.receipts
        if one.back_on is not None
    ]
    acts += [(one.on, 2, one.key, one.ref, one) for one in plans]
    heapq.heapify(acts)
    day, done = min(loan.start_on for loan in loans), 0
    while day <= until:
        of_day = []
        while acts and acts[0][0] <= day:
            of_day.append(heapq.heappop(acts))
        with transaction.atomic():
            done += _one_day(of_day, day, in_files=in_files)
        day = _next(day, acts[0][0] if acts else None)
    set_business_date(business_date=until, now=noon(until))
    return done


def _one_day(acts: Sequence[tuple[date, int, str, str, Any]], day: date, *, in_files: bool) -> int:
    now, done = noon(day), 0
    told = [(ref, one) for _on, rank, _key, ref, one in acts if rank == 0]
    if in_files and told:
        lines = [posting_set.Line(one.receipt, ref, one.amount_fen, one.paid_at) for ref, one in told]
        assert not [answer for answer in record_repayments(lines, actor="bank", now=now) if answer.code]
    for ref, one in told if not in_files else ():
        record_repayment(
            receipt=one.receipt, loan_ref=ref, amount_fen=one.amount_fen, paid_at=one.paid_at, actor="bank", now=now
        )
    for _on, rank, receipt, _ref, one in acts:
        if rank == 1:
            reverse_repayment(receipt=receipt, reason="退票", actor="bank", now=now)
        elif rank == 2:
            done += plan(one, now=now)
    if LoanHead.objects.filter(next_change_on__lte=day).exists():
        fall_due(business_date=day, now=now)
        age(business_date=day, now=now)
    return done + len(told) + sum(rank == 1 for _on, rank, *_rest in acts)


KINDS = ("pay_off", "term", "instalment", "replan", "replan", "waive", "write_off", "undo", "undo")


@dataclass(frozen=True)
class PlanAct:
    """Something a lender does to a loan's plan on a day; fen, days: what the kind needs."""

    key: str
    ref: str
    on: date
    kind: str  # of KINDS
    fen: int
    days: tuple[int, ...] = ()


def plan_acts(loans: Sequence[RandomLoan], until: date, *, seed: int) -> list[PlanAct]:
    """About two acts for every other loan, of every kind, on random days."""
    dice, found = random.Random(seed), []
    for loan in loans:
        for k in range(dice.choice((0, 0, 1, 2, 4))):
            kind = dice.choice(
                ("pay_off", "term", "instalment", "replan", "replan", "waive", "write_off", "undo", "undo")
            )
            on = loan.start_on + timedelta(days=dice.randrange(1, max((until - loan.start_on).days, 2)))
            days = tuple(sorted(dice.sample(range(1, 200), dice.randrange(1, 6))))
            found.append(PlanAct(f"{loan.ref}-{k}", loan.ref, on, kind, dice.choice((100, 5_000, 60_000, 10**7)), days))
    return found


def plan(act: PlanAct, *, now: datetime) -> bool:
    """Whether it was done. Early settlement asks the book what it takes, as the borrower's page does."""
    why = {"reason": "与借款人商定", "key": act.key, "actor": "staff:1", "now": now}
    loan = Loan.objects.get(ref=act.ref)
    try:
        with transaction.atomic():
            if act.kind in {"pay_off", "term", "instalment"}:
                quote = quotes.quote(loan.pk, on=act.on)
                fen = quote.total_fen if act.kind == "pay_off" else quote.due_fen + quote.accrued_fen + act.fen
                record_repayment(
                    receipt=act.key, loan_ref=act.ref, amount_fen=fen, paid_at=now, actor="bank", now=now, plan=act.kind
                )
            elif act.kind == "replan":
                due_on = tuple(act.on + timedelta(days=day) for day in act.days)
                planning.replan(loan_ref=act.ref, plan=planning.NewPlan(due_on), **why)
            elif act.kind == "waive":
                planning.waive_penalty(loan_ref=act.ref, penalty_fen=act.fen, **why)
            elif act.kind == "write_off":
                planning.write_off(loan_ref=act.ref, **why)
            else:
                last = loan.plan_changes.filter(undone_at=None).latest("pk")
                planning.undo_plan_change(change_id=last.pk, reason="写错了", actor="staff:1", now=now)
    except (CommandRefused, InputError, PlanChange.DoesNotExist):
        return False
    return True


def _next(day: date, act_on: date | None) -> date:
    """The next day on which anything is told or changes by time."""
    change_on = LoanHead.objects.aggregate(day=Min("next_change_on"))["day"]
    known = [found for found in (act_on, change_on) if found is not None]
    return max(min(known, default=date.max), day + timedelta(days=1)) if known else date.max
