"""Interest accrued in total: what the loans of a cohort have earned of their running instalment by a day.

A cohort is all loans of a product whose running instalment has the same first and last day. Their interest is spread
evenly over those days and rounded once for the cohort, down, so that on the last day exactly all of it is accrued:
what is posted per loan when it falls due is what was accrued, to the fen.
"""

from __future__ import annotations

from datetime import date


def accrued_fen(interest_fen: int, *, from_on: date, due_on: date, on: date) -> int:
    """Of the interest of one cohort, what is earned by the close of `on`: nothing on `from_on`, all on `due_on`."""
    days = (due_on - from_on).days
    gone = min(max((on - from_on).days, 0), days)
    return interest_fen * gone // days
