"""Interest accrued in total per product is, to the fen, what is posted per loan, whatever money does in between."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jietong.loans.commands import accrue, age, fall_due, record_repayment, reverse_repayment
from jietong.loans.models import AccrualCohort, Loan, Posting, ProductAccrual
from jietong.loans.queries.closing import accrual_differences
from jietong.loans.rules.accrual import accrued_fen
from jietong.loans.tests.replay_world import ENTERED_ON, LENT_ON, day, lend, noon

START = date(2026, 1, 1)


@given(st.integers(0, 10**9), st.integers(1, 62), st.lists(st.integers(-5, 70), min_size=2, max_size=8))
@settings(max_examples=200)
def test_a_cohort_accrues_from_nothing_to_all_and_never_goes_back(interest: int, days: int, looks: list[int]) -> None:
    due_on = START + timedelta(days=days)

    def told(n: int) -> int:
        return accrued_fen(interest, from_on=START, due_on=due_on, on=START + timedelta(days=n))

    figures = [told(n) for n in sorted(looks)]
    assert figures == sorted(figures)
    assert (told(0), told(days)) == (0, interest)
    assert sum(told(n + 1) - told(n) for n in range(days)) == interest


@pytest.mark.django_db
@given(
    st.lists(
        st.tuples(st.integers(1, 9_999_99), st.integers(1, 3), st.integers(1, 61), st.integers(-3, 70)),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_accrues_as_the_rule_says(cohorts: list[tuple[int, int, int, int]]) -> None:
    with transaction.atomic():
        loan = lend(instalments=1)
        on = START + timedelta(days=30)
        rows = {
            (START + timedelta(days=start), START + timedelta(days=start + days)): fen
            for fen, _, days, start in cohorts
        }
        AccrualCohort.objects.bulk_create(
            AccrualCohort(product=loan.product, from_on=first, due_on=last, interest_fen=fen)
            for (first, last), fen in rows.items()
        )
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO loans_accrualstand VALUES (%s, 0, 0)", [loan.product_id])
        accrue(business_date=on, now=noon(on))
        wanted = sum(accrued_fen(fen, from_on=a, due_on=b, on=on) for (a, b), fen in rows.items())
        assert ProductAccrual.objects.get().open_fen == wanted
        transaction.set_rollback(True)


def close(on: date) -> None:
    for step in (fall_due, age, accrue):
        step(business_date=on, now=noon(on))


def sums() -> tuple[int, int, int]:
    told = ProductAccrual.objects.aggregate(a=Sum("accrued_fen"), p=Sum("posted_fen"))
    last = ProductAccrual.objects.order_by("-business_date").first()
    return told["a"], told["p"], last.open_fen


def in_ledger() -> int:
    income = Posting.objects.filter(credit="interest_income").aggregate(s=Sum("amount_fen"))["s"] or 0
    return income - (Posting.objects.filter(debit="interest_income").aggregate(s=Sum("amount_fen"))["s"] or 0)


@pytest.mark.django_db
def test_day_by_day_the_whole_interest_is_accrued_once() -> None:
    loan = lend(instalments=2)
    for n in range(5, 62):
        close(day(n))
        accrued, posted, open_fen = sums()
        assert accrued == posted + open_fen
    assert open_fen == 0
    assert accrued == posted == in_ledger() == sum(loan.instalments.values_list("interest_fen", flat=True))
    assert ProductAccrual.objects.filter(accrued_fen=0).count() == 2  # after the last instalment nothing is earned
    first = ProductAccrual.objects.order_by("business_date")[0]
    assert first.accrued_fen == loan.instalments.get(n=1).interest_fen * 5 // 31


#: what happens on a day after lending: pay so many fen (told so many days late), or take the last payment back
happenings = st.lists(
    st.tuples(st.integers(6, 95), st.sampled_from(["pay", "pay", "late", "back"]), st.integers(1, 9_000_00)), max_size=7
)


@pytest.mark.django_db
@given(happenings, st.integers(1, 4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_money_early_late_and_taken_back_leaves_no_fen_between(told: list[tuple[int, str, int]], every: int) -> None:
    with transaction.atomic():
        loans = [lend(instalments=3), lend(instalments=2, paid=1)]
        for n in range(6, 100):
            for k, (at, what, fen) in enumerate(told):
                if at == n:
                    happen(loans[k % 2], what, fen, receipt=f"R{k}", on=day(n))
            if n % every == 0:
                close(day(n))
                accrued, posted, open_fen = sums()
                assert accrued == posted + open_fen
                assert posted == in_ledger()
                assert accrual_differences() == []
        close(day(101))
        accrued, posted, open_fen = sums()
        assert open_fen == 0
        assert accrued == posted == in_ledger()
        transaction.set_rollback(True)


def happen(loan: Loan, what: str, fen: int, *, receipt: str, on: date) -> None:
    last = loan.repayments.filter(reversed_at=None).order_by("-paid_at").first()
    if what == "back":
        if last is not None:
            reverse_repayment(receipt=last.receipt, reason="退票", actor="bank", now=noon(on))
        return
    paid_on = max(on - timedelta(days=9 if what == "late" else 0), LENT_ON, ENTERED_ON)
    record_repayment(
        receipt=receipt, loan_ref=loan.ref, amount_fen=fen, paid_at=noon(paid_on), actor="bank", now=noon(on)
    )


@pytest.mark.django_db
def test_what_a_loan_brings_along_is_told_apart() -> None:
    loan = lend(instalments=3, paid=1)
    close(day(40))
    row = ProductAccrual.objects.get()
    assert row.brought_fen == loan.instalments.get(n=1).interest_fen == row.posted_fen
    assert row.accrued_fen == row.posted_fen + row.open_fen
