"""Changes of a loan's plan, as events of its replay: early settlement, partial prepayment, re-planning, waiver,
write-off, and money of the borrower's own credit paid back (decision 0016).

A change never edits what an instalment was paid. It closes the rows that it replaces (what they ask for is lowered to
what was paid, so nothing is left of them) and adds rows of its own; taking the change out of the telling thus gives the
old figures back to the fen. A change that cannot hold when it is told (the money no longer covers it) does nothing
and answers a code; the money is then booked as any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

#: numbers of rows that one change may add; the rows of the k-th change of a loan are k × BLOCK + 1 and on
BLOCK = 1000
KEEP_TERM, KEEP_INSTALMENT = "term", "instalment"

# Why a change does not hold, gravest first.
WRITTEN_OFF = "written_off"  # the plan ended with the write-off
NO_MONEY = "no_money"  # the repayment that it came with was taken back
NOTHING_LEFT = "nothing_left"  # the loan owes nothing at that moment
NOT_COVERED = "not_covered"  # the money is less than what it takes
OUT_OF_ORDER = "out_of_order"  # a new due date does not lie after the day of the change
CANNOT_CLOSE = "cannot_close"  # no schedule with these terms
NOT_POSSIBLE = "not_possible"  # the method has no instalment that could be kept
CREDIT_SHORT = "credit_short"  # more was paid back than the borrower's credit

Amounts = tuple[int, int, int, int]  # by opening.COMPONENTS, fen


@dataclass(frozen=True, slots=True)
class Contract:
    """What interest runs on: rate per `rate_unit` ("year", "day"), day count and method as in rules/terms.py."""

    start_on: date
    rate: Decimal | Fraction
    rate_unit: str = "year"
    day_count: str = "period"
    method: str = "equal_instalment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`at` orders (money of the same instant first, then by name); `on` is its day in the lender's zone."""

    name: str
    at: datetime
    on: date
    first_n: int = BLOCK + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOff(Change):
    """Early settlement with the money of one receipt: interest to the day, future interest closed at zero."""

    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepay(Change):
    """Partial prepayment with the money of one receipt: what is due, interest to the day, then principal."""

    receipt: str
    keep: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan(Change):
    """New due dates for all that is left (hardship, re-ageing). Arrears of interest, fee and penalty are carried in
    equal shares without interest on them, after waiving up to the written amounts."""

    due_on: tuple[date, ...]
    rate: Decimal | Fraction
    rate_unit: str = "year"
    day_count: str = "actual/365"
    method: str = "equal_instalment"
    waive_penalty_fen: int = 0
    waive_interest_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waive(Change):
    """Penalty forgiven up to a written amount, the oldest first."""

    penalty_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff(Change):
    """The claim leaves the assets. The borrower still owes it; penalty stops; what comes later is recovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayBack(Change):
    """Credit of the borrower paid back, or used elsewhere: it leaves this loan."""

    amount_fen: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change. code "": it holds.

    amounts: what was settled, prepaid, carried, waived or written off. missing_fen: how much more money it takes.
    """

    name: str
    code: str = ""
    amounts: Amounts = (0, 0, 0, 0)
    missing_fen: int = 0


def change_of(
    kind: str, *, name: str, at: datetime, on: date, first_n: int, receipt: str, keep: str, terms: Mapping[str, Any]
) -> Change:
    """The event of a written row: `kind` and `terms` as models/changes.py keeps them. Raises ValueError, KeyError."""
    base: dict[str, Any] = {"name": name, "at": at, "on": on, "first_n": first_n}
    if kind == "pay_off":
        return PayOff(**base, receipt=receipt)
    if kind == "prepay":
        return Prepay(**base, receipt=receipt, keep=keep)
    if kind == "waive":
        return Waive(**base, penalty_fen=terms["penalty_fen"])
    if kind == "write_off":
        return WriteOff(**base)
    if kind == "pay_back":
        return PayBack(**base, amount_fen=terms["amount_fen"])
    if kind != "replan":
        raise ValueError(f"unknown kind of change: {kind}")
    return Replan(
        **base,
        due_on=tuple(date.fromisoformat(day) for day in terms["due_on"]),
        rate=Decimal(terms["rate"]),
        rate_unit=terms["rate_unit"],
        day_count=terms["day_count"],
        method=terms["method"],
        waive_penalty_fen=terms["waive_penalty_fen"],
        waive_interest_fen=terms["waive_interest_fen"],
    )
