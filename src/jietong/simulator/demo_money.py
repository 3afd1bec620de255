"""Money of the demo that did not find its way by itself: transfers to claim, one that was paid too much, a new plan.

All of it goes through the commands that a bank's file, a specialist and a borrower would use.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.loans import commands as loans
from jietong.loans.bank_statement import Line, Statement, Unread
from jietong.loans.models import Loan
from jietong.loans.queries.quotes import quote
from jietong.loans.rules.periods import add_months

PICKED_MAX = 40


def bring_money(*, without: set[int], today: date, now: datetime) -> int:
    """A statement of yesterday and what people did with older money; answers how many things were done. `without`:
    borrowers whose figures a story tells."""
    yesterday = today - timedelta(days=1)
    running = Loan.objects.filter(status=Loan.Status.ACTIVE).exclude(borrower_id__in=without)
    picked = list(running.select_related("borrower").order_by("pk")[:PICKED_MAX])
    if len(picked) < 3:
        return 0
    lines = _transfers(picked, yesterday)
    content = repr([(one.serial, one.amount_fen) for one in lines])
    statement = Statement(
        f"来账{yesterday:%Y%m%d}.csv", hashlib.sha256(content.encode()).hexdigest(), "GB18030", tuple(lines),
        (Unread(8, ("DEMO-B0008", "不详", "88.00", "钱*", "", "还贷"), "paid_at", "not_a_date"),),
    )  # fmt: skip
    loans.claim_statement(statement, actor="system:demo", now=now)
    _paid_too_much(picked[1], yesterday, now=now)
    _planned_anew(picked, today, now=now)
    return len(lines) + 2


def _transfers(picked: list[Loan], day: date) -> list[Line]:
    first, second, third = (one.borrower for one in picked[:3])
    told = [
        ("DEMO-B0001", 9, 300_00, "王大山", f"还 {picked[0].ref}"),
        ("DEMO-B0002", 10, 812_40, first.name, "还款"),
        ("DEMO-B0003", 11, 1200_00, "赵六", "货款"),
        ("DEMO-B0004", 14, 500_00, second.name, "这个月的"),
        ("DEMO-B0005", 15, 66_00, "", "利息"),
        ("DEMO-B0006", 16, 150_00, third.name, f"{picked[2].ref} 还一部分"),
    ]
    return [
        Line(n, serial, _at(day, hour), fen, payer, "", text)
        for n, (serial, hour, fen, payer, text) in enumerate(told, start=2)
    ]


def _paid_too_much(loan: Loan, day: date, *, now: datetime) -> None:
    """Settled early with a round sum: what was over waits to be paid back, as the borrower asked."""
    total = quote(loan.pk, on=day).total_fen
    loans.record_repayment(
        receipt="DEMO-B0100", loan_ref=loan.ref, amount_fen=-(-total // 100_00) * 100_00 + 50_00, paid_at=_at(day, 17),
        actor="system:demo", now=now, plan="pay_off",
    )  # fmt: skip
    loans.ask_credit_back(loan_ref=loan.ref, actor=f"borrower:{loan.borrower_id}", now=now)


def _planned_anew(picked: list[Loan], today: date, *, now: datetime) -> None:
    """The latest of them got new dates."""
    late = max(picked[3:] or picked[2:], key=lambda one: (-one.instalments.filter(due_on__lt=today).count(), one.pk))
    dates = tuple(add_months(today, k) for k in range(1, 13))
    loans.replan(
        loan_ref=late.ref, plan=loans.NewPlan(dates, waive_penalty_fen=20_00), reason="收入减少，协商延期到 12 期",
        key="demo:replan", actor="system:demo", now=now,
    )  # fmt: skip


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 12), ZoneInfo(settings.LENDER_TIME_ZONE))
