"""Repayments onto instalments: what is due first, oldest instalment first, then what is not due yet.

On the day it falls due an instalment is due. Repayments are taken by date, those of one day as they were given.
The order of components is product data; without agreement 民法典 art 561 puts costs before interest before principal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jietong.kernel.errors import InputError

COMPONENTS = ("principal", "interest", "fee", "penalty")
DEFAULT_ORDER = ("fee", "penalty", "interest", "principal")


@dataclass(frozen=True, slots=True)
class Instalment:
    """What one instalment asks for, minor units."""

    due_on: date
    principal_fen: int = 0
    interest_fen: int = 0
    fee_fen: int = 0
    penalty_fen: int = 0


@dataclass(frozen=True, slots=True)
class Repayment:
    on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Part:
    """One posting's worth: how much of a repayment went to one component of one instalment (index as given)."""

    instalment: int
    component: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RepaymentSplit:
    """Where a repayment went; what no instalment could take is left over: the borrower's credit."""

    repayment: Repayment
    parts: tuple[Part, ...]
    left_over_fen: int

    def split(self) -> dict[str, int]:
        """Amount by component, all four named, in the default order."""
        amounts = dict.fromkeys(DEFAULT_ORDER, 0)
        for part in self.parts:
            amounts[part.component] += part.amount_fen
        return amounts


@dataclass(frozen=True, slots=True)
class InstalmentState:
    """What became of an instalment: `in_advance` was paid before the due date and `late` after it (both in `paid`)."""

    instalment: Instalment
    paid_fen: int
    in_advance_fen: int
    late_fen: int
    outstanding_fen: int
    outstanding: dict[str, int]


@dataclass(frozen=True, slots=True)
class Allocation:
    """Splits and states in the order in which repayments and instalments were given."""

    repayments: tuple[RepaymentSplit, ...]
    instalments: tuple[InstalmentState, ...]


def allocate(
    instalments: Sequence[Instalment],
    repayments: Sequence[Repayment],
    *,
    order: Sequence[str] = DEFAULT_ORDER,
    order_in_advance: Sequence[str] | None = None,
    as_of: date | None = None,
) -> Allocation:
    """Put each repayment on the oldest instalment that is due, component by component, then in advance.

    order_in_advance: the order for instalments not due on the repayment's day (default: `order`); components it
    leaves out are not paid in advance, so an empty one keeps the money as left over. as_of: repayments after that
    day have not happened: nothing of them is spread. Raises InputError for unknown or repeated components.
    """
    check_order("order", order)
    in_advance = order if order_in_advance is None else order_in_advance
    check_order("order_in_advance", in_advance)
    open_fen = [
        {"principal": i.principal_fen, "interest": i.interest_fen, "fee": i.fee_fen, "penalty": i.penalty_fen}
        for i in instalments
    ]
    oldest_first = sorted(range(len(instalments)), key=lambda k: instalments[k].due_on)
    splits: dict[int, RepaymentSplit] = {}
    for index in sorted(range(len(repayments)), key=lambda k: repayments[k].on):
        repayment = repayments[index]
        parts: list[Part] = []
        left = repayment.amount_fen
        if as_of is None or repayment.on <= as_of:
            due = [k for k in oldest_first if instalments[k].due_on <= repayment.on]
            left = _pour(left, due, order, open_fen, parts)
            left = _pour(left, oldest_first[len(due) :], in_advance, open_fen, parts)
        splits[index] = RepaymentSplit(repayment, tuple(parts), left)
    in_input_order = tuple(splits[k] for k in range(len(repayments)))
    return Allocation(in_input_order, _states(instalments, in_input_order, open_fen))


def check_order(field: str, order: Sequence[str]) -> None:
    """Refuse unknown and repeated components."""
    for index, name in enumerate(order):
        if name not in COMPONENTS:
            raise InputError(f"{field}.{index}", "unknown", f"{name!r} is not one of {', '.join(COMPONENTS)}")
    if len(set(order)) < len(order):
        raise InputError(field, "duplicate", "a component is named twice")


def _pour(
    left: int, indexes: Sequence[int], order: Sequence[str], open_fen: list[dict[str, int]], parts: list[Part]
) -> int:
    """Pay each instalment in full, in `order`, before the next; return what is left."""
    for index in indexes:
        if left == 0:
            break
        owed = open_fen[index]
        for component in order:
            amount = min(left, owed[component])
            if amount > 0:
                owed[component] -= amount
                left -= amount
                parts.append(Part(index, component, amount))
    return left


def _states(
    instalments: Sequence[Instalment], splits: Sequence[RepaymentSplit], open_fen: list[dict[str, int]]
) -> tuple[InstalmentState, ...]:
    paid, in_advance, late = ([0] * len(instalments) for _ in range(3))
    for split in splits:
        for part in split.parts:
            paid[part.instalment] += part.amount_fen
            due_on = instalments[part.instalment].due_on
            if split.repayment.on < due_on:
                in_advance[part.instalment] += part.amount_fen
            elif split.repayment.on > due_on:
                late[part.instalment] += part.amount_fen
    return tuple(
        InstalmentState(instalment, paid[k], in_advance[k], late[k], sum(open_fen[k].values()), dict(open_fen[k]))
        for k, instalment in enumerate(instalments)
    )
