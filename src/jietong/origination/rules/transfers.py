"""Money on its way through a channel that may be late, silent or contradictory: what to do with an answer.

A request is sent once. Whatever is not a plain yes or no is asked again, never sent again. That the channel has never
heard of a request counts as a no only after `NEVER_SEEN_AFTER`: it may be late in hearing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

NEVER_SEEN_AFTER = timedelta(minutes=10)
ASK_FIRST_AFTER = timedelta(seconds=3)
ASK_PAUSE_MAX = timedelta(minutes=5)
SILENCE_AFTER = timedelta(seconds=30)  # a process that died between sending and hearing is found after this
#: answers of a channel
ANSWERS = frozenset({"succeeded", "failed", "pending", "unknown", "never_seen"})


def outcome(answer: str, *, sent_at: datetime, now: datetime) -> str:
    """succeeded, failed, or asking (ask again later)."""
    if answer in {"succeeded", "failed"}:
        return answer
    if answer == "never_seen" and now - sent_at >= NEVER_SEEN_AFTER:
        return "failed"
    return "asking"


def pause(asks: int) -> timedelta:
    """How long to wait before asking again: twice as long each time, five minutes at most."""
    return min(ASK_FIRST_AFTER * 2 ** min(asks, 10), ASK_PAUSE_MAX)
