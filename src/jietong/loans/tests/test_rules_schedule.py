"""Schedules against figures that others published, figures worked by hand, and promises that hold for every loan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.kernel.errors import InputError
from jietong.loans.rules.periods import actual_actual, add_months
from jietong.loans.rules.schedule import Schedule, build
from jietong.loans.rules.terms import Terms


def loan(principal: str = "1000.00", rate: str = "0.12", instalments: int = 12, **options: object) -> Terms:
    options.setdefault("disbursed_on", date(2024, 1, 1))
    return Terms(int(Decimal(principal) * 100), Decimal(rate), instalments, **options)


def figures(schedule: Schedule) -> list[tuple[int, int, int, int]]:
    return [(r.total_fen, r.interest_fen, r.principal_fen, r.balance_fen) for r in schedule.rows]


PUBLISHED = {  # schedules of 100.00 from Apache Fineract's own tests of its progressive calculator
    "30/360 monthly 9.4822 %": (
        loan("100", "0.094822", 6, day_count="30/360"),
        [
            (1713, 79, 1634, 8366),
            (1713, 66, 1647, 6719),
            (1713, 53, 1660, 5059),
            (1713, 40, 1673, 3386),
            (1713, 27, 1686, 1700),
            (1713, 13, 1700, 0),
        ],
    ),
    "actual/365, where moving the level instalment would not help": (
        loan("100", "0.15678", 6, day_count="actual/365"),
        [
            (1743, 133, 1610, 8390),
            (1743, 105, 1638, 6752),
            (1743, 90, 1653, 5099),
            (1743, 66, 1677, 3422),
            (1743, 46, 1697, 1725),
            (1747, 22, 1725, 0),
        ],
    ),
    "actual/364 weekly": (
        loan("100", "0.094822", 6, day_count="actual/364", unit="week"),
        [
            (1677, 18, 1659, 8341),
            (1677, 15, 1662, 6679),
            (1677, 12, 1665, 5014),
            (1677, 9, 1668, 3346),
            (1677, 6, 1671, 1675),
            (1678, 3, 1675, 0),
        ],
    ),
    "actual/364 every two weeks": (
        loan("100", "0.094822", 3, day_count="actual/364", unit="week", every=2),
        [(3357, 36, 3321, 6679), (3357, 24, 3333, 3346), (3358, 12, 3346, 0)],
    ),
    "30/360 every 15 days": (
        loan("100", "0.094822", 6, day_count="30/360", unit="day", every=15),
        [
            (1690, 40, 1650, 8350),
            (1690, 33, 1657, 6693),
            (1690, 26, 1664, 5029),
            (1690, 20, 1670, 3359),
            (1690, 13, 1677, 1682),
            (1689, 7, 1682, 0),
        ],
    ),
    "no interest": (loan("1000", "0", 4), [(25000, 0, 25000, 25000 * k) for k in (3, 2, 1, 0)]),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_schedules_come_out_to_the_fen(name: str) -> None:
    terms, expected = PUBLISHED[name]
    assert figures(build(terms)) == expected


def test_the_example_of_the_contract() -> None:
    schedule = build(loan("1000", "0.12", 3, disbursed_on=date(2026, 1, 15)))
    assert figures(schedule) == [(34002, 1000, 33002, 66998), (34002, 670, 33332, 33666), (34003, 337, 33666, 0)]
    assert [(r.n, r.due_on.isoformat(), r.days) for r in schedule.rows] == [
        (1, "2026-02-15", 31),
        (2, "2026-03-15", 28),
        (3, "2026-04-15", 31),
    ]
    assert schedule.total_interest_fen == 2007


def test_level_instalments_of_the_spreadsheet_function_pmt() -> None:
    assert build(loan("10000", "0.08", 10)).rows[0].total_fen == 103703  # PMT(8%/12, 10, 10000) = -1,037.03
    assert build(loan("200000", "0.06", 360)).rows[0].total_fen == 119910  # the textbook mortgage, 1,199.10
    assert build(loan("200000", "0.07", 360)).rows[0].total_fen == 133060


@pytest.mark.parametrize(
    ("month_end", "expected"),
    [
        ("clamp", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("first_of_next", ["2026-03-01", "2026-03-31", "2026-05-01"]),
    ],
)
def test_month_ends_count_from_the_disbursement(month_end: str, expected: list[str]) -> None:
    rows = build(loan(instalments=3, disbursed_on=date(2026, 1, 31), month_end=month_end)).rows
    assert [row.due_on.isoformat() for row in rows] == expected


def test_later_instalments_follow_the_first_due_date() -> None:
    rows = build(
        loan(instalments=3, disbursed_on=date(2026, 1, 20), first_due_on=date(2026, 3, 5), day_count="actual/365")
    ).rows
    assert [row.due_on.isoformat() for row in rows] == ["2026-03-05", "2026-04-05", "2026-05-05"]
    assert rows[0].days == 44
    assert rows[0].interest_fen == 1447  # 1000 × 0.12 × 44/365 = 14.4657…


def test_actual_actual_counts_each_day_by_its_own_year() -> None:
    assert actual_actual(date(2023, 12, 12), date(2024, 1, 12)) == 19 * 366 + 12 * 365
    assert actual_actual(date(2024, 12, 12), date(2025, 1, 12)) == 19 * 365 + 12 * 366
    assert actual_actual(date(2023, 6, 1), date(2026, 6, 1)) == 213 * 366 + 366 * 365 + 365 * 366 + 152 * 366
    row = build(
        loan("100000", "0.10", 1, disbursed_on=date(2023, 12, 12), day_count="actual/actual", method="bullet")
    ).rows[0]
    assert row.interest_fen == 84842  # 10000 × (19/365 + 12/366) = 848.42…


def test_a_month_under_30_360_is_30_days_whatever_its_dates() -> None:
    one = build(loan("3600", "0.10", 3, disbursed_on=date(2026, 1, 31), day_count="30/360", method="interest_only"))
    assert [row.interest_fen for row in one.rows] == [3000, 3000, 3000]
    two = build(loan("3600", "0.10", 1, every=2, day_count="30/360", method="bullet"))
    assert two.rows[0].interest_fen == 6000


def test_a_daily_rate_charges_each_day() -> None:
    terms = loan("10000", "0.0005", 3, rate_unit="day", method="interest_only", disbursed_on=date(2026, 1, 1))
    for day_count in ("actual/365", "actual/360", "actual/actual"):
        rows = build(replace(terms, day_count=day_count)).rows
        assert [row.interest_fen for row in rows] == [15500, 14000, 15500]
    assert [row.interest_fen for row in build(replace(terms, day_count="period")).rows] == [15000] * 3


def test_equal_principal_by_hand() -> None:
    assert figures(build(loan("1000", "0.12", 3, method="equal_principal"))) == [
        (34333, 1000, 33333, 66667),
        (34000, 667, 33333, 33334),
        (33667, 333, 33334, 0),
    ]


def test_interest_first_and_bullet_by_hand() -> None:
    assert figures(build(loan("1000", "0.12", 2, method="interest_only"))) == [
        (1000, 1000, 0, 100000),
        (101000, 1000, 100000, 0),
    ]
    assert figures(build(loan("1000", "0.12", 1, every=6, method="bullet"))) == [(106000, 6000, 100000, 0)]
    assert figures(build(loan("1000", "0.12", 2, method="bullet"))) == [(0, 0, 0, 100000), (102000, 2000, 100000, 0)]


def test_flat_interest_is_rounded_once_and_the_last_takes_the_rest() -> None:
    rows = build(loan("1000", "0.10", 7, method="flat")).rows  # 1000 × 0.10 × 7/12 = 58.33; /7 = 8.33; 1000/7 = 142.86
    assert [row.interest_fen for row in rows] == [833] * 6 + [835]
    assert [row.principal_fen for row in rows] == [14286] * 6 + [14284]


def test_principal_grace_counts_within_the_instalments() -> None:
    rows = build(loan("1000", "0.12", 5, principal_grace=2)).rows
    assert [row.principal_fen for row in rows[:2]] == [0, 0]
    assert [row.interest_fen for row in rows[:2]] == [1000, 1000]
    assert [(r.total_fen, r.interest_fen) for r in rows[2:]] == [(34002, 1000), (34002, 670), (34003, 337)]


def test_interest_grace_defers_without_changing_the_principal() -> None:
    plain, graced = build(loan("1000", "0.12", 3)), build(loan("1000", "0.12", 3, interest_grace=2))
    assert [row.principal_fen for row in graced.rows] == [row.principal_fen for row in plain.rows]
    assert [row.interest_fen for row in graced.rows] == [0, 0, 1000 + 670 + 337]
    assert graced.total_interest_fen == plain.total_interest_fen


def test_the_level_instalment_moves_when_the_last_would_stand_out() -> None:
    terms = loan("100", "0.15", 12)  # PMT 9.0258 → 9.03; the last 8.96 is 7 hundredths off, more than 12/2
    left = build(replace(terms, smooth_last=False)).rows
    assert [row.total_fen for row in left] == [903] * 11 + [896]
    smooth = build(terms).rows  # −7/12 rounds to −1: 9.02, and the last is 5 off
    assert [row.total_fen for row in smooth] == [902] * 11 + [907]


def test_the_instalment_is_rounded_to_its_multiple() -> None:
    rows = build(loan("1000", "0.12", 12, multiple_fen=100)).rows  # 88.85 → 89; −1.93/12 is no whole yuan
    assert [row.total_fen for row in rows] == [8900] * 11 + [
        8707
    ]  # 88.85 − 0.15 × (1.01^12 − 1)/0.01 + 0.15, by rounded months


def test_a_long_month_may_earn_more_than_a_level_instalment_pays() -> None:
    rows = build(loan("100000", "0.24", 360, day_count="actual/365")).rows
    assert rows[0].interest_fen == 203_836  # 100000 × 0.24 × 31/365; a level instalment of about 1/12 of 24 % is less
    assert rows[0].principal_fen < 0 < rows[1].principal_fen
    assert rows[-1].balance_fen == 0


def test_ties_round_by_the_mode() -> None:
    terms = loan("0.50", "0.12", 2, method="interest_only")  # half a fen each time
    assert [row.interest_fen for row in build(terms).rows] == [1, 1]
    assert [row.interest_fen for row in build(replace(terms, rounding="half_even")).rows] == [0, 0]


def test_currencies_of_other_decimals() -> None:
    yen = Terms(100000, Decimal("0.12"), 3, date(2026, 1, 15), decimals=0)
    assert [row.total_fen for row in build(yen).rows] == [34002, 34002, 34003]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"rate": Decimal("-0.01")}, "rate", "negative"),
        ({"rate": Decimal("NaN")}, "rate", "not_a_number"),
        ({"rate": Decimal("1200")}, "rate", "too_large"),
        ({"principal_fen": -1}, "principal", "negative"),
        ({"principal_fen": 0}, "principal", "zero"),
        ({"disbursed_on": date(1026, 1, 1)}, "disbursed_on", "out_of_range"),
        ({"instalments": 0}, "instalments", "too_small"),
        ({"instalments": 1201}, "instalments", "too_large"),
        ({"every": 600, "instalments": 600}, "instalments", "too_long"),
        ({"every": 12, "instalments": 120}, "instalments", "too_long"),
        ({"every": 0}, "every", "too_small"),
        ({"first_due_on": date(2023, 12, 31)}, "first_due_on", "out_of_order"),
        ({"principal_grace": 12}, "principal_grace", "too_large"),
        ({"interest_grace": -1}, "interest_grace", "negative"),
        ({"day_count": "period", "unit": "week"}, "day_count", "needs_months"),
        ({"method": "balloon"}, "method", "unknown"),
        ({"rounding": "down"}, "rounding", "unknown"),
        ({"multiple_fen": 100000}, "instalment_multiple", "cannot_close"),
        ({"multiple_fen": 10000}, "instalment_multiple", "cannot_close"),
        ({"principal_fen": 6, "instalments": 10}, "principal", "cannot_close"),
    ],
)
def test_senseless_terms_are_refused(changes: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(InputError) as refusal:
        build(replace(loan(), **changes))
    assert (refusal.value.field, refusal.value.code) == (field, code)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-600, 600))
def test_months_move_to_the_right_month_and_never_past_its_end(start: date, months: int) -> None:
    moved = add_months(start, months)
    assert (moved.year * 12 + moved.month) - (start.year * 12 + start.month) == months
    assert moved.day == start.day or (moved.day < start.day and add_months(moved.replace(day=1), 1) > moved)
