"""Who may speak for a borrower: read by whoever sees the console, entered and ended by operators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.borrowers import commands_authority as authority
from jietong.borrowers import queries as borrowers
from jietong.console import speakers
from jietong.kernel import clock
from jietong.kernel.errors import InputError
from jietong.kernel.permissions import may, permit
from jietong.loans import commands as loans
from jietong.loans.queries import suspense

if TYPE_CHECKING:
    from jietong.borrowers.models import Borrower


@permit("console.see")
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """By POST: a phone number stands in no address. One borrower found opens at once."""
    found = borrowers.search(request.POST.get("q", ""), limit=1)
    if not found:
        messages.info(request, _("没有找到。可以输客户号、完整手机号或姓名开头。"))
        return redirect("parties:page")
    return redirect("parties:speakers", found[0].number)


@permit("console.see")
@never_cache
@require_GET
def page(request: HttpRequest, number: str) -> HttpResponse:
    now = clock.now()
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    context = speakers.seen_at(_borrower(number), today=today, now=now)
    context["may_operate"] = may(request.user, "console.operate")
    return render(request, "console/speakers.html", context)


@permit("console.operate")
@require_POST
def enter(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """firm (`credit_code`), representative or contact: who, from when, what they may know and do, on which paper."""
    who, data = _borrower(number), request.POST
    told: dict[str, Any] = {"borrower_id": who.pk, "actor": _actor(request), "now": clock.now()}
    person: dict[str, Any] = {name: data.get(name, "").strip() for name in ("name", "id_no", "phone", "source")}
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "firm": (
            lambda: authority.describe_firm(credit_code=data.get("credit_code", ""), **told),
            _("已登记为公司或个体工商户，接着填谁能代表。"),
        ),
        "representative": (
            lambda: authority.appoint_representative(since_on=_day(data, "since_on"), **person, **told),
            _("已登记代表人；前一任到那天为止，用过的设备不再认。"),
        ),
        "contact": (
            lambda: authority.authorise(
                knows=data.get("knows", ""), does=data.getlist("does"), since_on=_day(data, "since_on"),
                until_on=_day(data, "until_on") if data.get("until_on") else None, **person, **told,
            ),
            _("已登记授权联系人，从那天起可以替借款人说话。"),
        ),
    }  # fmt: skip
    if what not in acts:
        raise Http404(what)
    _try(request, *acts[what])
    return redirect("parties:speakers", number)


@permit("console.operate")
@require_POST
def end(request: HttpRequest, number: str, authority_id: int) -> HttpResponse:
    who = _borrower(number)
    if authority_id not in {one.pk for one in borrowers.authorities_ever(who.pk)}:
        raise Http404(authority_id)
    _try(
        request,
        lambda: authority.end_authority(
            authority_id=authority_id, until_on=_day(request.POST, "until_on"), actor=_actor(request), now=clock.now()
        ),
        _("已结束，从那天起不能再替借款人说话。"),
    )
    return redirect("parties:speakers", number)


@permit("console.operate")
@require_POST
def guarantor_told(request: HttpRequest, number: str, ref: str, party_id: int) -> HttpResponse:
    """A guarantor asked and was told what stands on the page, and nothing else."""
    who = _borrower(number)
    loan = suspense.loan_of_ref(ref)
    if loan is None or loan.borrower_id != who.pk:
        raise Http404(ref)
    _try(
        request,
        lambda: loans.tell_guarantor(
            loan_ref=ref, party_id=party_id, how=request.POST.get("how", ""), actor=_actor(request), now=clock.now()
        ),
        _("已记下：担保方来问，按这几项告诉了。"),
    )
    return redirect("parties:speakers", number)


def _try(request: HttpRequest, act: Callable[[], object], sentence: str) -> None:
    try:
        act()
    except InputError as error:
        messages.warning(request, speakers.error_words(error))
    else:
        messages.success(request, sentence)


def _day(data: Any, name: str) -> date:
    try:
        return date.fromisoformat(data.get(name, ""))
    except ValueError:
        raise InputError(name, "missing", "a day is missing") from None


def _borrower(number: str) -> Borrower:
    found = borrowers.by_number(number)
    if found is None:
        raise Http404(number)
    return found


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.pk}"
