"""Rounding of exact quotients to whole units: integers only, so no digit is ever lost on the way."""

from __future__ import annotations

from collections.abc import Callable

#: (numerator, denominator > 0) → nearest whole number; ties by the mode.
Rounder = Callable[[int, int], int]


def half_up(numerator: int, denominator: int) -> int:
    """Nearest whole number of numerator/denominator; a tie goes away from zero (四舍五入)."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((denominator - 2 * numerator) // (2 * denominator))


def half_even(numerator: int, denominator: int) -> int:
    """Nearest whole number of numerator/denominator; a tie goes to the even neighbour (banker's rounding)."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


ROUNDERS: dict[str, Rounder] = {"half_up": half_up, "half_even": half_even}
