"""Many lines at once are booked as one by one: the same figures, ledger, history, news and errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.commands import accrue, age, classify, fall_due, record_repayment
from jietong.loans.commands.posting_batch import Line, book_or_suspend_many, record_repayments
from jietong.loans.models import Loan, LoanHead, Repayment, SuspenseItem
from jietong.loans.sql import posting_set
from jietong.loans.tests.replay_world import agree, balance, day, figures, lend, noon

TODAY = day(40)


def close(on: date) -> None:
    for step in (fall_due, age, classify, accrue):
        step(business_date=on, now=noon(on))


def world() -> list[Loan]:
    """One that pays on time, one that came with a past, one that is late, one that nobody has paid yet."""
    loans = [lend(instalments=3), lend(instalments=4, paid=1), lend(instalments=3), lend(instalments=2)]
    for loan, fen in zip(loans, (2100_00, 1, 5), strict=False):
        paid_at = noon(day(20))
        record_repayment(
            receipt=f"first-{fen}", loan_ref=loan.ref, amount_fen=fen, paid_at=paid_at, actor="bank", now=paid_at
        )
    for n in (31, 32, 39):
        close(day(n))
    return loans


def told(loans: list[Loan], since: int) -> list[object]:
    names = {f"loan:{loan.pk}": place for place, loan in enumerate(loans)}
    news = Event.objects.filter(seq__gt=since).order_by("seq")
    rows = [(e.kind, names.get(e.subject), e.data.get("receipt"), e.data.get("amount_fen")) for e in news]
    heads = [
        list(LoanHead.objects.filter(loan=loan).values_list("asset_class", "classed_on", "next_class_on", "aged_on"))
        for loan in loans
    ]
    return [[figures(loan) for loan in loans], sorted(rows, key=str), heads]


def one_by_one(lines: list[Line], now: datetime, *, is_fast: bool) -> list[tuple[str, str]]:
    """By the ordinary command; without its set-based way for the simple case unless `is_fast`."""
    with pytest.MonkeyPatch.context() as patch:
        if not is_fast:
            patch.setattr(posting_set, "book_one", lambda *_line, **_now: None)
        return _one_by_one(lines, now)


def _one_by_one(lines: list[Line], now: datetime) -> list[tuple[str, str]]:
    answers = []
    for line in lines:
        try:
            record_repayment(
                receipt=line.receipt, loan_ref=line.loan_ref, amount_fen=line.amount_fen, paid_at=line.paid_at,
                actor="bank", now=now,
            )  # fmt: skip
        except InputError as error:
            answers.append((error.code, error.field))
        except CommandRefused as error:
            answers.append((error.code, ""))
        else:
            answers.append(("", ""))
    return answers


#: a line: which loan (4: none has that number), receipt, fen, days before today, minutes past noon
some_lines = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["R1", "R2", "R3", "R4", "r5", "", "first-1"]),
        st.sampled_from([1, 12_00, 1013_00, 2065_00, 2065_01, 9000_00, 0]),
        st.sampled_from([0, 0, 0, 1, 2, 15, 50]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=7,
)


@pytest.mark.django_db
@given(some_lines)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_is_booked_as_line_by_line(cells: list[tuple[int, str, int, int, int]]) -> None:
    results = []
    for way in ("slow", "fast", "file"):
        with transaction.atomic():
            loans = world()
            refs = [*(loan.ref for loan in loans), "nobody's"]
            lines = [
                Line(receipt, refs[k], fen, noon(TODAY) - timedelta(days=before) + timedelta(minutes=minutes))
                for k, receipt, fen, before, minutes in cells
            ]
            since = Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
            if way == "file":
                answers = [(a.code, a.field) for a in record_repayments(lines, actor="bank", now=noon(TODAY))]
            else:
                answers = one_by_one(lines, noon(TODAY), is_fast=way == "fast")
            for loan in loans:
                agree(loan)
            booked = told(loans, since)
            close(day(45))
            results.append((answers, booked, told(loans, since)))
            transaction.set_rollback(True)
    assert results[0] == results[1]
    assert results[0] == results[2]


@pytest.mark.django_db
def test_newest_money_goes_set_based_also_of_late_loans_and_the_rest_by_the_ordinary_command() -> None:
    on_time, past, late, fresh = world()
    due = noon(TODAY)
    lines = [
        Line("A", on_time.ref, 100_00, due),
        Line("B", late.ref, 100_00, due),
        Line("C", fresh.ref, 100_00, due),
        Line("D", past.ref, 100_00, due),
        Line("A", on_time.ref, 100_00, due),
        Line("A", past.ref, 100_00, due),
    ]
    answers = record_repayments(lines, actor="bank", now=due)
    assert [(a.place, a.is_set_based, a.code) for a in answers] == [
        (0, True, ""), (1, True, ""), (2, True, ""), (3, True, ""), (4, False, ""), (5, False, "receipt_reused"),
    ]  # fmt: skip
    assert Repayment.objects.filter(receipt__in="ABCD").count() == 4
    again = record_repayments(lines[:4], actor="bank", now=due)
    assert [(a.is_set_based, a.code) for a in again] == [(True, "")] * 4
    assert Repayment.objects.filter(receipt__in="ABCD").count() == 4


@pytest.mark.django_db
def test_what_nobody_can_be_asked_about_waits_with_its_reason() -> None:
    on_time, *_ = world()
    due = noon(TODAY)
    lines = [Line("A", on_time.ref, 100_00, due), Line("B", "nobody's", 5, due), Line("A", on_time.ref, 100_01, due)]
    answers = book_or_suspend_many(lines, source="channel", actor="bank", now=due)
    assert [(a.is_set_based, a.code) for a in answers] == [
        (True, ""),
        (False, "loan_ref_unknown"),
        (False, "receipt_reused"),
    ]
    assert sorted(SuspenseItem.objects.values_list("key", "reason", "amount_fen")) == [
        ("channel:A", "receipt_reused", 100_01), ("channel:B", "loan_ref_unknown", 5),
    ]  # fmt: skip
    book_or_suspend_many(lines, source="channel", actor="bank", now=due)
    assert (SuspenseItem.objects.count(), Repayment.objects.filter(receipt="A").count()) == (2, 1)


def waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("step", [fall_due, age])
def test_day_end_waits_for_a_file_that_is_being_booked(committed_db: object, step: object) -> None:
    with transaction.atomic():
        loan = lend(instalments=2)
        first, second = loan.instalments.order_by("n")
        record_repayment(
            receipt="1", loan_ref=loan.ref, amount_fen=first.principal_fen + first.interest_fen,
            paid_at=noon(day(20)), actor="bank", now=noon(day(20)),
        )  # fmt: skip
        close(day(32))
    due = second.due_on
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            (answer,) = record_repayments([Line("2", loan.ref, 5_000_00, noon(due))], actor="bank", now=noon(due))
            assert answer.is_set_based
            running = other.submit(run, step, due)
            while not waits():
                assert not running.done(), running.exception()
        running.result(30)
    assert -balance(loan, "interest_income") == sum(r.interest_fen for r in loan.instalments.all() if r.interest_booked)
    agree(loan)


def run(step: object, on: date) -> None:
    try:
        step(business_date=on, now=noon(on))  # type: ignore[operator]
    finally:
        connection.close()
