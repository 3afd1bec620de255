"""Paying a loan early, wholly or in part; and having back what was paid too much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jietong.borrowers import queries as borrowers
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import parse_yuan
from jietong.loans import commands as loans
from jietong.loans import words
from jietong.loans.queries import book as queries
from jietong.loans.queries import suspense as money
from jietong.loans.queries.book import LoanView
from jietong.portal import early as told
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import show


@borrower_only
@require_GET
def early(request: BorrowerRequest, ref: str) -> HttpResponse:
    """?day=2026-11-25 for another day; ?amount=3000&keep=term for a part."""
    now = clock.now()
    view = _own(request, ref)
    asked = {name: request.GET.get(name, "") for name in ("day", "amount", "keep")}
    return show(request, "portal/early.html", told.page(view, now=now, **asked), now=now, zone=_zone(request))


@borrower_only
@require_POST
def order(request: BorrowerRequest, ref: str) -> HttpResponse:
    """I will pay this on that day, for this: the money is then used so when it comes."""
    view, data = _own(request, ref), request.POST
    plan = data.get("plan", "")

    def note() -> None:
        fen = 0 if plan == "pay_off" else parse_yuan(data.get("amount", ""))
        loans.order_prepayment(
            loan_ref=view.ref, plan=plan, amount_fen=fen, valid_on=_date(data.get("day", ""), view.as_of),
            actor=f"borrower:{request.borrower_id}", now=clock.now(),
        )  # fmt: skip

    _try(request, note, _("记下了。那天钱到账，就按这个办。"))
    return redirect("portal:early", ref=view.ref)


@borrower_only
@require_POST
def cancel(request: BorrowerRequest, ref: str) -> HttpResponse:
    view = _own(request, ref)
    actor = f"borrower:{request.borrower_id}"
    _try(
        request,
        lambda: loans.cancel_order(loan_ref=view.ref, actor=actor, now=clock.now()),
        _("取消了，还按原来的计划还。"),
    )
    return redirect("portal:early", ref=view.ref)


@borrower_only
@require_GET
def credit(request: BorrowerRequest) -> HttpResponse:
    now, zone = clock.now(), _zone(request)
    context = told.credit_page(request.borrower_id, on=clock.local_date(now, zone))
    return show(request, "portal/credit.html", context, now=now, zone=zone)


@borrower_only
@require_POST
def credit_act(request: BorrowerRequest, ref: str) -> HttpResponse:
    """Have it back, or pay another loan with it."""
    found = next((one for one in money.credits_of(request.borrower_id) if one.ref == ref), None)
    if found is None:
        raise Http404
    actor, now = f"borrower:{request.borrower_id}", clock.now()
    to_ref = request.POST.get("to", "")
    if to_ref:
        _own(request, to_ref)
        done = _try(
            request,
            lambda: loans.use_credit(loan_ref=ref, to_ref=to_ref, actor=actor, now=now),
            _("已经用来还那笔借款了。"),
        )
        return redirect("portal:loan", ref=to_ref) if done else redirect("portal:credit")
    _try(request, lambda: loans.ask_credit_back(loan_ref=ref, actor=actor, now=now), _("收到。退到哪天，看下面。"))
    return redirect("portal:credit")


def _own(request: BorrowerRequest, ref: str) -> LoanView:
    """One of the borrower's own loans; somebody else's does not exist."""
    today = clock.local_date(clock.now(), _zone(request))
    view = next((one for one in queries.loans_of(request.borrower_id, on=today) if one.ref == ref), None)
    if view is None:
        raise Http404
    return view


def _zone(request: BorrowerRequest) -> str:
    return borrowers.borrower(request.borrower_id).time_zone


def _date(typed: str, today: date) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return today


def _try(request: BorrowerRequest, act: Callable[[], object], sentence: str) -> bool:
    try:
        act()
    except (InputError, CommandRefused) as error:
        by_a_person = isinstance(error, CommandRefused) and error.code == "kept_by_core"
        told = _("这笔借款的提前还款要由专员来办，回首页点「找人工」就行。") if by_a_person else words.refused(error)
        messages.warning(request, told)
        return False
    messages.success(request, sentence)
    return True
