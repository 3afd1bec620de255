"""The one table of what may happen to a work order, and by whose hand. Pure.

`late` is no state: an order that is late is still open, taken or returned, and keeps being worked on.
"""

from __future__ import annotations

OPEN, TAKEN, ANSWERED, RETURNED, DONE = "open", "taken", "answered", "returned", "done"
STATES = (OPEN, TAKEN, ANSWERED, RETURNED, DONE)
#: with the receiving desk: the clock runs
RUNNING = (OPEN, TAKEN, RETURNED)
ASKER, RECEIVER = "asker", "receiver"

#: act → (whose act, states it starts from, state it leads to; None: the state stays)
ACTS: dict[str, tuple[str, tuple[str, ...], str | None]] = {
    "take": (RECEIVER, (OPEN, RETURNED), TAKEN),
    "put_back": (RECEIVER, (TAKEN,), OPEN),
    "answer": (RECEIVER, (OPEN, TAKEN, RETURNED), ANSWERED),
    "send_back": (ASKER, (ANSWERED,), RETURNED),
    "finish": (ASKER, (OPEN, TAKEN, ANSWERED, RETURNED), DONE),
}


def allowed(state: str, roles: frozenset[str]) -> list[str]:
    """The acts that somebody with these roles may do now, in the table's order."""
    return [act for act, (whose, begins, _) in ACTS.items() if whose in roles and state in begins]


def after(act: str, state: str) -> str | None:
    """The state to which the act leads from here; None when it may not be done. KeyError for an unknown act."""
    _, begins, leads = ACTS[act]
    return leads if state in begins else None
