"""The limit and its history; choosing an amount and a term with what they cost; an application as far as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from jietong.borrowers import queries as borrowers
from jietong.kernel import clock
from jietong.kernel.errors import InputError
from jietong.origination import commands as origination
from jietong.origination import queries
from jietong.portal import crediting, words
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import is_htmx, show

if TYPE_CHECKING:
    from jietong.origination.models import Application


@borrower_only
@require_GET
def limit(request: BorrowerRequest) -> HttpResponse:
    zone = borrowers.borrower(request.borrower_id).time_zone
    template = "portal/_limit.html" if is_htmx(request) else "portal/limit.html"
    return show(request, template, crediting.limit_page(request.borrower_id), now=clock.now(), zone=zone)


@borrower_only
@require_http_methods(["GET", "POST"])
def choose(request: BorrowerRequest) -> HttpResponse:
    """Amount, term, what it is for, which card; then the draft's page with the whole plan."""
    now = clock.now()
    if request.method == "GET":
        return _choose_page(request, request.GET)
    try:
        application = origination.draft(borrower_id=request.borrower_id, wish=crediting.wish(request.POST), now=now)
    except InputError as wrong:
        return _choose_page(request, request.POST, errors={wrong.field: words.error(wrong)}, status=422)
    return redirect("portal:application", application.ref)


@borrower_only
@require_GET
def quote(request: BorrowerRequest) -> HttpResponse:
    """What the typed amount and term would cost, for the page to show while somebody chooses."""
    now = clock.now()
    version = crediting.choice(request.borrower_id, request.GET, now=now)["version"]
    return show(request, "portal/_quote.html", crediting.quote(version, request.GET, now=now), now=now)


@borrower_only
@require_GET
def application(request: BorrowerRequest, ref: str) -> HttpResponse:
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    template = "portal/_application.html" if is_htmx(request) else "portal/application.html"
    context = crediting.application_page(own(request, ref), now=now)
    return show(request, template, context, now=now, zone=zone)


def own(request: BorrowerRequest, ref: str) -> Application:
    """The borrower's own application; another's does not exist."""
    found = queries.application(ref, borrower_id=request.borrower_id)
    if found is None:
        raise Http404
    return found


def _choose_page(
    request: BorrowerRequest, typed: QueryDict, *, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    context = crediting.choice(request.borrower_id, typed, now=now)
    filled = typed.copy()
    filled.setdefault("amount", str(context.get("amount", "")))
    filled.setdefault("instalments", str(context.get("term", "")))
    context |= crediting.quote(context["version"], filled, now=now) | {"errors": errors or {}}
    return show(request, "portal/borrow.html", context, now=now, status=status)
