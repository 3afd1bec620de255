"""A loan's repayments and plan changes told again in order of time, and the history of buckets that follows.

The arithmetic is that of rules/opening.py, so booking in order and replaying give the same figures (a property test
holds them equal), and the order of booking does not matter: only when the money was there does.

A loan's bucket of a day is that of the day's close: money of the day counts, however late we hear of it. A day has at
most one move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from jietong.loans.rules.buckets import ORDER, bucket_on, next_move_on
from jietong.loans.rules.changes import NO_MONEY, Change, Contract, Outcome, PayOff, Prepay
from jietong.loans.rules.opening import Open, PenaltyOf, Received
from jietong.loans.rules.telling import Telling

#: a day and the due date of the oldest instalment that is unpaid from the close of that day on (None: nothing is)
Point = tuple[date, date | None]
NO_CONTRACT = Contract(date.min, Decimal(0))


@dataclass(frozen=True, slots=True)
class Money:
    """One repayment in force. `paid_at` orders (the receipt breaks ties); `on` is its day in the lender's zone."""

    receipt: str
    paid_at: datetime
    on: date
    amount_fen: int

    @property
    def key(self) -> tuple[datetime, str]:
        return self.paid_at, self.receipt


@dataclass(frozen=True, slots=True)
class Move:
    """A move between buckets at the close of a day."""

    on: date
    from_bucket: str
    to_bucket: str

    @property
    def is_by_money(self) -> bool:
        """Time only ever makes a loan later; what makes it less late is money."""
        return ORDER[self.to_bucket] < ORDER[self.from_bucket]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The loan after all that happened to it.

    instalments: by number, rows that a change closed or added among them. received: where each repayment went, in
    order of payment. points: the oldest unpaid by day. outcomes: one per change. recovered: receipts of money that
    came after a write-off. credit_fen: what the borrower has to his credit. contract: that in force at the end.
    """

    instalments: tuple[Open, ...]
    received: tuple[Received, ...]
    points: tuple[Point, ...]
    outcomes: tuple[Outcome, ...] = ()
    recovered: frozenset[str] = frozenset()
    credit_fen: int = 0
    contract: Contract | None = None
    is_written_off: bool = False


def replay(
    opening: Sequence[Open],
    moneys: Sequence[Money],
    *,
    order: Sequence[int],
    penalty_of: PenaltyOf,
    changes: Sequence[Change] = (),
    contract: Contract | None = None,
) -> Replayed:
    """Tell repayments and plan changes one by one in order of time, beginning from the opening state (left unchanged).

    opening: instalments by number, with what was owed and paid when the loan entered the book: a floor that no
    repayment here can lower. order: indexes into opening.COMPONENTS. Penalty accrues up to each day of payment.
    changes: those in force; early settlement and partial prepayment are told with the money of their receipt, the
    others by their instant, after money of the same instant. contract: needed with changes only.
    """
    assert contract is not None or not changes
    rows = [Open(row.n, row.due_on, list(row.owed), list(row.paid), row.penalty_through_on) for row in opening]
    told = Telling(rows, contract or NO_CONTRACT, order, penalty_of)
    points: dict[date, date | None] = {date.min: oldest_unpaid(rows)}
    received, outcomes = [], []
    with_money = {change.receipt: change for change in changes if isinstance(change, PayOff | Prepay)}
    acts: list[tuple[datetime, int, str, Money | Change]] = [(m.paid_at, 0, m.receipt, m) for m in moneys]
    acts += [(change.at, 1, change.name, change) for change in changes if not isinstance(change, PayOff | Prepay)]
    for _at, _rank, _name, act in sorted(acts, key=lambda one: one[:3]):
        if isinstance(act, Money):
            money, outcome = told.take(act.receipt, act.on, act.amount_fen, with_money.pop(act.receipt, None))
            received.append(money)
            outcomes += [outcome] if outcome else []
        else:
            outcomes.append(told.apply(act))
        points[act.on] = oldest_unpaid(told.rows)
    outcomes += [Outcome(change.name, NO_MONEY) for change in with_money.values()]
    return Replayed(
        tuple(sorted(told.rows, key=lambda row: row.n)), tuple(received), tuple(points.items()), tuple(outcomes),
        frozenset(told.recovered), told.credit_fen, contract and told.contract, told.written_off,
    )  # fmt: skip


def oldest_unpaid(rows: Sequence[Open]) -> date | None:
    """rows: by due date."""
    return next((row.due_on for row in rows if row.left > 0), None)


def history(points: Sequence[Point], *, start: str, from_on: date, as_of: date) -> tuple[Move, ...]:
    """The moves of the days from `from_on` to `as_of`, both included, of a loan that came into `from_on` in `start`.

    points: days ascending, the first on or before `from_on`.
    """
    moves: list[Move] = []
    bucket = start
    for on, oldest in _looks(points, from_on=from_on, as_of=as_of):
        fresh = bucket_on(oldest, on)
        if fresh != bucket:
            moves.append(Move(on, bucket, fresh))
            bucket = fresh
    return tuple(moves)


def _looks(points: Sequence[Point], *, from_on: date, as_of: date) -> Iterator[Point]:
    """The days on which the bucket can change, with the oldest unpaid due date of that day."""
    for place, (day, oldest) in enumerate(points):
        is_last = place + 1 == len(points)
        last = as_of if is_last else min(points[place + 1][0] - timedelta(days=1), as_of)
        look: date | None = max(day, from_on)
        while look is not None and look <= last:
            yield look, oldest
            look = next_move_on(oldest, look)
