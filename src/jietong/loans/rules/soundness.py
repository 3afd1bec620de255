"""Whether a loan's figures make sense, so that day-end may touch it. Pure; a fault is a code, gravest first.

Day-end asks the same in SQL (loans/closing_sql.py); a property test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jietong.loans.rules.buckets import ORDER


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment by number: what it asks for and what is paid of it (principal, interest, fee, penalty), in fen."""

    n: int
    due_on: date
    owed: tuple[int, int, int, int]
    paid: tuple[int, int, int, int]

    @property
    def left(self) -> int:
        return sum(self.owed) - sum(self.paid)


@dataclass(frozen=True, slots=True)
class Told:
    """What the loan's head says of it; money in fen."""

    outstanding_fen: int
    outstanding_principal_fen: int
    oldest_unpaid_due_on: date | None
    bucket: str


def fault(head: Told, parts: Sequence[Part], *, lent_on: date) -> str | None:
    """The gravest thing that is wrong, or None.

    no_instalments; negative_amount; paid_beyond_owed; due_before_lent (something open falls due before the money was
    lent); head_disagrees (the head's sums are not those of the instalments); oldest_disagrees; unknown_bucket.
    """
    if not parts:
        return "no_instalments"
    if any(fen < 0 for part in parts for fen in (*part.owed, *part.paid)):
        return "negative_amount"
    if any(paid > owed for part in parts for owed, paid in zip(part.owed, part.paid, strict=True)):
        return "paid_beyond_owed"
    first = min((part.due_on for part in parts if part.left > 0), default=None)
    if first is not None and first < lent_on:
        return "due_before_lent"
    if head.outstanding_fen != sum(part.left for part in parts) or head.outstanding_principal_fen != sum(
        part.owed[0] - part.paid[0] for part in parts
    ):
        return "head_disagrees"
    if head.oldest_unpaid_due_on != first:
        return "oldest_disagrees"
    return None if head.bucket in ORDER else "unknown_bucket"
