"""When a promise to pay (承诺还款) is kept, partly kept or broken.

Kept: paid in full by the end of the day after the promised one (a day of grace); partly kept from 80 %. How far ahead
it may lie: 7 days in M0 and M1, 10 in M2, 15 beyond. Source: reference rules 59 and `promise_to_pay` (numbers: policy).
"""

from __future__ import annotations

from datetime import date, timedelta

GRACE_DAYS = 1
PARTLY_FROM_PERCENT = 80
DAYS_AHEAD_MAX = {"M0": 7, "M1": 7, "M2": 10}
DAYS_AHEAD_MAX_LATER = 15


def latest_date(stage: str, today: date) -> date:
    return today + timedelta(days=DAYS_AHEAD_MAX.get(stage, DAYS_AHEAD_MAX_LATER))


def outcome(*, amount_fen: int, paid_fen: int, due_on: date, today: date) -> str | None:
    """`kept` as soon as it is; `partly_kept` or `broken` once the grace day is over; None while it still runs."""
    if paid_fen >= amount_fen:
        return "kept"
    if today <= due_on + timedelta(days=GRACE_DAYS):
        return None
    return "partly_kept" if paid_fen * 100 >= amount_fen * PARTLY_FROM_PERCENT else "broken"
