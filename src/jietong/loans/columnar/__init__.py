"""The columnar kernel: the state of many loans at once, worked out from what they asked for and what was paid.

An oracle for the book and for the plain rules, which it does not call: the same agreements, told in another way.
Pure: NumPy arrays in, NumPy arrays out (README.md beside this file).
"""

from __future__ import annotations

from jietong.loans.columnar.batch import NO_DAY, Batch, Ragged
from jietong.loans.columnar.kernel import State, rebuild
from jietong.loans.columnar.penalty import PenaltyTerms, penalty_terms

__all__ = ["NO_DAY", "Batch", "PenaltyTerms", "Ragged", "State", "penalty_terms", "rebuild"]
