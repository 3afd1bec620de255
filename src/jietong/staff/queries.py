"""Teams and people, for the rooms above."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from jietong.staff.models import CalendarDay, Member, Team
from jietong.staff.rules import days as rules

DESK, RIGHTS = "desk", "rights"


def team(code: str) -> Team:
    """Raises Team.DoesNotExist when the site has not been set up: a desk that is not there promises nothing."""
    return Team.objects.get(code=code)


def teams() -> list[Team]:
    return list(Team.objects.order_by("pk"))


def members(team_id: int | None = None) -> list[Member]:
    rows = Member.objects.filter(is_active=True).select_related("team").order_by("team_id", "pk")
    return list(rows.filter(team_id=team_id) if team_id else rows)


def member(member_id: int) -> Member | None:
    return Member.objects.select_related("team").filter(pk=member_id).first()


def opening_days(team: Team, around: datetime, *, zone: str, days: int = 15) -> dict[date, list[tuple[time, time]]]:
    """The team's local opening spans for the days from the one before `around` on: by kind of day, holidays and
    swapped workdays included."""
    first = around.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return rules.opening_days(hours_of(team), overlay(first, first + timedelta(days=days)), first=first, days=days)


def hours_of(team: Team) -> rules.Hours:
    spans: dict[str, list[rules.Span]] = {}
    for row in team.hours.order_by("opens_at"):
        spans.setdefault(row.day_kind, []).append((row.opens_at, row.closes_at))
    return rules.Hours(spans or {kind: [(team.opens_at, team.closes_at)] for kind in rules.KINDS})


def overlay(first: date, end: date) -> dict[date, str]:
    """What operators said of the dates in [first, end)."""
    return dict(CalendarDay.objects.filter(day__gte=first, day__lt=end).values_list("day", "kind"))


def calendar_days(first: date) -> list[CalendarDay]:
    """The operators' own days from a date on, in order."""
    return list(CalendarDay.objects.filter(day__gte=first).order_by("day"))


def specialists() -> QuerySet[Member]:
    return Member.objects.filter(is_active=True, role=Member.Role.SPECIALIST)


def actor_name(actor: str) -> str:
    """Who an actor of the journal is, for a person: the name behind `staff:3`, anything else as it is."""
    kind, _sep, key = actor.partition(":")
    member = Member.objects.filter(pk=int(key)).first() if kind == "staff" and key.isdigit() else None
    return str(member) if member is not None else actor
