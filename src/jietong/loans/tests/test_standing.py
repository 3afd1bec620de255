"""A past day asked later answers as it was, as long as no money turns out to have come by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.loans.commands import NewPlan, classify, record_repayment, replan, write_off
from jietong.loans.queries.book import loan as view_of
from jietong.loans.queries.classes import class_on
from jietong.loans.queries.standing import Standing, late_loans, late_of, standings
from jietong.loans.tests.replay_world import day, lend, live_until, noon

pytestmark = pytest.mark.django_db
LOOK = day(100)


def seen(loan_id: int) -> Standing:
    (found,) = standings(LOOK, since=date(2026, 1, 1), loan_ids=[loan_id])
    return found


@given(
    st.lists(st.tuples(st.integers(6, 200), st.integers(1, 4000_00)), max_size=5),
)
@settings(max_examples=15, deadline=None)
def test_later_money_and_later_days_do_not_change_the_past(moneys: list[tuple[int, int]]) -> None:
    loan = lend()
    before, after = [m for m in moneys if m[0] <= 100], [m for m in moneys if m[0] > 100]
    for place, (n, fen) in enumerate(sorted(before)):
        live_until(loan, day(n))
        record_repayment(receipt=f"{loan.ref}-a{place}", loan_ref=loan.ref, amount_fen=fen, paid_at=noon(day(n)),
                         actor="bank", now=noon(day(n)))  # fmt: skip
    live_until(loan, LOOK)
    classify(business_date=LOOK, now=noon(LOOK))
    then, view = seen(loan.pk), view_of(loan.pk, on=LOOK)
    assert then.balance_fen == view.outstanding_principal_fen
    assert then.days_past_due == view.days_past_due
    late_part = [i for i in view.instalments if i.due_on < LOOK] if then.days_past_due else []
    assert then.overdue_fen == sum(i.principal_left_fen + i.interest_left_fen + i.fee_left_fen for i in late_part)
    assert then.asset_class == class_on(loan.pk, LOOK)
    for place, (n, fen) in enumerate(sorted(after)):
        live_until(loan, day(n))
        record_repayment(receipt=f"{loan.ref}-b{place}", loan_ref=loan.ref, amount_fen=fen, paid_at=noon(day(n)),
                         actor="bank", now=noon(day(n)))  # fmt: skip
    live_until(loan, day(250))
    classify(business_date=day(250), now=noon(day(250)))
    assert seen(loan.pk) == replace(then, cured_on=seen(loan.pk).cured_on)


def test_who_is_late_is_read_from_the_heads() -> None:
    loan = lend()
    due = date(2026, 2, 15)
    assert late_loans(on=due) == {}
    assert late_loans(on=due + timedelta(days=3), at_least_days=3) == {loan.pk: (loan.borrower_id, due)}
    assert late_loans(on=due + timedelta(days=3), at_least_days=4) == {}
    assert late_of(loan.borrower_id, on=due + timedelta(days=3)) == {loan.pk: 3}


def test_a_plan_that_changed_later_was_still_the_old_one() -> None:
    loan = lend()
    live_until(loan, LOOK)
    then = seen(loan.pk)
    write_off(loan_ref=loan.ref, reason="核销", key="w1", actor="staff:1", now=noon(day(150)))
    later = noon(day(160))
    record_repayment(receipt="after", loan_ref=loan.ref, amount_fen=500_00, paid_at=later, actor="bank", now=later)
    assert replace(seen(loan.pk), asset_class="", cured_on=None) == replace(then, asset_class="", cured_on=None)
    (gone,) = standings(day(170), since=date(2026, 1, 1), loan_ids=[loan.pk])
    assert (gone.status, gone.balance_fen > 0, gone.days_past_due > 0) == ("written_off", True, True)


def test_a_loan_that_was_planned_anew_was_late_before(db: None) -> None:
    loan = lend()
    live_until(loan, LOOK)
    then = seen(loan.pk)
    assert then.days_past_due > 0
    at = noon(day(150))
    plan = NewPlan(due_on=(day(200), day(230), day(260)))
    replan(loan_ref=loan.ref, plan=plan, reason="协商", key="r1", actor="staff:1", now=at)
    now_seen = seen(loan.pk)
    assert replace(now_seen, asset_class="", cured_on=None) == replace(then, asset_class="", cured_on=None)
    (after,) = standings(day(160), since=date(2026, 1, 1), loan_ids=[loan.pk])
    assert (after.days_past_due, after.status) == (0, "active")


def test_part_by_part_tells_what_all_at_once_tells() -> None:
    for paid in (0, 1, 3):
        lend(paid=paid)
    whole = list(standings(LOOK, since=date(2026, 1, 1)))
    assert len(whole) == 3
    for at_once in (1, 2, 3):
        assert list(standings(LOOK, since=date(2026, 1, 1), at_once=at_once)) == whole
