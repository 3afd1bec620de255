"""Loans told from their opening: every repayment in turn, all loans at once, then what follows for the day asked for.

Round k pays the k-th repayment of every loan that has one. Loans stand in falling order of how many they have, so
those of a round are the first ones and a round works on views.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from jietong.loans.columnar.batch import PENALTY, PRINCIPAL, Batch
from jietong.loans.columnar.moves import LEAST, Moves, bucket_places, history
from jietong.loans.columnar.ragged import NO_DAY, Flags, Ints


@dataclass(frozen=True, slots=True)
class Parts:
    """Where money went, P rows by repayment, then in the order in which it was paid."""

    repayment: Ints  # (P,) index into the batch's repayments
    instalment: Ints  # (P,) index into the batch's instalments
    component: Ints  # (P,)
    fen: Ints  # (P,)


@dataclass(frozen=True, slots=True)
class Told:
    """The instalments after all repayments, in the batch's own order."""

    owed: Ints  # (4, I)
    paid: Ints  # (4, I)
    through_on: Ints  # (I,)
    credit_fen: Ints  # (R,) what no instalment could take
    oldest_before: Ints  # (L,) due date of the oldest unpaid instalment at the opening
    oldest_after: Ints  # (R,) the same after each repayment
    parts: Parts


@dataclass(frozen=True, slots=True)
class State:
    """A batch as it stands on its days."""

    told: Told
    accrued_fen: Ints  # (I,) penalty since it was last booked
    interest_booked: Flags  # (I,)
    outstanding_principal_fen: Ints  # (L,)
    outstanding_fen: Ints  # (L,) with the penalty that is booked
    oldest_unpaid_on: Ints  # (L,)
    next_due_on: Ints  # (L,) first unpaid due date after the day
    next_change_on: Ints  # (L,) when anything of the head changes by time alone
    days_past_due: Ints  # (L,)
    bucket: Ints  # (L,)
    moves: Moves


def rebuild(batch: Batch) -> State:
    """Everything the book keeps of these loans, worked out anew. The batch must be without `defects`."""
    told = tell(batch)
    where = batch.instalments
    left = told.owed.sum(axis=0) - told.paid.sum(axis=0)
    unpaid = left > 0
    as_of = batch.as_of[where.owner]
    principal_left = told.owed[PRINCIPAL] - told.paid[PRINCIPAL]
    accrued = np.zeros(len(left), np.int64)
    late = _late(batch.due_on, told.through_on, principal_left, as_of)
    accrued[late] = batch.penalty.fen(
        where.owner[late], principal_left[late], (as_of - _since(batch.due_on, told.through_on))[late]
    )
    oldest = where.first(unpaid, batch.due_on, NO_DAY)
    next_due = where.first(unpaid & (batch.due_on > as_of), batch.due_on, NO_DAY)
    booked = (told.paid.sum(axis=0) > 0) | (batch.due_on <= batch.closed_on[where.owner])
    unbooked_on = where.first(unpaid & ~booked, batch.due_on, NO_DAY)
    days = np.where(oldest == NO_DAY, 0, np.maximum(batch.as_of - oldest, 0))
    return State(
        told=told,
        accrued_fen=accrued,
        interest_booked=booked,
        outstanding_principal_fen=where.sums(np.where(unpaid, principal_left, 0)),
        outstanding_fen=where.sums(left),
        oldest_unpaid_on=oldest,
        next_due_on=next_due,
        next_change_on=_earliest(_next_move(oldest, batch.as_of), next_due, unbooked_on),
        days_past_due=days,
        bucket=bucket_places(days),
        moves=history(batch, told.oldest_before, told.oldest_after),
    )


def tell(batch: Batch) -> Told:
    """Pay every repayment of every loan. Loans of one allocation order are told together."""
    orders, which = np.unique(batch.order, axis=0, return_inverse=True)
    which = which.reshape(-1)
    counts = batch.repayments.lengths
    told = _blank(batch)
    parts = []
    for place, order in enumerate(orders):
        loans = np.flatnonzero(which == place)
        loans = loans[np.argsort(-counts[loans], kind="stable")]
        group = _Group(batch.take(loans), [int(part) for part in order if part >= 0])
        i, r = batch.instalments.places(loans), batch.repayments.places(loans)
        group.run()
        told.owed[:, i], told.paid[:, i], told.through_on[i] = group.owed, group.paid, group.through_on
        told.credit_fen[r], told.oldest_after[r] = group.credit_fen, group.oldest_after
        told.oldest_before[loans] = group.oldest_before
        parts += [Parts(r[p.repayment], i[p.instalment], p.component, p.fen) for p in group.parts]
    return Told(**{f.name: getattr(told, f.name) for f in fields(Told) if f.name != "parts"}, parts=_joined(parts))


def _blank(batch: Batch) -> Told:
    none = np.zeros(0, np.int64)
    loans, repayments = len(batch), len(batch.paid_on)
    return Told(
        owed=np.empty_like(batch.owed),
        paid=np.empty_like(batch.paid),
        through_on=np.empty_like(batch.through_on),
        credit_fen=np.empty(repayments, np.int64),
        oldest_before=np.empty(loans, np.int64),
        oldest_after=np.empty(repayments, np.int64),
        parts=Parts(none, none, none, none),
    )


def _joined(parts: list[Parts]) -> Parts:
    """All rounds as one table. Within a repayment the rows of a round keep their order."""
    none = [np.zeros(0, np.int64)]
    repayment = np.concatenate([p.repayment for p in parts] or none)
    sequence = np.argsort(repayment, kind="stable")
    return Parts(
        repayment[sequence],
        np.concatenate([p.instalment for p in parts] or none)[sequence],
        np.concatenate([p.component for p in parts] or none)[sequence],
        np.concatenate([p.fen for p in parts] or none)[sequence],
    )


class _Group:
    """Loans of one allocation order, those with most repayments first."""

    def __init__(self, batch: Batch, order: list[int]) -> None:
        self.batch, self.order = batch, order
        self.owed, self.paid, self.through_on = batch.owed.copy(), batch.paid.copy(), batch.through_on.copy()
        self.credit_fen = np.zeros(len(batch.paid_on), np.int64)
        self.oldest_after = np.full(len(batch.paid_on), NO_DAY, np.int64)
        self.oldest_before = self._oldest(len(batch))
        self.parts: list[Parts] = []

    def run(self) -> None:
        counts = self.batch.repayments.lengths
        for k in range(int(counts.max(initial=0))):
            self._round(k, int(np.searchsorted(-counts, -k, side="left")))

    def _round(self, k: int, loans: int) -> None:
        """Pay the k-th repayment of the first `loans` loans."""
        where = self.batch.instalments.head(loans)
        repayment = self.batch.repayments.starts[:loans] + k
        on = self.batch.paid_on[repayment]
        self._accrue(where.owner, on[where.owner])
        end = len(where.owner)
        open_fen = {part: self.owed[part, :end] - self.paid[part, :end] for part in self.order}
        payable = np.zeros(end, np.int64)
        for fen in open_fen.values():
            payable += fen
        amount = self.batch.amount_fen[repayment]
        rest = np.maximum(amount[where.owner] - where.sums_before(payable), 0)
        taken = np.zeros((end, 4), np.int64)
        for place, part in enumerate(self.order):
            fen = np.minimum(rest, open_fen[part])
            self.paid[part, :end] += fen
            rest -= fen
            taken[:, place] = fen
        self._keep(taken, repayment[where.owner])
        self.credit_fen[repayment] = np.maximum(amount - where.sums(payable), 0)
        self.oldest_after[repayment] = self._oldest(loans)

    def _accrue(self, owner: Ints, on: Ints) -> None:
        """Book the penalty of what is late up to the day of payment; owner, on: of the round's instalments."""
        end = len(owner)
        unpaid = self.owed[PRINCIPAL, :end] - self.paid[PRINCIPAL, :end]
        due_on, through_on = self.batch.due_on[:end], self.through_on[:end]
        late = np.flatnonzero(_late(due_on, through_on, unpaid, on))
        days = on[late] - _since(due_on[late], through_on[late])
        self.owed[PENALTY, late] += self.batch.penalty.fen(owner[late], unpaid[late], days)
        self.through_on[late] = on[late]

    def _keep(self, taken: Ints, repayment: Ints) -> None:
        instalment, place = np.nonzero(taken)
        component = np.array(self.order, np.int64)[place]
        self.parts.append(Parts(repayment[instalment], instalment, component, taken[instalment, place]))

    def _oldest(self, loans: int) -> Ints:
        where = self.batch.instalments.head(loans)
        end = len(where.owner)
        left = self.owed[:, :end].sum(axis=0) - self.paid[:, :end].sum(axis=0)
        return where.first(left > 0, self.batch.due_on, NO_DAY)


def _since(due_on: Ints, through_on: Ints) -> Ints:
    return np.where(through_on == NO_DAY, due_on, through_on)


def _late(due_on: Ints, through_on: Ints, unpaid_fen: Ints, on: Ints) -> Flags:
    late: Flags = (due_on < on) & (_since(due_on, through_on) < on) & (unpaid_fen > 0)
    return late


def _next_move(oldest: Ints, as_of: Ints) -> Ints:
    """First day after `as_of` on which time alone changes the bucket."""
    later = np.searchsorted(LEAST, np.where(oldest == NO_DAY, 0, as_of - oldest), side="right")
    later = np.maximum(later, 1)  # the first stage has no beginning
    limits = np.append(LEAST, 0)
    ends = (oldest == NO_DAY) | (later == len(LEAST))
    return np.where(ends, NO_DAY, oldest + limits[later])


def _earliest(*days: Ints) -> Ints:
    far = np.iinfo(np.int64).max
    found = np.minimum.reduce([np.where(day == NO_DAY, far, day) for day in days])
    return np.where(found == far, NO_DAY, found)
