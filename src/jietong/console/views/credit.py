"""Limits frozen, cut and released by a person or by the rules; applications that wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jietong.approvals import labels as approval_words
from jietong.borrowers import queries as borrowers
from jietong.console import credit
from jietong.console.views.approving import put_forward
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import parse_yuan, show_yuan
from jietong.kernel.permissions import may, permit
from jietong.origination import commands as origination
from jietong.origination import labels, queries
from jietong.origination.commands import By

if TYPE_CHECKING:
    from jietong.borrowers.models import Borrower
    from jietong.staff.models import Member

SAID = {
    "not_less": lazy("降低后的额度要比现在小。"),
    "not_more": lazy("提高后的额度要比现在大。"),
    "negative": lazy("额度不能小于 0。"),
    "too_large": lazy("超过了本机构的最高额度 20 万元。"),
    "no_limit": lazy("这位借款人还没有额度，先给一个。"),
    "has_limit": lazy("已经有额度了，可以提高或降低。"),
    "below_nothing": lazy("后来又降过，恢复不了这一次，请直接改成一个数。"),
    "not_undoable": lazy("这一项不能这样恢复。"),
    "missing": lazy("请写上原因。"),
    "not_in_review": lazy("这一笔已经有人办了。"),
    "unknown_borrower": lazy("没有这个客户号"),
    "already_frozen": lazy("已经为这个原因冻结了"),
    "nothing_to_release": lazy("没有由人冻结的可以解"),
    "empty": lazy("名单是空的。"),
    "too_many": lazy("一次最多 500 个。"),
    "not_a_number": lazy("降到多少元要填数字。"),
    "hard_reason": lazy("有一条不能由人放行的原因，请看清再定。"),
}


@permit("console.see")
@never_cache
@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    day = clock.local_date(now, settings.LENDER_TIME_ZONE)
    context = credit.limits_page(only_frozen="frozen" in request.GET, day=day)
    context |= {"now": now, "may_change": may(request.user, "credit.change"), "q": ""}
    return render(request, "console/limits.html", context)


@permit("console.see")
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """By POST: a phone number stands in no address. One borrower found opens at once."""
    found = borrowers.search(request.POST.get("q", ""), limit=1)
    if not found:
        messages.info(request, _("没有找到。可以输客户号、完整手机号或姓名开头。"))
        return redirect("console:limits")
    return redirect("console:limit", found[0].number)


@permit("credit.change")
@require_POST
def watch(request: HttpRequest) -> HttpResponse:
    """Carry out what the rules ask for now, as the night would."""
    now = clock.now()
    counts = origination.watch_limits(business_date=clock.local_date(now, settings.LENDER_TIME_ZONE), now=now)
    messages.success(request, _("冻结 %(frozen)d，降低 %(cut)d，解冻 %(released)d。都已安排告诉借款人。") % counts)
    return redirect("console:limits")


@permit("credit.change")
@never_cache
@require_http_methods(["GET", "POST"])
def by_list(request: HttpRequest) -> HttpResponse:
    """A list of customer numbers: tried first, then, with `do`, carried out."""
    typed, context = request.POST, credit.list_form()
    if request.method == "GET":
        return render(request, "console/limit_list.html", context | {"typed": typed})
    done, is_cut = "do" in typed, typed.get("kind") == "cut"  # a cut of many needs a second person
    try:
        if typed.get("reason", "") not in labels.LIMIT_REASONS:
            raise InputError("reason", "missing", "choose one")
        found = origination.on_list(
            numbers=typed.get("numbers", "").split(), kind=typed.get("kind", ""),
            to_fen=parse_yuan(typed.get("amount", "")) if typed.get("kind") == "cut" else 0,
            by=By(actor=_actor(request), reason=typed["reason"], note=typed.get("note", "")),
            now=clock.now(), dry_run=not done or is_cut,
        )  # fmt: skip
        if done and is_cut and any(not line.problem for line in found):
            terms = {
                "numbers": [line.number for line in found if not line.problem],
                "to_fen": parse_yuan(typed.get("amount", "")), "reason": typed["reason"],
                "note": typed.get("note", "")[:200],
            }  # fmt: skip
            put_forward(request, "limit_list", terms, done="")
    except CommandRefused as refused:
        said = approval_words.refused(refused)
        return render(request, "console/limit_list.html", context | {"typed": typed, "error": said}, status=422)
    except InputError as wrong:
        said = str(SAID.get(wrong.code, _("这里填得不对，请再看一下。")))
        return render(request, "console/limit_list.html", context | {"typed": typed, "error": said}, status=422)
    good = sum(1 for line in found if not line.problem)
    lines = [(line, str(SAID.get(line.problem, line.problem))) for line in found]
    context |= {"typed": typed, "lines": lines, "good": good, "bad": len(found) - good}
    context |= {"done": done, "is_asked": done and is_cut, "is_cut": is_cut}
    return render(request, "console/limit_list.html", context)


@permit("console.see")
@never_cache
@require_GET
def limit(request: HttpRequest, number: str) -> HttpResponse:
    context = credit.limit_of(_borrower(number))
    context |= {"now": clock.now(), "may_change": may(request.user, "credit.change")}
    return render(request, "console/limit.html", context)


@permit("credit.change")
@require_POST
def change(request: HttpRequest, number: str) -> HttpResponse:
    """`kind`: grant, raise, cut, freeze, or take_back with `change`."""
    who, kind, now = _borrower(number), request.POST.get("kind", ""), clock.now()
    reason = request.POST.get("reason", "")
    try:
        if reason not in labels.LIMIT_REASONS:
            raise InputError("reason", "missing", "choose one")
        by = By(actor=_actor(request), reason=reason, note=request.POST.get("note", ""))
        if kind == "freeze":
            origination.freeze(borrower_id=who.pk, by=by, now=now)
        elif kind == "take_back":
            wanted = request.POST.get("change", "")
            own = next((row for row in queries.changes(who.pk, limit=500) if str(row.pk) == wanted), None)
            if own is None:
                raise Http404
            origination.take_back(change_id=own.pk, by=by, now=now)
        else:
            amount = parse_yuan(request.POST.get("amount", ""))
            origination.set_limit(borrower_id=who.pk, kind=kind, to_fen=amount, by=by, now=now)
    except (InputError, CommandRefused) as refused:
        messages.warning(request, str(SAID.get(refused.code, _("这里填得不对，请再看一下。"))))
    else:
        view = queries.limit(who.pk)
        if view is not None:
            messages.success(request, _done(kind, view))
    return redirect("console:limit", number)


def _done(kind: str, view: queries.LimitView) -> str:
    """What was done, with the figure that holds now."""
    told = _("已安排告诉借款人。")
    if kind == "freeze":
        return _("已冻结，不能再借，已借的不变。") + told
    if kind == "take_back" and view.is_frozen:
        return _("已恢复这一次；还有别的原因冻结着。") + told
    return _("额度现在是 %(all)s，还能借 %(room)s。") % {
        "all": show_yuan(view.granted_fen), "room": show_yuan(view.room_fen)
    } + told  # fmt: skip


@permit("console.see")
@never_cache
@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    context = credit.applications_page(now=clock.now()) | {"may_change": may(request.user, "credit.change")}
    context["may_book"] = may(request.user, "money.book")
    return render(request, "console/applications.html", context)


@permit("credit.change")
@require_POST
def decide(request: HttpRequest, ref: str) -> HttpResponse:
    found = queries.application(ref)
    if found is None:
        raise Http404
    approve = request.POST.get("answer") == "yes"
    try:
        origination.decide(
            application=found, approve=approve, note=request.POST.get("note", ""), actor=_actor(request),
            now=clock.now(),
        )  # fmt: skip
    except (InputError, CommandRefused) as refused:
        messages.warning(request, str(SAID.get(refused.code, refused.message)))
    else:
        messages.success(request, _("已同意，等借款人签字。") if approve else _("已拒绝，原因会告诉借款人。"))
    return redirect("console:applications")


def _borrower(number: str) -> Borrower:
    found = borrowers.by_number(number)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> str:
    return f"staff:{cast('Member', request.user).pk}"
