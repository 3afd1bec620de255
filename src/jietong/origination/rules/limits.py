"""A credit limit as the sum of its changes, and what may be drawn of it.

What always holds: the granted amount is the sum of the changes' differences and never negative; a freeze holds until
it is released by its own release; no draw is allowed that would bring the use above what is granted at that moment.
What may happen: the use stands above the granted amount after a cut below it (or after a repayment was taken back).
Nothing is called in then; nothing can be drawn either until the use has fallen below the granted amount again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jietong.kernel.errors import CommandRefused, InputError

KINDS = frozenset({"grant", "raise", "cut", "freeze", "release", "undo"})
AMOUNT_KINDS = frozenset({"grant", "raise", "cut"})
LIMIT_MAX_FEN = 20_000_000  # ¥200,000: our policy for consumer credit without collateral


@dataclass(frozen=True, slots=True)
class Change:
    """One change. delta_fen: what it adds to the granted amount (a cut's is negative); undoes: key of another one."""

    key: int
    kind: str
    reason: str
    delta_fen: int = 0
    undoes: int | None = None
    is_by_rule: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the changes add up to. freezes: those in force, the oldest first."""

    granted_fen: int
    freezes: tuple[Change, ...] = ()

    @property
    def is_frozen(self) -> bool:
        return bool(self.freezes)


def standing(changes: Iterable[Change]) -> Standing:
    """Add the changes up. Raises ValueError when they cannot have happened (below nothing, undone twice)."""
    granted, undone = 0, set()
    freezes: dict[int, Change] = {}
    for change in changes:
        granted += change.delta_fen
        if granted < 0:
            raise ValueError("a limit below nothing")
        if change.undoes is not None:
            if change.undoes in undone:
                raise ValueError("a change undone twice")
            undone.add(change.undoes)
            freezes.pop(change.undoes, None)
        if change.kind == "freeze":
            freezes[change.key] = change
    return Standing(granted, tuple(freezes.values()))


def room_fen(now: Standing, used_fen: int) -> int:
    """What may be drawn: nothing of a frozen limit, nothing while more is used than granted."""
    return 0 if now.is_frozen else max(now.granted_fen - used_fen, 0)


def delta_to(now: Standing, kind: str, to_fen: int) -> int:
    """The difference that brings the granted amount to `to_fen`. Raises InputError for what is no such change."""
    if to_fen < 0:
        raise InputError("amount", "negative", "a limit is not below nothing")
    if to_fen > LIMIT_MAX_FEN:
        raise InputError("amount", "too_large", "above the largest limit of the house")
    delta = to_fen - now.granted_fen
    if kind == "cut" and delta >= 0:
        raise InputError("amount", "not_less", "a cut makes the limit smaller")
    if kind in {"raise", "grant"} and delta <= 0:
        raise InputError("amount", "not_more", "a raise makes the limit larger")
    return delta


def undo_delta(now: Standing, change: Change) -> int:
    """The difference that takes a change back. Raises CommandRefused when it cannot be taken back any more."""
    if change.kind not in AMOUNT_KINDS:
        raise CommandRefused("not_undoable", "only a grant, a raise or a cut is undone; a freeze is released")
    if now.granted_fen - change.delta_fen < 0:
        raise CommandRefused("below_nothing", "later cuts leave too little: set the limit to a figure instead")
    return -change.delta_fen
