"""What the kernel is given: loans, their instalments as they stood at the opening, and the repayments in force."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jietong.loans.columnar.penalty import PenaltyTerms
from jietong.loans.columnar.ragged import NO_DAY, Flags, Ints, Ragged

#: order of the rows of `owed` and `paid`, as everywhere in this room
COMPONENTS = ("principal", "interest", "fee", "penalty")
PRINCIPAL, INTEREST, FEE, PENALTY = range(4)

__all__ = ["COMPONENTS", "FEE", "INTEREST", "NO_DAY", "PENALTY", "PRINCIPAL", "Batch", "Ragged", "defects"]


@dataclass(frozen=True, slots=True)
class Batch:
    """L loans with I instalments and R repayments. Money in fen, days as numbers since 1970-01-01, NO_DAY for none.

    Instalments by number, their due dates never falling. Repayments in the order in which the money came.
    """

    instalments: Ragged  # L lists, I elements
    due_on: Ints  # (I,)
    owed: Ints  # (4, I) by COMPONENTS, at the opening; penalty is what was booked by then
    paid: Ints  # (4, I) at the opening
    through_on: Ints  # (I,) penalty is booked up to and including this day
    repayments: Ragged  # L lists, R elements
    paid_on: Ints  # (R,) in the lender's zone
    amount_fen: Ints  # (R,)
    penalty: PenaltyTerms  # of L loans
    order: Ints  # (L, 4) components in the order in which money pays them; -1 for those it never does
    start_on: Ints  # (L,) first day of which the bucket is told
    start_bucket: Ints  # (L,) place among rules.buckets.BUCKETS
    as_of: Ints  # (L,) the day of the state
    closed_on: Ints  # (L,) the last day whose day-end has run: interest due up to it is in the ledger

    def __len__(self) -> int:
        return len(self.instalments)

    def take(self, loans: Ints) -> Batch:
        """These loans only, in this order."""
        i, r = self.instalments.places(loans), self.repayments.places(loans)
        return Batch(
            instalments=Ragged.of_lengths(self.instalments.lengths[loans]),
            due_on=self.due_on[i],
            owed=self.owed[:, i],
            paid=self.paid[:, i],
            through_on=self.through_on[i],
            repayments=Ragged.of_lengths(self.repayments.lengths[loans]),
            paid_on=self.paid_on[r],
            amount_fen=self.amount_fen[r],
            penalty=self.penalty.take(loans),
            order=self.order[loans],
            start_on=self.start_on[loans],
            start_bucket=self.start_bucket[loans],
            as_of=self.as_of[loans],
            closed_on=self.closed_on[loans],
        )

    def without_repayments(self, wanted: Flags) -> Batch:
        """The same loans with the wanted repayments only; wanted: (R,)."""
        kept = np.zeros(len(self), np.int64)
        np.add.at(kept, self.repayments.owner[wanted], 1)
        fields = {name: getattr(self, name) for name in self.__slots__}
        fields.update(
            repayments=Ragged.of_lengths(kept), paid_on=self.paid_on[wanted], amount_fen=self.amount_fen[wanted]
        )
        return Batch(**fields)


def defects(batch: Batch) -> dict[str, Flags]:
    """Loans (L,) that the kernel cannot tell, by what is wrong with them."""
    falls = np.zeros(len(batch.due_on), np.bool_)
    falls[1:] = (np.diff(batch.due_on) < 0) & (np.diff(batch.instalments.owner) == 0)
    early = np.zeros(len(batch.paid_on), np.bool_)
    early[1:] = (np.diff(batch.paid_on) < 0) & (np.diff(batch.repayments.owner) == 0)
    return {
        "due_dates_out_of_order": batch.instalments.any(falls),
        "paid_more_than_owed": batch.instalments.any(np.logical_or.reduce(batch.paid > batch.owed)),
        "negative_amount": batch.instalments.any(np.logical_or.reduce(batch.paid < 0)),
        "repayments_out_of_order": batch.repayments.any(early),
        "repayment_not_positive": batch.repayments.any(batch.amount_fen <= 0),
    }
