"""The gallery: every component and whole layouts with invented data, for those who build pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jietong.kernel import clock
from jietong.kernel.permissions import permit_public
from jietong.ui import samples

LAYOUTS = ("borrower-home", "borrower-matter", "borrower-chat", "desk", "board", "console", "auth", "404")


def _context(request: HttpRequest) -> dict[str, Any]:
    """?theme=light|dark, ?type=big, ?still=1 (clocks stand, for screenshots)."""
    if not (settings.DEBUG or getattr(settings, "DEMO", False)):
        raise Http404
    theme, kind = request.GET.get("theme", ""), request.GET.get("type", "")
    return {
        "theme": theme if theme in {"light", "dark"} else "",
        "type_size": "big" if kind == "big" else "",
        "still": "still" in request.GET,
        "layouts": LAYOUTS,
    }


@permit_public("component gallery of the demo")
@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    context = _context(request) | samples.components(clock.now())
    return render(request, "ui/gallery/index.html", context)


@permit_public("component gallery of the demo")
@require_GET
def layout(request: HttpRequest, name: str) -> HttpResponse:
    context = _context(request)
    if name not in LAYOUTS:
        raise Http404
    if name == "404":
        return render(request, "404.html", context)
    return render(request, f"ui/gallery/{name}.html", context | samples.page(name))
