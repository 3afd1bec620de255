"""Plan changes between their rows and the pure events; what each one's telling means for the ledger and for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from jietong.loans import ledger, suspense
from jietong.loans.models import PlanChange
from jietong.loans.rules import changes as c

if TYPE_CHECKING:
    from jietong.loans.replay import Account
    from jietong.loans.rules.replay import Replayed

AMOUNTS_CHANGED = "amounts_changed"  # a write-off holds, but of another sum than was approved


def as_rule(change: PlanChange) -> c.Change:
    """The event of this row. Its name is its key, so that events of one instant have the order of their booking."""
    return c.change_of(
        change.kind, name=f"{change.pk:012d}", at=change.at, on=change.on, first_n=change.first_n,
        receipt=change.receipt, keep=change.keep, terms=change.terms,
    )  # fmt: skip


@dataclass(slots=True)
class Followed:
    """Steps to undo and to do again as corrections, and the first ones of a change that is new."""

    undone: list[ledger.Step] = field(default_factory=list)
    done: list[ledger.Step] = field(default_factory=list)
    fresh: list[tuple[PlanChange, list[ledger.Step]]] = field(default_factory=list)


def follow_changes(
    account: Account, replayed: Replayed, *, undone: PlanChange | None, on: date, now: datetime
) -> Followed:
    """Write what the telling said of each change. One that no longer holds waits for a person."""
    outcomes = {int(one.name): one for one in replayed.outcomes}
    result = Followed()
    if undone is not None:
        result.undone += _steps(undone.posted)
        undone.posted = []
        undone.save(update_fields=["posted"])
        suspense.no_longer_waits(undone, now=now)
    for change in account.changes:
        told = outcomes[change.pk]
        is_new = change.booked_at == now and not change.figures
        before, after = _steps(change.posted), _steps_of(change, told)
        if is_new:
            result.fresh.append((change, after))
        elif ledger.differing(before, after):
            result.undone += before
            result.done += after
        _write(change, told, after, is_new=is_new, now=now)
    return result


def _write(change: PlanChange, told: c.Outcome, steps: Sequence[ledger.Step], *, is_new: bool, now: datetime) -> None:
    figures = {"amounts": list(told.amounts), "missing_fen": told.missing_fen}
    was = (change.state, change.why)
    approved = change.terms.get("approved")
    change.state = PlanChange.State.NOT_HELD if told.code else PlanChange.State.HELD
    change.why = told.code
    if not told.code and change.kind == PlanChange.Kind.WRITE_OFF and approved not in (None, figures["amounts"]):
        change.why = AMOUNTS_CHANGED
    if (change.state, change.why) != was or change.figures != figures or is_new:
        change.figures, change.posted = figures, [list(step) for step in steps]
        change.save(update_fields=["state", "why", "figures", "posted"])
    if change.why and (is_new or (change.state, change.why) != was):
        suspense.change_does_not_hold(change, now=now)
    elif not change.why and was[1]:
        suspense.no_longer_waits(change, now=now)


def _steps_of(change: PlanChange, told: c.Outcome) -> list[ledger.Step]:
    if change.kind == PlanChange.Kind.PAY_BACK:
        return [(ledger.CREDIT, ledger.CASH, change.terms["amount_fen"])]
    if change.kind == PlanChange.Kind.WRITE_OFF and not told.code:
        return ledger.loss_steps(told.amounts)
    return []


def _steps(posted: Sequence[Sequence[Any]]) -> list[ledger.Step]:
    return [(str(debit), str(credit), int(fen)) for debit, credit, fen in posted]
