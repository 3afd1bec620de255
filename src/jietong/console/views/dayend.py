"""Day-end as the operator sees it: the nights, what was missed, and the loans that wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.console import nightly
from jietong.console.floor import day_span
from jietong.dayend import commands as dayend
from jietong.kernel import clock, sse
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.live import News
from jietong.kernel.permissions import may, permit
from jietong.loans import commands as loans

if TYPE_CHECKING:
    from jietong.staff.models import Member


@permit("console.see")
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The whole page, or its figures alone for whoever has the page open."""
    context = nightly.seen_at(clock.now())
    context["may_operate"] = may(request.user, "console.operate")
    partial = "HX-Request" in request.headers
    return render(request, "console/_dayend.html" if partial else "console/dayend.html", context)


@permit("console.see")
@require_GET
async def live(request: HttpRequest) -> StreamingHttpResponse:
    return await sse.stream(request, moves_the_night)


def moves_the_night(news: News) -> str | None:
    return "dayend-changed" if news.kind.startswith("dayend.") or news.kind == "loans.taken_in_again" else None


@permit("console.operate")
@require_POST
def catch_up(request: HttpRequest) -> HttpResponse:
    """Close every missed date up to today, as a job; the page tells how far it is."""
    now = clock.now()
    today, _start, _end = day_span(now)
    try:
        dayend.ask_catch_up(until=today, actor=_actor(request), now=now)
    except CommandRefused:
        messages.info(request, _("没有漏掉的日子。"))
    except InputError:
        messages.warning(request, _("漏掉的日子超过一年，请先用命令行从较近的日期补起。"))
    else:
        messages.success(request, _("已开始补跑，这一页会随着进度更新。"))
    return redirect("night:page")


@permit("console.operate")
@require_POST
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one loan in again; it does what it missed, or stays where it is with the reason of now."""
    try:
        row = loans.try_again(
            set_aside_id=pk, actor=_actor(request), now=clock.now(), recompute="recompute" in request.POST
        )
    except CommandRefused:
        messages.info(request, _("这笔借据已经重新纳入了。"))
        return redirect("night:page")
    if row.ended_at is None:
        messages.warning(request, _("%(ref)s 还是不行，先留在这里。") % {"ref": row.loan.ref})
    else:
        messages.success(request, _("%(ref)s 已重新纳入，漏掉的日子都补上了。") % {"ref": row.loan.ref})
    return redirect("night:page")


def _actor(request: HttpRequest) -> str:
    return f"staff:{cast('Member', request.user).pk}"
