"""Putting something aside that cannot be booked: once per key, with a reason and an owner. For this room and others.

What people then do with it stands in commands/suspending.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.sealing import seal
from jietong.loans.models import Loan, PlanChange, SuspenseItem

BOOK = "book"  # the actor when the book itself finds out


@transaction.atomic
def put_in_suspense(
    *, key: str, source: str, reason: str, raw: dict[str, Any], happened_at: datetime, now: datetime,
    amount_fen: int = 0, loan: Loan | None = None, account_no: str = "", owner: str = "", actor: str = BOOK,
) -> tuple[SuspenseItem, bool]:  # fmt: skip
    """Let it wait for a person. The same key again is the same item: answers it and whether it is new.

    key: source and the outside world's number. reason: a code (faces know its sentence). raw: as it came, without what
    must not be read by everybody; account_no is sealed. owner: code of a team, the site's own for money by default.
    """
    item, is_new = SuspenseItem.objects.get_or_create(
        key=key[:120],
        defaults={
            "source": source, "reason": reason, "raw": raw, "happened_at": happened_at, "since": now,
            "amount_fen": amount_fen, "loan": loan, "owner": owner or settings.SUSPENSE_TEAM,
            "account_no": seal(account_no, "account") if account_no else None,
        },
    )  # fmt: skip
    if is_new:
        _tell(item, "loans.suspense_opened", actor=actor, now=now)
    return item, is_new


def change_does_not_hold(change: PlanChange, *, now: datetime) -> None:
    """A plan change that the money of now does not carry: a person decides what becomes of it."""
    raw = {
        "change": change.pk,
        "kind": change.kind,
        "ref": change.loan.ref,
        "receipt": change.receipt,
        **change.figures,
    }
    item, is_new = put_in_suspense(
        key=f"plan:{change.pk}:{change.why}", source="plan_change", reason=change.why, raw=raw, happened_at=change.at,
        now=now, amount_fen=sum(change.figures.get("amounts", [])), loan=change.loan,
    )  # fmt: skip
    if not is_new and item.state != SuspenseItem.State.OPEN:
        item.state, item.resolution, item.resolved_at, item.resolved_by = SuspenseItem.State.OPEN, "", None, ""
        item.since, item.raw = now, raw
        item.save(update_fields=["state", "resolution", "resolved_at", "resolved_by", "since", "raw"])
        _tell(item, "loans.suspense_opened", actor=BOOK, now=now)


def no_longer_waits(change: PlanChange, *, now: datetime) -> None:
    """The change holds again, or was undone: what waited because of it is done."""
    for item in SuspenseItem.objects.filter(key__startswith=f"plan:{change.pk}:", state=SuspenseItem.State.OPEN):
        close(item, SuspenseItem.State.DISMISSED, "plan_told_again", actor=BOOK, now=now)


def close(item: SuspenseItem, state: str, resolution: str, *, actor: str, now: datetime, receipt: str = "") -> None:
    item.state, item.resolution, item.resolved_at, item.resolved_by = state, resolution[:200], now, actor
    item.receipt = receipt
    item.save(update_fields=["state", "resolution", "resolved_at", "resolved_by", "receipt"])
    _tell(item, "loans.suspense_resolved", actor=actor, now=now)


def _tell(item: SuspenseItem, kind: str, *, actor: str, now: datetime) -> None:
    journal.record(
        kind,
        subject=f"suspense:{item.pk}",
        borrower_id=item.loan.borrower_id if item.loan is not None else None,
        actor=actor,
        at=now,
        data={"reason": item.reason, "amount_fen": item.amount_fen, "state": item.state, "owner": item.owner},
    )
