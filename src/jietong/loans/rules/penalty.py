"""Penalty interest (罚息) on overdue principal, never above the room left under an all-in cap.

The penalty rate takes the place of the contract rate on what is overdue: contract rate + 30 % to 50 %
(银发〔2003〕251号 art 3, pack rule `cn.price.penalty_uplift`), so at most 1.5 times. The cap is that of
`cn.price.all_in_cap`, 24 % a year where that reading applies, less what else the loan costs at the same time.

Days: a yearly rate is turned into a daily one by 360 (日利率 = 年利率 ÷ 360, 银发〔2005〕129号), unless the contract
counts 365. The cap is a figure for a calendar year, so room under it is always spread over 365 days: at 1/360 a
day a rate of exactly 24 % would cost 24.33 % in a year.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from jietong.kernel.errors import InputError
from jietong.loans.rules.rounding import half_up

DEFAULT_MULTIPLE = Decimal("1.5")
BASIS_DAYS = 360
YEAR_DAYS = 365


def daily_penalty_rate(
    annual_rate: Decimal,
    multiple: Decimal = DEFAULT_MULTIPLE,
    basis_days: int = BASIS_DAYS,
    cap_annual: Decimal | None = None,
    other_annual: Decimal = Decimal(0),
) -> Fraction:
    """Penalty on 1 for one day: the smaller of contract rate × multiple and the room left under the cap.

    other_annual: yearly share of other running costs on the same principal (guarantee or service fee) that the cap
    covers too. No room left means no penalty; it is never negative.
    """
    for field, value in (("rate", annual_rate), ("multiple", multiple), ("other_annual", other_annual)):
        _not_negative(field, value)
    if basis_days not in {360, 365}:
        raise InputError("basis_days", "unknown", "a year is counted as 360 or 365 days")
    wanted = Fraction(annual_rate) * Fraction(multiple) / basis_days
    if cap_annual is None:
        return wanted
    _not_negative("cap_annual", cap_annual)
    room = max(Fraction(cap_annual) - Fraction(other_annual), Fraction(0)) / YEAR_DAYS
    return min(wanted, room)


def accrued_penalty_fen(
    unpaid_principal_fen: int,
    annual_rate: Decimal,
    multiple: Decimal = DEFAULT_MULTIPLE,
    days: int = 0,
    basis_days: int = BASIS_DAYS,
    cap_annual: Decimal | None = None,
    other_annual: Decimal = Decimal(0),
) -> int:
    """Penalty in fen on `unpaid_principal_fen` over `days` overdue days, simple interest, rounded half up once.

    Under a cap it is rounded down, so that not even a rounded fen goes above it. Raises InputError for negatives.
    """
    if unpaid_principal_fen < 0:
        raise InputError("unpaid_principal", "negative", "the overdue principal must not be negative")
    if days < 0:
        raise InputError("days", "negative", "overdue days must not be negative")
    uncapped = daily_penalty_rate(annual_rate, multiple, basis_days)
    rate = daily_penalty_rate(annual_rate, multiple, basis_days, cap_annual, other_annual)
    exact = unpaid_principal_fen * rate * days
    if rate < uncapped:
        return exact.numerator // exact.denominator
    return half_up(exact.numerator, exact.denominator)


@lru_cache(maxsize=256)
def penalty_by(
    annual_rate: Decimal, multiple: Decimal, basis_days: int, cap_annual: Decimal | None
) -> Callable[[int, int], int]:
    """accrued_penalty_fen of these terms as a function of unpaid principal and days, both not negative.

    For many loans of few terms: the fraction is worked out once.
    """
    uncapped = daily_penalty_rate(annual_rate, multiple, basis_days)
    rate = daily_penalty_rate(annual_rate, multiple, basis_days, cap_annual)
    over, under = rate.numerator, rate.denominator
    if rate < uncapped:
        return lambda principal_fen, days: principal_fen * days * over // under
    return lambda principal_fen, days: half_up(principal_fen * days * over, under)


def _not_negative(field: str, value: Decimal) -> None:
    if not value.is_finite():
        raise InputError(field, "not_a_number", f"{field} must be a finite number")
    if value < 0:
        raise InputError(field, "negative", f"{field} must not be negative")
