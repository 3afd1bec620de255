"""Opening hours and the calendar as the operator's page shows them: each team's spans, the weeks ahead, own days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as lazy

from jietong.console import words
from jietong.kernel import clock
from jietong.staff import queries as staff
from jietong.staff.rules import days as rules

WEEKS = 5
LOOKED_AHEAD = timedelta(days=90)
KINDS = {rules.WORKDAY: lazy("工作日"), rules.WEEKEND: lazy("周末"), rules.HOLIDAY: lazy("节假日")}
WRONG = {
    "never_open": lazy("工作日总要有开门的时间，否则答应不了任何人。"),
    "not_a_span": lazy("写成 08:00-12:00, 13:30-22:00 这样；不开就留空。"),
    "overlap": lazy("两段时间重叠了；只有最后一段可以过午夜。"),
    "too_many": lazy("一天最多四段。"),
    "unknown": lazy("请选工作日、周末或节假日。"),
    "missing": lazy("写一句为什么，以后的人要看得懂。"),
    "too_long": lazy("最多 60 个字。"),
    "not_a_date": lazy("请选一个日期。"),
}


def seen_at(
    now: datetime, *, typed: dict[str, str] | None = None, wrong: tuple[str, str] | None = None
) -> dict[str, Any]:
    """The page's context. `typed` comes back with `wrong` (field, code) when a form was refused."""
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    first = today - timedelta(days=today.weekday())
    days = [first + timedelta(days=n) for n in range(7 * WEEKS)]
    said = staff.overlay(first, today + LOOKED_AHEAD)
    unknown = sorted({day.year for day in _ahead(today) if not rules.is_announced(day) and day not in said})
    return {
        "teams": [_team(team, typed or {}, wrong) for team in staff.teams()],
        "weeks": [[_day(day, said, today) for day in days[n : n + 7]] for n in range(0, len(days), 7)],
        "weekdays": [words.weekday(day) for day in days[:7]],
        "own": staff.calendar_days(today),
        "kinds": KINDS.items(),
        "unknown_years": unknown,
        "typed": typed or {},
        "wrong_day": WRONG.get(wrong[1], wrong[1]) if wrong and wrong[0] in {"day", "kind", "note"} else "",
        "today": today,
    }


def _ahead(today: date) -> list[date]:
    return [today + timedelta(days=n) for n in range(LOOKED_AHEAD.days)]


def _team(team: Any, typed: dict[str, str], wrong: tuple[str, str] | None) -> dict[str, Any]:
    hours, mine = staff.hours_of(team), typed.get("team") == str(team.pk)
    return {
        "team": team,
        "rows": [
            {
                "kind": kind,
                "label": label,
                "value": typed.get(kind, "") if mine else shown(hours.spans.get(kind, ())),
                "wrong": WRONG.get(wrong[1], wrong[1]) if mine and wrong and wrong[0] == kind else "",
            }
            for kind, label in KINDS.items()
        ],
    }


def shown(spans: Any) -> str:
    """Spans as the form takes them: 08:00-12:00, 13:30-22:00."""
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in spans)


def _day(day: date, said: dict[date, str], today: date) -> dict[str, Any]:
    kind = rules.kind_of(day, said)
    swapped = kind == rules.WORKDAY and day.isoweekday() > 5
    return {
        "day": day,
        "kind": kind,
        "label": rules.holiday_name(day) if kind == rules.HOLIDAY and day not in said else KINDS[kind],
        "is_own": day in said,
        "is_swapped": swapped and day not in said,
        "is_today": day == today,
        "is_past": day < today,
    }
