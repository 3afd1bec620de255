"""What people do about a difference between core and book: take it, and say why it is so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jietong.connectors.models import Discrepancy
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError

REASON_MAX = 200


@transaction.atomic
def take_difference(*, discrepancy_id: int, member_id: int, actor: str, now: datetime) -> Discrepancy:
    """Somebody looks after this difference from now on. Raises CommandRefused `gone` when both sides agree again."""
    found = _standing(discrepancy_id)
    found.owner_id = member_id
    found.save(update_fields=["owner"])
    _note("connectors.difference_taken", found, actor=actor, now=now)
    return found


@transaction.atomic
def explain_difference(*, discrepancy_id: int, reason: str, actor: str, now: datetime) -> Discrepancy:
    """Close a difference with the reason why it is so. It stays closed while both figures stay what they are now.

    No figure changes by it: core and book go on differing, and the next comparison names it again, as explained.
    Raises InputError `reason`, CommandRefused `gone`.
    """
    reason = reason.strip()
    if not reason:
        raise InputError("reason", "missing", "say why core and book differ here")
    if len(reason) > REASON_MAX:
        raise InputError("reason", "too_long", f"a reason has at most {REASON_MAX} letters")
    found = _standing(discrepancy_id)
    found.state, found.reason, found.explained_by, found.explained_at = "explained", reason, actor[:60], now
    found.save(update_fields=["state", "reason", "explained_by", "explained_at"])
    _note("connectors.difference_explained", found, actor=actor, now=now, reason=reason)
    return found


@transaction.atomic
def reopen_difference(*, discrepancy_id: int, actor: str, now: datetime) -> Discrepancy:
    """The explanation did not hold: somebody has to look again. What was said stays beside it."""
    found = _standing(discrepancy_id)
    found.state = Discrepancy.State.OPEN
    found.save(update_fields=["state"])
    _note("connectors.difference_reopened", found, actor=actor, now=now)
    return found


def _standing(discrepancy_id: int) -> Discrepancy:
    found = Discrepancy.objects.select_for_update(of=("self",)).select_related("source").filter(pk=discrepancy_id)
    row = found.first()
    if row is None:
        raise InputError("difference", "unknown", "there is no such difference")
    if row.state == Discrepancy.State.GONE:
        raise CommandRefused("gone", "core and book agree here again")
    return row


def _note(kind: str, row: Discrepancy, *, actor: str, now: datetime, reason: str = "") -> None:
    data = {"source": row.source.code, "code": row.code, "ref": row.ref, "receipt": row.receipt}
    journal.record(
        kind, subject=f"difference:{row.pk}", actor=actor, at=now, data=data | ({"reason": reason} if reason else {})
    )
