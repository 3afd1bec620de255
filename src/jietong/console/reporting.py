"""征信报送 on the console: files, what is held, corrections by deadline, disputes, rejected rows. Reads only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings

from jietong.bureau import queries as bureau
from jietong.bureau import words
from jietong.bureau.commands.reporting import month_end
from jietong.console.classes import month_before
from jietong.kernel import clock
from jietong.loans.queries import book as loans
from jietong.ui.words import masked_name

FILTERS = ("", "adverse", "held", "disputed")


def seen_at(now: datetime) -> dict[str, Any]:
    """The context of console/reporting.html."""
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    found = bureau.counts(now=now)
    month = month_before(today.replace(day=1))
    booked = loans.business_date()
    return {
        "now": now,
        "today": today,
        "counts": found,
        "told": found.notices.get("sent", 0),
        "on_its_way": found.notices.get("planned", 0),
        "not_delivered": found.notices.get("failed", 0),
        "month": month,
        "month_run": bureau.month_run(month),
        "month_ready": booked is not None and booked >= month_end(month),
        "batches": [_batch(one) for one in bureau.batches()],
        "held": [_held(one, now=now) for one in bureau.open_held()],
        "corrections": [_correction(one, now=now) for one in bureau.open_corrections()],
        "disputes": [_dispute(one) for one in bureau.open_disputes()],
        "rejected": [{"row": one, "name": masked_name(one.report.borrower.name)} for one in bureau.open_rejected()],
    }


def _batch(one: Any) -> dict[str, Any]:
    return {
        "row": one,
        "kind": words.named(words.BATCH_KINDS, one.kind),
        "state": words.named(words.BATCH_STATES, one.state),
        "answers": bureau.acknowledgements(one.pk),
    }


def _held(one: Any, *, now: datetime) -> dict[str, Any]:
    return {
        "row": one,
        "name": masked_name(one.borrower.name),
        "reason": words.named(words.WITHHELD, one.reason),
        "is_late": one.due_at < now,
        "team": one.owner_team.shown_name,
    }


def _correction(one: Any, *, now: datetime) -> dict[str, Any]:
    tone = "bad" if one.due_at < now else "warn" if one.escalated_at or one.reminded_at else ""
    return {
        "row": one,
        "name": masked_name(one.borrower.name),
        "cause": words.named(words.CAUSES, one.cause),
        "state": words.named(words.CORRECTION_STATES, one.state),
        "team": one.owner_team.shown_name,
        "tone": tone,
        "days_left": (clock.local_date(one.due_at, settings.LENDER_TIME_ZONE)
                      - clock.local_date(now, settings.LENDER_TIME_ZONE)).days,
    }  # fmt: skip


def _dispute(one: Any) -> dict[str, Any]:
    return {"row": one, "name": masked_name(one.borrower.name), "said": said_words(one.report)}


def said_words(report: Any) -> str:
    """What a report says, for staff, in one phrase."""
    if report.withheld:
        return words.named(words.WITHHELD, report.withheld)
    name = words.named(words.CLASSES, report.asset_class)
    return f"{report.days_past_due} · {name}" if report.days_past_due else name


def batch_page(name: str, *, only: str, now: datetime) -> dict[str, Any] | None:
    """The context of console/reporting_batch.html; None for an unknown batch."""
    batch = bureau.batch(name)
    if batch is None:
        return None
    chosen = only if only in FILTERS else ""
    rows = bureau.reports_of(batch.pk, only=chosen)
    return {
        "now": now,
        "one": _batch(batch),
        "batch": batch,
        "only": chosen,
        "refused": bureau.rejected_by_code(batch.pk),
        "rows": [
            {
                "row": row,
                "name": masked_name(row.borrower.name),
                "status": words.named(words.STATUSES, row.status),
                "said": words.named(words.WITHHELD if row.withheld else words.CLASSES, row.withheld or row.asset_class),
            }
            for row in rows
        ],
    }


def as_month(raw: str, *, today: date) -> date:
    """The month a button asks for; the one before this when it is none."""
    try:
        return date.fromisoformat(f"{raw}-01")
    except ValueError:
        return month_before(today.replace(day=1))
