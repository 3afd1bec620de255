"""Opening hours and calendar: seen by supervisors and officers, set by operators."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.console import opening
from jietong.kernel import clock
from jietong.kernel.errors import InputError
from jietong.kernel.permissions import may, permit
from jietong.staff import commands_calendar as commands
from jietong.staff import queries as staff
from jietong.staff.rules import days as rules

if TYPE_CHECKING:
    from jietong.staff.models import Member


@permit("console.see")
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: HttpRequest, *, typed: dict[str, str] | None = None, wrong: InputError | None = None
) -> HttpResponse:
    told = (wrong.field, wrong.code) if wrong is not None else None
    context = opening.seen_at(clock.now(), typed=typed, wrong=told)
    context["may_set"] = may(request.user, "console.operate")
    return render(request, "console/opening.html", context, status=422 if wrong else 200)


@permit("console.operate")
@require_POST
def hours(request: HttpRequest, team_id: int) -> HttpResponse:
    """One team's spans, by kind of day, as typed."""
    if team_id not in {team.pk for team in staff.teams()}:
        raise Http404
    typed = {kind: request.POST.get(kind, "")[:200] for kind in rules.KINDS}
    try:
        spans = {kind: rules.parse_spans(text, field=kind) for kind, text in typed.items()}
        commands.set_hours(team_id=team_id, spans=spans, actor=_actor(request), now=clock.now())
    except InputError as wrong:
        return _page(request, typed={**typed, "team": str(team_id)}, wrong=wrong)
    messages.success(request, _("已保存。新的答复时限按这个时间算，已经答应的不变。"))
    return redirect("console:opening")


@permit("console.operate")
@require_POST
def day(request: HttpRequest) -> HttpResponse:
    """Say what kind of day a date is; without a kind the calendar decides again."""
    typed = {name: request.POST.get(name, "")[:200] for name in ("day", "kind", "note")}
    try:
        chosen = _date(typed["day"])
        if request.POST.get("clear"):
            commands.clear_day(day=chosen, actor=_actor(request), now=clock.now())
        else:
            commands.set_day(day=chosen, kind=typed["kind"], note=typed["note"], actor=_actor(request), now=clock.now())
    except InputError as wrong:
        return _page(request, typed=typed, wrong=wrong)
    return redirect("console:opening")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("day", "not_a_date", "yyyy-mm-dd") from None


def _actor(request: HttpRequest) -> str:
    return f"staff:{cast('Member', request.user).pk}"
