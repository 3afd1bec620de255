"""Platform, funders and guarantors of a tape's loans: each combination is made once, before its loans are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from jietong.kernel.errors import InputError
from jietong.loans import booking
from jietong.loans.commands.arranging import Around, Named, ensure_arrangement
from jietong.loans.rules.parties import read_names
from jietong.loans.tape import LoanRow

Refuse = Callable[[LoanRow, str, str, str], None]
TOLD_BY = "operator:tape"


def around_of(row: LoanRow) -> Around | None:
    """Whom the row names beside borrower and creditor; None when nobody."""
    if not (row.platform or row.funders or row.guarantor):
        return None
    guarantors = dict.fromkeys(read_names(row.guarantor or ""))
    return Around(
        platforms=tuple(dict.fromkeys(read_names(row.platform or ""))),
        funders=row.funders or (),
        guarantors=tuple(Named(name, id_no=row.guarantor_id or "") for name in guarantors),
    )


@dataclass(slots=True)
class Arrangements:
    """Keys of the arrangements that this import has met."""

    known: dict[Around, int] = field(default_factory=dict)

    def prepare(self, rows: Sequence[LoanRow], refuse: Refuse, *, now: datetime) -> set[str]:
        """Make what is new among the rows' arrangements; answers the loans whose parties cannot be told, refused."""
        refused: set[str] = set()
        for row in rows:
            around = around_of(row)
            if around is None or around in self.known:
                continue
            try:
                self.known[around] = ensure_arrangement(around, now=now)
            except InputError as error:
                refused.add(row.loan_no)
                refuse(row, error.field, error.code, error.message)
        return refused

    def write(self, loan_id: int, row: LoanRow, batch: booking.Batch, *, now: datetime) -> None:
        around = around_of(row)
        if around is not None:
            told = (loan_id, self.known[around], row.disbursed_on, now, TOLD_BY)
            batch.rows["loans_loanarrangement"].append(told)
