"""Five classes on the console: a month's moves from class to class, the loans behind a cell, and one loan's history."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from jietong.console import words
from jietong.kernel import clock
from jietong.loans.queries import book as loans
from jietong.loans.queries import classes as queries
from jietong.loans.rules.classes import CLASSES, RANK
from jietong.staff import queries as staff

ROWS = (queries.NEW, *CLASSES)
MONTHS_SHOWN = 6


def month_of(raw: str, *, today: date) -> date:
    """The first day of the asked month, this month when it is none or lies ahead."""
    try:
        asked = date.fromisoformat(f"{raw}-01")
    except ValueError:
        return today.replace(day=1)
    return min(asked, today.replace(day=1))


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def span(month: date, *, today: date) -> tuple[date, date]:
    """The last day of the month before, and the last day of the month or today, whichever is first."""
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return month - timedelta(days=1), min(last, today)


def seen_at(now: datetime, *, asked: str, cell: tuple[str, str] | None = None) -> dict[str, Any]:
    """The context of console/classes.html."""
    today = loans.business_date() or clock.local_date(now, settings.LENDER_TIME_ZONE)
    month = month_of(asked, today=today)
    first, second = span(month, today=today)
    cells = {(one.from_class, one.to_class): one for one in queries.migration(first, second)}
    months = [today.replace(day=1)]
    while len(months) < MONTHS_SHOWN:
        months.append(month_before(months[-1]))
    chosen = cell if cell in cells else None
    return {
        "now": now,
        "month": month,
        "months": months,
        "first": first,
        "second": second,
        "is_whole": second.month != (second + timedelta(days=1)).month,
        "columns": [words.named(words.CLASSES, name) for name in CLASSES],
        "rows": [_row(name, cells, chosen) for name in ROWS],
        "totals": [_total(cells, to_class=name) for name in CLASSES],
        "worse": sum(one.loans for one in cells.values() if _tone(one) == "worse"),
        "better": sum(one.loans for one in cells.values() if _tone(one) == "better"),
        "chosen": chosen and [words.named(words.CLASSES, name) for name in chosen],
        "found": [_found(one) for one in queries.migrated(first, second, from_class=chosen[0], to_class=chosen[1])]
        if chosen
        else [],
    }


def _tone(cell: queries.Cell | None) -> str:
    """What is new to the book has not moved, whatever its class."""
    if cell is None or cell.from_class == queries.NEW or cell.from_class == cell.to_class:
        return ""
    return "worse" if RANK[cell.to_class] > RANK[cell.from_class] else "better"


def _row(name: str, cells: dict[tuple[str, str], queries.Cell], chosen: tuple[str, str] | None) -> dict[str, Any]:
    shown = [
        {
            "to": to_class,
            "cell": (one := cells.get((name, to_class))),
            "tone": _tone(one),
            "chosen": chosen == (name, to_class),
        }
        for to_class in CLASSES
    ]
    count = sum(one.loans for (came, _went), one in cells.items() if came == name)
    return {"name": name, "label": words.named(words.CLASSES, name), "cells": shown, "loans": count}


def _total(cells: dict[tuple[str, str], queries.Cell], *, to_class: str) -> dict[str, int]:
    found = [one for (_came, went), one in cells.items() if went == to_class]
    return {"loans": sum(one.loans for one in found), "fen": sum(one.principal_fen for one in found)}


def _found(one: queries.Migrated) -> dict[str, Any]:
    return {"row": one, "cause": words.named(words.CLASS_CAUSES, one.cause)}


def loan_page(ref: str, now: datetime) -> dict[str, Any] | None:
    """The context of console/loan_class.html; None for an unknown loan."""
    loan = queries.loan_of_ref(ref)
    if loan is None:
        return None
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    said = queries.overrides(loan.pk)
    view = loans.loan(loan.pk, on=today)
    return {
        "now": now,
        "today": today,
        "loan": loan,
        "view": view,
        "class_now": queries.class_on(loan.pk, today),
        "entered_on": queries.entered_on(loan.pk),
        "class_words": words.named(words.CLASSES, queries.class_on(loan.pk, today)),
        "profile": words.named(words.CLASS_PROFILES, loan.product.class_profile),
        "moves": [_move(row) for row in reversed(queries.class_history(loan.pk, superseded=True))],
        "said": [_said(row) for row in said],
        "in_force": next((row for row in said if row.ended_on is None), None),
        "reasons": list(words.CLASS_REASONS.items()),
        "worse": [(name, words.named(words.CLASSES, name)) for name in CLASSES[1:]],
        "conditions": list(words.CLASS_CONDITIONS.items()),
    }


def _move(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "came": words.named(words.CLASSES, row.from_class),
        "went": words.named(words.CLASSES, row.to_class),
        "cause": words.named(words.CLASS_CAUSES, row.cause),
        "is_worse": RANK[row.to_class] > RANK[row.from_class],
    }


def _said(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "name": words.named(words.CLASSES, row.asset_class),
        "reason": words.named(words.CLASS_REASONS, row.reason),
        "condition": words.named(words.CLASS_CONDITIONS, row.condition) if row.condition else "",
        "by": staff.actor_name(row.placed_by),
        "ended_by": staff.actor_name(row.ended_by),
    }
