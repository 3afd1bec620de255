"""Core against book for one day: every difference by loan or receipt, with a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: codes of differences, gravest first
CODES = (
    "loan_missing_in_book",
    "loan_missing_in_core",
    "repayment_missing_in_book",
    "repayment_missing_in_core",
    "repayment_amount",
    "principal_left",
    "left",
    "closed_in_core",
    "closed_in_book",
)


@dataclass(frozen=True, slots=True)
class Side:
    """A loan as one side has it. is_open: something may still be owed there. Amounts in fen."""

    principal_left_fen: int
    left_fen: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """A repayment of the day as one side has it."""

    ref: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Found:
    code: str
    ref: str
    receipt: str = ""
    core_fen: int | None = None
    book_fen: int | None = None


def loans(core: Mapping[str, Side], book: Mapping[str, Side]) -> list[Found]:
    """By loan number; of one that stands on both sides every figure that differs is named."""
    found = [
        Found("loan_missing_in_book", ref, core_fen=core[ref].left_fen) for ref in sorted(core.keys() - book.keys())
    ]
    found += [
        Found("loan_missing_in_core", ref, book_fen=book[ref].left_fen) for ref in sorted(book.keys() - core.keys())
    ]
    for ref in sorted(core.keys() & book.keys()):
        theirs, ours = core[ref], book[ref]
        if theirs.principal_left_fen != ours.principal_left_fen:
            found.append(Found("principal_left", ref, "", theirs.principal_left_fen, ours.principal_left_fen))
        if theirs.left_fen != ours.left_fen:
            found.append(Found("left", ref, "", theirs.left_fen, ours.left_fen))
        if theirs.is_open != ours.is_open:
            code = "closed_in_book" if theirs.is_open else "closed_in_core"
            found.append(Found(code, ref, "", theirs.left_fen, ours.left_fen))
    return found


def repayments(core: Mapping[str, Paid], book: Mapping[str, Paid]) -> list[Found]:
    """Receipts of one day."""
    found = [
        Found("repayment_missing_in_book", core[receipt].ref, receipt, core_fen=core[receipt].amount_fen)
        for receipt in sorted(core.keys() - book.keys())
    ]
    found += [
        Found("repayment_missing_in_core", book[receipt].ref, receipt, book_fen=book[receipt].amount_fen)
        for receipt in sorted(book.keys() - core.keys())
    ]
    for receipt in sorted(core.keys() & book.keys()):
        theirs, ours = core[receipt], book[receipt]
        if (theirs.ref, theirs.amount_fen) != (ours.ref, ours.amount_fen):
            found.append(Found("repayment_amount", ours.ref, receipt, theirs.amount_fen, ours.amount_fen))
    return found


def totals(sides: Mapping[str, Side], paid: Mapping[str, Paid]) -> dict[str, int]:
    """Counts and sums of one side."""
    return {
        "loans": len(sides),
        "open": sum(one.is_open for one in sides.values()),
        "principal_left_fen": sum(one.principal_left_fen for one in sides.values()),
        "left_fen": sum(one.left_fen for one in sides.values()),
        "repayments": len(paid),
        "repaid_fen": sum(one.amount_fen for one in paid.values()),
    }


def in_order(found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=lambda one: (CODES.index(one.code), one.ref, one.receipt))
