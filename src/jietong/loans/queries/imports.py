"""Which loan tapes were booked, for the operator's page."""

from __future__ import annotations

from jietong.loans.models import ImportRun


def imports(*, limit: int = 20) -> list[ImportRun]:
    """The newest first. `counts`: how many loans, instalments, repayments and so on were booked from the file."""
    return list(ImportRun.objects.order_by("-started_at", "-pk")[:limit])
