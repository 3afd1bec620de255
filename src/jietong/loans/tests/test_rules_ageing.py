"""Days past due, delinquent days, buckets and classes: the contract's words, one by one, and what must always hold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.loans.rules.ageing import Bucket, Due, Paid, Pause, age, asset_class, bucket_for, paused_days

JAN = date(2026, 1, 1)
FEB = date(2026, 2, 1)
BUCKETS = [Bucket("R1", 1, 30), Bucket("R2", 31, 60), Bucket("R3", 61, None)]


def test_the_example_of_the_contract() -> None:
    found = age(
        [Due(JAN, 10_000), Due(FEB, 10_000)],
        [Paid(date(2026, 1, 20), 10_000)],
        as_of=date(2026, 2, 11),
        grace_days=3,
        buckets=BUCKETS,
    )
    assert (found.days_past_due, found.delinquent_on, found.delinquent_days) == (10, date(2026, 2, 4), 7)
    assert (found.overdue_fen, found.bucket) == (10_000, "R1")


def test_the_due_date_is_day_zero_and_not_overdue() -> None:
    found = age([Due(JAN, 100)], [], as_of=JAN, grace_days=3, buckets=BUCKETS)
    assert (found.days_past_due, found.delinquent_days, found.overdue_fen, found.bucket) == (0, 0, 0, None)
    assert age([Due(JAN, 100)], [], as_of=date(2026, 1, 2)).overdue_fen == 100


def test_the_delinquent_date_is_told_during_the_grace() -> None:
    found = age([Due(JAN, 100)], [], as_of=date(2026, 1, 3), grace_days=5)
    assert (found.days_past_due, found.delinquent_on, found.delinquent_days) == (2, date(2026, 1, 6), 0)


def test_a_loan_that_owes_nothing_yet_is_not_late() -> None:
    paid = age([Due(JAN, 100), Due(FEB, 100)], [Paid(JAN, 100)], as_of=date(2026, 1, 31))
    assert (paid.days_past_due, paid.delinquent_on, paid.overdue_fen) == (0, None, 0)


def test_part_payment_keeps_the_oldest_date() -> None:
    found = age([Due(FEB, 100), Due(JAN, 100)], [Paid(FEB, 99)], as_of=date(2026, 2, 2))
    assert (found.days_past_due, found.overdue_fen) == (32, 101)


def test_repayments_after_the_day_do_not_count() -> None:
    assert age([Due(JAN, 100)], [Paid(FEB, 100)], as_of=date(2026, 1, 31)).days_past_due == 30


@pytest.mark.parametrize(
    ("pauses", "days"),
    [
        ([], 20),
        ([Pause(date(2026, 1, 10), date(2026, 1, 15))], 15),  # the 10th to the 14th
        ([Pause(date(2026, 1, 10), date(2026, 1, 15)), Pause(date(2026, 1, 12), date(2026, 1, 18))], 12),
        ([Pause(date(2026, 1, 12), date(2026, 1, 13)), Pause(date(2026, 1, 10), date(2026, 1, 18))], 12),
        ([Pause(date(2025, 12, 1), date(2026, 1, 6))], 18),  # only the 4th and 5th are delinquent days
        ([Pause(date(2026, 1, 20), date(2026, 3, 1))], 16),
        ([Pause(date(2026, 1, 20), None)], 16),
        ([Pause(date(2025, 1, 1), date(2027, 1, 1))], 0),
        ([Pause(date(2026, 1, 10), date(2026, 1, 10))], 20),
    ],
)
def test_pauses_stop_delinquent_days_only(pauses: list[Pause], days: int) -> None:
    found = age([Due(JAN, 100)], [], as_of=date(2026, 1, 24), grace_days=3, pauses=pauses)
    assert (found.days_past_due, found.delinquent_days) == (23, days)


def test_buckets_include_both_ends() -> None:
    assert [bucket_for(days, BUCKETS) for days in (0, 1, 30, 31, 60, 61, 9999)] == [
        None,
        "R1",
        "R1",
        "R2",
        "R2",
        "R3",
        "R3",
    ]


def test_classes_by_days_past_due() -> None:
    bands = {
        "normal": [0, 0],
        "special_mention": [1, 90],
        "substandard": [91, 270],
        "doubtful": [271, 360],
        "loss": [361, None],
        "npl_from_dpd": 91,
    }
    expected = {0: "正常", 1: "关注", 90: "关注", 91: "次级", 270: "次级", 271: "可疑", 360: "可疑", 361: "损失"}
    assert {days: asset_class(days, bands) for days in expected} == expected
    assert asset_class(5, {"normal": [0, 0]}) is None


DAYS = st.integers(0, 200).map(lambda k: JAN + timedelta(days=k))
DUES = st.lists(st.builds(Due, DAYS, st.integers(1, 1000)), max_size=6)
PAIDS = st.lists(st.builds(Paid, DAYS, st.integers(0, 1000)), max_size=4)
PAUSES = st.lists(st.tuples(DAYS, st.integers(0, 60)).map(lambda p: Pause(p[0], p[0] + timedelta(days=p[1]))))
GRACE = st.integers(0, 30)


@given(DUES, PAIDS, GRACE, DAYS, PAUSES)
def test_a_pause_never_makes_a_loan_later(
    dues: list[Due], paids: list[Paid], grace: int, as_of: date, pauses: list[Pause]
) -> None:
    plain = age(dues, paids, as_of=as_of, grace_days=grace)
    paused = age(dues, paids, as_of=as_of, grace_days=grace, pauses=pauses)
    assert paused.delinquent_days <= plain.delinquent_days <= max(plain.days_past_due - grace, 0)
    assert paused.days_past_due == plain.days_past_due


@given(DUES, GRACE, DAYS, PAUSES)
def test_without_repayments_lateness_only_grows(dues: list[Due], grace: int, as_of: date, pauses: list[Pause]) -> None:
    today = age(dues, [], as_of=as_of, grace_days=grace, pauses=pauses)
    tomorrow = age(dues, [], as_of=as_of + timedelta(days=1), grace_days=grace, pauses=pauses)
    assert tomorrow.days_past_due >= today.days_past_due
    assert tomorrow.delinquent_days - today.delinquent_days in (0, 1)
    assert tomorrow.overdue_fen >= today.overdue_fen


@given(PAUSES, DAYS, DAYS)
def test_paused_days_are_those_one_can_count_on_a_calendar(pauses: list[Pause], start: date, end: date) -> None:
    days = [start + timedelta(days=k) for k in range(max((end - start).days, 0))]
    counted = sum(1 for day in days if any(p.end is not None and p.start <= day < p.end for p in pauses))
    assert paused_days(pauses, start, end) == counted
