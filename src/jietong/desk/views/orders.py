"""Work orders: asked from the desk, answered by the desk that they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.desk import access, orders, words
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.live import Match, News
from jietong.kernel.permissions import permit
from jietong.kernel.sse import stream
from jietong.workorders import commands, queries
from jietong.workorders import words as order_words
from jietong.workorders.rules import states

if TYPE_CHECKING:
    from jietong.desk.access import StaffRequest
    from jietong.workorders.models import WorkOrder


@permit("desk.work")
@never_cache
@require_GET
def home(request: StaffRequest) -> HttpResponse:
    template = "desk/_orders_list.html" if "HX-Request" in request.headers else "desk/orders.html"
    return render(request, template, orders.listed(request.user) | {"now": clock.now()})


@permit("desk.work")
@require_GET
async def live(request: StaffRequest) -> StreamingHttpResponse:
    return await stream(request, match_for(request.user.pk, request.user.team_id))


def match_for(member_id: int, team_id: int) -> Match:
    """News of orders that my desk answers or has asked, or that are mine: the page asks again."""

    def match(news: News) -> str | None:
        if not news.kind.startswith("workorders."):
            return None
        concerns = team_id in {news.data.get("team"), news.data.get("asking_team")}
        return "orders-changed" if concerns or member_id in (news.data.get("staff") or ()) else None

    return match


@permit("desk.work")
@never_cache
@require_GET
def one(request: StaffRequest, ref: str) -> HttpResponse:
    order, roles = _readable(request, ref)
    return render(request, "desk/order.html", orders.one(order, roles, now=clock.now()))


@permit("desk.work")
@require_POST
def act(request: StaffRequest, ref: str, act: str) -> HttpResponse:
    """One act of workorders.rules.states, or a note; what is wrong is said on the order's page and nothing is lost."""
    order, roles = _readable(request, ref)
    name, text, now = act.replace("-", "_"), request.POST.get("text", ""), clock.now()
    if name != "note" and name not in states.ACTS:
        raise Http404(act)
    try:
        commands.act(order_id=order.pk, act=name, member=request.user, now=now, text=text)
    except CommandRefused as refused:
        messages.warning(request, words.refused(refused))
    except InputError as wrong:
        context = orders.one(order, roles, now=now) | {"wrong": words.refused(wrong), "wrong_act": name, "typed": text}
        return render(request, "desk/order.html", context, status=422)
    else:
        messages.success(request, _("已记下：%(act)s。") % {"act": order_words.named(order_words.ACTS, name)})
    return redirect("orders:one", ref=order.ref)


@permit("desk.work")
@require_POST
def ask(request: StaffRequest, ref: str) -> HttpResponse:
    """Open an order from the contact on screen; the desk's page says where it went and by when."""
    chosen = access.readable(request.user, ref)
    matter = request.POST.get("matter", "")
    try:
        order = commands.open_order(
            contact=chosen, kind=request.POST.get("kind", ""), question=request.POST.get("question", ""),
            member=request.user, now=clock.now(), matter_id=int(matter) if matter.isdecimal() else None,
        )  # fmt: skip
    except (CommandRefused, InputError) as error:
        messages.warning(request, words.refused(error))
    else:
        told = {"ref": order.ref, "desk": order.team.shown_name}
        messages.success(request, _("工单 %(ref)s 已发给%(desk)s，借款人也看得到进度。来询还在你手上。") % told)
    return redirect("desk:contact", ref=chosen.ref)


def _readable(request: StaffRequest, ref: str) -> tuple[WorkOrder, frozenset[str]]:
    found = queries.readable(request.user, ref)
    if found is None:
        raise Http404(ref)
    return found
