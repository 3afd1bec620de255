"""Sending an application, reading the price, signing, taking it back: one POST each, and then its page again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from jietong.borrowers import queries as borrowers
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.origination import commands as origination
from jietong.origination import queries
from jietong.origination.commands import Proof
from jietong.origination.rules import disclosure as rules
from jietong.portal import crediting, forms, words
from jietong.portal.access import DEVICE_COOKIE, BorrowerRequest, borrower_only
from jietong.portal.pages import is_htmx, show
from jietong.portal.views.credit import own


@borrower_only
@require_POST
def submit(request: BorrowerRequest, ref: str) -> HttpResponse:
    origination.submit(application=own(request, ref), now=clock.now())
    return redirect("portal:application", ref)


@borrower_only
@require_POST
def price(request: BorrowerRequest, ref: str) -> HttpResponse:
    """Show the price: the reading time begins with this."""
    try:
        shown = origination.show_price(application=own(request, ref), now=clock.now())
    except CommandRefused as refused:
        messages.info(request, words.credit_refusal(refused))
        return redirect("portal:application", ref)
    return redirect("portal:sign", ref, shown.pk)


@borrower_only
@require_http_methods(["GET", "POST"])
def sign(request: BorrowerRequest, ref: str, disclosure_id: int) -> HttpResponse:
    """The table of the price, and the signature below it."""
    if request.method == "GET":
        return _sign_page(request, ref, disclosure_id)
    proof = Proof(code=forms.digits(request.POST.get("code", "")), device_token=request.COOKIES.get(DEVICE_COOKIE, ""))
    try:
        origination.sign(application=own(request, ref), disclosure_id=disclosure_id, proof=proof, now=clock.now())
    except InputError as wrong:
        return _sign_page(request, ref, disclosure_id, error=words.error(wrong), status=422)
    except CommandRefused as refused:
        if refused.code == "read_first":
            return _sign_page(request, ref, disclosure_id, error=words.credit_refusal(refused), status=422)
        messages.warning(request, words.credit_refusal(refused))
    return redirect("portal:application", ref)


def _sign_page(
    request: BorrowerRequest, ref: str, disclosure_id: int, *, error: str = "", status: int = 200
) -> HttpResponse:
    now, application = clock.now(), own(request, ref)
    shown = queries.disclosure(disclosure_id, application_id=application.pk)
    if shown is None:
        raise Http404
    if shown.confirmed_at is not None or application.state not in {"approved", "payout_failed"}:
        return redirect("portal:application", ref)
    token = request.COOKIES.get(DEVICE_COOKIE, "")
    left = rules.seconds_left(shown.shown_at, now)
    context = {
        "application": application, "shown": shown, "lines": shown.lines, "error": error, "left": left,
        "needs_code": origination.needs_code(application, token, now=now),
        "masked": getattr(borrowers.point_for(request.borrower_id, "phone"), "display", ""),
    }  # fmt: skip
    template = "portal/_sign_button.html" if is_htmx(request) else "portal/sign.html"
    zone = borrowers.borrower(request.borrower_id).time_zone
    return show(request, template, context, now=now, zone=zone, status=status)


@borrower_only
@require_POST
def code(request: BorrowerRequest, ref: str, disclosure_id: int) -> HttpResponse:
    """A code for the signature, to the borrower's own first phone."""
    try:
        masked = origination.send_code(application=own(request, ref), now=clock.now())
    except CommandRefused as refused:
        messages.info(request, words.credit_refusal(refused))
    else:
        messages.success(request, _("验证码发到了 %(number)s。") % {"number": masked})
    return redirect("portal:sign", ref, disclosure_id)


@borrower_only
@require_POST
def withdraw(request: BorrowerRequest, ref: str) -> HttpResponse:
    return _act(
        request,
        ref,
        lambda one: origination.withdraw(application=one, now=clock.now()),
        _("已撤回，没有产生任何费用。"),
    )


@borrower_only
@require_POST
def ask_again(request: BorrowerRequest, ref: str) -> HttpResponse:
    """A person looks at what the rules have declined."""
    text = request.POST.get("text", "")
    return _act(
        request, ref, lambda one: origination.ask_again(application=one, text=text, now=clock.now()),
        _("好的，专员会看，有结果发短信告诉您。"),
    )  # fmt: skip


@borrower_only
@require_http_methods(["GET", "POST"])
def cancel(request: BorrowerRequest, ref: str) -> HttpResponse:
    """Taking the loan back in the cooling-off days: what it costs today, then yes."""
    if request.method == "POST":
        return _act(
            request, ref, lambda one: origination.cancel(application=one, now=clock.now()),
            _("正在从您的银行卡取回，办好了这里会更新。"),
        )  # fmt: skip
    now = clock.now()
    context = crediting.application_page(own(request, ref), now=now)
    if context["cancellation"] is None:
        return redirect("portal:application", ref)
    zone = borrowers.borrower(request.borrower_id).time_zone
    return show(request, "portal/cancel.html", context, now=now, zone=zone)


def _act(request: BorrowerRequest, ref: str, act: object, done: str) -> HttpResponse:
    try:
        act(own(request, ref))  # type: ignore[operator]
    except CommandRefused as refused:
        messages.warning(request, words.credit_refusal(refused))
    else:
        messages.success(request, done)
    return redirect("portal:application", ref)
