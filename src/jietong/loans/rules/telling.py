"""Telling a loan: one repayment or plan change after the other, on rows that are changed in place.

What each change means stands in rules/changes.py, what settles a loan on a day in rules/quote.py; rules/replay.py puts
the events in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from jietong.kernel.errors import InputError
from jietong.loans.rules.changes import (
    CANNOT_CLOSE,
    CREDIT_SHORT,
    KEEP_INSTALMENT,
    NOT_COVERED,
    NOT_POSSIBLE,
    NOTHING_LEFT,
    OUT_OF_ORDER,
    WRITTEN_OFF,
    Change,
    Contract,
    Outcome,
    PayBack,
    PayOff,
    Prepay,
    Replan,
    Waive,
    WriteOff,
)
from jietong.loans.rules.opening import FEE, INTEREST, PENALTY, PRINCIPAL, Open, PenaltyOf, Received, accrue, receive
from jietong.loans.rules.quote import Quote, ahead_of, base_of, close_rows, deduct, quote_of, shrunk
from jietong.loans.rules.schedule import build
from jietong.loans.rules.terms import Terms


@dataclass(slots=True)
class Telling:
    """A loan while it is told: rows by due date, the contract in force, credit in hand, whether it is written off."""

    rows: list[Open]
    contract: Contract
    order: Sequence[int]
    penalty_of: PenaltyOf
    credit_fen: int = 0
    written_off: bool = False
    recovered: list[str] = field(default_factory=list)

    def take(
        self, receipt: str, on: date, amount_fen: int, change: PayOff | Prepay | None
    ) -> tuple[Received, Outcome | None]:
        """Book one repayment; with a change, its plan is changed first if the money covers that."""
        outcome = None
        penalty_fen = self.accrue(on)
        if change is not None:
            outcome = self._prepare(change, amount_fen)
        received = receive(self.rows, receipt, on, amount_fen, order=self.order, penalty_of=None)
        if self.written_off:
            self.recovered.append(receipt)
        self.credit_fen += received.credit_fen
        return replace(received, penalty_booked_fen=penalty_fen), outcome

    def accrue(self, on: date) -> int:
        return 0 if self.written_off else accrue(self.rows, on, self.penalty_of)

    def apply(self, change: Change) -> Outcome:
        """Tell a change that comes without money. One that does not hold leaves nothing behind, not even penalty."""
        if isinstance(change, PayBack):
            return self._pay_back(change)
        kept = [(list(row.owed), row.penalty_through_on) for row in self.rows]
        outcome = self._applied(change)
        if outcome.code:
            for row, (owed, through_on) in zip(self.rows, kept, strict=True):
                row.owed, row.penalty_through_on = owed, through_on
        return outcome

    def _applied(self, change: Change) -> Outcome:
        self.accrue(change.on)
        if isinstance(change, Waive):
            return Outcome(change.name, amounts=(0, 0, 0, self._waive(PENALTY, change.penalty_fen)))
        if self.written_off:
            return Outcome(change.name, WRITTEN_OFF)
        if not any(row.left for row in self.rows):
            return Outcome(change.name, NOTHING_LEFT)
        if isinstance(change, WriteOff):
            return self._write_off(change)
        assert isinstance(change, Replan)
        return self._replan(change)

    # -- with money -------------------------------------------------------------------------------------------------

    def _prepare(self, change: PayOff | Prepay, amount_fen: int) -> Outcome:
        if self.written_off:
            return Outcome(change.name, WRITTEN_OFF)
        quote = quote_of(self.rows, self.contract, on=change.on)
        if quote.total_fen == 0:
            return Outcome(change.name, NOTHING_LEFT)
        if amount_fen >= quote.total_fen:
            self._end(change, quote)
            return Outcome(change.name, amounts=quote.amounts)
        if isinstance(change, PayOff):
            return Outcome(change.name, NOT_COVERED, quote.amounts, quote.total_fen - amount_fen)
        return self._shrink(change, quote, amount_fen)

    def _end(self, change: Change, quote: Quote) -> None:
        """All principal that is not due falls due on the day, with interest to the day; later rows ask for no more."""
        ahead = ahead_of(self.rows, change.on)
        close_rows(ahead, change.name)
        self._add(change, [Open(change.first_n, change.on, [quote.principal_ahead_fen, quote.accrued_fen, 0, 0])])

    def _shrink(self, change: Prepay, quote: Quote, amount_fen: int) -> Outcome:
        prepaid = amount_fen - quote.due_fen - quote.accrued_fen
        if prepaid <= 0:
            return Outcome(change.name, NOT_COVERED, missing_fen=1 - prepaid)
        if change.keep == KEEP_INSTALMENT and self.contract.method in {"interest_only", "bullet"}:
            return Outcome(change.name, NOT_POSSIBLE)
        ahead = ahead_of(self.rows, change.on)
        try:
            planned = shrunk(
                self.rows, ahead, self.contract, quote, on=change.on, prepaid_fen=prepaid, keep=change.keep
            )
        except InputError:
            return Outcome(change.name, CANNOT_CLOSE)
        close_rows(ahead, change.name)
        paid_now = Open(change.first_n, change.on, [prepaid, quote.accrued_fen, 0, 0])
        rows = [Open(change.first_n + k, due_on, owed) for k, (due_on, owed) in enumerate(planned, start=1)]
        self._add(change, [paid_now, *rows])
        return Outcome(change.name, amounts=(prepaid, quote.accrued_fen, 0, 0))

    # -- without money ----------------------------------------------------------------------------------------------

    def _replan(self, change: Replan) -> Outcome:
        begins = base_of(self.rows, change.on)
        if any(b <= a for a, b in zip((begins, *change.due_on), change.due_on, strict=False)) or not change.due_on:
            return Outcome(change.name, OUT_OF_ORDER)
        quote = quote_of(self.rows, self.contract, on=change.on)
        left = [sum(row.owed[part] - row.paid[part] for row in self.rows) for part in range(4)]
        carried = [
            0,
            max(quote.interest_due_fen + quote.accrued_fen - change.waive_interest_fen, 0),
            left[FEE],
            max(left[PENALTY] - change.waive_penalty_fen, 0),
        ]
        terms = Terms(
            left[PRINCIPAL] or 1, change.rate, len(change.due_on), begins, change.rate_unit, change.day_count,
            change.method, due_on=change.due_on,
        )  # fmt: skip
        try:
            schedule = build(terms).rows
        except InputError:
            return Outcome(change.name, CANNOT_CLOSE)
        plan = [[row.principal_fen, row.interest_fen, 0, 0] for row in schedule]
        if not left[PRINCIPAL]:
            plan = [[0, 0, 0, 0] for _row in schedule]
        deduct(plan, quote.surplus_fen)
        for part in (INTEREST, FEE, PENALTY):
            for owed, fen in zip(plan, _equal_shares(carried[part], len(plan)), strict=True):
                owed[part] += fen
        close_rows([row for row in self.rows if row.left], change.name)
        rows = [Open(change.first_n + k, due_on, plan[k]) for k, due_on in enumerate(change.due_on)]
        self._add(change, rows)
        self.contract = Contract(begins, change.rate, change.rate_unit, change.day_count, change.method)
        return Outcome(change.name, amounts=(left[PRINCIPAL], carried[INTEREST], carried[FEE], carried[PENALTY]))

    def _write_off(self, change: WriteOff) -> Outcome:
        quote = quote_of(self.rows, self.contract, on=change.on)
        if ahead_of(self.rows, change.on):
            self._end(change, quote)
        self.written_off = True
        left = [sum(row.owed[part] - row.paid[part] for row in self.rows) for part in range(4)]
        return Outcome(change.name, amounts=(left[0], left[1], left[2], left[3]))

    def _waive(self, part: int, fen: int) -> int:
        waived = 0
        for row in self.rows:
            less = min(row.owed[part] - row.paid[part], fen - waived)
            row.owed[part] -= less
            waived += less
        return waived

    def _pay_back(self, change: PayBack) -> Outcome:
        # The money is gone whether or not the credit was there: a shortfall stays on the account until it is made good.
        missing = max(change.amount_fen - max(self.credit_fen, 0), 0)
        self.credit_fen -= change.amount_fen
        return Outcome(change.name, CREDIT_SHORT if missing else "", missing_fen=missing)

    def _add(self, change: Change, rows: Sequence[Open]) -> None:
        for row in rows:
            row.opened_by = change.name
        self.rows += rows
        self.rows.sort(key=lambda row: (row.due_on, row.n))
        self.contract = replace(self.contract, start_on=base_of(self.rows, change.on))


def _equal_shares(fen: int, count: int) -> list[int]:
    each, rest = divmod(fen, count)
    return [each + (k < rest) for k in range(count)]
