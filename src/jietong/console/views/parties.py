"""Creditors, and how they change: read by whoever sees the console, written by operators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.approvals import labels as approval_words
from jietong.console import parties
from jietong.console.views.approving import put_forward
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import may, permit
from jietong.loans import commands as loans
from jietong.loans.importing.parties_list import ARRANGEMENT, WHATS, carry_out, decode

if TYPE_CHECKING:
    from jietong.staff.models import Member

LIST_BYTES_MAX = 200_000


@permit("console.see")
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """?do=transfer|compensation|arrangement: which form; ?q= looks for a loan, an agreement or a creditor."""
    what = request.GET.get("do", WHATS[0])
    return _show(request, parties.Typed(what if what in WHATS else WHATS[0]))


@permit("console.operate")
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Try the list (`try`) or enter it; a change of creditor is put forward to a second person. What could not be
    entered is named, line by line."""
    now, sent = clock.now(), parties.typed(request.POST)
    try:
        order = parties.order_of(sent)
        text = sent.values["list"] + "\n" + _file(request)
        is_asked = order.what != ARRANGEMENT  # who is owed changes: a second person looks first (decision 0025)
        outcome = carry_out(order, text, actor=_actor(request), now=now, dry_run=is_asked or "try" in request.POST)
        if is_asked and "try" not in request.POST and outcome.good:
            good = "\n".join(f"{line.ref},{line.amount}" for line in outcome.lines if not line.code)
            put_forward(request, "creditor_list", parties.terms_of(order, good), done="")
            if not outcome.bad:
                return redirect("parties:page")
            outcome = replace(outcome, dry_run=False)
    except InputError as wrong:
        told = parties.error_words(wrong.field, wrong.code, wrong.message)
        return _show(request, sent, status=422, error=told, error_field=wrong.field)
    except CommandRefused as refused:
        return _show(request, sent, status=422, error=approval_words.refused(refused))
    said = parties.outcome_words(outcome, is_asked=is_asked)
    if outcome.bad or outcome.dry_run:
        result = {"outcome": outcome, "said": said, "bad": parties.bad_lines(outcome)}
        return _show(request, sent, status=422 if outcome.bad else 200, **result)
    messages.success(request, said)
    return redirect("parties:page")


@permit("console.operate")
@require_POST
def undo(request: HttpRequest, change_id: int) -> HttpResponse:
    try:
        loans.undo_change(
            change_id=change_id, reason=request.POST.get("reason", ""), actor=_actor(request), now=clock.now()
        )
    except (InputError, CommandRefused) as error:
        messages.warning(request, parties.error_words(getattr(error, "field", ""), error.code, error.message))
    else:
        messages.success(request, _("已撤销。通知已经送出的，会再发一份更正。"))
    return redirect("parties:page")


@permit("console.operate")
@require_POST
def by_letter(request: HttpRequest, change_id: int) -> HttpResponse:
    """A notice went out on paper: nothing else reached the borrower, and now it is on record."""
    try:
        loans.record_notice(change_id=change_id, how="letter", actor=_actor(request), now=clock.now())
    except InputError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("已记下：通知以信函寄出。"))
    return redirect("parties:page")


def _show(request: HttpRequest, sent: parties.Typed, *, status: int = 200, **more: object) -> HttpResponse:
    now = clock.now()
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    context = parties.seen_at(now, today, sent=sent, find=request.GET.get("q", "").strip()[:80])
    context["may_operate"] = may(request.user, "console.operate")
    return render(request, "console/parties.html", context | more, status=status)


def _file(request: HttpRequest) -> str:
    sent = request.FILES.get("file")
    if sent is None:
        return ""
    if (sent.size or 0) > LIST_BYTES_MAX:
        raise InputError("list", "too_long", "the file is too large")
    return decode(sent.read())


def _actor(request: HttpRequest) -> str:
    return f"staff:{cast('Member', request.user).pk}"
