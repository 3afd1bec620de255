"""The life of an application: one table of allowed moves, and how long each state may last."""

from __future__ import annotations

from datetime import timedelta

MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"submitted", "withdrawn", "expired"}),
    "submitted": frozenset({"approved", "declined", "in_review"}),
    "in_review": frozenset({"approved", "declined", "withdrawn", "expired"}),
    "declined": frozenset({"in_review"}),  # the borrower asks a person to look again
    "approved": frozenset({"signed", "withdrawn", "expired"}),
    "signed": frozenset({"disbursed", "payout_failed"}),
    "payout_failed": frozenset({"signed", "withdrawn", "expired"}),
    "disbursed": frozenset({"cancelling"}),
    "cancelling": frozenset({"cancelled", "disbursed"}),
    "cancelled": frozenset({"disbursed"}),  # the money of the cancellation did not stay
    "withdrawn": frozenset(),
    "expired": frozenset(),
}
#: how long a state waits for somebody before it ends by itself; the others wait for nobody, or for the channel
LASTS: dict[str, timedelta] = {
    "draft": timedelta(days=7),
    "in_review": timedelta(days=14),
    "approved": timedelta(days=7),
    "payout_failed": timedelta(days=7),
}
#: amounts that are neither in the book nor free: the contract is signed and the money is on its way
HOLDS = frozenset({"signed"})
#: states in which the borrower has something to do or to wait for
OPEN = frozenset({"draft", "submitted", "in_review", "approved", "signed", "payout_failed", "cancelling"})


def may_move(state: str, to: str) -> bool:
    return to in MOVES.get(state, frozenset())
