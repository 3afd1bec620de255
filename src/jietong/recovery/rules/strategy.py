"""Which reminder is due on which day past due: the first table of the collection strategy (催收策略).

Days and channels are the reference's default cadence (rules.md 55: our own policy, not law), its messages only; people
are called by people from their worklist. Version and steps are data; the row's day is days past due (negative: before).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

VERSION = "2026-11"


@dataclass(frozen=True, slots=True)
class Step:
    """On day `days_past_due` send `template` on `channel` at local time `at`; tried until `lasts_days` have passed."""

    days_past_due: int
    channel: str
    template: str
    purpose: str
    at: time
    lasts_days: int = 1

    @property
    def code(self) -> str:
        return f"{VERSION}:D{self.days_past_due:+d}:{self.channel}"


STEPS = (
    Step(-3, "app", "due_in_3_days", "reminder", time(10, 0)),
    Step(-1, "sms", "due_tomorrow", "reminder", time(10, 0)),
    Step(0, "app", "due_today", "reminder", time(9, 30)),
    Step(1, "app", "past_due_1", "collection", time(10, 0)),
    Step(1, "sms", "past_due_1", "collection", time(10, 30)),
    Step(2, "email", "past_due_2", "collection", time(10, 0)),
    Step(3, "sms", "past_due_3", "collection", time(10, 30)),
    Step(6, "sms", "hardship_offer", "collection", time(10, 30)),
    Step(11, "email", "past_due_email_late", "collection", time(10, 0)),
    Step(20, "sms", "hardship_offer", "collection", time(10, 30)),
    Step(20, "email", "past_due_email_late", "collection", time(10, 0)),
    Step(28, "sms", "past_due_3", "collection", time(10, 30)),
    Step(45, "email", "past_due_email_late", "collection", time(10, 0)),
)

FIRST_DAY = min(step.days_past_due for step in STEPS)


def steps_on(days_past_due: int) -> tuple[Step, ...]:
    return tuple(step for step in STEPS if step.days_past_due == days_past_due)


def due_dates(business_date: date) -> dict[date, tuple[Step, ...]]:
    """oldest unpaid due date → steps that are due on the business date for whoever owes since then."""
    found: dict[date, tuple[Step, ...]] = {}
    for days in sorted({step.days_past_due for step in STEPS}):
        found[business_date - timedelta(days=days)] = steps_on(days)
    return found
