"""Products and their versions: read, drafted, compared, put in force from a day, taken back before it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jietong.approvals import labels as approval_words
from jietong.approvals import queries as approvals
from jietong.console import products as shown
from jietong.console.views.approving import put_forward
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import may, permit
from jietong.loans import commands as loans
from jietong.loans.queries import products

if TYPE_CHECKING:
    from jietong.loans.models import ProductVersion
    from jietong.staff.models import Member


@permit("console.see")
@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    cap = products.price_limits().all_in_cap
    context = {
        "rows": shown.overview(today=_today()),
        "defaults": shown.own_defaults(),
        "cap_percent": shown.percent(float(cap)) if cap is not None else "",
    }
    return render(request, "console/products.html", context)


@permit("console.see")
@never_cache
@require_http_methods(["GET", "POST"])
def product(request: HttpRequest, code: str) -> HttpResponse:
    """The versions, and a form for the next one. POST with `save` writes the draft; without it only works it out."""
    found = products.product(code)
    if found is None:
        raise Http404(code)
    now, may_change = clock.now(), may(request.user, "console.operate")
    in_force = products.version_in_force(code, on=_today())
    old = in_force.terms if in_force is not None else None
    typed = shown.blank(in_force)
    errors: dict[str, str] = {}
    context = {
        "product": found, "versions": products.versions(code), "in_force": in_force, "may_change": may_change,
        "orders": shown.ORDERS.items(), "day_counts": shown.DAY_COUNTS.items(),
        "methods": [(name, shown.disclosing.method_words(name)) for name in shown.METHODS], "today": _today(),
    }  # fmt: skip
    if request.method == "POST" and may_change:
        typed = request.POST.dict()
        terms, errors = shown.read(typed)
        if terms is not None and "save" in request.POST:
            try:
                fresh = loans.draft_version(
                    code=code, terms=terms, note=typed.get("note", ""), actor=_actor(request), now=now
                )
            except InputError as wrong:
                errors = {wrong.field: shown.fault_words(wrong)}
            else:
                return redirect("console:product-version", code, fresh.number)
        if terms is not None:
            context |= {
                "lines": shown.compared(old, terms), "examples": shown.examples(old, terms, on=_today()),
            }  # fmt: skip
    context |= {"typed": typed, "errors": errors, "wrong": list(errors.values())}
    return render(request, "console/product.html", context, status=422 if errors else 200)


@permit("console.see")
@never_cache
@require_GET
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One version beside the one in force, with a loan worked out under both."""
    found = _version(code, number)
    in_force = products.version_in_force(code, on=_today())
    other = in_force if in_force is not None and in_force.pk != found.pk else None
    old, new = (other.terms if other is not None else None), found.terms
    context = {
        "version": found, "other": other, "today": _today(), "may_change": may(request.user, "console.operate"),
        "asked": next(iter(approvals.waiting_about(f"version:{found.pk}")), None),
        "has_begun": found.in_force_from is not None and found.in_force_from <= _today(),
        "lines": shown.compared(old, new) if new is not None else [],
        "examples": shown.examples(old, new, on=_today()) if new is not None else None,
    }  # fmt: skip
    return render(request, "console/product_version.html", context)


@permit("console.operate")
@require_POST
def put_in_force(request: HttpRequest, code: str, number: int) -> HttpResponse:
    found = _version(code, number)
    try:
        day = date.fromisoformat(request.POST.get("from_on", ""))
        terms = {"version_id": found.pk, "from_on": day.isoformat()}
        put_forward(request, "product_in_force", terms, reason=found.note, done="")
    except InputError as wrong:
        messages.warning(request, shown.fault_words(wrong))
    except ValueError:
        messages.warning(request, str(shown.FAULTS["from_on", ""]))
    except CommandRefused as refused:
        messages.warning(request, approval_words.refused(refused))
    return redirect("console:product-version", code, number)


@permit("console.operate")
@require_POST
def take_back(request: HttpRequest, code: str, number: int) -> HttpResponse:
    try:
        loans.take_back(version_id=_version(code, number).pk, actor=_actor(request), now=clock.now())
    except CommandRefused:
        messages.warning(request, _("已经生效，收不回来了。要改条款，请写一版新的。"))
    else:
        messages.success(request, _("收回了，又是草稿。"))
    return redirect("console:product-version", code, number)


def _version(code: str, number: int) -> ProductVersion:
    found = next((row for row in products.versions(code) if row.number == number), None)
    if found is None:
        raise Http404(code)
    return found


def _actor(request: HttpRequest) -> str:
    return f"staff:{cast('Member', request.user).pk}"


def _today() -> date:
    return clock.local_date(clock.now(), settings.LENDER_TIME_ZONE)
