"""Money for people with the right: what waits in suspense, one loan's money and plan. The commands decide."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.approvals import labels as approval_words
from jietong.console import money
from jietong.console.views.approving import put_forward
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import parse_yuan, show_yuan
from jietong.kernel.permissions import may, permit
from jietong.loans import commands as loans
from jietong.loans import words
from jietong.loans.bank_statement import read_statement
from jietong.loans.tape import TapeRefused

UPLOAD_MAX = 20 << 20


@permit("money.see")
@never_cache
@require_GET
def suspense(request: HttpRequest) -> HttpResponse:
    """?owner=desk&reason=no_match narrow the list; ?ref= goes to that loan's money."""
    ref = request.GET.get("ref", "").strip()
    if ref:
        found = money.loan_ref(ref)
        if found:
            return redirect("console:loan-money", ref=found)
        messages.warning(request, words.said(words.CODES, "loan_ref_unknown"))
    context = money.suspense_page(clock.now(), owner=request.GET.get("owner", ""), reason=request.GET.get("reason", ""))
    return render(request, "console/suspense.html", context | _rights(request))


@permit("money.see")
@never_cache
@require_GET
def suspense_item(request: HttpRequest, item_id: int) -> HttpResponse:
    context = money.item_page(item_id, clock.now())
    if context is None:
        raise Http404(item_id)
    return render(request, "console/suspense_item.html", context | _rights(request))


@permit("money.book")
@require_POST
def suspense_act(request: HttpRequest, item_id: int, act: str) -> HttpResponse:
    """take, assign, book, return or dismiss."""
    told: dict[str, Any] = {"item_id": item_id, "actor": _actor(request), "now": clock.now()}
    data = request.POST
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "take": (lambda: loans.take_item(member_id=int(request.user.pk or 0), **told), _("这一条在你手上了。")),
        "assign": (lambda: loans.assign_item(team=data.get("team", ""), **told), _("已交给那个小组。")),
        "book": (
            lambda: loans.book_item(loan_ref=data.get("ref", ""), again=bool(data.get("again")), **told),
            _("已入账，挂账消掉了。"),
        ),
        "return": (
            lambda: loans.return_item(payout=data.get("payout", ""), reason=data.get("reason", ""), **told),
            _("已记为退回。"),
        ),
        "dismiss": (lambda: loans.dismiss_item(reason=data.get("reason", ""), **told), _("已记为不用处理。")),
    }
    if act not in acts:
        raise Http404(act)
    done, sentence = acts[act]
    if not _try(request, done, sentence):
        return redirect("console:suspense-item", item_id=item_id)
    return redirect("console:suspense-item", item_id=item_id) if act == "take" else redirect("console:suspense")


@permit("money.book")
@require_POST
def bank_file(request: HttpRequest) -> HttpResponse:
    """A statement uploaded: each line booked once, or waiting below."""
    upload = request.FILES.get("file")
    if upload is None or upload.size is None or upload.size > UPLOAD_MAX:
        messages.warning(request, _("选一个 20 MB 以内的文件；更大的用命令行。"))
        return redirect("console:suspense")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(upload.name or "bank").name[:120] or "bank")
        path.write_bytes(upload.read())
        try:
            statement = read_statement(path)
        except TapeRefused as refused:
            told = _("文件没有入账：%(why)s（%(code)s）") % {"why": refused.message, "code": refused.code}
            messages.warning(request, told)
            return redirect("console:suspense")
    result = loans.claim_statement(statement, actor=_actor(request), now=clock.now())
    if result.already_known:
        messages.info(request, _("这个文件读过了，什么都没变。"))
    else:
        told = _("入账 %(booked)d 笔 %(sum)s，等人认领 %(waiting)d 笔，之前就有 %(known)d 笔。")
        figures = {**result.counts, "sum": show_yuan(result.totals_fen["booked"])}
        if result.payouts["cleared"]:
            told += _("放款核对好 %(payouts)d 笔。")
        messages.success(request, told % (figures | {"payouts": result.payouts["cleared"]}))
    return redirect("console:suspense")


@permit("money.book")
@require_POST
def credit_paid(request: HttpRequest, order_id: int) -> HttpResponse:
    payout = request.POST.get("payout", "")
    _try(
        request,
        lambda: loans.confirm_credit_paid(order_id=order_id, payout=payout, actor=_actor(request), now=clock.now()),
        _("已记为退款。"),
    )
    return redirect("console:suspense")


@permit("money.see")
@never_cache
@require_GET
def loan(request: HttpRequest, ref: str) -> HttpResponse:
    """?day= for a quote of that day; with the fields of a new plan its before and after."""
    plan = money.read_replan(request.GET) if "first_on" in request.GET else None
    context = money.loan_page(ref, clock.now(), day=request.GET.get("day", ""), plan=plan)
    if context is None:
        raise Http404(ref)
    return render(request, "console/loan_money.html", context | _rights(request))


@permit("money.book")
@require_POST
def repayment(request: HttpRequest, ref: str) -> HttpResponse:
    """Money that came outside all channels, under the bank's own number."""
    data = request.POST

    def book() -> object:
        return loans.record_repayment(
            receipt=data.get("receipt", "").strip(), loan_ref=ref, amount_fen=parse_yuan(data.get("amount", "")),
            paid_at=_noon(data.get("paid_on", "")), actor=_actor(request), now=clock.now(), plan=data.get("plan", ""),
            again=bool(data.get("again")),
        )  # fmt: skip

    said = _("%(sum)s 已入账，后面的罚息和逾期天数都重新算过。")
    _try(request, book, said % {"sum": f"¥{data.get('amount', '').strip()}"})
    return redirect("console:loan-money", ref=ref)


@permit("money.book")
@require_POST
def reversal(request: HttpRequest, ref: str) -> HttpResponse:
    receipt, reason = request.POST.get("receipt", ""), request.POST.get("reason", "")
    _try(
        request,
        lambda: loans.reverse_repayment(receipt=receipt, reason=reason, actor=_actor(request), now=clock.now()),
        _("已冲正。后面的罚息、逾期天数和阶段都按没有这笔钱重新算过。"),
    )
    return redirect("console:loan-money", ref=ref)


@permit("money.plan")
@require_POST
def replan(request: HttpRequest, ref: str) -> HttpResponse:
    form = money.read_replan(request.POST)

    try:
        if form.errors:
            raise InputError("form", "invalid", " ".join(form.errors.values()))
        terms = {
            "ref": ref, "due_on": [day.isoformat() for day in form.due_on],
            "rate": str(form.rate) if form.rate is not None else None, "waive_penalty_fen": form.waive_penalty_fen,
            "waive_interest_fen": form.waive_interest_fen,
        }  # fmt: skip
        put_forward(
            request, "replan", terms, reason=form.typed["reason"], key=request.POST.get("key", ""),
            done=_("新计划已生效，借款人页面上马上看得到。"),
        )  # fmt: skip
    except (InputError, CommandRefused) as error:
        messages.warning(request, approval_words.refused(error))
    return redirect("console:loan-money", ref=ref)


@permit("money.plan")
@require_POST
def change(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """waive, write-off (both may need a second person) or undo."""
    data, reason = request.POST, request.POST.get("reason", "")
    if act == "undo":
        wanted = int(data.get("change", "0")) if data.get("change", "").isdigit() else 0
        _try(
            request,
            lambda: loans.undo_plan_change(change_id=wanted, reason=reason, actor=_actor(request), now=clock.now()),
            _("已撤销，数字和没办过一样。"),
        )
        return redirect("console:loan-money", ref=ref)
    if act not in {"waive", "write-off"}:
        raise Http404(act)
    key = data.get("key", "")
    try:
        if act == "waive":
            fen = parse_yuan(data.get("penalty", ""))
            done = _("已减免罚息 %(sum)s。") % {"sum": show_yuan(fen)}
            put_forward(request, "waive", {"ref": ref, "penalty_fen": fen}, reason=reason, key=key, done=done)
        else:
            put_forward(request, "write_off", {"ref": ref}, reason=reason, key=key, done="")
    except (InputError, CommandRefused) as error:
        messages.warning(request, approval_words.refused(error))
    return redirect("console:loan-money", ref=ref)


def _try(request: HttpRequest, act: Callable[[], object], sentence: str) -> bool:
    """Do it and say so, or say in words why not."""
    try:
        act()
    except (InputError, CommandRefused) as error:
        messages.warning(request, words.refused(error))
        return False
    messages.success(request, sentence)
    return True


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.pk}"


def _noon(typed: str) -> datetime:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise InputError("paid_on", "invalid", _("选到账的那一天。")) from None
    return datetime.combine(day, time(12), ZoneInfo(settings.LENDER_TIME_ZONE))


def _rights(request: HttpRequest) -> dict[str, bool]:
    return {"may_book": may(request.user, "money.book"), "may_plan": may(request.user, "money.plan")}
