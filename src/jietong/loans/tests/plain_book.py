"""A random loan's state by the plain per-loan rules, and the same loans as the kernel's columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from jietong.loans.columnar import NO_DAY, Batch, Ragged, State, penalty_terms
from jietong.loans.rules import buckets, replay
from jietong.loans.rules.opening import COMPONENTS, Open
from jietong.loans.rules.penalty import accrued_penalty_fen
from jietong.loans.tests.random_book import RandomLoan

EPOCH = date(1970, 1, 1)
NAMES = [bucket.name for bucket in buckets.BUCKETS]


def plain(loan: RandomLoan, cap: Decimal | None) -> dict:
    """What rules/replay.py, penalty.py and buckets.py say of the loan on its day."""

    def penalty_of(fen: int, days: int) -> int:
        is_daily = loan.rate_unit == "day"
        annual = loan.rate * 365 if is_daily else loan.rate
        return accrued_penalty_fen(fen, annual, loan.multiple, days, 365 if is_daily else 360, cap)

    opening = [Open(x.n, x.due_on, list(x.owed), list(x.paid), x.through_on) for x in loan.lines]
    moneys = [replay.Money(r.receipt, r.paid_at, r.on, r.amount_fen) for r in loan.in_force]
    order = [COMPONENTS.index(name) for name in loan.order]
    told = replay.replay(opening, moneys, order=order, penalty_of=penalty_of)
    start = buckets.bucket_on(replay.oldest_unpaid(opening), loan.start_on)
    unpaid = [row for row in told.instalments if row.left > 0]
    oldest = replay.oldest_unpaid(told.instalments)
    next_due = next((row.due_on for row in unpaid if row.due_on > loan.as_of), None)
    changes = [day for day in (buckets.next_move_on(oldest, loan.as_of), next_due) if day]
    return {
        "rows": [(row.n, row.owed, row.paid, row.penalty_through_on) for row in told.instalments],
        "accrued": [_accrued(row, loan.as_of, penalty_of) for row in told.instalments],
        "received": [
            (one.receipt, [(n, part, fen) for n, part, fen in one.parts], one.credit_fen) for one in told.received
        ],
        "head": (
            sum(row.owed[0] - row.paid[0] for row in unpaid),
            sum(row.left for row in unpaid),
            oldest,
            next_due,
            min(changes, default=None),
        ),
        "late": (buckets.days_past_due(oldest, loan.as_of), buckets.bucket_on(oldest, loan.as_of)),
        "moves": [
            (move.on, move.from_bucket, move.to_bucket)
            for move in replay.history(told.points, start=start, from_on=loan.start_on, as_of=loan.as_of)
        ],
    }


def _accrued(row: Open, as_of: date, penalty_of: replay.PenaltyOf) -> int:
    since = row.penalty_through_on or row.due_on
    unpaid = row.owed[0] - row.paid[0]
    return penalty_of(unpaid, (as_of - since).days) if row.due_on < as_of and since < as_of and unpaid > 0 else 0


def number(day: date | None) -> int:
    return NO_DAY if day is None else (day - EPOCH).days


def batch_of(loans: Sequence[RandomLoan], cap: Decimal | None) -> Batch:
    lines = [line for loan in loans for line in loan.lines]
    money = [sorted(loan.in_force, key=lambda r: (r.paid_at, r.receipt)) for loan in loans]
    flat = [one for some in money for one in some]
    oldest = [next((x.due_on for x in loan.lines if sum(x.owed) > sum(x.paid)), None) for loan in loans]
    start = [
        NAMES.index(buckets.bucket_on(day, loan.start_on)) for day, loan in zip(oldest, loans, strict=True)
    ]  # fmt: skip
    as_of = _days([loan.as_of for loan in loans])
    return Batch(
        instalments=Ragged.of_lengths(_ints([len(loan.lines) for loan in loans])),
        due_on=_days([line.due_on for line in lines]),
        owed=_ints([line.owed for line in lines]).reshape(-1, 4).T.copy(),
        paid=_ints([line.paid for line in lines]).reshape(-1, 4).T.copy(),
        through_on=_days([line.through_on for line in lines]),
        repayments=Ragged.of_lengths(_ints([len(some) for some in money])),
        paid_on=_days([one.on for one in flat]),
        amount_fen=_ints([one.amount_fen for one in flat]),
        penalty=penalty_terms(
            _ints([int(loan.rate * 10**10) for loan in loans]),
            np.array([loan.rate_unit == "day" for loan in loans], np.bool_),
            _ints([int(loan.multiple * 1000) for loan in loans]),
            cap,
        ),
        order=_ints([[COMPONENTS.index(name) for name in loan.order] for loan in loans]).reshape(-1, 4),
        start_on=_days([loan.start_on for loan in loans]),
        start_bucket=_ints(start),
        as_of=as_of,
        closed_on=as_of,
    )


def _ints(values: Sequence) -> np.ndarray:
    return np.array(values, np.int64)


def _days(values: Sequence[date | None]) -> np.ndarray:
    return _ints([number(day) for day in values])


def day(value: int) -> date | None:
    return None if value == NO_DAY else date.fromordinal(EPOCH.toordinal() + int(value))


def of_kernel(loans: Sequence[RandomLoan], batch: Batch, state: State) -> list[dict]:
    """The kernel's columns as `plain` writes a loan, loan by loan."""
    told, where, money = state.told, batch.instalments, batch.repayments
    parts: list[list] = [[] for _ in batch.paid_on]
    for r, i, component, fen in zip(
        told.parts.repayment, told.parts.instalment, told.parts.component, told.parts.fen, strict=True
    ):
        n = int(i - where.starts[where.owner[i]]) + 1
        parts[r].append((n, COMPONENTS[component], int(fen)))
    found = []
    for k, loan in enumerate(loans):
        rows = range(where.starts[k], where.starts[k + 1])
        receipts = sorted(loan.in_force, key=lambda r: (r.paid_at, r.receipt))
        moves = range(state.moves.where.starts[k], state.moves.where.starts[k + 1])
        found.append(
            {
                "rows": [
                    (n, told.owed[:, i].tolist(), told.paid[:, i].tolist(), day(told.through_on[i]))
                    for n, i in enumerate(rows, start=1)
                ],
                "accrued": [int(state.accrued_fen[i]) for i in rows],
                "received": [
                    (one.receipt, parts[r], int(told.credit_fen[r]))
                    for one, r in zip(receipts, range(money.starts[k], money.starts[k + 1]), strict=True)
                ],
                "head": (
                    int(state.outstanding_principal_fen[k]),
                    int(state.outstanding_fen[k]),
                    day(state.oldest_unpaid_on[k]),
                    day(state.next_due_on[k]),
                    day(state.next_change_on[k]),
                ),
                "late": (int(state.days_past_due[k]), NAMES[state.bucket[k]]),
                "moves": [
                    (day(state.moves.on[m]), NAMES[state.moves.from_bucket[m]], NAMES[state.moves.to_bucket[m]])
                    for m in moves
                ],
            }
        )
    return found
