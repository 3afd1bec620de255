"""The lender's arrears stages (逾期阶段) and the day on which time alone moves a loan into the next.

M0 not late, M1 1–30, M2 31–60 … M6 151–180, M7+ from 181 days past due; source: reference rules 53, strategy defaults.
"""

from __future__ import annotations

from datetime import date, timedelta

from jietong.loans.rules.ageing import Bucket, bucket_for

BUCKETS = (
    Bucket("M0", 0, 0),
    Bucket("M1", 1, 30),
    Bucket("M2", 31, 60),
    Bucket("M3", 61, 90),
    Bucket("M4", 91, 120),
    Bucket("M5", 121, 150),
    Bucket("M6", 151, 180),
    Bucket("M7+", 181, None),
)
ORDER = {bucket.name: place for place, bucket in enumerate(BUCKETS)}


def days_past_due(oldest_unpaid_on: date | None, as_of: date) -> int:
    """Days since the due date of the oldest unpaid instalment; the due date itself is day 0."""
    return max((as_of - oldest_unpaid_on).days, 0) if oldest_unpaid_on else 0


def bucket_on(oldest_unpaid_on: date | None, as_of: date) -> str:
    found = bucket_for(days_past_due(oldest_unpaid_on, as_of), BUCKETS)
    assert found is not None  # the stages cover every day from 0 on
    return found


def next_move_on(oldest_unpaid_on: date | None, as_of: date) -> date | None:
    """First date after `as_of` on which the bucket changes if nothing is paid; None when it never does again."""
    if oldest_unpaid_on is None:
        return None
    limits = (oldest_unpaid_on + timedelta(days=bucket.least) for bucket in BUCKETS if bucket.least > 0)
    return next((day for day in limits if day > as_of), None)


def worst(buckets: list[str]) -> str:
    return max(buckets, key=lambda name: ORDER[name], default="M0")
