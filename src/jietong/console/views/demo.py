"""The demo's own pages: where to begin, and the phone on which its messages arrive. Not on a real site."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.connectors import commands as connectors
from jietong.console import demo
from jietong.kernel import clock
from jietong.kernel.permissions import permit_public
from jietong.simulator import core_demo


@permit_public("demo only: where to begin")
@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    _only_in_the_demo()
    context = demo.people(settings.DATA_DIR) | demo.core(clock.now())
    return render(request, "console/demo.html", context)


@permit_public("demo only: the link to the demo's core is taken down and up again, to see what everybody sees")
@require_POST
def core(request: HttpRequest) -> HttpResponse:
    """down=1 takes the link down, down=0 up; the core is asked at once, so that every page knows."""
    _only_in_the_demo()
    core_demo.switch(down=request.POST.get("down") == "1")
    connectors.pull(code=core_demo.CODE, now=clock.now())
    return redirect("console:demo")


@permit_public("demo only: the phone that receives every message of the demo; numbers are masked and invented")
@never_cache
@require_GET
def phone(request: HttpRequest) -> HttpResponse:
    """?phone=199…: what one invented borrower received, on the phone and by mail."""
    _only_in_the_demo()
    wanted = request.GET.get("phone", "").strip()[:40]
    context = {"phone": wanted, "messages_in": demo.messages(wanted), "now": clock.now()}
    partial = "HX-Request" in request.headers
    return render(request, "console/_phone_list.html" if partial else "console/phone.html", context)


def _only_in_the_demo() -> None:
    if not settings.DEMO:
        raise Http404
