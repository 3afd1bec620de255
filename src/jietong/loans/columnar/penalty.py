"""Penalty in fen for many instalments at once, exact: numerators and denominators, no floating point in a figure.

Rules 22 and 23 of the book (rules/penalty.py tells the sources): the contract rate × multiple, a yearly rate counted by
1/360 and a daily one as it is, never above the all-in cap spread over 365 days; half a fen goes up, but under the cap
a fraction of a fen is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from jietong.loans.columnar.ragged import Flags, Ints

RATE_SCALE, MULTIPLE_SCALE = 10**10, 10**3
YEAR_BASIS, CAP_BASIS = 360, 365
_ROOM = float(2**61)  # a product below it leaves room for doubling and rounding in int64


@dataclass(frozen=True, slots=True)
class PenaltyTerms:
    """Penalty on 1 fen for one day = numerator / denominator, per loan (L,); rounds_down: the cap is what binds."""

    numerator: Ints
    denominator: Ints
    rounds_down: Flags

    def take(self, loans: Ints) -> PenaltyTerms:
        return PenaltyTerms(self.numerator[loans], self.denominator[loans], self.rounds_down[loans])

    def fen(self, loans: Ints, principal_fen: Ints, days: Ints) -> Ints:
        """All (N,): the loan of each, its overdue principal and the days; answers whole fen."""
        num, den, down = self.numerator[loans], self.denominator[loans], self.rounds_down[loans]
        size = principal_fen.astype(np.float64) * days * num
        small = size < _ROOM
        if small.all():
            return _divide(principal_fen * days * num, den, down)
        found = np.empty(len(loans), np.int64)
        found[small] = _divide((principal_fen * days * num)[small], den[small], down[small])
        large = ~small
        exact = principal_fen[large].astype(object) * days[large] * num[large]  # Python's whole numbers have no end
        found[large] = _divide(exact, den[large].astype(object), down[large]).astype(np.int64)
        return found


def _divide(numerator: Ints, denominator: Ints, down: Flags) -> Ints:
    """Nearest whole number, a tie going up; where `down`, the whole number below. Nothing here is negative."""
    rounded: Ints = (2 * numerator + np.where(down, 0, denominator)) // (2 * denominator)
    return rounded


def penalty_terms(rate_e10: Ints, is_daily: Flags, multiple_e3: Ints, cap_annual: Decimal | None) -> PenaltyTerms:
    """rate_e10: rate × 10^10 per year or day (L,); multiple_e3: penalty multiple × 1000 (L,)."""
    rows = np.stack([rate_e10, is_daily.astype(np.int64), multiple_e3], axis=1)
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    found = [_daily(int(r), bool(d), int(m), cap_annual) for r, d, m in distinct]
    which = which.reshape(-1)
    return PenaltyTerms(
        np.array([rate.numerator for rate, _ in found], np.int64)[which],
        np.array([rate.denominator for rate, _ in found], np.int64)[which],
        np.array([capped for _, capped in found], np.bool_)[which],
    )


def _daily(rate_e10: int, is_daily: bool, multiple_e3: int, cap_annual: Decimal | None) -> tuple[Fraction, bool]:
    wanted = Fraction(rate_e10 * multiple_e3, RATE_SCALE * MULTIPLE_SCALE * (1 if is_daily else YEAR_BASIS))
    if cap_annual is None:
        return wanted, False
    room = Fraction(cap_annual) / CAP_BASIS
    return min(wanted, room), room < wanted
