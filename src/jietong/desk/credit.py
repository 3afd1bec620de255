"""The borrower's limit on the specialist's screen: how much, why not more, what changed."""

from __future__ import annotations

from typing import Any

from jietong.origination import labels, queries


def facts(borrower_id: int) -> dict[str, Any] | None:
    """None for a borrower without a limit and without an application."""
    limit = queries.limit(borrower_id)
    applications = queries.applications_of(borrower_id, limit=3)
    if limit is None and not applications:
        return None
    return {
        "limit": limit,
        "frozen": [str(labels.limit_reason(row.reason).why) for row in limit.freezes] if limit is not None else [],
        "now": [str(labels.limit_reason(row.reason).now) for row in limit.freezes] if limit is not None else [],
        "changes": [
            (row, str(labels.CHANGES[row.kind]), str(labels.limit_reason(row.reason).why))
            for row in queries.changes(borrower_id, limit=4)
        ],
        "applications": [
            (row, str(labels.STATES[row.state]), [str(labels.reason(code).why) for code in row.reasons])
            for row in applications
        ],
    }
