"""The second row of the staff header."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

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
    links = [(reverse(name), label) for name, label, permission in pages if user is not None and may(user, permission)]
    here = max((address for address, _ in links if path.startswith(address)), key=len, default="")
    return {"links": [(address, label, address == here) for address, label in links]}
