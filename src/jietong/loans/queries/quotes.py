"""What settling early or prepaying a part costs on a day, and what the plan becomes. Reads only; nothing is locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.loans import replay
from jietong.loans.models import Loan
from jietong.loans.plan_changes import as_rule
from jietong.loans.rules import changes as c
from jietong.loans.rules.opening import Open, accrue
from jietong.loans.rules.quote import FIXED_LENGTH, Quote, quote_of
from jietong.loans.rules.replay import Money, Replayed

LAST_NAME = "\uffff"  # told after everything else of the same instant
PREVIEW_N = 32_000  # numbers of rows that are only looked at


@dataclass(frozen=True, slots=True)
class Line:
    """One instalment of a plan that is still to be paid, fen left by component."""

    due_on: date
    principal_fen: int
    interest_fen: int
    fee_fen: int
    penalty_fen: int

    @property
    def total_fen(self) -> int:
        return self.principal_fen + self.interest_fen + self.fee_fen + self.penalty_fen


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan before and after; code "" when it would hold (codes of rules/changes.py), `missing_fen` more money if not.

    spent_fen: what the payment itself spends on interest, fee and penalty. prepaid_fen: principal that it pays early.
    """

    code: str
    missing_fen: int
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    spent_fen: int = 0
    prepaid_fen: int = 0

    @property
    def saved_fen(self) -> int:
        """Interest, fees and penalty that nobody will owe any more; below zero when the new plan costs more."""
        return _cost(self.before) - _cost(self.after) - self.spent_fen


def quote(loan_id: int, *, on: date) -> Quote:
    """What settles the loan on a day, with everything that is booked by now."""
    loan = _loan(loan_id)
    told = _told(loan, [], [])
    assert told.contract is not None
    return quote_of(_accrued(loan, told, on), told.contract, on=on)


def preview_prepayment(loan_id: int, *, amount_fen: int, keep: str, on: date) -> Preview:
    """The plan if `amount_fen` came on a day to prepay a part. What is due and interest to the day is paid first."""
    at = _end_of(on)
    change = c.Prepay(name=LAST_NAME, at=at, on=on, receipt=LAST_NAME, keep=keep, first_n=PREVIEW_N)
    return _preview(_loan(loan_id), [Money(LAST_NAME, at, on, amount_fen)], change, on=on)


def preview_replan(
    loan_id: int, *, due_on: Sequence[date], rate: Decimal | None, method: str, waive_penalty_fen: int,
    waive_interest_fen: int, on: date,
) -> Preview:  # fmt: skip
    """The plan if all that is left were asked for on these dates instead."""
    loan = _loan(loan_id)
    change = c.Replan(
        name=LAST_NAME, at=_end_of(on), on=on, first_n=PREVIEW_N, due_on=tuple(due_on),
        rate=loan.rate if rate is None else rate, rate_unit=loan.rate_unit,
        day_count="actual/365" if loan.day_count in FIXED_LENGTH else loan.day_count, method=method,
        waive_penalty_fen=waive_penalty_fen, waive_interest_fen=waive_interest_fen,
    )  # fmt: skip
    return _preview(loan, [], change, on=on)


def _preview(loan: Loan, moneys: list[Money], change: c.Change, *, on: date) -> Preview:
    before, after = _told(loan, [], []), _told(loan, moneys, [change])
    outcome = next(one for one in after.outcomes if one.name == LAST_NAME)
    parts = [part for one in after.received if one.receipt == LAST_NAME for part in one.parts]
    return Preview(
        outcome.code, outcome.missing_fen, _lines(_accrued(loan, before, on)), _lines(_accrued(loan, after, on)),
        spent_fen=sum(fen for _n, part, fen in parts if part != "principal"),
        prepaid_fen=outcome.amounts[0],
    )  # fmt: skip


def _told(loan: Loan, moneys: list[Money], changes: list[c.Change]) -> Replayed:
    account = replay.load(loan, locked=False)
    start, _is_plain = replay.find_start(account)
    in_force = [r for r in account.repayments if r.reversed_at is None and r.pk > start.through_id]
    booked = [as_rule(change) for change in account.changes]
    return replay.tell(loan, start.instalments, in_force, [*booked, *changes], extra=moneys)


def _accrued(loan: Loan, told: Replayed, on: date) -> list[Open]:
    """The rows by due date with penalty up to the day."""
    rows = sorted(told.instalments, key=lambda row: (row.due_on, row.n))
    if not told.is_written_off:
        accrue(rows, on, replay.penalty_rule(loan))
    return rows


def _lines(rows: Sequence[Open]) -> tuple[Line, ...]:
    found = []
    for row in rows:
        if row.left:
            principal, interest, fee, penalty = (owed - paid for owed, paid in zip(row.owed, row.paid, strict=True))
            found.append(Line(row.due_on, principal, interest, fee, penalty))
    return tuple(found)


def _cost(lines: Sequence[Line]) -> int:
    return sum(line.total_fen - line.principal_fen for line in lines)


def _loan(loan_id: int) -> Loan:
    return Loan.objects.select_related("product", "version", "source").get(pk=loan_id)


def _end_of(on: date) -> datetime:
    return datetime.combine(on, time(23, 59, 59, 999_999), ZoneInfo(settings.LENDER_TIME_ZONE))
