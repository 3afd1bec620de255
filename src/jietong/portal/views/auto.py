"""自动扣款: the cards in order, what comes next, off and on, once more now, and "I have paid"."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jietong.borrowers import queries as borrowers
from jietong.deduction import commands as deduction
from jietong.deduction import words as debit_words
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.portal import commands, debiting, words
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import is_htmx, show


@borrower_only
@require_GET
def auto(request: BorrowerRequest) -> HttpResponse:
    now = clock.now()
    template = "portal/_auto.html" if is_htmx(request) else "portal/auto.html"
    zone = borrowers.borrower(request.borrower_id).time_zone
    return show(request, template, {"auto": debiting.page(request.borrower_id, now=now)}, now=now, zone=zone)


@borrower_only
@require_POST
def order(request: BorrowerRequest) -> HttpResponse:
    """Put one card first; the others keep their order behind it."""

    def change() -> str:
        deduction.put_first(
            borrower_id=request.borrower_id, mandate_id=_chosen(request), actor=_me(request), now=clock.now()
        )
        return _("好的，以后先从这张卡扣。")

    return _done(request, change)


@borrower_only
@require_POST
def well(request: BorrowerRequest) -> HttpResponse:
    """The borrower has seen to a card that was out."""

    def change() -> str:
        deduction.card_is_well(
            borrower_id=request.borrower_id, mandate_id=_chosen(request), actor=_me(request), now=clock.now()
        )
        return _("好的，这张卡下次会再试。")

    return _done(request, change)


@borrower_only
@require_http_methods(["GET", "POST"])
def off(request: BorrowerRequest) -> HttpResponse:
    """What follows from switching off, before it is done."""
    now = clock.now()
    if request.method == "GET":
        zone = borrowers.borrower(request.borrower_id).time_zone
        context = {"auto": debiting.page(request.borrower_id, now=now)}
        return show(request, "portal/auto_off.html", context, now=now, zone=zone)

    def change() -> str:
        deduction.switch_off(borrower_id=request.borrower_id, actor=_me(request), now=now)
        return _("自动扣款关了。到了还款日要自己还，随时可以再打开。")

    return _done(request, change)


@borrower_only
@require_POST
def on(request: BorrowerRequest) -> HttpResponse:
    def change() -> str:
        deduction.switch_on(borrower_id=request.borrower_id, actor=_me(request), now=clock.now())
        return _("自动扣款打开了。")

    return _done(request, change)


@borrower_only
@require_POST
def again(request: BorrowerRequest) -> HttpResponse:
    """现在再扣一次: the borrower's own word is the consent that is kept."""

    def change() -> str:
        deduction.try_again(
            borrower_id=request.borrower_id, ref=request.POST.get("ref", ""), consent=CONSENT,
            actor=_me(request), now=clock.now(),
        )  # fmt: skip
        return _("好的，马上再扣一次，结果会显示在这里。")

    return _done(request, change)


@borrower_only
@require_POST
def paid(request: BorrowerRequest) -> HttpResponse:
    """我已还款: nothing is debited while a specialist looks; the matter shows who and by when."""
    contact = commands.claim_paid(
        borrower_id=request.borrower_id, text=request.POST.get("text", "").strip() or _("我已经还款了，请先不要扣"),
        now=clock.now(),
    )  # fmt: skip
    messages.success(request, _("好的，先不扣。专员去查，谁负责、什么时候答复都在下面。"))
    return redirect("portal:matter", contact.ref)


#: kept with the order as it is, whatever language the page was read in
CONSENT = "借款人在页面上点了「现在再扣一次」"


def _chosen(request: BorrowerRequest) -> int:
    raw = request.POST.get("card", "")
    if not raw.isascii() or not raw.isdigit() or len(raw) > 18:
        raise InputError("mandate", "unknown", "choose one of your cards")
    return int(raw)


def _me(request: BorrowerRequest) -> str:
    return f"borrower:{request.borrower_id}"


def _done(request: BorrowerRequest, change: Callable[[], str]) -> HttpResponse:
    """Do it, say that it is done or why not, and show the page again."""
    try:
        messages.success(request, change())
    except CommandRefused as refused:
        known = refused.code in debit_words.REASONS
        told = _("现在没有扣：%(reason)s。") % {"reason": debit_words.reason(refused.code)}
        messages.warning(request, told if known else words.refusal(refused))
    except InputError as wrong:
        messages.warning(request, words.error(wrong))
    return redirect("portal:auto")
