"""A loan's repayments told again in the order in which the money came, and the history of buckets that follows.

The arithmetic is that of rules/opening.py, so booking in order and replaying give the same figures (a property test
holds them equal), and the order of booking does not matter: only when the money was there does.

A loan's bucket of a day is that of the day's close: money of the day counts, however late we hear of it. A day has at
most one move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jietong.loans.rules.buckets import ORDER, bucket_on, next_move_on
from jietong.loans.rules.opening import Open, PenaltyOf, Received, receive

#: a day and the due date of the oldest instalment that is unpaid from the close of that day on (None: nothing is)
Point = tuple[date, date | None]


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
    """The instalments after all repayments, where each went (in order of payment), and the oldest unpaid by day."""

    instalments: tuple[Open, ...]
    received: tuple[Received, ...]
    points: tuple[Point, ...]


def replay(
    opening: Sequence[Open], moneys: Sequence[Money], *, order: Sequence[int], penalty_of: PenaltyOf
) -> Replayed:
    """Book the repayments one by one in the order of payment, beginning from the opening state (left unchanged).

    opening: instalments by number, with what was owed and paid when the loan entered the book: a floor that no
    repayment here can lower. order: indexes into opening.COMPONENTS. Penalty accrues up to each day of payment.
    """
    rows = [Open(row.n, row.due_on, list(row.owed), list(row.paid), row.penalty_through_on) for row in opening]
    points: dict[date, date | None] = {date.min: oldest_unpaid(rows)}
    received = []
    for money in sorted(moneys, key=lambda m: m.key):
        received.append(receive(rows, money.receipt, money.on, money.amount_fen, order=order, penalty_of=penalty_of))
        points[money.on] = oldest_unpaid(rows)
    return Replayed(tuple(rows), tuple(received), tuple(points.items()))


def oldest_unpaid(rows: Sequence[Open]) -> date | None:
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
