"""What the desk itself writes: that somebody opened a borrower, and why."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import InputError

REASONS = ("caller", "case", "complaint", "colleague")


@transaction.atomic
def open_borrower(*, borrower_id: int, member_id: int, reason: str, now: datetime) -> None:
    """Keep who looked at whom and for what. Raises InputError for no reason or an unknown one."""
    if reason not in REASONS:
        raise InputError("reason", "required", f"give one of {', '.join(REASONS)}")
    journal.record(
        "desk.borrower_opened", subject=f"borrower:{borrower_id}", borrower_id=borrower_id, actor=f"staff:{member_id}",
        at=now, data={"reason": reason},
    )  # fmt: skip
