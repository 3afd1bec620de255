"""A loan's class follows its money: called wherever a booking rewrites bucket moves (decision 0020)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings

from jietong.loans.models import AssetClassMove, ClassOverride, Loan, LoanHead
from jietong.loans.rules import classes as rules
from jietong.loans.rules.replay import Point
from jietong.packs.queries import pack


def profile(name: str) -> rules.Profile | None:
    """The days of a product's profile in the site's rule pack; None when the pack classes no such loans."""
    rule = pack(settings.RULE_PACK).rules.get(f"{settings.RULE_PACK}.class.{name}")
    return rules.profile_of(rule.value) if rule is not None and rules.NORMAL in rule.value else None


def profiles() -> dict[str, rules.Profile]:
    """All profiles of the site's rule pack, by name."""
    prefix = f"{settings.RULE_PACK}.class."
    names = [rule.id.removeprefix(prefix) for rule in pack(settings.RULE_PACK).of_kind("classification")]
    return {name: days for name in names if (days := profile(name)) is not None}


def floors(loan_id: int) -> tuple[rules.Floor, ...]:
    """What persons said of the loan, in force or ended."""
    rows = ClassOverride.objects.filter(loan_id=loan_id).order_by("pk")
    return tuple(rules.Floor(row.asset_class, row.since, row.ended_on) for row in rows)


def class_before(loan_id: int, day: date) -> str:
    """The class in which the loan comes into a day, as told."""
    rows = AssetClassMove.objects.filter(loan_id=loan_id, superseded_at=None, on__lt=day)
    return rows.order_by("-on", "-pk").values_list("to_class", flat=True).first() or rules.NORMAL


def follow(
    loan: Loan, head: LoanHead, points: Sequence[Point], *, since: date, on: date, cause: str, now: datetime,
    said_anew: bool = False,
) -> None:  # fmt: skip
    """Tell the class of the days from `since` to `on` anew and set it on the head, which the caller saves.

    points: days ascending with the oldest unpaid due date from the close of that day on, the first on or before
    `since`. cause: "backdated", "reversal" … for moves that replace what was believed, "" when only the natural order
    goes on. said_anew: a person's word came or went. What was believed otherwise is marked, not lost.
    """
    days = profile(loan.product.class_profile)
    if days is None:
        return
    if head.classed_on is not None:
        since = min(since, head.classed_on + timedelta(days=1))
    if cause or said_anew or not _was_and_stays_normal(head, points, on=on):
        start = class_before(loan.pk, since)
        said = floors(loan.pk)
        moves = rules.class_history(points, start=start, from_on=since, as_of=on, profile=days, floors=said)
        _rewrite(loan.pk, moves, since=since, cause=cause, entered=head.classed_on is None, said=said, now=now)
        head.asset_class = moves[-1].to_class if moves else start
    head.classed_on = on
    head.next_class_on = rules.next_class_on(points[-1][1], on, days)


def _was_and_stays_normal(head: LoanHead, points: Sequence[Point], *, on: date) -> bool:
    """Money of a loan that was never late in these days: no move of its can change, and none need be read."""
    on_time = all(oldest is None or oldest >= on for _day, oldest in points)
    return head.classed_on is not None and head.asset_class == rules.NORMAL and on_time


def _rewrite(
    loan_id: int, moves: Sequence[rules.ClassMove], *, since: date, cause: str, entered: bool,
    said: Sequence[rules.Floor], now: datetime,
) -> None:  # fmt: skip
    rows = AssetClassMove.objects.filter(loan_id=loan_id, superseded_at=None, on__gte=since)
    believed = {(row.on, row.from_class, row.to_class): row.pk for row in rows}
    told = {(move.on, move.from_class, move.to_class): move for move in moves}
    stale = [pk for key, pk in believed.items() if key not in told]
    if stale:
        AssetClassMove.objects.filter(pk__in=stale).update(superseded_at=now)
    AssetClassMove.objects.bulk_create(
        AssetClassMove(
            loan_id=loan_id, on=move.on, from_class=move.from_class, to_class=move.to_class,
            cause="import" if entered and move.on == since else cause or natural_cause(move, said),
        )
        for key, move in told.items()
        if key not in believed
    )  # fmt: skip


def natural_cause(move: rules.ClassMove, said: Sequence[rules.Floor]) -> str:
    if rules.RANK[move.to_class] > rules.RANK[move.from_class]:
        return "override" if any(floor.since == move.on for floor in said) else "dayend"
    return "override_ended" if any(floor.until == move.on for floor in said) else "repayment"


def untold(head: LoanHead, *, on: date) -> None:
    """The head was written by a booking that did not tell the class: the next day-end tells it, from `on` on."""
    if head.classed_on is not None and head.classed_on < on:
        head.classed_on = on - timedelta(days=1)
        head.next_class_on = on
