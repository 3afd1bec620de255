"""The page of day-end: where the book is, what was missed, what each step did, and which loans wait for a person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from jietong.console import words
from jietong.console.floor import day_span
from jietong.dayend import queries as dayend
from jietong.kernel.errors import InputError
from jietong.loans.queries import book as loans
from jietong.loans.queries import closing

DAYS = 10


def seen_at(now: datetime) -> dict[str, Any]:
    """The context of console/dayend.html."""
    today, _start, _end = day_span(now)
    book = loans.business_date()
    progress = dayend.progress()
    missed, too_many = _missed(today)
    accruals = closing.accruals(book) if book is not None else []
    return {
        "now": now,
        "today": today,
        "business_date": book,
        "missed": missed,
        "too_many": too_many,
        "progress": progress,
        "running": progress is not None and progress.finished_at is None,
        "doing": words.named(words.STEPS, progress.now_step) if progress is not None and progress.now_step else "",
        "failed": progress if progress is not None and progress.error else None,
        "days": [_day(one) for one in dayend.last_days(limit=DAYS)],
        "out": [_out(one) for one in dayend.set_aside()],
        "accruals": [(row, row.accrued_fen - row.brought_fen, row.posted_fen - row.brought_fen) for row in accruals],
        "brought": any(row.brought_fen for row in accruals),
        "accrued_fen": sum(row.accrued_fen - row.brought_fen for row in accruals) if accruals else None,
        "open_fen": sum(row.open_fen for row in accruals) if accruals else None,
    }


def _missed(today: date) -> tuple[list[date], bool]:
    try:
        return dayend.missed(today), False
    except InputError:
        return [], True


def _day(one: dayend.Day) -> dict[str, Any]:
    steps = [
        {
            "name": words.named(words.STEPS, step.name),
            "at": step.finished_at,
            "seconds": seconds(step.seconds),
            "counts": words.counted(step.counts),
            "past": "past" in step.counts,
        }
        for step in one.steps
    ]
    missing = [words.named(words.STEPS, name) for name in one.missing]
    return {
        "date": one.business_date,
        "closed": one.is_closed,
        "seconds": seconds(one.seconds),
        "steps": steps,
        "missing": missing,
    }


def seconds(value: float) -> str:
    """As a person reads it; what took no time says so."""
    return _("%(n)s 秒") % {"n": f"{value:,.1f}" if value >= 0.05 else "<0.1"}


def _out(one: closing.OutLoan) -> dict[str, Any]:
    what, do = words.SET_ASIDE.get(one.reason, (one.reason, ""))
    step = words.named(words.STEPS, one.step)
    return {"loan": one, "what": what, "do": do, "step": step, "may_recompute": one.is_of_head}
