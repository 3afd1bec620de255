"""Teams and people, for the rooms above."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from jietong.staff.models import Member, Team

DESK, RIGHTS = "desk", "rights"


def team(code: str) -> Team:
    """Raises Team.DoesNotExist when the site has not been set up: a desk that is not there promises nothing."""
    return Team.objects.get(code=code)


def teams() -> list[Team]:
    return list(Team.objects.order_by("pk"))


def members(team_id: int | None = None) -> list[Member]:
    rows = Member.objects.filter(is_active=True).select_related("team").order_by("team_id", "pk")
    return list(rows.filter(team_id=team_id) if team_id else rows)


def opening_days(team: Team, around: datetime, *, zone: str, days: int = 15) -> dict[date, list[tuple[time, time]]]:
    """The team's local opening spans for the days from the one before `around` on."""
    first = around.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return {first + timedelta(days=n): [(team.opens_at, team.closes_at)] for n in range(days)}


def specialists() -> QuerySet[Member]:
    return Member.objects.filter(is_active=True, role=Member.Role.SPECIALIST)


def actor_name(actor: str) -> str:
    """Who an actor of the journal is, for a person: the name behind `staff:3`, anything else as it is."""
    kind, _sep, key = actor.partition(":")
    member = Member.objects.filter(pk=int(key)).first() if kind == "staff" and key.isdigit() else None
    return str(member) if member is not None else actor
