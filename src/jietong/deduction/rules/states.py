"""What may become of a debit. Only these moves exist; the database's constraint repeats the states."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"  # about to be sent: whoever finds it so later cannot know whether it was
    SENT = "sent"  # the channel has it
    UNKNOWN = "unknown"  # no answer, or one that cannot be right
    ASKED = "asked"  # the question is on its way
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    WITHHELD = "withheld"  # never sent: a rule, a suspension or nothing to debit any more


MOVES: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.CLAIMED, State.WITHHELD}),
    State.CLAIMED: frozenset({State.SENT, State.UNKNOWN, State.SUCCEEDED, State.FAILED}),
    State.SENT: frozenset({State.UNKNOWN, State.ASKED, State.SUCCEEDED, State.FAILED}),
    State.UNKNOWN: frozenset({State.ASKED, State.SUCCEEDED, State.FAILED}),
    State.ASKED: frozenset({State.UNKNOWN, State.SENT, State.SUCCEEDED, State.FAILED}),
    # money that was taken after all is taken, whatever was said before; success is never taken back by an answer
    State.FAILED: frozenset({State.SUCCEEDED}),
    State.SUCCEEDED: frozenset(),
    State.WITHHELD: frozenset(),
}

#: an order that is not over: one of a loan at a time
OPEN = (State.PLANNED, State.CLAIMED, State.SENT, State.UNKNOWN, State.ASKED)
#: money may be on its way: reserved
IN_FLIGHT = (State.CLAIMED, State.SENT, State.UNKNOWN, State.ASKED)


def may_move(before: str, after: str) -> bool:
    return State(after) in MOVES[State(before)]
