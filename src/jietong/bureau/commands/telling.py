"""What the borrower is told about a correction: that there is one and by when, and that it has been reported."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.bureau.models import Correction
from jietong.contacts import commands as contacts
from jietong.contacts.commands.attempts import Plan
from jietong.kernel import clock, journal

LASTS = timedelta(days=3)


def tell(correction: Correction, template: str, *, now: datetime) -> str:
    """Plan the message, one a borrower, day and kind; answers contacts' key of it."""
    day = clock.local_date(now, settings.LENDER_TIME_ZONE).isoformat()
    key = f"bureau:{correction.borrower_id}:{template}:{day}"
    due = correction.due_at.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE))
    contacts.plan(
        Plan(
            key=key, borrower_id=correction.borrower_id, channel="sms", purpose="service", template=template,
            variables={"day": f"{due.month}月{due.day}日"}, not_before=now, expires_at=now + LASTS,
        ),
        now=now,
    )  # fmt: skip
    return key


def close_correction(correction: Correction, *, state: str, now: datetime) -> None:
    """A correction moves on: reported (the borrower is told), taken by the bureau, or not needed after all."""
    correction.state = state
    fields = ["state"]
    if state == Correction.State.REPORTED:
        correction.reported_at = now
        if correction.told_open_key:
            correction.told_done_key = tell(correction, "bureau_corrected", now=now)
        fields += ["reported_at", "told_done_key"]
    else:
        correction.closed_at = now
        fields += ["closed_at"]
    correction.save(update_fields=fields)
    news(f"bureau.correction_{state}", correction, actor="system:bureau", now=now)


def news(kind: str, correction: Correction, *, actor: str, now: datetime) -> None:
    journal.record(
        kind, subject=f"correction:{correction.pk}", borrower_id=correction.borrower_id, actor=actor, at=now,
        data={"report": correction.report_id, "cause": correction.cause, "due_at": correction.due_at.isoformat()},
    )  # fmt: skip
