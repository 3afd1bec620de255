"""Deduction on the desk: what is on its way, what failed and why, what comes next, and whether it is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jietong.borrowers import queries as borrowers
from jietong.deduction import queries, words
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.queries import book as loans

if TYPE_CHECKING:
    from jietong.deduction.models import Mandate, Suspension


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    amount_fen: int
    card: str
    title: str
    tone: str
    back_fen: int
    key: str


@dataclass(frozen=True, slots=True)
class Block:
    """stopped: why nothing is debited now, in words; mine: the suspension that staff placed and may lift."""

    cards: list[Mandate]
    stopped: str
    mine: Suspension | None
    lines: list[Line]
    next_at: datetime | None
    next_fen: int
    next_card: str
    due_refs: list[str]


SOURCE = "desk"


def block(borrower_id: int, *, now: datetime) -> Block:
    stopped = queries.stopped(borrower_id, now=now)
    held = queries.suspensions(borrower_id, now=now)
    soon = next(iter(queries.upcoming(borrower_id, now=now)), None)
    today = clock.local_date(now, borrowers.borrower(borrower_id).time_zone)
    flying = {one.ref for one in queries.in_flight(borrower_id)}
    due = [view.ref for view in loans.loans_of(borrower_id, on=today) if view.due_now_fen and view.ref not in flying]
    return Block(
        cards=queries.mandates(borrower_id),
        stopped=words.reason(stopped) if stopped else "",
        mine=next((row for row in held if row.source == SOURCE or row.reason == "claims_paid"), None),
        lines=[
            Line(
                at=row.claimed_at or row.planned_at,
                amount_fen=row.taken_fen or row.amount_fen,
                card=f"{row.mandate.provider} {row.mandate.tail}" if row.mandate is not None else "",
                title=words.reason(row.reason) if row.reason else words.state(row.state),
                tone={"succeeded": "good", "failed": "warn", "withheld": ""}.get(row.state, "info"),
                back_fen=sum(one.amount_fen for one in row.refunds.all()),
                key=row.key,
            )
            for row in queries.history(borrower_id, limit=6)
        ],
        next_at=soon.at if soon else None,
        next_fen=soon.amount_fen if soon else 0,
        next_card=f"{soon.mandate.provider} {soon.mandate.tail}" if soon else "",
        due_refs=due,
    )


def refusal(error: CommandRefused | InputError) -> str:
    """Why it was not done, in words; empty for one that this room has no words for."""
    if isinstance(error, CommandRefused) and error.code in words.REASONS:
        return words.reason(error.code)
    return ""
