"""Five classes: the month's moves, and a person's word about one loan. The commands decide what may be said."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.console import classes, words
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import may, permit
from jietong.loans import commands as loans


@permit("console.see")
@never_cache
@require_GET
def migration(request: HttpRequest) -> HttpResponse:
    """?month=2026-11, and ?from=…&to=… for the loans behind one figure."""
    came, went = request.GET.get("from", ""), request.GET.get("to", "")
    cell = (came, went) if came and went else None
    context = classes.seen_at(clock.now(), asked=request.GET.get("month", ""), cell=cell)
    return render(request, "console/classes.html", context)


@permit("console.see")
@never_cache
@require_GET
def loan(request: HttpRequest, ref: str) -> HttpResponse:
    context = classes.loan_page(ref, clock.now())
    if context is None:
        raise Http404(ref)
    return render(request, "console/loan_class.html", context | {"may_decide": may(request.user, "credit.decide")})


@permit("credit.decide")
@require_POST
def override(request: HttpRequest, ref: str) -> HttpResponse:
    """Say that the loan is worse than its days, from a day on."""
    told = {name: request.POST.get(name, "") for name in ("asset_class", "reason", "note")}
    try:
        loans.override_class(
            loan_ref=ref, since=_day(request.POST.get("since", "")), actor=f"staff:{request.user.pk}", now=clock.now(),
            **told,
        )  # fmt: skip
    except (InputError, CommandRefused) as error:
        messages.warning(request, _words_of(error))
    else:
        messages.success(request, _("记下了，从那天起按这个分类。"))
    return redirect("console:loan-class", ref=ref)


@permit("credit.decide")
@require_POST
def end(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the word back, under a named condition."""
    told = {name: request.POST.get(name, "") for name in ("condition", "note")}
    try:
        loans.end_override(loan_ref=ref, actor=f"staff:{request.user.pk}", now=clock.now(), **told)
    except (InputError, CommandRefused) as error:
        messages.warning(request, _words_of(error))
    else:
        messages.success(request, _("已结束，从今天起按逾期天数分类。"))
    return redirect("console:loan-class", ref=ref)


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise InputError("since", "not_a_date", "a day like 2026-11-24") from None


def _words_of(error: InputError | CommandRefused) -> str:
    key = f"{error.field}.{error.code}" if isinstance(error, InputError) else error.code
    return words.named(words.CLASS_REFUSED, key) if key in words.CLASS_REFUSED else error.message
