"""The one screen and its parts. A part is the same template that the whole page includes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from jietong.borrowers import queries as borrowers
from jietong.desk import access, book, debits, orders, screen, words
from jietong.desk.forms import SettleForm
from jietong.kernel import clock
from jietong.kernel.permissions import may, permit
from jietong.loans.queries import book as loans

if TYPE_CHECKING:
    from datetime import datetime

    from jietong.borrowers.models import Borrower
    from jietong.contacts.models import Contact
    from jietong.desk.access import StaffRequest

GONE = "/desk/?gone=1"
SEARCH_CHARACTERS_MIN = 2


@permit("desk.work")
@never_cache
@require_GET
def home(request: StaffRequest) -> HttpResponse:
    return page(request, "desk/home.html", gone="gone" in request.GET)


@permit("desk.work")
@never_cache
@require_GET
def contact(request: StaffRequest, ref: str) -> HttpResponse:
    chosen = access.readable(request.user, ref)
    return page(request, "desk/contact.html", **everything(request, chosen, now=clock.now()))


@permit("desk.work")
@never_cache
@require_GET
def contact_parts(request: StaffRequest, ref: str) -> HttpResponse:
    """What the chosen contact's panes show now, without anything that is being typed."""
    try:
        chosen = access.readable(request.user, ref)
    except Http404:
        return gone()
    now = clock.now()
    return render(request, "desk/_parts.html", everything(request, chosen, now=now) | {"now": now})


@permit("desk.work")
@never_cache
@require_GET
def rail_part(request: StaffRequest) -> HttpResponse:
    now, ref = clock.now(), request.GET.get("c", "")
    chosen = None
    if ref:
        try:
            chosen = access.readable(request.user, ref)
        except Http404:
            chosen = None  # settled or handed on meanwhile: the list is shown without a choice
    return render(request, "desk/_rail_parts.html", rail_context(request, chosen, now=now))


@permit("desk.work")
@never_cache
@require_http_methods(["GET", "POST"])
def search(request: StaffRequest) -> HttpResponse:
    """By POST, so that a phone number stands in no address, log or history. GET (after the language was changed, say)
    shows the empty form, whatever its address carries."""
    text = request.POST.get("q", "").strip()
    enough = len(text) >= SEARCH_CHARACTERS_MIN
    found = list(book.results(text)) if enough else []
    return page(
        request, "desk/search.html", found=found, enough=enough, q=text, reasons=words.REASONS.items(),
        fresh=request.method == "GET",
    )  # fmt: skip


@permit("desk.work")
@never_cache
@require_GET
def owed(request: StaffRequest, ref: str) -> HttpResponse:
    """What will be owed on the day that the promise form names; the amount follows it until somebody has typed one."""
    chosen = access.readable(request.user, ref)
    asked = book.owed_on(chosen.borrower_id, request.GET.get("due_on", ""), now=clock.now())
    untouched = request.GET.get("amount", "") in {"", request.GET.get("suggested", "")}
    return render(request, "desk/_owed_answer.html", {"owed_on": asked, "chosen": chosen, "untouched": untouched})


@permit("desk.work")
@never_cache
@require_GET
def loan_quote(request: StaffRequest, ref: str) -> HttpResponse:
    """What settles a loan on a day (today): for whoever may read its borrower."""
    now = clock.now()
    borrower_id = loans.borrower_of_ref(ref)
    if borrower_id is None or not access.may_read_borrower(request.user, borrower_id, now=now):
        raise Http404
    told = book.quote(borrower_id, ref, request.GET.get("day", ""), now=now)
    told["may_see_money"] = may(request.user, "money.see")
    if "HX-Request" in request.headers:
        return render(request, "desk/_quote.html", {"quote": told})
    return page(request, "desk/quote.html", quote=told)


@permit("desk.work")
@never_cache
@require_GET
def borrower(request: StaffRequest, number: str) -> HttpResponse:
    """A borrower's card, read-only, for who has given a reason within the shift."""
    who = borrowers.by_number(number)
    if who is None:
        raise Http404
    now = clock.now()
    if not access.has_opened(request.user, who.pk, now=now):
        found = [book.person(who)]
        return page(request, "desk/search.html", found=found, enough=True, q=number, reasons=words.REASONS.items())
    return page(request, "desk/borrower.html", **_of_borrower(request, who, now=now))


def _of_borrower(request: StaffRequest, who: Borrower, *, now: datetime) -> dict[str, Any]:
    return {
        "borrower": who,
        "stream": screen.stream(request.user, who.pk, None, now=now),
        "facts": book.facts(who, now=now),
        "history": book.history(request.user, who.pk, now=now),
        "debits": debits.block(who.pk, now=now),
    }


def everything(request: StaffRequest, chosen: Contact, *, now: datetime) -> dict[str, Any]:
    """All parts of one contact; `ptp` and the settle form are left alone by the live update."""
    who = chosen.borrower
    return {
        "chosen": chosen,
        "head": screen.head(request.user, chosen, now=now),
        "stream": screen.stream(request.user, who.pk, chosen, now=now),
        "ways": screen.ways(who.pk, who.time_zone, now=now),
        "facts": book.facts(who, now=now),
        "ptp": book.promise_block(who.pk, now=now),
        "history": book.history(request.user, who.pk, now=now),
        "debits": debits.block(who.pk, now=now),
        "orders": orders.block(chosen),
        "settle_form": SettleForm(),
    }


def rail_context(request: StaffRequest, chosen: Contact | None, *, now: datetime) -> dict[str, Any]:
    return {"now": now, "chosen": chosen, "rail": screen.rail(request.user, now=now, chosen=chosen)}


def page(
    request: StaffRequest, template: str, *, chosen: Contact | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    now = clock.now()
    told = rail_context(request, chosen, now=now) | {"chosen": chosen, "link_down": book.link_down(now)}
    return render(request, template, told | more, status=status)


@permit("desk.work")
@never_cache
@require_GET
def link_part(request: StaffRequest) -> HttpResponse:
    """Whether a lender's core can be reached: asked again when that changes."""
    now = clock.now()
    return render(request, "desk/_link.html", {"now": now, "link_down": book.link_down(now)})


def gone() -> HttpResponse:
    """The contact is in other hands, or never was in ours: the desk opens without it and says so."""
    answer = HttpResponse(status=404)
    answer["HX-Redirect"] = GONE
    return answer
