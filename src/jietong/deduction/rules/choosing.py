"""Which card or wallet, and how much of what is due: the borrower's order, within the limits of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jietong.deduction.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Purse:
    """One mandate as it stands. Limits in fen, None for none; taken_fen: debited or in flight on this day.

    tried: how often it was used today for this loan, with or without success; is_out: the borrower has to see to the
    card first.
    """

    mandate_id: int
    rank: int
    limit_fen: int | None
    day_limit_fen: int | None
    taken_fen: int
    tried: int
    is_out: bool

    def room_fen(self, wanted_fen: int) -> int:
        """How much of what is wanted this purse may give now; never below zero."""
        room = wanted_fen
        if self.limit_fen is not None:
            room = min(room, self.limit_fen)
        if self.day_limit_fen is not None:
            room = min(room, self.day_limit_fen - self.taken_fen)
        return max(room, 0)


@dataclass(frozen=True, slots=True)
class Choice:
    mandate_id: int
    amount_fen: int


def usable(purses: Sequence[Purse], due_fen: int, policy: Policy) -> list[tuple[Purse, int]]:
    """Purses that may give something, in the order of trying: as the borrower ranked them, but one that was used
    today comes after those that were not. A part of what is due counts only if the policy allows parts."""
    found = []
    for purse in sorted(purses, key=lambda one: (one.tried, one.rank, one.mandate_id)):
        room = purse.room_fen(due_fen)
        if not purse.is_out and room >= policy.smallest_fen and (room == due_fen or policy.partial):
            found.append((purse, room))
    return found


def choose(purses: Sequence[Purse], due_fen: int, policy: Policy) -> Choice | None:
    """The next purse and its amount; None when none may give anything."""
    ways = usable(purses, due_fen, policy)
    return Choice(ways[0][0].mandate_id, ways[0][1]) if ways else None
