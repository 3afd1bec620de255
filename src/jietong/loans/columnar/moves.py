"""Moves between buckets, from the oldest unpaid due date before and after each repayment.

The bucket of a day is that of its close, so of several repayments of one day the last counts. A stretch of days between
two repayments begins with at most one move (by money, or because the story begins there) and goes on by time alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jietong.loans.columnar.batch import Batch
from jietong.loans.columnar.ragged import NO_DAY, Ints, Ragged
from jietong.loans.rules.buckets import BUCKETS

#: least days past due of each stage, rising; the first has none
LEAST = np.array([bucket.least for bucket in BUCKETS], np.int64)


@dataclass(frozen=True, slots=True)
class Moves:
    """M moves by loan, then by day."""

    where: Ragged  # L lists, M elements
    on: Ints  # (M,)
    from_bucket: Ints  # (M,)
    to_bucket: Ints  # (M,)


def bucket_places(days_past_due: Ints) -> Ints:
    """Places among BUCKETS; below the first day of lateness it is the first."""
    return np.maximum(np.searchsorted(LEAST, days_past_due, side="right") - 1, 0).astype(np.int64)


def _bucket(oldest: Ints, on: Ints) -> Ints:
    return bucket_places(np.where(oldest == NO_DAY, 0, on - oldest))


def history(batch: Batch, oldest_before: Ints, oldest_after: Ints) -> Moves:
    """The moves from each loan's start day to its day of the state. oldest_before: (L,), oldest_after: (R,)."""
    loan, day, last, oldest = _stretches(batch, oldest_before, oldest_after)
    begins = np.maximum(day, batch.start_on[loan])
    told = begins <= last
    loan, begins, last, oldest = loan[told], begins[told], last[told], oldest[told]
    at_first, at_last = _bucket(oldest, begins), _bucket(oldest, last)
    came_from = batch.start_bucket[loan]
    goes_on = loan[1:] == loan[:-1]
    came_from[1:][goes_on] = at_last[:-1][goes_on]
    is_step = at_first != came_from
    steps = Ragged.of_lengths(is_step.astype(np.int64) + at_last - at_first)
    of = steps.owner
    # the place of a move within its stretch; the move by money, if there is one, comes first
    place = np.arange(len(of), dtype=np.int64) - steps.starts[of]
    is_first = is_step[of] & (place == 0)
    to = np.where(is_first, at_first[of], at_first[of] + place + 1 - is_step[of])
    return Moves(
        where=Ragged.of_lengths(np.bincount(loan[of], minlength=len(batch)).astype(np.int64)),
        on=np.where(is_first, begins[of], oldest[of] + LEAST[to]),
        from_bucket=np.where(is_first, came_from[of], to - 1),
        to_bucket=to,
    )


def _stretches(batch: Batch, before: Ints, after: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """loan, first day, last day and oldest unpaid due date of each stretch: one more than repayments."""
    lengths = batch.repayments.lengths
    where = Ragged.of_lengths(lengths + 1)
    firsts = where.starts[:-1]
    is_later = np.ones(len(where.owner), np.bool_)
    is_later[firsts] = False
    day, oldest = np.empty(len(where.owner), np.int64), np.empty(len(where.owner), np.int64)
    day[firsts], oldest[firsts] = NO_DAY, before
    day[is_later], oldest[is_later] = batch.paid_on, after
    last = batch.as_of[where.owner]
    is_followed = np.ones(len(where.owner), np.bool_)
    is_followed[where.starts[1:] - 1] = False
    last[is_followed] = np.minimum(last[is_followed], batch.paid_on - 1)
    return where.owner, day, last, oldest
