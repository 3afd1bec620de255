"""Pages that anybody may see: what helps when nothing else does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from jietong.kernel import clock
from jietong.kernel.permissions import permit_public
from jietong.portal import access
from jietong.portal.help_lines import help_lines
from jietong.portal.pages import show


@permit_public("help must be found by those who cannot sign in")
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    context = {"lines": help_lines(get_language() or "zh-hans"), "signed_in": access.is_signed_in(request)}
    return show(request, "portal/help.html", context, now=clock.now())
