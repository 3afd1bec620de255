"""The rules that watch limits, over the whole book: shown first or carried out. A step of day-end, and a button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from jietong.borrowers import queries as borrowers
from jietong.loans.queries import book as loans
from jietong.origination import queries
from jietong.origination.commands import limits
from jietong.origination.models import CreditLimit, LimitChange
from jietong.origination.rules import watch

ACTOR = "system:limits"
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules ask for with one limit."""

    borrower_id: int
    granted_fen: int
    used_fen: int
    actions: tuple[watch.Action, ...]


def look(*, on: date) -> list[Found]:
    """What the rules ask for on a day, limit by limit; nothing is written. Only limits that may be concerned are read:
    of the late, of those with a circumstance, and those that a rule holds frozen."""
    if not CreditLimit.objects.exists():
        return []
    late = loans.late_borrowers(on=on)
    lives = borrowers.with_circumstances(watch.CIRCUMSTANCES)
    held: dict[int, dict[str, int]] = {}
    frozen = LimitChange.objects.filter(kind="freeze", undone_by=None).exclude(rule="")
    for key, reason, borrower_id in frozen.values_list("pk", "reason", "limit__borrower_id"):
        held.setdefault(borrower_id, {})[reason] = key
    wanted = sorted(late.keys() | lives.keys() | held.keys())
    found = []
    for start in range(0, len(wanted), BATCH):
        rows = CreditLimit.objects.filter(borrower_id__in=wanted[start : start + BATCH]).order_by("borrower_id")
        found += _asked(list(rows), late, lives, held, on=on)
    return found


def _asked(
    rows: list[CreditLimit], late: dict[int, date], lives: dict[int, set[str]], held: dict[int, dict[str, int]], *,
    on: date,
) -> list[Found]:  # fmt: skip
    used = queries.used_of([row.borrower_id for row in rows])
    found = []
    for row in rows:
        who = row.borrower_id
        facts = watch.Facts(
            granted_fen=row.granted_fen,
            used_fen=used[who],
            days_past_due=(on - late[who]).days if who in late else 0,
            circumstances=frozenset(lives.get(who, ())),
            freezes_by_rule=held.get(who),
        )
        actions = watch.review(facts)
        if actions:
            found.append(Found(who, row.granted_fen, used[who], tuple(actions)))
    return found


def watch_limits(*, business_date: date, now: datetime) -> dict[str, int]:
    """Carry out what the rules ask for; answers how much of each kind. A second time does nothing more."""
    counts = {"frozen": 0, "cut": 0, "released": 0}
    for one in look(on=business_date):
        for action in one.actions:
            _carry_out(one.borrower_id, action, now=now)
            counts[{"freeze": "frozen", "cut": "cut", "release": "released"}[action.kind]] += 1
    return counts


@transaction.atomic
def _carry_out(borrower_id: int, action: watch.Action, *, now: datetime) -> None:
    by = limits.By(actor=ACTOR, reason=action.reason, rule=f"{action.kind}_{action.reason}"[:40])
    if action.kind == "freeze":
        limits.freeze(borrower_id=borrower_id, by=by, now=now)
    elif action.undoes is not None:
        limits.take_back(change_id=action.undoes, by=by, now=now)
    elif action.to_fen is not None:
        limits.set_limit(borrower_id=borrower_id, kind="cut", to_fen=action.to_fen, by=by, now=now)
