"""Money that is the newest of its loan, booked on top: what it pays, what it earns, and where the loan stands then.

The same figures as a replay (rules/replay.py) gives, which a property test holds equal; here nothing is told again.
Everything is a value, so that one loan and a thousand are booked by the same lines (sql/posting_set.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jietong.loans.rules.buckets import bucket_on, next_move_on
from jietong.loans.rules.classes import NORMAL, ClassMove, Profile, class_history, next_class_on
from jietong.loans.rules.opening import COMPONENTS, FEE, INTEREST, PENALTY, PRINCIPAL, Open, PenaltyOf, receive
from jietong.loans.rules.replay import Move, Point, history, oldest_unpaid


@dataclass(slots=True)
class Row(Open):
    """An instalment with its key, and whether its interest and fees are in the ledger already."""

    id: int = 0
    interest_booked: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How the loan stands before the money: its head, and the first day of which the book tells its bucket.

    bucket: told up to and including `aged_on`; asset_class: told up to and including `classed_on`.
    """

    bucket: str
    aged_on: date
    asset_class: str
    classed_on: date
    entered_on: date


@dataclass(frozen=True, slots=True)
class Head:
    """The loan's head as of `on`; fields as in models.LoanHead."""

    outstanding_principal_fen: int
    outstanding_fen: int
    oldest_unpaid_due_on: date | None
    next_due_on: date | None
    bucket: str
    next_change_on: date | None
    on: date
    asset_class: str
    next_class_on: date | None


@dataclass(frozen=True, slots=True)
class Booked:
    """What a repayment did. parts: (instalment number, component, fen); rows: those that changed, as they are now.

    penalty_fen: accrued up to the day of payment; interest_fen, fee_fen: earned because they were paid in advance.
    """

    parts: tuple[tuple[int, str, int], ...]
    credit_fen: int
    penalty_fen: int
    interest_fen: int
    fee_fen: int
    rows: tuple[Row, ...]
    head: Head
    moves: tuple[Move, ...]
    class_moves: tuple[ClassMove, ...]


def book(
    rows: Sequence[Row], amount_fen: int, *, paid_on: date, today: date, order: Sequence[int], penalty_of: PenaltyOf,
    before: Standing, profile: Profile,
) -> Booked:  # fmt: skip
    """Book `amount_fen` of `paid_on` onto the instalments (changed in place).

    rows: by due date and number; those of which nothing is left and whose interest is booked may be missing. order:
    indexes into COMPONENTS. The head is told as of the latest of payment, today and the day it was last told.
    """
    oldest_before = oldest_unpaid(rows)
    through = [row.penalty_through_on for row in rows]
    received = receive(rows, "", paid_on, amount_fen, order=order, penalty_of=penalty_of)
    reached = {n for n, _part, _fen in received.parts}
    interest_fen = fee_fen = 0
    changed = []
    for row, was_through in zip(rows, through, strict=True):
        if row.n in reached:
            if not row.interest_booked:
                interest_fen += row.owed[INTEREST]
                fee_fen += row.owed[FEE]
                row.interest_booked = True
            changed.append(row)
        elif row.penalty_through_on != was_through:
            changed.append(row)
    on = max(paid_on, today, before.aged_on)
    points: tuple[Point, ...] = ((date.min, oldest_before), (paid_on, oldest_unpaid(rows)))
    moves, class_moves = _moves(points, before, paid_on=paid_on, on=on, profile=profile)
    head = _head(rows, on=on, asset_class=class_moves[-1].to_class if class_moves else before.asset_class, days=profile)
    return Booked(
        received.parts, received.credit_fen, received.penalty_booked_fen, interest_fen, fee_fen, tuple(changed), head,
        moves, class_moves,
    )  # fmt: skip


def _moves(
    points: tuple[Point, ...], before: Standing, *, paid_on: date, on: date, profile: Profile
) -> tuple[tuple[Move, ...], tuple[ClassMove, ...]]:
    """Moves between buckets and classes since they were last told; a loan that was never late has none."""
    if before.bucket == "M0" and before.asset_class == NORMAL and all(day is None or day >= on for _, day in points):
        return (), ()
    untold_on = max(min(before.aged_on + timedelta(days=1), paid_on), before.entered_on)
    moves = history(points, start=before.bucket, from_on=untold_on, as_of=on)
    unclassed_on = min(max(paid_on, before.entered_on), before.classed_on + timedelta(days=1))
    classed = class_history(points, start=before.asset_class, from_on=unclassed_on, as_of=on, profile=profile)
    return moves, classed


def _head(rows: Sequence[Row], *, on: date, asset_class: str, days: Profile) -> Head:
    """Of the instalments by due date. Day-end comes back for the next due date, the next bucket, and for interest that
    has not entered the ledger yet, due today or later."""
    principal = fen = 0
    oldest: date | None = None
    next_due: date | None = None
    unbooked: date | None = None
    for row in rows:
        left = row.left
        if left > 0:
            principal += row.owed[PRINCIPAL] - row.paid[PRINCIPAL]
            fen += left
            oldest = oldest or row.due_on
            if next_due is None and row.due_on > on:
                next_due = row.due_on
        if unbooked is None and not row.interest_booked:
            unbooked = row.due_on
    dates = [day for day in (next_move_on(oldest, on), next_due, unbooked) if day is not None]
    return Head(
        principal, fen, oldest, next_due, bucket_on(oldest, on), min(dates, default=None), on, asset_class,
        next_class_on(oldest, on, days),
    )  # fmt: skip


def is_as_lent(rows: Sequence[Row]) -> bool:
    """Nothing was ever paid and no penalty booked: a replay begins with the bare instalments and needs no opening."""
    return all(not any(row.paid) and not row.owed[PENALTY] and row.penalty_through_on is None for row in rows)


ORDER_OF = {name: place for place, name in enumerate(COMPONENTS)}
