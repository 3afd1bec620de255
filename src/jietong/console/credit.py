"""Limits and applications for the console: who is frozen and why, what the rules would do tonight, who waits."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from jietong.borrowers import queries as borrowers
from jietong.console import words
from jietong.kernel import clock
from jietong.loans.queries import clearing
from jietong.origination import commands as origination
from jietong.origination import labels, queries
from jietong.staff import queries as staff
from jietong.ui.words import masked_name

if TYPE_CHECKING:
    from jietong.borrowers.models import Borrower
    from jietong.origination.models import Application, LimitChange


def limits_page(*, only_frozen: bool, day: date) -> dict[str, Any]:
    """The list, its totals, and what the watching rules ask for (nothing is written)."""
    rows = queries.limits_page(only_frozen=only_frozen)
    used = queries.used_of([row.borrower_id for row in rows])
    found = origination.look(on=day)
    names = borrowers.many([one.borrower_id for one in found])
    asked = [
        {
            "borrower": names[one.borrower_id],
            "found": one,
            "actions": [(str(labels.CHANGES[a.kind]), str(labels.limit_reason(a.reason).why)) for a in one.actions],
        }
        for one in found
    ]
    return {
        "rows": [(row, used[row.borrower_id]) for row in rows],
        "counts": queries.limit_counts(),
        "asked": asked,
        "only_frozen": only_frozen,
    }


def list_form() -> dict[str, Any]:
    """What may be done with a list, and for which reasons."""
    reasons = dict.fromkeys(code for kind in ("freeze", "cut", "release") for code in labels.CHOICES[kind])
    return {
        "kinds": [(kind, str(labels.CHANGES[kind])) for kind in ("freeze", "release", "cut")],
        "reasons": [(code, str(labels.limit_reason(code).why)) for code in reasons],
    }


def limit_of(borrower: Borrower) -> dict[str, Any]:
    """One borrower's limit with every change, and what may be done with it."""
    limit = queries.limit(borrower.pk)
    choices = {
        kind: [(code, str(labels.limit_reason(code).why)) for code in codes] for kind, codes in labels.CHOICES.items()
    }
    return {
        "borrower": borrower,
        "limit": limit,
        "choices": choices,
        "changes": [change(row) for row in queries.changes(borrower.pk)],
        "applications": [application(row) for row in queries.applications_of(borrower.pk)],
    }


def change(row: LimitChange) -> dict[str, Any]:
    undone = hasattr(row, "undone_by")
    return {
        "row": row,
        "title": str(labels.CHANGES[row.kind]),
        "why": str(labels.limit_reason(row.reason).why),
        "is_undone": undone,
        "takes_back": "" if undone else {"freeze": "release", "cut": "undo", "raise": "undo"}.get(row.kind, ""),
    }


def applications_page(*, now: datetime) -> dict[str, Any]:
    return {
        "waiting": [application(row) for row in queries.in_review()],
        "lately": [application(row) for row in queries.lately()],
        "moving": queries.transfers_on_their_way(),
        **payouts(clock.local_date(now, settings.LENDER_TIME_ZONE)),
        "now": now,
    }


def payouts(today: date) -> dict[str, Any]:
    """Money that has arrived, and that the bank's statement has not shown yet: with age and owner; and what it has."""
    count, fen = clearing.open_totals()
    teams = {team.code: team.shown_name for team in staff.teams()}
    return {
        "today": today,
        "open_count": count,
        "open_fen": fen,
        "open_payouts": [(one, teams.get(one.owner, one.owner)) for one in clearing.open_payouts(today=today)],
        "cleared": clearing.cleared_lately(),
    }


def application(row: Application) -> dict[str, Any]:
    return {
        "row": row,
        "name": masked_name(row.borrower.name),
        "state": str(labels.STATES[row.state]),
        "tone": labels.TONES.get(row.state, ""),
        "purpose": str(labels.PURPOSES.get(row.purpose, row.purpose)),
        "reasons": [str(labels.reason(code).why) for code in row.reasons],
        "by": words.named(BY, row.decided_by.partition(":")[0]) if row.decided_by else "",
    }


BY = {"system": labels.lazy("规则"), "staff": labels.lazy("专员")}
