"""Day-end and a repayment in the same moment, on two connections: the second sees what the first has done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction

from jietong.loans.commands import age, fall_due, record_repayment
from jietong.loans.models import LoanHead
from jietong.loans.queries.quotes import quote
from jietong.loans.tests.replay_world import agree, balance, lend, moves, noon

pytestmark = pytest.mark.usefixtures("committed_db")
DUE = date(2026, 2, 15)


def run(step: Callable[..., object], day: date) -> None:
    try:
        step(business_date=day, now=noon(day))
    finally:
        connection.close()


def waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("step", [fall_due, age])
def test_a_loan_paid_while_day_end_runs_is_not_aged_and_earns_its_interest_once(step: Callable[..., object]) -> None:
    with transaction.atomic():
        loan = lend(instalments=1, principal_fen=1000_00)
        day = DUE + timedelta(days=1)
        if step is age:
            fall_due(business_date=day, now=noon(day))
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            record_repayment(
                receipt="A", loan_ref=loan.ref, amount_fen=1013_00, paid_at=noon(DUE), actor="bank", now=noon(day)
            )
            running = other.submit(run, step, day)
            while not waits():
                assert not running.done(), running.exception()
        running.result(30)
    assert LoanHead.objects.get(loan=loan).bucket == "M0"
    assert moves(loan) == []
    assert balance(loan, "interest_income") == -12_00
    agree(loan)


def test_a_repayment_waits_for_interest_that_is_falling_due() -> None:
    with transaction.atomic():
        loan = lend(instalments=1, principal_fen=1000_00)

    def pay(*, business_date: date, now: datetime) -> None:
        record_repayment(receipt="A", loan_ref=loan.ref, amount_fen=500_00, paid_at=now, actor="bank", now=now)

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            fall_due(business_date=DUE, now=noon(DUE))
            running = other.submit(run, pay, DUE)
            while not waits():
                assert not running.done(), running.exception()
        running.result(30)
    assert balance(loan, "interest_income") == -12_00
    agree(loan)


def test_two_payments_of_one_moment_settle_a_loan_once_and_the_second_is_the_borrowers() -> None:
    """The borrower settles early by hand while a transfer is being booked: neither takes what the other has paid."""
    with transaction.atomic():
        loan = lend(instalments=3, principal_fen=900_00)
    on = DUE - timedelta(days=7)
    total = quote(loan.pk, on=on).total_fen

    def pay(*, business_date: date, now: datetime) -> None:
        record_repayment(
            receipt="B", loan_ref=loan.ref, amount_fen=total, paid_at=now, actor="bank", now=now, plan="pay_off"
        )

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            record_repayment(
                receipt="A", loan_ref=loan.ref, amount_fen=total, paid_at=noon(on), actor="borrower", now=noon(on),
                plan="pay_off",
            )  # fmt: skip
            running = other.submit(run, pay, on)
            while not waits():
                assert not running.done(), running.exception()
        running.result(30)
    loan.refresh_from_db()
    assert (loan.status, balance(loan, "borrower_credit")) == ("settled", -total)
    assert list(loan.plan_changes.values_list("receipt", "state", "why")) == [
        ("A", "held", ""),
        ("B", "not_held", "nothing_left"),
    ]
    agree(loan)
