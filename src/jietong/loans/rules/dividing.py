"""Who gets which fen of a repayment after a guarantor has paid a part (部分代偿). Pure: whole fen, dates handed in.

The borrower owes the same; the question is between the creditor, who is owed the rest, and those who paid a part. The
contract says: after the creditor, before the creditor, or side by side in the proportion of the day of the payment. If
it says nothing, the creditor comes first: Civil Code 700 gives the guarantor the creditor's rights "but not to the
creditor's harm". The article is named from general knowledge and has no entry in our reference: unverified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

CREDITOR_FIRST, PRO_RATA, GUARANTOR_FIRST = "creditor", "pro_rata", "guarantor"
DIVISIONS = (CREDITOR_FIRST, PRO_RATA, GUARANTOR_FIRST)


@dataclass(frozen=True, slots=True)
class Part:
    """A part that somebody paid on a day. number: of the change. rest_fen: what the creditor was still owed then, the
    other side of the proportion."""

    number: int
    on: date
    amount_fen: int
    rest_fen: int
    division: str = CREDITOR_FIRST


@dataclass(frozen=True, slots=True)
class Paid:
    """One repayment, without what became the borrower's credit."""

    on: date
    fen: int


@dataclass(frozen=True, slots=True)
class Divided:
    """One repayment: fen to whoever is owed the rest, and to each part by its number (those that got nothing left
    out). Adds up to the repayment."""

    creditor_fen: int
    parts: tuple[tuple[int, int], ...] = ()


def divide(paid: Sequence[Paid], parts: Sequence[Part], owed_fen: int) -> list[Divided]:
    """Each repayment among creditor and parts. paid: in order of time. owed_fen: all that was owed before the first.

    A part counts from its own day on, and never gets more than it paid. Raises ValueError for negative money or an
    unknown division.
    """
    if owed_fen < 0 or any(one.fen < 0 for one in paid):
        raise ValueError("money is not negative")
    if any(part.division not in DIVISIONS for part in parts):
        raise ValueError("unknown division")
    left = {part.number: part.amount_fen for part in parts}
    found = []
    for one in paid:
        active = [part for part in parts if part.on <= one.on and left[part.number] > 0]
        given = _one(one.fen, active, left, owed_fen)
        for number, fen in given.items():
            left[number] -= fen
        owed_fen = max(0, owed_fen - one.fen)
        found.append(Divided(one.fen - sum(given.values()), tuple(sorted(given.items()))))
    return found


def _one(fen: int, active: Sequence[Part], left: dict[int, int], owed_fen: int) -> dict[int, int]:
    given: dict[int, int] = {}

    def give(part: Part, most: int) -> int:
        got = min(most, left[part.number] - given.get(part.number, 0))
        if got > 0:
            given[part.number] = given.get(part.number, 0) + got
        return max(got, 0)

    rest = fen
    for part in active:
        if part.division == GUARANTOR_FIRST:
            rest -= give(part, rest)
    beside = [part for part in active if part.division == PRO_RATA]
    for part, share in zip(beside, _in_proportion(rest, beside), strict=True):
        rest -= give(part, share)
    # What is the creditor's own comes before those who stand behind it; only what is over reaches them.
    own = max(0, owed_fen - sum(left[part.number] for part in active))
    over = rest - min(rest, own)
    for part in active:
        if part.division != GUARANTOR_FIRST:
            over -= give(part, over)
    return given


def _in_proportion(fen: int, beside: Sequence[Part]) -> list[int]:
    """What of the money falls on each part, by what each had paid and what was left to the creditor on the newest
    part's day; rounded down, so that a fen that cannot be split stays with the creditor."""
    if not beside:
        return []
    whole = beside[-1].rest_fen + sum(part.amount_fen for part in beside)
    return [fen * part.amount_fen // whole for part in beside]
