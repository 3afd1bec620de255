"""What every template may use: the lender's name and whether this is the demo."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "lender_name": getattr(settings, "LENDER_NAME", ""),
        "demo": bool(getattr(settings, "DEMO", False)),
        "lender_zone": getattr(settings, "LENDER_TIME_ZONE", settings.TIME_ZONE),
    }
