"""A promise follows its money: taken back, or come in time without our knowing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jietong.borrowers.models import Borrower
from jietong.config.wiring import WIRING
from jietong.contacts.models import StopReason
from jietong.kernel.errors import CommandRefused
from jietong.kernel.journal import deliver_now
from jietong.kernel.models import Event
from jietong.loans.commands import record_repayment, reverse_repayment
from jietong.loans.models import Loan
from jietong.recovery.commands import decide_promises, move_cases, record_promise
from jietong.recovery.models import Case, Promise
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

PROMISED = TODAY + timedelta(days=3)
AFTER = PROMISED + timedelta(days=2)  # the day of grace is over


def hear() -> None:
    """Deliver what the worker would: all news of repayments, twice, as may happen."""
    for event in Event.objects.filter(kind__in=WIRING).order_by("seq"):
        for handler in WIRING[event.kind] * 2:
            deliver_now(handler=handler, seq=event.seq)


def promise(who: Borrower) -> Promise:
    return record_promise(borrower_id=who.pk, amount_fen=500_00, due_on=PROMISED, actor="staff:lin", now=NOW)


def pay(who: Borrower, told_on: date = TODAY) -> None:
    record_repayment(
        receipt="R1", loan_ref=Loan.objects.get(borrower=who).ref, amount_fen=500_00, paid_at=NOW + timedelta(hours=1),
        actor="bank", now=NOW + (told_on - TODAY) + timedelta(hours=1),
    )  # fmt: skip
    hear()


def take_back(on: date = TODAY) -> None:
    reverse_repayment(receipt="R1", reason="退票", actor="bank", now=NOW + (on - TODAY) + timedelta(hours=2))
    hear()


def stopped(who: Borrower) -> bool:
    return StopReason.objects.filter(borrower=who, reason="promise_active", lifted_at=None).exists()


def test_a_kept_promise_runs_again_while_its_days_last(wang: Borrower) -> None:
    made = promise(wang)
    pay(wang)
    made.refresh_from_db()
    assert (made.state, stopped(wang)) == ("kept", False)
    take_back()
    made.refresh_from_db()
    assert (made.state, made.decided_on, made.paid_fen, stopped(wang)) == ("active", None, 0, True)
    with pytest.raises(CommandRefused) as refused:
        promise(wang)
    assert refused.value.code == "promise_active"


def test_a_kept_promise_is_broken_when_its_days_are_over(wang: Borrower) -> None:
    made = promise(wang)
    pay(wang)
    take_back(AFTER)
    made.refresh_from_db()
    assert (made.state, made.decided_on, made.paid_fen) == ("broken", AFTER, 0)
    assert not stopped(wang)


def test_a_broken_promise_is_kept_when_the_money_had_come_in_time(wang: Borrower) -> None:
    made = promise(wang)
    decide_promises(business_date=AFTER, now=NOW + (AFTER - TODAY))
    made.refresh_from_db()
    assert made.state == "broken"
    pay(wang, told_on=AFTER)
    made.refresh_from_db()
    assert (made.state, made.paid_fen) == ("kept", 500_00)


def test_a_promise_made_since_runs_in_place_of_the_old_one(wang: Borrower) -> None:
    old = promise(wang)
    pay(wang)
    new = promise(wang)
    take_back()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == ("cancelled", "active")


def test_the_strangers_promise_is_left_alone(wang: Borrower, desk: object) -> None:
    stranger = make_borrower("周同")
    make_loan(stranger, paid=4)
    theirs = promise(stranger)
    promise(wang)
    pay(wang)
    take_back()
    theirs.refresh_from_db()
    assert (theirs.state, theirs.paid_fen) == ("active", 0)


def test_the_case_comes_back_with_the_debt(wang: Borrower) -> None:
    move_cases(business_date=TODAY, now=NOW)
    owed = 20_000_00
    record_repayment(
        receipt="R1", loan_ref=Loan.objects.get(borrower=wang).ref, amount_fen=owed, paid_at=NOW, actor="bank", now=NOW
    )
    move_cases(business_date=TODAY + timedelta(days=1), now=NOW)
    assert Case.objects.get(borrower=wang).close_reason == "cured"
    take_back()
    move_cases(business_date=TODAY + timedelta(days=2), now=NOW)
    assert Case.objects.get(borrower=wang, closed_on=None).stage == "M1"
