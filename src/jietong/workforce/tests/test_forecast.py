"""The forecast command on small invented centres whose truth is known."""

import csv
import io
import json
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from jietong.workforce.forecast.holidays import holidays_given_away, united_states_federal
from jietong.workforce.forecast.model import CANDIDATES, choose_parts, forecast_with_bands
from jietong.workforce.forecasting import main

MONDAY = date(2025, 3, 3)
WEEKDAY = np.array([1.3, 1.0, 1.0, 0.95, 1.05, 0.4, 0.2])
SHAPE = np.exp(-0.5 * ((np.arange(48) - 24) / 7) ** 2)
SHAPE = SHAPE / SHAPE.sum()


def centre(days, *, level=2000.0, growth=0.0, noise=0.05, seed=1):
    """(days, 48) seeded Poisson calls from a Monday on, and the means behind them."""
    rng = np.random.default_rng(seed)
    day = np.arange(days)
    mean = level * np.exp(growth * day / 7) * WEEKDAY[day % 7]
    lively = mean * np.exp(rng.normal(0, noise, days))
    return rng.poisson(lively[:, None] * SHAPE).astype(float), mean[:, None] * SHAPE


def hours(days, *, opens=9, closes=17, step=30, closed=(5, 6), skip=()):
    """Rows (start, calls) of a centre with ten calls a step, more on Mondays."""
    rows = []
    for i in range(days):
        on = MONDAY + timedelta(days=i)
        if on.weekday() in closed or on in skip:
            continue
        at = datetime.combine(on, datetime.min.time()) + timedelta(hours=opens)
        while at.hour < closes:
            rows.append((at, 20 if on.weekday() == 0 else 10))
            at += timedelta(minutes=step)
    return rows


@pytest.fixture
def ask(tmp_path, capsys):
    def run(rows, *options, written="%Y-%m-%d %H:%M", expect=0):
        path = tmp_path / "calls.csv"
        lines = [f"{at.strftime(written) if isinstance(at, datetime) else at},{calls}" for at, calls in rows]
        path.write_text("\n".join(["start,calls", *lines]) + "\n", encoding="utf-8")
        assert main(["--history", str(path), *options]) == expect
        out = capsys.readouterr().out
        return json.loads(out) if expect else list(csv.DictReader(io.StringIO(out)))

    return run


def test_closed_hours_and_days_are_left_out_and_the_pattern_is_found(ask):
    rows = ask(hours(33), "--interval", "30", "--days", "7")
    starts = [datetime.fromisoformat(row["start"]) for row in rows]
    assert rows[0]["start"] == "2025-04-07 09:00"  # the Monday after the last Friday
    assert {at.hour for at in starts} == set(range(9, 17))
    assert {at.weekday() for at in starts} == {0, 1, 2, 3, 4}
    assert len(rows) == 5 * 16
    for at, row in zip(starts, rows, strict=True):
        assert float(row["calls"]) == pytest.approx(20 if at.weekday() == 0 else 10, rel=0.03)
        assert 0 <= float(row["low80"]) <= float(row["calls"]) <= float(row["high80"])


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("%Y-%m-%d %H:%M:%S", "2025-04-01 09:00:00"),
        ("%Y-%m-%dT%H:%M", "2025-04-01T09:00"),
        ("%Y/%m/%d %H:%M", "2025/04/01 09:00"),
        ("%Y-%m-%dT%H:%M:%S+08:00", "2025-04-01T09:00:00+08:00"),
        ("%Y-%m-%d %H:%M:%S.000", "2025-04-01 09:00:00.000"),
    ],
)
def test_start_is_written_as_in_the_file(ask, written, first):
    rows = ask(hours(29), "--days", "1", written=written)
    assert rows[0]["start"] == first
    assert len(rows) == 16


@pytest.mark.parametrize("step", [5, 6, 10, 15, 30])
def test_any_regular_step_is_summed_to_the_slot(ask, step):
    rows = ask(hours(29, step=step), "--interval", "30", "--days", "2")
    tuesday = [float(row["calls"]) for row in rows if row["start"].startswith("2025-04-01")]
    assert tuesday == pytest.approx([300 / step] * 16, rel=0.03)


def test_a_day_broken_off_is_continued_from_the_next_slot(ask):
    history = [row for row in hours(31) if row[0] < datetime.fromisoformat("2025-04-02 12:00")]
    rows = ask(history, "--days", "2")
    assert rows[0]["start"] == "2025-04-02 12:00"
    assert rows[-1]["start"] == "2025-04-03 16:30"


def test_zeros_at_night_stay_open_and_near_zero(ask):
    day = [0] * 16 + [30] * 24 + [0] * 8
    start = datetime.combine(MONDAY, datetime.min.time())
    rows = ask([(start + timedelta(minutes=30 * i), day[i % 48]) for i in range(48 * 21)], "--days", "1")
    assert len(rows) == 48
    assert float(rows[2]["calls"]) == pytest.approx(0, abs=0.2)
    assert float(rows[20]["calls"]) == pytest.approx(30, rel=0.03)


def test_a_closed_holiday_is_no_zero(ask):
    rows = ask(hours(28, skip={date(2025, 3, 24), date(2025, 3, 25)}), "--days", "4")
    monday, tuesday = rows[:16], rows[16:]
    assert np.mean([float(row["calls"]) for row in monday]) == pytest.approx(20, rel=0.05)
    assert np.mean([float(row["calls"]) for row in tuesday]) == pytest.approx(10, rel=0.05)


def test_missing_slots_do_not_lower_the_level(ask):
    history = [row for i, row in enumerate(hours(42)) if i % 7]
    rows = ask(history, "--days", "7")
    assert np.mean([float(row["calls"]) for row in rows]) == pytest.approx(12, rel=0.05)


def test_the_clock_put_back_is_forgiven_and_repeated_rows_are_not(ask):
    start = datetime.combine(MONDAY, datetime.min.time())
    nights = [(start + timedelta(minutes=30 * i), 10) for i in range(48 * 21)]
    again = [(start + timedelta(days=6, minutes=120 + 30 * i), 10) for i in range(2)]
    rows = ask([*nights, *again], "--days", "7")
    assert [float(row["calls"]) for row in rows] == pytest.approx([10] * (48 * 7), rel=0.05)
    assert ask([*nights, *nights], "--days", "7", expect=1)["error"]["code"] == "duplicate"


def test_one_row_of_history_is_enough_to_answer(ask):
    rows = ask([("2025-03-03 09:00", 10)], "--days", "1")
    assert [row["start"] for row in rows] == ["2025-03-04 09:00"]
    assert float(rows[0]["calls"]) == pytest.approx(10, rel=0.1)


def test_a_week_of_outage_does_not_pull_the_forecast_down():
    calls, means = centre(98 + 28)
    calls[91:98] *= 0.5
    ahead = forecast_with_bands(calls[:98], MONDAY, 28).calls[1:]
    assert ahead.sum() == pytest.approx(means[98:].sum(), rel=0.06)


@pytest.mark.parametrize("growth", [0.03, -0.03])
def test_a_growing_or_shrinking_centre_is_followed(growth):
    calls, means = centre(210 + 28, growth=growth)
    ahead = forecast_with_bands(calls[:210], MONDAY, 28).calls[1:]
    assert ahead.sum() == pytest.approx(means[210:].sum(), rel=0.06)


def test_a_step_of_the_level_is_followed_after_four_weeks():
    calls, means = centre(210 + 28, level=20000.0)
    calls[182:210] *= 1.5
    parts, _ = choose_parts(calls[:210], MONDAY, 28)
    ahead = forecast_with_bands(calls[:210], MONDAY, 28).calls[1:]
    assert parts is not CANDIDATES["steady"]
    assert ahead.sum() == pytest.approx(1.5 * means[210:].sum(), rel=0.08)


def test_bands_hold_about_four_of_five_counts():
    inside = []
    for seed in range(4):
        calls, _ = centre(168 + 28, level=4000.0, noise=0.08, seed=seed)
        ahead = forecast_with_bands(calls[:168], MONDAY, 28)
        low, high, came = ahead.low[1:], ahead.high[1:], calls[168:]
        assert (low >= 0).all()
        assert ((low <= ahead.calls[1:]) & (ahead.calls[1:] <= high)).all()
        inside.append(((low <= came) & (came <= high)).mean())
    assert 0.74 <= np.mean(inside) <= 0.87


def test_a_tenth_better_than_the_mean_of_four_weeks():
    ours, simple = 0.0, 0.0
    for seed in range(3):
        calls, _ = centre(168 + 28, level=4000.0, noise=0.08, seed=seed)
        came = calls[168:]
        four = np.stack([calls[168 - 7 * k : 175 - 7 * k] for k in (1, 2, 3, 4)]).mean(axis=0)
        ours += np.abs(forecast_with_bands(calls[:168], MONDAY, 28).calls[1:] - came).sum()
        simple += np.abs(np.tile(four, (4, 1)) - came).sum()
    assert ours < 0.95 * simple


def test_federal_holidays_are_those_published():
    # The list of the Office of Personnel Management for 2023 (1 January fell on a Sunday: kept on the 2nd).
    assert [on.isoformat()[5:] for on in united_states_federal(2023)] == [
        "01-02", "01-16", "02-20", "05-29", "06-19", "07-04", "09-04", "10-09", "11-11", "11-23", "12-25",
    ]  # fmt: skip
    assert date(2003, 5, 26) in united_states_federal(2003)
    assert date(2003, 6, 19) not in united_states_federal(2003)


def test_a_holiday_rule_needs_evidence():
    working = np.array([True] * 5 + [False] * 2)
    first, days = date(2003, 3, 3), 190
    calls = np.array([np.nan if (first + timedelta(days=i)).weekday() > 4 else 100.0 for i in range(days)])
    until = date(2003, 10, 31)
    assert holidays_given_away(first, calls, working, until=until) == frozenset()
    for on in (date(2003, 5, 26), date(2003, 7, 4), date(2003, 9, 1)):
        calls[(on - first).days] = np.nan
    assert date(2003, 10, 13) in holidays_given_away(first, calls, working, until=until)


@pytest.mark.parametrize(
    ("rows", "field", "code"),
    [
        ([], "history", "empty"),
        ([("2025-03-03 09:00", -1)], "calls", "negative"),
        ([("2025-03-03 09:00", "many")], "calls", "not_a_number"),
        ([("2025-03-03 09:00", "inf")], "calls", "not_a_number"),
        ([("2025-02-30 09:00", 1)], "start", "not_a_time"),
        ([("yesterday", 1)], "start", "not_a_time"),
        ([("2025-03-03 09:00", 1), ("2025-03-03 09:07", 1), ("2025-03-03 09:20", 1)], "start", "irregular_step"),
        ([("2025-03-03 09:00", 1), ("2025-03-03 10:00", 1)], "interval", "finer_than_history"),
        ([("1025-03-03 09:00", 1), ("2025-03-03 10:00", 1)], "start", "range_too_long"),
    ],
)
def test_a_history_that_makes_no_sense_is_refused_by_name(ask, rows, field, code):
    error = ask(rows, "--days", "1", expect=1)["error"]
    assert (error["field"], error["code"]) == (field, code)


def test_missing_column_bad_bytes_and_bad_options_are_refused(ask, tmp_path, capsys):
    assert ask(hours(7), "--days", "0", expect=1)["error"]["field"] == "days"
    assert ask(hours(7), "--days", "1", "--interval", "7", expect=1)["error"]["code"] == "not_part_of_a_day"
    assert ask(hours(7, step=6), "--days", "1", "--interval", "15", expect=1)["error"]["code"] == "not_a_multiple"
    assert ask(hours(7), expect=2)["error"]["code"] == "usage"
    for data, code in ((b"start,n\n2025-03-03 09:00,1\n", "missing_column"), (b"start,calls\n\xff,1\n", "not_utf8")):
        path = tmp_path / "bad.csv"
        path.write_bytes(data)
        assert main(["--history", str(path), "--days", "1"]) == 1
        assert json.loads(capsys.readouterr().out)["error"]["code"] == code
