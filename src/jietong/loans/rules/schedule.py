"""Instalment schedules, exact to the minor unit.

Every figure is an integer or an exact quotient of integers until the one rounding that the contract names, so
there is no precision to choose. With f_i the interest on 1 in period i, the level instalment of principal P is

    L = P / Σ_i Π_{j≤i} 1/(1+f_j)

(annuity with uneven periods; for equal periods the PMT of spreadsheets). Under `smooth_last` the level instalment is
moved once if the last one would stand out, the idea of Apache Fineract's progressive schedule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jietong.kernel.errors import InputError
from jietong.loans.rules.periods import Calendar, calendar_of, pace_of
from jietong.loans.rules.rounding import ROUNDERS, Rounder
from jietong.loans.rules.terms import Terms, validate

#: principal and interest of each instalment, minor units
Shares = tuple[list[int], list[int]]


@dataclass(frozen=True, slots=True)
class Row:
    """One instalment: `days` since the due date before it, amounts in minor units, `balance_fen` after it."""

    n: int
    due_on: date
    days: int
    principal_fen: int
    interest_fen: int
    total_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """All instalments, oldest first; their principal adds up to the loan's."""

    rows: tuple[Row, ...]
    total_interest_fen: int


def build(terms: Terms) -> Schedule:
    """The schedule of these terms. Raises InputError for senseless terms and for rounding that cannot close."""
    validate(terms)
    calendar = calendar_of(pace_of(terms))
    factors, unit = interest_factors(terms, calendar)
    principals, interests = _SHARES[terms.method](terms, factors, unit)
    if terms.interest_grace:
        _defer(interests, terms.interest_grace)
    rows = []
    balance = terms.principal_fen
    dates, days = calendar.dates, calendar.days
    for k, principal in enumerate(principals):
        balance -= principal
        interest = interests[k]
        rows.append(Row(k + 1, dates[k], days[k], principal, interest, principal + interest, balance))
    return Schedule(tuple(rows), sum(interests))


def interest_factors(terms: Terms, calendar: Calendar) -> tuple[tuple[int, ...], int]:
    """Interest on 1 in each period as whole numerators over one denominator: rate × length, exactly."""
    rate_over, rate_under = terms.rate.as_integer_ratio()
    if terms.first_share == 1:
        return tuple([rate_over * k for k in calendar.numerators]), rate_under * calendar.denominator
    share_over, share_under = terms.first_share.as_integer_ratio()
    whole = rate_over * share_under
    first, *others = calendar.numerators
    factors = (rate_over * share_over * first, *(whole * k for k in others))
    return factors, rate_under * calendar.denominator * share_under


def _equal_instalment(terms: Terms, factors: tuple[int, ...], unit: int) -> Shares:
    """等额本息: interest alone during the grace, then a level instalment; the last absorbs what rounding left."""
    rounder, multiple = ROUNDERS[terms.rounding], terms.multiple_fen
    balance, grace, count = terms.principal_fen, terms.principal_grace, terms.instalments
    level_factors = factors[grace:]
    over, under = _annuity(balance, level_factors, unit)
    level = rounder(over, under * multiple) * multiple
    principals, interests, difference = _amortise(balance, level, level_factors, unit, rounder)
    # The threshold is instalments/2 hundredths of the currency, whatever its decimals.
    if terms.smooth_last and abs(difference) * 200 > count * 10**terms.decimals:
        move = rounder(difference, count * multiple) * multiple
        if move:
            moved = _amortise(balance, level + move, level_factors, unit, rounder)
            if abs(moved[2]) < abs(difference):
                principals, interests, _ = moved
    _check_level(terms, principals, interests, (over, under))
    if grace:
        principals = [0] * grace + principals
        interests = [rounder(balance * factor, unit) for factor in factors[:grace]] + interests
    return principals, interests


def _check_level(terms: Terms, principals: list[int], interests: list[int], exact: tuple[int, int]) -> None:
    """Refuse what rounding broke: a loan repaid too early, or a level instalment cut below its interest.

    Over decades at a high rate a month of 31 days earns more than even the unrounded level instalment pays; the
    balance then rises for a month, by agreement and not by rounding, and the principal of that row is negative.
    """
    over, under = exact
    if principals[-1] < 0 or min(interests) < 0:
        raise cannot_close(terms)
    if min(principals) < 0 and any(
        principal < 0 and interest * under <= over for principal, interest in zip(principals, interests, strict=True)
    ):
        raise cannot_close(terms)


def _annuity(principal: int, factors: tuple[int, ...], unit: int) -> tuple[int, int]:
    """The unrounded level instalment as numerator and denominator."""
    growth, payments, power = 1, 0, 1
    for factor in factors:
        one_plus = unit + factor
        power *= unit
        growth *= one_plus
        payments = payments * one_plus + power
    return principal * growth, payments


def _amortise(
    balance: int, level: int, factors: tuple[int, ...], unit: int, rounder: Rounder
) -> tuple[list[int], list[int], int]:
    """Pay `level` each time and the rest at last; also the last instalment less the level one."""
    principals, interests = [], []
    for factor in factors[:-1]:
        interest = rounder(balance * factor, unit)
        interests.append(interest)
        principals.append(level - interest)
        balance += interest - level
    interest = rounder(balance * factors[-1], unit)
    interests.append(interest)
    principals.append(balance)
    return principals, interests, balance + interest - level


def _equal_principal(terms: Terms, factors: tuple[int, ...], unit: int) -> Shares:
    """等额本金: equal rounded shares of the principal after the grace, interest on what is left."""
    rounder, balance = ROUNDERS[terms.rounding], terms.principal_fen
    principals = _principal_shares(terms, rounder)
    interests = []
    for factor, principal in zip(factors, principals, strict=True):
        interests.append(rounder(balance * factor, unit))
        balance -= principal
    _check_closing(terms, principals, interests)
    return principals, interests


def _interest_only(terms: Terms, factors: tuple[int, ...], unit: int) -> Shares:
    """先息后本: interest each time, the principal with the last instalment."""
    rounder = ROUNDERS[terms.rounding]
    return _principal_at_last(terms), [rounder(terms.principal_fen * factor, unit) for factor in factors]


def _bullet(terms: Terms, factors: tuple[int, ...], unit: int) -> Shares:
    """到期一次还本付息: simple interest over the whole term, rounded once, with the principal at maturity.

    Dates before maturity stay in the schedule with nothing to pay, so that rows are always `instalments` many.
    """
    interest = ROUNDERS[terms.rounding](terms.principal_fen * sum(factors), unit)
    return _principal_at_last(terms), [0] * (terms.instalments - 1) + [interest]


def _flat(terms: Terms, factors: tuple[int, ...], unit: int) -> Shares:
    """Flat: interest on the first principal throughout, rounded once as a whole; the last takes the rest.

    A coarser `instalment_multiple` rounds principal share + interest share and leaves the interest as it is.
    """
    rounder, count, multiple = ROUNDERS[terms.rounding], terms.instalments, terms.multiple_fen
    total = rounder(terms.principal_fen * sum(factors), unit)
    share = rounder(total, count)
    interests = [share] * (count - 1) + [total - share * (count - 1)]
    principals = _principal_shares(terms, rounder)
    if multiple > 1 and count - terms.principal_grace > 1:
        principal = rounder(principals[terms.principal_grace] + share, multiple) * multiple - share
        paying = count - terms.principal_grace
        principals[terms.principal_grace :] = [principal] * (paying - 1)
        principals.append(terms.principal_fen - principal * (paying - 1))
    _check_closing(terms, principals, interests)
    return principals, interests


def _principal_shares(terms: Terms, rounder: Rounder) -> list[int]:
    paying = terms.instalments - terms.principal_grace
    share = rounder(terms.principal_fen, paying)
    return [0] * terms.principal_grace + [share] * (paying - 1) + [terms.principal_fen - share * (paying - 1)]


def _principal_at_last(terms: Terms) -> list[int]:
    return [0] * (terms.instalments - 1) + [terms.principal_fen]


_SHARES = {
    "equal_instalment": _equal_instalment,
    "equal_principal": _equal_principal,
    "interest_only": _interest_only,
    "bullet": _bullet,
    "flat": _flat,
}


def _check_closing(terms: Terms, principals: list[int], interests: list[int]) -> None:
    """Refuse a loan that rounding would repay before its last instalment: a share of it would be negative."""
    if min(principals) < 0 or min(interests) < 0:
        raise cannot_close(terms)


def cannot_close(terms: Terms) -> InputError:
    """The multiple is too coarse for the loan, or the loan is of a few fen only."""
    field = "instalment_multiple" if terms.multiple_fen > 1 else "principal"
    return InputError(field, "cannot_close", "rounding would make an instalment negative: the loan cannot close")


def _defer(interests: list[int], grace: int) -> None:
    """Move the interest of the first `grace` instalments, as it was rounded, to the first one after them."""
    interests[grace] += sum(interests[:grace])
    interests[:grace] = [0] * grace
