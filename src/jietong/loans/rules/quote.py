"""What settles a loan on a day, and the plan of what is left after paying some of it early: on rows as they stand.

rules/prepayment.py reckons the same from the agreed terms; here the rows themselves tell, because schedules come from
other systems too and plans change (a property test holds the two within a fen).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from jietong.loans.rules.changes import KEEP_INSTALMENT, Amounts, Contract
from jietong.loans.rules.opening import FEE, INTEREST, PRINCIPAL, Open
from jietong.loans.rules.rounding import half_up
from jietong.loans.rules.schedule import build
from jietong.loans.rules.terms import Terms

FIXED_LENGTH = frozenset({"period", "30/360"})  # months of their own; other day counts go by actual days


@dataclass(frozen=True, slots=True)
class Quote:
    """What settles a loan on a day, fen: what is due as it stands, interest to the day, principal that is not due.

    `surplus_fen`: interest paid in advance beyond the day, on rows that a new plan would replace. It is not paid back
    but taken off the new plan's interest. `saved_fen`: interest and fees of later rows that then nobody owes.
    """

    due: Amounts
    accrued_fen: int
    principal_ahead_fen: int
    surplus_fen: int
    saved_fen: int

    @property
    def due_fen(self) -> int:
        return sum(self.due)

    @property
    def interest_due_fen(self) -> int:
        return self.due[INTEREST]

    @property
    def total_fen(self) -> int:
        return self.due_fen + self.accrued_fen + self.principal_ahead_fen

    @property
    def amounts(self) -> Amounts:
        principal, interest, fee, penalty = self.due
        return principal + self.principal_ahead_fen, interest + self.accrued_fen, fee, penalty


def quote_of(rows: Sequence[Open], contract: Contract, *, on: date) -> Quote:
    """What settles these rows (penalty accrued to the day already, by due date) on a day.

    Interest to the day is the running row's own interest by the days gone of its period, on the principal that is still
    out; that is the exact formula of rules/prepayment.py but for the rounding of the row, so at most one fen apart, and
    holds for schedules that came from elsewhere.
    """
    due = [row for row in rows if row.due_on <= on]
    ahead = ahead_of(rows, on)
    sums = [sum(row.owed[part] - row.paid[part] for row in due) for part in range(4)]
    principal = sum(row.owed[PRINCIPAL] - row.paid[PRINCIPAL] for row in ahead)
    later = [row for row in rows if row.due_on > on and not row.closed_by]
    kept = any(not row.left for row in later if row.owed[INTEREST])
    paid_ahead = sum(row.paid[INTEREST] for row in ahead)
    share = 0 if kept else _interest_to(rows, contract, on)
    accrued = max(share - paid_ahead, 0)
    unpaid = sum(row.owed[INTEREST] - row.paid[INTEREST] + row.owed[FEE] - row.paid[FEE] for row in ahead)
    return Quote((sums[0], sums[1], sums[2], sums[3]), accrued, principal, max(paid_ahead - share, 0), unpaid - accrued)


def ahead_of(rows: Sequence[Open], on: date) -> list[Open]:
    """Rows of the plan in force that are not due and ask for something; those paid in advance stay as they are."""
    return [row for row in rows if row.due_on > on and row.left > 0]


def base_of(rows: Sequence[Open], on: date) -> date:
    """From when a new plan's interest runs: the day, or the last instalment that is paid for in advance."""
    return max([on, *(row.due_on for row in rows if row.due_on > on and row.left == 0 and not row.closed_by)])


def _period(rows: Sequence[Open], contract: Contract, on: date) -> tuple[date, Open | None]:
    """Begin of the running interest period, and the row that asks for its interest; None past the last one."""
    in_plan = [row for row in rows if not row.closed_by and row.due_on > contract.start_on and row.owed[INTEREST] > 0]
    start = max([contract.start_on, *(row.due_on for row in in_plan if row.due_on <= on)])
    return start, next((row for row in in_plan if row.due_on > on), None)


def _interest_to(rows: Sequence[Open], contract: Contract, on: date) -> int:
    start, running = _period(rows, contract, on)
    if running is None or on <= start:
        return 0
    exact = Fraction(running.owed[INTEREST] * (on - start).days, (running.due_on - start).days)
    if contract.method != "flat":
        later = [row for row in rows if row.due_on > on and not row.closed_by]
        owed = sum(row.owed[PRINCIPAL] for row in later)
        if owed:
            exact *= Fraction(owed - sum(row.paid[PRINCIPAL] for row in later), owed)
    return half_up(exact.numerator, exact.denominator)


def shrunk(
    rows: Sequence[Open],
    ahead: Sequence[Open],
    contract: Contract,
    quote: Quote,
    *,
    on: date,
    prepaid_fen: int,
    keep: str,
) -> list[tuple[date, list[int]]]:
    """The plan of what is left: the same due dates with less each, or fewer with at most the largest one so far."""
    begins = base_of(rows, on)
    dates = tuple(row.due_on for row in ahead)
    grace = next((k for k, row in enumerate(ahead) if row.owed[PRINCIPAL]), 0)
    levels = contract.method in {"equal_instalment", "equal_principal"}
    terms = Terms(
        quote.principal_ahead_fen - prepaid_fen, contract.rate, len(dates), begins, contract.rate_unit,
        contract.day_count, contract.method, due_on=dates, principal_grace=grace if levels else 0,
        first_share=_first_share(rows, contract, begins, dates[0]),
    )  # fmt: skip
    schedule = build(terms).rows
    if keep == KEEP_INSTALMENT:
        most = max(row.owed[PRINCIPAL] + row.owed[INTEREST] for row in ahead)
        for count in range(terms.principal_grace + 1, len(dates)):
            shorter = build(replace(terms, instalments=count, due_on=dates[:count])).rows
            if max(row.total_fen for row in shorter) <= most:
                schedule = shorter
                break
    fees = {row.due_on: row.owed[FEE] - row.paid[FEE] for row in ahead}
    plan = [[row.principal_fen, row.interest_fen, fees[row.due_on], 0] for row in schedule]
    deduct(plan, quote.surplus_fen)
    return [(row.due_on, owed) for row, owed in zip(schedule, plan, strict=True)]


def _first_share(rows: Sequence[Open], contract: Contract, begins: date, first_due_on: date) -> Fraction | int:
    """Actual days count themselves; of a period of fixed length only what is left of it is still to be paid for."""
    if contract.day_count not in FIXED_LENGTH:
        return 1
    start, _running = _period(rows, contract, begins)
    return Fraction((first_due_on - begins).days, (first_due_on - start).days)


def close_rows(rows: Sequence[Open], name: str) -> None:
    for row in rows:
        row.owed = list(row.paid)
        row.closed_by = name


def deduct(plan: Sequence[list[int]], fen: int) -> None:
    for owed in plan:
        less = min(owed[INTEREST], fen)
        owed[INTEREST] -= less
        fen -= less
