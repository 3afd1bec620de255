"""Closing a date: loans age, cases follow, reminders are planned; twice or killed half-way it is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.borrowers.models import Borrower
from jietong.contacts.models import Attempt
from jietong.dayend.commands import STEPS, close_day
from jietong.dayend.models import StepMark
from jietong.kernel.models import Event
from jietong.loans.commands import record_repayment
from jietong.loans.models import BucketMove, Loan, LoanHead, Posting
from jietong.loans.queries.book import loans_of
from jietong.loans.rules.buckets import bucket_on
from jietong.loans.sql.closing import BUCKET
from jietong.recovery.models import Case, CaseMove
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_team

DUE = date(2026, 11, 15)  # the fifth instalment of the cast's loans


def state() -> dict[str, list]:
    """Everything that a day-end may write, without keys and times of writing."""
    return {
        "heads": list(LoanHead.objects.order_by("loan").values_list("loan", "bucket", "next_change_on", "next_due_on")),
        "moves": list(
            BucketMove.objects.order_by("loan", "on", "id").values_list("loan", "on", "from_bucket", "to_bucket")
        ),
        "cases": list(Case.objects.order_by("borrower", "opened_on").values_list("borrower", "stage", "closed_on")),
        "case_moves": list(CaseMove.objects.order_by("case", "id").values_list("case__borrower", "on", "to_stage")),
        "postings": list(
            Posting.objects.order_by("loan", "booked_on", "debit").values_list("loan", "debit", "amount_fen")
        ),
        "attempts": list(Attempt.objects.order_by("key").values_list("key", "channel", "template", "state")),
    }


@pytest.mark.django_db
def test_a_day_late_opens_a_case_and_a_month_late_moves_it() -> None:
    make_team()
    who = make_borrower()
    make_loan(who, paid=4, as_of=DUE)
    close_day(DUE + timedelta(days=1), now=NOW)
    case = Case.objects.get(borrower=who)
    assert (case.stage, case.closed_on) == ("M1", None)
    for n in range(2, 32):
        close_day(DUE + timedelta(days=n), now=NOW)
    case.refresh_from_db()
    assert case.stage == "M2"
    assert list(CaseMove.objects.filter(case=case).order_by("id").values_list("to_stage", flat=True)) == ["M1", "M2"]


@pytest.mark.django_db
def test_a_cured_borrower_has_no_case() -> None:
    make_team()
    who = make_borrower()
    loan = make_loan(who, paid=4, as_of=DUE)
    close_day(DUE + timedelta(days=3), now=NOW)
    owed = loans_of(who.pk, on=DUE + timedelta(days=4))[0].due_now_fen
    record_repayment(
        receipt="R1", loan_ref=loan.ref, amount_fen=owed, paid_at=NOW.replace(day=19), actor="bank", now=NOW
    )
    close_day(DUE + timedelta(days=5), now=NOW)
    assert Case.objects.get(borrower=who).close_reason == "cured"
    assert LoanHead.objects.get(loan=loan).bucket == "M0"


@pytest.mark.django_db
def test_twice_is_the_same_as_once_and_a_past_date_disturbs_nothing() -> None:
    make_team()
    for paid in (0, 2, 4, 12):
        make_loan(make_borrower(), paid=paid, as_of=DUE)
    close_day(DUE + timedelta(days=1), now=NOW)
    once = state()
    close_day(DUE + timedelta(days=1), now=NOW)
    assert state() == once
    close_day(DUE - timedelta(days=20), now=NOW)
    assert state() == once


@pytest.mark.django_db
def test_interest_falls_due_once_and_the_ledger_agrees() -> None:
    make_team()
    loan = make_loan(make_borrower(), paid=4, as_of=DUE - timedelta(days=1))
    for n in range(40):
        close_day(DUE + timedelta(days=n), now=NOW)
    due = loan.instalments.filter(n__in=[5, 6])
    posted = Posting.objects.filter(loan=loan, debit="interest_receivable")
    assert sum(posted.values_list("amount_fen", flat=True)) == sum(due.values_list("interest_fen", flat=True))


@pytest.mark.django_db
def test_interest_enters_the_ledger_although_a_part_was_paid_on_the_due_date() -> None:
    make_team()
    loan = make_loan(make_borrower(), paid=4, as_of=DUE - timedelta(days=1))
    noon = datetime(2026, 11, 15, 4, 0, tzinfo=UTC)
    record_repayment(receipt="R1", loan_ref=loan.ref, amount_fen=100, paid_at=noon, actor="bank", now=noon)
    for n in range(20):
        close_day(DUE + timedelta(days=n), now=NOW)
    posted = Posting.objects.filter(loan=loan, debit="interest_receivable")
    assert sum(posted.values_list("amount_fen", flat=True)) == loan.instalments.get(n=5).interest_fen


@given(st.integers(-400, 800))
@settings(max_examples=200, deadline=None)
def test_the_sql_knows_the_same_buckets_as_the_rule(days: int) -> None:
    """Evaluated by the formula's own integer arithmetic; the database is asked in the test below."""
    on = date(2026, 6, 1)
    expected = bucket_on(on, on + timedelta(days=days))
    assert expected == ("M0" if days <= 0 else "M7+" if days > 180 else f"M{(days + 29) // 30}")


@pytest.mark.django_db
def test_the_database_evaluates_it_so() -> None:
    on = date(2026, 6, 1)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT dpd, {BUCKET.format(dpd='dpd')} FROM generate_series(0, 400) AS dpd")
        rows = cursor.fetchall()
    assert len(rows) == 401
    assert [(d, b) for d, b in rows if b != bucket_on(on, on + timedelta(days=d))] == []


@pytest.mark.django_db
def test_reminders_are_planned_once_per_step_and_due_date() -> None:
    make_team()
    who = make_borrower()
    make_loan(who, paid=4, as_of=DUE)
    for n in range(-3, 7):
        close_day(DUE + timedelta(days=n), now=NOW)
        close_day(DUE + timedelta(days=n), now=NOW)
    steps = sorted(
        key.rsplit(":", 2)[1:]
        for key in Attempt.objects.filter(key__startswith="strategy:").values_list("key", flat=True)
    )
    assert steps == sorted(
        [
            ["D-3", "app"],
            ["D-1", "sms"],
            ["D+0", "app"],
            ["D+1", "app"],
            ["D+1", "sms"],
            ["D+2", "email"],
            ["D+3", "sms"],
            ["D+6", "sms"],
        ]
    )


def build_world() -> list[Borrower]:
    with transaction.atomic():
        make_team()
        people = [make_borrower(f"借款人{n}") for n in range(20)]
        for n, who in enumerate(people):
            make_loan(who, paid=n % 5, as_of=DUE)
    return people


def run_dayend(day: date) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "jietong", "dayend", "run", "--date", day.isoformat()],
        env=os.environ.copy(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.process
def test_killed_in_the_middle_it_ends_as_if_it_had_not_been(committed_db) -> None:
    """The process is held at its third step by a lock of ours, killed with -9 there, and run again."""
    build_world()
    day = DUE + timedelta(days=1)
    with transaction.atomic():
        connection.cursor().execute("LOCK TABLE recovery_case IN EXCLUSIVE MODE")
        victim = run_dayend(day)
        deadline = time.monotonic() + 30
        while not waits_for_lock() and time.monotonic() < deadline:
            assert victim.poll() is None, victim.communicate()
            time.sleep(0.05)
        assert waits_for_lock()
        victim.send_signal(signal.SIGKILL)
        victim.wait(10)
    marks = set(StepMark.objects.values_list("name", flat=True))
    assert marks == {"check", "fall_due", "age", "classify", "accrue", "pass_on"}
    assert not Case.objects.exists()
    again = run_dayend(day)
    _out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    killed_and_rerun = state()
    assert set(StepMark.objects.values_list("name", flat=True)) == {name for name, _ in STEPS}
    assert Event.objects.filter(kind="dayend.step_finished").count() == len(STEPS)
    assert len(killed_and_rerun["cases"]) == 20
    close_day(day, now=NOW)
    assert state() == killed_and_rerun


def waits_for_lock() -> bool:
    """pg_stat_activity would be read once per transaction; the locks are as they are now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'recovery_case'::regclass")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_repayment_is_booked_once_per_receipt(wang: Borrower) -> None:
    loan = Loan.objects.get(borrower=wang)
    told = {"receipt": "R9", "loan_ref": loan.ref, "amount_fen": 50_000, "paid_at": NOW, "actor": "bank", "now": NOW}
    first = record_repayment(**told)
    assert record_repayment(**told).pk == first.pk
    from jietong.loans.commands import ReceiptReused

    with pytest.raises(ReceiptReused):
        record_repayment(**{**told, "amount_fen": 1})
    assert sum(Posting.objects.filter(loan=loan, debit="cash").values_list("amount_fen", flat=True)) == 50_000
