"""What borrowers have drawn, as a credit limit sees it. Reads only; money in fen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from jietong.loans.models import Loan


@dataclass(frozen=True, slots=True)
class Drawn:
    """One loan of a borrower. `used_fen`: what it takes of a limit.

    Repaid principal of a revolving loan is free again (a loan that came by tape counts as one); a loan that is not
    revolving takes what was lent until it is cancelled.
    """

    ref: str
    lent_fen: int
    outstanding_principal_fen: int
    is_revolving: bool
    is_cancelled: bool

    @property
    def used_fen(self) -> int:
        return self.outstanding_principal_fen if self.is_revolving or self.is_cancelled else self.lent_fen


def drawn(borrower_ids: Collection[int]) -> dict[int, list[Drawn]]:
    """borrower → their loans, open or settled; borrowers without a loan are not named."""
    rows = Loan.objects.filter(borrower_id__in=borrower_ids).values_list(
        "borrower_id", "ref", "principal_fen", "head__outstanding_principal_fen", "version__is_revolving",
        "cancelled_on",
    )  # fmt: skip
    found: dict[int, list[Drawn]] = {}
    for borrower_id, ref, lent, left, revolving, cancelled_on in rows:
        one = Drawn(ref, lent, left or 0, revolving is not False, cancelled_on is not None)
        found.setdefault(borrower_id, []).append(one)
    return found
