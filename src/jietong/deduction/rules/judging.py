"""What an answer of the channel is worth. An answer that cannot be right is kept, and believed by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jietong.deduction.rules.policy import Policy
from jietong.deduction.rules.refusals import Reason, reason_of
from jietong.deduction.rules.states import IN_FLIGHT, State


class Outcome(StrEnum):
    """What the channel says."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PROCESSING = "processing"
    NOT_FOUND = "not_found"
    UNREADABLE = "unreadable"


class Worth(StrEnum):
    """What we make of it."""

    TAKEN = "taken"  # the money was debited: booked
    TAKEN_AFTER_ALL = "taken_after_all"  # was told to have failed before
    FAILED = "failed"
    WAITS = "waits"  # not decided yet: asked again
    REPEAT = "repeat"  # says what we know
    DOUBLE = "double"  # debited a second time: refunded
    WRONG_AMOUNT = "wrong_amount"  # another amount than we asked for: a person decides
    CONTRADICTS = "contradicts"  # "failed" after "succeeded": a person decides
    NOT_OURS = "not_ours"  # a key that we never sent


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as the channel gave it. amount_fen, channel_ref, paid_at only where money is spoken of."""

    key: str
    outcome: Outcome
    code: str = ""
    amount_fen: int | None = None
    channel_ref: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The debit as we know it. refs: the channel's numbers of every time it said that money was taken."""

    state: State
    amount_fen: int
    claimed_at: datetime
    refs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Judged:
    worth: Worth
    state: State
    reason: Reason | None = None


def judge(told: Told, known: Known | None, *, now: datetime, policy: Policy) -> Judged:
    """What follows from an answer, whenever and however often it comes. Pure: the same twice gives a repeat."""
    if known is None or known.state in (State.PLANNED, State.WITHHELD):
        # nothing was sent under this key: if money is spoken of, it is somebody else's or a fault of the channel's
        return Judged(Worth.NOT_OURS, known.state if known else State.FAILED)
    if told.outcome is Outcome.SUCCEEDED:
        return _taken(told, known)
    if known.state is State.SUCCEEDED:
        return Judged(Worth.CONTRADICTS if told.outcome is Outcome.FAILED else Worth.REPEAT, known.state)
    if known.state is State.FAILED:
        return Judged(Worth.REPEAT, known.state)
    if told.outcome is Outcome.FAILED:
        return Judged(Worth.FAILED, State.FAILED, reason_of(told.code))
    if told.outcome is Outcome.NOT_FOUND and now - known.claimed_at >= policy.not_found_after:
        return Judged(Worth.FAILED, State.FAILED, Reason.NEVER_ARRIVED)
    waiting = State.SENT if told.outcome is Outcome.PROCESSING else State.UNKNOWN
    return Judged(Worth.WAITS, waiting if known.state in IN_FLIGHT else known.state)


def _taken(told: Told, known: Known) -> Judged:
    if told.channel_ref in known.refs:
        return Judged(Worth.REPEAT, known.state)
    if known.refs:
        return Judged(Worth.DOUBLE, known.state)
    if told.amount_fen != known.amount_fen or not told.channel_ref or told.paid_at is None:
        # not believed: it stays open (or failed) until a person has looked at the channel's statement
        return Judged(Worth.WRONG_AMOUNT, State.UNKNOWN if known.state in IN_FLIGHT else known.state)
    after_all = known.state is State.FAILED
    return Judged(Worth.TAKEN_AFTER_ALL if after_all else Worth.TAKEN, State.SUCCEEDED)
