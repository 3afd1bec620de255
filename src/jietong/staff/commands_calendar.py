"""When a team is open: spans by kind of day, and the days that differ from the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import InputError
from jietong.staff.models import CalendarDay, Team, TeamHours
from jietong.staff.rules import days as rules

NOTE_CHARACTERS_MAX = 60


@transaction.atomic
def set_hours(*, team_id: int, spans: Mapping[str, Sequence[rules.Span]], actor: str, now: datetime) -> None:
    """Replace a team's opening spans. Promises made before keep their time; new ones count in the new hours.

    Raises InputError `never_open` when no ordinary workday is left: a desk that never opens would promise nothing;
    `unknown` for a kind of day that does not exist; `overlap`, `too_many` of a day's spans.
    """
    strange = set(spans) - set(rules.KINDS)
    if strange:
        raise InputError("day_kind", "unknown", f"no kind of day: {', '.join(sorted(strange))}")
    kept = {kind: rules.checked(spans.get(kind, ()), field=kind) for kind in rules.KINDS}
    if not kept[rules.WORKDAY]:
        raise InputError(rules.WORKDAY, "never_open", "a team is open on workdays at some time")
    team = Team.objects.select_for_update(no_key=True).get(pk=team_id)
    TeamHours.objects.filter(team=team).delete()
    TeamHours.objects.bulk_create(
        TeamHours(team=team, day_kind=kind, opens_at=opens, closes_at=closes)
        for kind, of_kind in kept.items()
        for opens, closes in of_kind
    )
    told = {kind: [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in of_kind] for kind, of_kind in kept.items()}
    journal.record(
        "staff.hours_set", subject=f"team:{team.pk}", actor=actor, at=now, data={"team": team.pk, "hours": told}
    )


@transaction.atomic
def set_day(*, day: date, kind: str, note: str, actor: str, now: datetime) -> CalendarDay:
    """Say that a date is a workday, weekend or holiday here, whatever the calendar says. The last word stands.

    Raises InputError for an unknown kind or a missing or long note: who reads it later has to know why.
    """
    if kind not in rules.KINDS:
        raise InputError("kind", "unknown", f"one of {', '.join(rules.KINDS)}")
    note = note.strip()
    if not note or len(note) > NOTE_CHARACTERS_MAX:
        raise InputError("note", "missing" if not note else "too_long", f"1 to {NOTE_CHARACTERS_MAX} characters")
    said, _ = CalendarDay.objects.update_or_create(
        day=day, defaults={"kind": kind, "note": note, "set_by": actor, "set_at": now}
    )
    journal.record(
        "staff.day_set", subject=f"day:{day}", actor=actor, at=now, data={"day": str(day), "kind": kind, "note": note}
    )
    return said


@transaction.atomic
def clear_day(*, day: date, actor: str, now: datetime) -> None:
    """Let the calendar decide again. A date that nobody set is left as it is."""
    gone, _ = CalendarDay.objects.filter(day=day).delete()
    if gone:
        journal.record("staff.day_cleared", subject=f"day:{day}", actor=actor, at=now, data={"day": str(day)})
