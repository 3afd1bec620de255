"""A loan with its ledger in the real database, and days that go by: for the tests of replay and reversal."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Sum

from jietong.loans import ledger
from jietong.loans.commands import age, fall_due
from jietong.loans.models import BucketMove, Loan, LoanHead, Posting, Repayment
from jietong.simulator.tests.cast import make_borrower, make_loan

LENT_ON = date(2026, 1, 15)
ENTERED_ON = date(2026, 1, 20)


def noon(day: date) -> datetime:
    """Noon in Shanghai."""
    return datetime.combine(day, time(4), UTC)


def lend(*, instalments: int = 6, principal_fen: int = 6000_00, paid: int = 0) -> Loan:
    """A loan at 14.4 % that came with its first `paid` instalments paid, and the ledger that says so."""
    who = make_borrower()
    loan = make_loan(
        who, disbursed_on=LENT_ON, principal_fen=principal_fen, instalments=instalments, paid=paid, as_of=ENTERED_ON
    )
    steps = [("loan_principal", "disbursement_clearing", principal_fen)]
    for row in loan.instalments.filter(n__lte=paid):
        steps += ledger.income_steps(interest=row.interest_fen)
        steps += ledger.money_steps([[row.n, "principal", row.principal_fen], [row.n, "interest", row.interest_fen]], 0)
    ledger.post(loan, steps, "opening", entry=uuid.uuid4(), on=ENTERED_ON, now=noon(ENTERED_ON))
    return loan


def live_until(loan: Loan, day: date) -> None:
    """Close every date up to `day`; those on which nothing changes by time do nothing and are left out."""
    while True:
        change_on = LoanHead.objects.get(loan=loan).next_change_on
        if change_on is None or change_on > day:
            return
        close = max(change_on, ENTERED_ON)
        fall_due(business_date=close, now=noon(close))
        age(business_date=close, now=noon(close))


def day(n: int) -> date:
    return LENT_ON + timedelta(days=n)


def balance(loan: Loan, account: str) -> int:
    rows = Posting.objects.filter(loan=loan)
    into = rows.filter(debit=account).aggregate(s=Sum("amount_fen"))["s"] or 0
    return into - (rows.filter(credit=account).aggregate(s=Sum("amount_fen"))["s"] or 0)


def agree(loan: Loan) -> None:
    """The accounts say what the instalments say, to the fen, and no account of income has earned less than nothing."""
    rows = list(loan.instalments.all())
    in_force = Repayment.objects.filter(loan=loan, reversed_at=None)
    received = sum(row.amount_fen for row in in_force)
    split = sum(part[2] for row in in_force for part in row.split)
    lost, back = gone(loan)
    recovered = [part for row in in_force if row.is_recovery for part in row.split]
    off = {part: fen - sum(p[2] for p in recovered if p[1] == part) for part, fen in lost.items()}
    left = sum(r.principal_fen - r.principal_paid_fen for r in rows)
    assert balance(loan, "loan_principal") == left - off["principal"]
    for part in ("interest", "fee"):
        booked = [r for r in rows if r.interest_booked]
        left = sum(getattr(r, f"{part}_fen") - getattr(r, f"{part}_paid_fen") for r in booked)
        assert balance(loan, f"{part}_receivable") == left - off[part]
        assert -balance(loan, f"{part}_income") == sum(getattr(r, f"{part}_fen") for r in booked)
        assert not any(getattr(r, f"{part}_paid_fen") for r in rows if not r.interest_booked)
    assert balance(loan, "penalty_receivable") == sum(r.penalty_fen - r.penalty_paid_fen for r in rows) - off["penalty"]
    assert -balance(loan, "penalty_income") == sum(r.penalty_fen for r in rows)
    assert -balance(loan, "borrower_credit") == sum(row.credit_fen for row in in_force) - back
    assert received - split == sum(row.credit_fen for row in in_force)
    assert (balance(loan, "write_off_loss"), -balance(loan, "recovery_income")) == (
        sum(lost.values()),
        sum(p[2] for p in recovered),
    )
    paid = sum(r.principal_paid_fen + r.interest_paid_fen + r.fee_paid_fen + r.penalty_paid_fen for r in rows)
    assert balance(loan, "cash") == paid + received - split - back
    assert all(ledger.left_fen(r) == 0 for r in rows if r.closed_by_id)
    head = LoanHead.objects.get(loan=loan)
    assert head.outstanding_fen == sum(ledger.left_fen(r) for r in rows)


def gone(loan: Loan) -> tuple[dict[str, int], int]:
    """What was written off by component, and what was paid back of the credit."""
    in_force = loan.plan_changes.filter(undone_at=None)
    amounts = [0, 0, 0, 0]
    for change in in_force.filter(kind="write_off", state="held"):
        amounts = change.figures["amounts"]
    back = sum(change.terms["amount_fen"] for change in in_force.filter(kind="pay_back"))
    return dict(zip(ledger.RECEIVABLE, amounts, strict=True)), back


def figures(loan: Loan) -> dict[str, list]:
    """Everything derived of a loan, without keys, causes and times of writing."""
    head = LoanHead.objects.filter(loan=loan)
    instalments = loan.instalments.order_by("n").values_list(
        "n", "principal_paid_fen", "interest_paid_fen", "fee_paid_fen", "penalty_fen", "penalty_paid_fen",
        "penalty_through_on", "interest_booked",
    )  # fmt: skip
    in_force = Repayment.objects.filter(loan=loan, reversed_at=None).order_by("receipt")
    accounts = ("cash", "borrower_credit", *ledger.RECEIVABLE.values(), *ledger.INCOME.values())
    return {
        "instalments": list(instalments),
        "head": list(
            head.values_list(
                "outstanding_fen", "outstanding_principal_fen", "oldest_unpaid_due_on", "next_due_on", "bucket",
                "next_change_on", "loan__status",
            )
        ),
        "moves": moves(loan),
        "repayments": list(in_force.values_list("receipt", "amount_fen", "split", "credit_fen")),
        "ledger": [(account, balance(loan, account)) for account in accounts],
    }  # fmt: skip


def moves(loan: Loan) -> list[tuple[date, str, str]]:
    rows = BucketMove.objects.filter(loan=loan, superseded_at=None).order_by("on", "pk")
    return list(rows.values_list("on", "from_bucket", "to_bucket"))
