"""The operator's page: the book's date, the nightly steps, the tapes, and what left us today."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jietong.compliance.labels import refusal_label
from jietong.connectors import queries as connectors
from jietong.console import words
from jietong.console.floor import day_span
from jietong.contacts import queries_day as contacts
from jietong.dayend import queries as dayend
from jietong.loans.queries import book as loans
from jietong.loans.queries import imports as queries_imports

OUTCOMES = ("planned", "sent", "refused", "failed")


def seen_at(now: datetime) -> dict[str, Any]:
    """The context of console/home.html."""
    day, start, end = day_span(now)
    lines = contacts.outbound(start, end)
    days = dayend.last_days()
    return {
        "now": now,
        "day": day,
        "business_date": loans.business_date(),
        "dead_letters": connectors.dead_count(),
        "days": [_day(one) for one in days],
        "unfinished": [one.business_date for one in days if not one.is_closed],
        "imports": [(one, words.counted(one.counts)) for one in queries_imports.imports()],
        "totals": {name: sum(line.count for line in lines if line.outcome == name) for name in OUTCOMES},
        "outbound": _by_template(lines),
    }


def _day(one: dayend.Day) -> dict[str, Any]:
    return {
        "date": one.business_date,
        "closed": one.is_closed,
        "steps": [
            {"name": words.named(words.STEPS, step.name), "at": step.finished_at, "counts": words.counted(step.counts)}
            for step in one.steps
        ],
        "missing": [words.named(words.STEPS, name) for name in one.missing],
    }


def _by_template(lines: list[contacts.OutboundLine]) -> list[dict[str, Any]]:
    """One row a template and channel: its counts, and its refusals by name, the most frequent first."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        name, icon = words.channel(line.channel)
        fresh = {"template": words.named(words.TEMPLATES, line.template), "channel": name, "icon": icon, "reasons": []}
        row = rows.setdefault((line.template, line.channel), fresh | dict.fromkeys(OUTCOMES, 0))
        row[line.outcome] += line.count
        if line.outcome == "refused":
            row["reasons"].append((refusal_label(line.refusal), line.count))
    for row in rows.values():
        row["reasons"].sort(key=lambda one: (-one[1], one[0]))
    return list(rows.values())
