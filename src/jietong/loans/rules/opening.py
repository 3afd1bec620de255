"""The state in which a loan enters the book: its instalments, and what its repayments so far have paid of them.

The same order as rules/allocate.py (due first, oldest first, component by component, then in advance), in one pass
over lists because a tape has hundreds of thousands of loans; a property test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

PRINCIPAL, INTEREST, FEE, PENALTY = 0, 1, 2, 3
COMPONENTS = ("principal", "interest", "fee", "penalty")

#: unpaid principal in fen and days → penalty in fen
PenaltyOf = Callable[[int, int], int]


@dataclass(slots=True)
class Open:
    """One instalment on its way into the book: what it asks for and what is paid of it, by COMPONENTS, in fen.

    closed_by, opened_by: names of the plan changes (rules/changes.py) that replaced it and that it came with.
    """

    n: int
    due_on: date
    owed: list[int]
    paid: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    penalty_through_on: date | None = None
    closed_by: str = ""
    opened_by: str = ""

    @property
    def left(self) -> int:
        return sum(self.owed) - sum(self.paid)


@dataclass(frozen=True, slots=True)
class Received:
    """One repayment of the tape and where it went: (instalment number, component, fen); the rest is the borrower's."""

    receipt: str
    on: date
    amount_fen: int
    parts: tuple[tuple[int, str, int], ...]
    credit_fen: int
    penalty_booked_fen: int


def receive(
    instalments: Sequence[Open],
    receipt: str,
    on: date,
    amount_fen: int,
    *,
    order: Sequence[int],
    penalty_of: PenaltyOf | None,
) -> Received:
    """Pay `amount_fen` onto the instalments (changed in place), after accruing penalty on what is late up to `on`.

    penalty_of None: the tape's own penalty figures stand and nothing is added to them.
    """
    booked = accrue(instalments, on, penalty_of) if penalty_of is not None else 0
    left = amount_fen
    parts: list[tuple[int, str, int]] = []
    for row in instalments:
        if left == 0:
            break
        for part in order:
            fen = min(left, row.owed[part] - row.paid[part])
            if fen > 0:
                row.paid[part] += fen
                left -= fen
                parts.append((row.n, COMPONENTS[part], fen))
    return Received(receipt, on, amount_fen, tuple(parts), left, booked)


def accrue(instalments: Sequence[Open], on: date, penalty_of: PenaltyOf) -> int:
    """Add penalty on overdue principal since it was last added, up to `on`; answers the fen added."""
    added = 0
    for row in instalments:
        if row.due_on >= on:
            break
        unpaid = row.owed[PRINCIPAL] - row.paid[PRINCIPAL]
        since = row.penalty_through_on or row.due_on
        if unpaid > 0 and on > since:
            fen = penalty_of(unpaid, (on - since).days)
            row.owed[PENALTY] += fen
            row.penalty_through_on = on
            added += fen
    return added
