"""The second row of the staff header."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from jietong.kernel.permissions import may

register = template.Library()


@register.inclusion_tag("ui/_sections.html", takes_context=True)
def section_links(context: template.Context) -> dict[str, Any]:
    """The second row of the staff header: pages of the part that is open, for those who may follow them.

    Parts and their pages are settings.STAFF_SECTIONS; the page whose address is the longest beginning of the request's
    is the current one.
    """
    user, request = context.get("user"), context.get("request")
    path = request.path if request is not None else ""
    pages = next((pages for begins, pages in settings.STAFF_SECTIONS if path.startswith(begins)), ())
    shown = [(reverse(name), label, name) for name, label, need in pages if user is not None and may(user, need)]
    here = max((address for address, _, _ in shown if path.startswith(address)), key=len, default="")
    return {"links": [(address, label, address == here, _waiting(name, user)) for address, label, name in shown]}


def _waiting(name: str, user: Any) -> int:
    """How much waits for this user behind a link; settings name who counts it, so that this room knows no other."""
    counts = settings.STAFF_COUNTS.get(name)
    return int(import_string(counts)(user)) if counts else 0
