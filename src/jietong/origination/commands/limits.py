"""Changing limits: each change is a row with its reason, told to the borrower, and can be taken back by another row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from jietong.contacts import commands as contacts
from jietong.contacts.commands.attempts import Plan
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.origination.models import CreditLimit, LimitChange
from jietong.origination.rules import limits as rules

TOLD_FROM, TOLD_UNTIL = time(9), time(20)  # a rule's change of the night is told in the morning: policy
TOLD_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class By:
    """Who changes a limit and why. rule: its name when no person did; note: a person's own words."""

    actor: str
    reason: str
    note: str = ""
    rule: str = ""


def lock(borrower_id: int) -> CreditLimit | None:
    """The limit, locked until the end of the transaction: draws and changes of one limit come one after another."""
    return CreditLimit.objects.select_for_update(no_key=True).filter(borrower_id=borrower_id).first()


@transaction.atomic
def set_limit(*, borrower_id: int, kind: str, to_fen: int, by: By, now: datetime) -> LimitChange:
    """Grant, raise or cut a limit to a figure. A cut below the use calls nothing in; it only ends further draws.

    Raises InputError for a missing reason, or a figure that is no grant, raise or cut; CommandRefused `no_limit` for a
    raise or cut of a limit that was never granted, `has_limit` for a second grant.
    """
    if kind not in rules.AMOUNT_KINDS:
        raise InputError("kind", "unknown", f"{kind!r} is no grant, raise or cut")
    limit = lock(borrower_id)
    if kind == "grant":
        if limit is not None:
            raise CommandRefused("has_limit", "the borrower has a limit: raise it instead")
        limit = CreditLimit.objects.create(borrower_id=borrower_id, updated_at=now)
    if limit is None:
        raise CommandRefused("no_limit", "the borrower has no limit")
    delta = rules.delta_to(_standing(limit), kind, to_fen)
    return _write(limit, kind, by, delta=delta, now=now)


@transaction.atomic
def freeze(*, borrower_id: int, by: By, now: datetime) -> LimitChange:
    """No further draw until this freeze is released. The same reason by the same side twice is one freeze."""
    limit = _limit(borrower_id)
    for held in _standing(limit).freezes:
        if held.reason == by.reason and held.is_by_rule == bool(by.rule):
            return LimitChange.objects.get(pk=held.key)
    return _write(limit, "freeze", by, now=now)


@transaction.atomic
def take_back(*, change_id: int, by: By, now: datetime) -> LimitChange:
    """Release a freeze, or undo a grant, raise or cut by its difference. Twice is once.

    Raises InputError `unknown`; CommandRefused `not_undoable`, `below_nothing`.
    """
    change = LimitChange.objects.select_related("limit").filter(pk=change_id).first()
    if change is None:
        raise InputError("change", "unknown", f"there is no change {change_id}")
    limit = _limit(change.limit.borrower_id)
    known = LimitChange.objects.filter(undoes=change).first()
    if known is not None:
        return known
    if change.kind == "freeze":
        return _write(limit, "release", by, undoes=change, now=now)
    delta = rules.undo_delta(_standing(limit), _pure(change))
    return _write(limit, "undo", by, delta=delta, undoes=change, now=now)


@transaction.atomic
def grant_many(*, amounts: Iterable[tuple[int, int]], by: By, now: datetime) -> int:
    """First limits in bulk (a book that is taken over): borrower and figure in fen. Who has one keeps it; not told."""
    wanted = dict(amounts)
    known = set(CreditLimit.objects.filter(borrower_id__in=wanted).values_list("borrower_id", flat=True))
    fresh = {who: fen for who, fen in wanted.items() if who not in known}
    for fen in fresh.values():
        rules.delta_to(rules.Standing(0), "grant", fen)
    made = CreditLimit.objects.bulk_create(
        CreditLimit(borrower_id=who, granted_fen=fen, updated_at=now) for who, fen in fresh.items()
    )
    LimitChange.objects.bulk_create(
        LimitChange(
            limit=limit, kind="grant", reason=by.reason, note=by.note[:200], rule=by.rule, actor=by.actor, at=now,
            delta_fen=limit.granted_fen, granted_fen=limit.granted_fen,
        )
        for limit in made
    )  # fmt: skip
    return len(made)


def standing(limit: CreditLimit) -> rules.Standing:
    """What the limit's changes add up to, read under the caller's lock or not."""
    return _standing(limit)


def _limit(borrower_id: int) -> CreditLimit:
    limit = lock(borrower_id)
    if limit is None:
        raise CommandRefused("no_limit", "the borrower has no limit")
    return limit


def _standing(limit: CreditLimit) -> rules.Standing:
    return rules.standing(_pure(row) for row in LimitChange.objects.filter(limit=limit).order_by("pk"))


def _pure(row: LimitChange) -> rules.Change:
    return rules.Change(row.pk, row.kind, row.reason, row.delta_fen, row.undoes_id, bool(row.rule))


def _write(
    limit: CreditLimit, kind: str, by: By, *, delta: int = 0, undoes: LimitChange | None = None, now: datetime
) -> LimitChange:
    if not by.reason:
        raise InputError("reason", "missing", "a limit changes for a reason")
    change = LimitChange.objects.create(
        limit=limit, kind=kind, reason=by.reason, note=by.note.strip()[:200], delta_fen=delta, undoes=undoes,
        granted_fen=limit.granted_fen + delta, rule=by.rule, actor=by.actor, at=now,
    )  # fmt: skip
    after = _standing(limit)
    limit.granted_fen, limit.is_frozen, limit.updated_at = after.granted_fen, after.is_frozen, now
    limit.save(update_fields=["granted_fen", "is_frozen", "updated_at"])
    journal.record(
        "origination.limit_changed", subject=f"limit:{limit.pk}", borrower_id=limit.borrower_id, actor=by.actor, at=now,
        data={"change": change.pk, "kind": kind, "reason": by.reason, "granted_fen": after.granted_fen},
    )  # fmt: skip
    tell(f"limit:{change.pk}", limit.borrower_id, "limit_changed", now=now)
    return change


def tell(key: str, borrower_id: int, template: str, *, now: datetime) -> None:
    """A message without figures: they stand on the page, behind the second fact."""
    local = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE))
    leaves = now
    if local.time() < TOLD_FROM:
        leaves = datetime.combine(local.date(), TOLD_FROM, local.tzinfo)
    elif local.time() >= TOLD_UNTIL:
        leaves = datetime.combine(local.date() + timedelta(days=1), TOLD_FROM, local.tzinfo)
    contacts.plan(
        Plan(
            key=key, borrower_id=borrower_id, channel="sms", purpose="service", template=template, not_before=leaves,
            expires_at=leaves + TOLD_FOR,
        ),
        now=now,
    )  # fmt: skip
