"""Hours in the borrower's zone: to the second, over midnight, and on the days when clocks are set."""

from datetime import UTC, time

import pytest

from jietong.compliance.rules.facts import CHANNELS
from jietong.compliance.rules.refusals import Refusal
from jietong.compliance.tests.cast import NEW_YORK, america, attempt, china, entries, wall


@pytest.mark.parametrize(
    ("clock", "allowed"),
    [("07:59:59", False), ("08:00", True), ("21:59:59", True), ("22:00", False), ("00:00", False), ("03:00", False)],
)
@pytest.mark.parametrize("channel", CHANNELS)
def test_china_is_open_from_eight_until_just_before_ten_at_night(clock, allowed, channel):
    assert china(attempt(f"2026-11-24 {clock}", channel=channel)).allowed is allowed


@pytest.mark.parametrize(
    ("clock", "allowed"), [("07:59:59", False), ("08:00", True), ("20:59:59", True), ("21:00", False)]
)
def test_america_is_open_from_eight_to_nine(clock, allowed):
    assert america(attempt(f"2026-11-24 {clock}", zone=NEW_YORK)).allowed is allowed


def test_the_borrowers_clock_counts_and_not_ours():
    noon_in_shanghai = attempt("2026-11-24 12:00")
    assert china(noon_in_shanghai).allowed
    in_new_york = attempt("2026-11-23 23:00", zone=NEW_YORK)
    assert in_new_york.now == noon_in_shanghai.now
    assert china(in_new_york).refusal is Refusal.QUIET_HOURS


@pytest.mark.parametrize(("clock", "allowed"), [("22:59", True), ("23:00", False), ("06:59", False), ("07:00", True)])
def test_agreed_spans_open_both_ends_of_the_night(clock, allowed):
    agreed = ((time(20), time(23)), (time(7), time(8)))
    assert china(attempt(f"2026-11-24 {clock}", agreed_hours=agreed)).allowed is allowed


@pytest.mark.parametrize(("clock", "allowed"), [("23:59:59", True), ("00:29", True), ("00:30", False), ("21:00", True)])
def test_an_agreed_span_runs_past_midnight(clock, allowed):
    assert china(attempt(f"2026-11-24 {clock}", agreed_hours=((time(22), time(0, 30)),))).allowed is allowed


def test_agreed_hours_do_not_close_the_day():
    assert china(attempt("2026-11-24 12:00", agreed_hours=((time(20), time(23)),))).allowed


def test_retry_waits_for_the_next_agreed_span_if_that_comes_first():
    decision = china(attempt("2026-11-24 01:00", agreed_hours=((time(6), time(7)),)))
    assert decision.retry_at == wall("2026-11-24 06:00")


def test_inconvenient_hours_are_law_in_america_and_our_habit_in_china():
    avoid = ((time(12), time(14)),)
    refused = america(attempt("2026-11-24 12:30", zone=NEW_YORK, inconvenient_hours=avoid))
    assert (refused.refusal, refused.rule) == (Refusal.INCONVENIENT_HOURS, "us.inconvenient")
    assert refused.retry_at == wall("2026-11-24 14:00", NEW_YORK)
    assert china(attempt("2026-11-24 12:30", inconvenient_hours=avoid)).allowed
    assert china(attempt("2026-11-24 12:30", inconvenient_hours=avoid, policy=True)).rule == "cn.hours.borrower_stated"


def test_clocks_set_forward_shorten_the_night():
    decision = america(attempt("2026-03-07 21:00", zone=NEW_YORK))
    assert decision.retry_at.astimezone(UTC) == wall("2026-03-08 12:00", "UTC")  # 08:00 EDT, not 13:00


def test_clocks_set_back_lengthen_the_night():
    decision = america(attempt("2026-10-31 21:00", zone=NEW_YORK))
    assert decision.retry_at.astimezone(UTC) == wall("2026-11-01 13:00", "UTC")


def test_a_span_inside_the_skipped_hour_opens_when_the_clock_is_set():
    # 02:30 does not exist on that night; the first wall-clock time inside the span is 03:00, at 07:00 UTC.
    decision = america(attempt("2026-03-08 01:00", zone=NEW_YORK, agreed_hours=((time(2, 30), time(3, 30)),)))
    assert decision.retry_at == wall("2026-03-08 07:00", "UTC")


def test_people_call_in_civil_hours_when_our_habits_count():
    for clock, allowed in [("09:00", True), ("08:59", False), ("19:59", True), ("20:00", False)]:
        assert china(attempt(f"2026-11-24 {clock}", policy=True)).allowed is allowed
    saturday = china(attempt("2026-11-28 09:30", policy=True))
    assert (saturday.refusal, saturday.strength) == (Refusal.OUTSIDE_PREFERRED_HOURS, "policy_default")
    assert saturday.retry_at == wall("2026-11-28 10:00")
    friday_evening = china(attempt("2026-11-27 22:10", policy=True))
    assert (friday_evening.refusal, friday_evening.retry_at) == (Refusal.QUIET_HOURS, wall("2026-11-28 10:00"))


def test_after_the_night_a_counter_may_still_refuse():
    calls = entries("2026-11-24 08:10", *["2026-11-25 00:01"] * 6)
    decision = china(attempt("2026-11-25 07:00", history=calls))
    assert decision.refusal is Refusal.QUIET_HOURS
    assert decision.retry_at == wall("2026-11-26 08:00")
