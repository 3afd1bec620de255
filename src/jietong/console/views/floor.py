"""The supervisor's board and the operator's pages: all of them read, none of them writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from jietong.console import floor, late, one_contact, operating, rule_words
from jietong.kernel import clock, sse
from jietong.kernel.live import News
from jietong.kernel.permissions import permit
from jietong.packs import queries as packs

if TYPE_CHECKING:
    from jietong.staff.models import Member


@permit("board.see")
@never_cache
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The whole page, or its tiles alone for whoever has the page open."""
    context = floor.seen_at(clock.now())
    partial = "HX-Request" in request.headers
    return render(request, "console/_board.html" if partial else "console/board.html", context | {"partial": partial})


@permit("board.see")
@require_GET
async def board_live(request: HttpRequest) -> StreamingHttpResponse:
    return await sse.stream(request, moves_the_board)


def moves_the_board(news: News) -> str | None:
    """Anything that happens to a contact, an attempt, an offer or a person's state changes some figure."""
    return "board-changed" if news.kind.startswith(("contacts.", "routing.", "workorders.")) else None


@permit("board.see")
@never_cache
@require_GET
def late_orders(request: HttpRequest) -> HttpResponse:
    """Questions to other desks that are past their time: which desk, for whom, how long."""
    return render(request, "console/late_orders.html", late.seen_at(clock.now(), reader=cast("Member", request.user)))


@permit("board.see")
@never_cache
@require_GET
def contact(request: HttpRequest, ref: str) -> HttpResponse:
    """One contact, and into whose hands it may go. It does not exist for the person whom it complains of."""
    context = one_contact.seen_at(ref, clock.now(), reader=cast("Member", request.user))
    if context is None:
        raise Http404(ref)
    return render(request, "console/contact.html", context)


@permit("console.see")
@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "console/home.html", operating.seen_at(clock.now()))


@permit("console.see")
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """?pack=cn: one pack in its newest version; the one in force here when nothing is asked for."""
    name = request.GET.get("pack", settings.RULE_PACK)
    if name not in packs.names():
        raise Http404(name)
    context = rule_words.page(packs.pack(name))
    return render(request, "console/rules.html", context | {"packs": packs.names(), "in_force": settings.RULE_PACK})
