"""Rendering of the borrower's pages: what every one of them is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from jietong.portal import presenting


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    now: datetime,
    zone: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, with the instant it was made and the reader's clock."""
    borrower_id = getattr(request, "borrower_id", None)  # none before somebody is proved
    told = {
        "now": now,
        "signed_in": borrower_id is not None,
        "link_down": presenting.link_down(borrower_id, now=now) if borrower_id is not None else None,
        "zone": zone or settings.LENDER_TIME_ZONE,
        "home_url": reverse("portal:home"),
        "help_url": reverse("portal:help"),
        **(context or {}),
    }
    return render(request, template, told, status=status)


def is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
