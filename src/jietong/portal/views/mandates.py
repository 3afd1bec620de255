"""One card of 自动扣款: sign leave to debit it, set its limits, take the leave back. The channel of proof is a code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from jietong.borrowers import queries as borrowers
from jietong.deduction import authorisation, queries
from jietong.deduction import commands as deduction
from jietong.deduction.policies import policy_or_none
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import parse_yuan, yuan
from jietong.portal import debiting, forms, words
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import show

if TYPE_CHECKING:
    from jietong.deduction.models import Mandate

LIMITS = ("limit", "day_limit")


@borrower_only
@never_cache
@require_http_methods(["GET", "POST"])
def sign(request: BorrowerRequest, card_id: int) -> HttpResponse:
    """The text of the leave, its limits and a code below it. POST `send`: a code; else the signature."""
    card = borrowers.bound_cards(request.borrower_id).get(card_id)
    rules, _why = policy_or_none()
    if card is None or rules is None:
        raise Http404(str(card_id))
    text = authorisation.paragraphs(bank=card[0], tail=card[1], policy=rules)
    told: dict[str, object] = {
        "card": debiting.card_words(*card),
        "text": text,
        "shown": authorisation.fingerprint(text),
    }
    if request.method == "GET":
        if any(row.card_id == card_id for row in queries.mandates(request.borrower_id)):
            return redirect("portal:auto")
        return _page(request, "portal/auto_sign.html", told)
    if "send" in request.POST:
        return _send(request, "portal/auto_sign.html", told, tail=card[1])
    try:
        limit, day_limit = (_limit(request, name) for name in LIMITS)
        if request.POST.get("agree") != "yes":
            raise InputError("agree", "missing", "the box has to be ticked")
        deduction.authorise_card(
            borrower_id=request.borrower_id, card_id=card_id, shown=request.POST.get("shown", ""),
            code=forms.digits(request.POST.get("code", "")), limit_fen=limit, day_limit_fen=day_limit,
            actor=f"borrower:{request.borrower_id}", now=clock.now(),
        )  # fmt: skip
    except InputError as wrong:
        return _page(request, "portal/auto_sign.html", told, error=words.error(wrong), status=422)
    except CommandRefused as refused:
        messages.warning(request, words.refusal(refused))
        return redirect("portal:auto")
    messages.success(request, _("授权好了，这张卡排在最后，可以往前排。"))
    return redirect("portal:auto")


@borrower_only
@never_cache
@require_http_methods(["GET", "POST"])
def card(request: BorrowerRequest, mandate_id: int) -> HttpResponse:
    """What was signed for a card, and its limits: lower ones hold at once, higher ones are signed by a code."""
    row = _own(request, mandate_id)
    told: dict[str, object] = {"row": row, "card": debiting.name_of(row), "signed": queries.signed(row.pk)}
    if request.method == "GET":
        return _page(request, "portal/auto_card.html", told, row=row)
    if "send" in request.POST:
        return _send(request, "portal/auto_card.html", told, tail=row.tail)
    try:
        limit, day_limit = (_limit(request, name) for name in LIMITS)
        deduction.change_limits(
            borrower_id=request.borrower_id, mandate_id=mandate_id, limit_fen=limit, day_limit_fen=day_limit,
            code=forms.digits(request.POST.get("code", "")), actor=f"borrower:{request.borrower_id}", now=clock.now(),
        )  # fmt: skip
    except InputError as wrong:
        needs = wrong.field == "code" and not request.POST.get("code")
        error = _("限额调高要用验证码确认。先点“发验证码”。") if needs else words.error(wrong)
        return _page(request, "portal/auto_card.html", told, error=error, status=422)
    messages.success(request, _("限额改好了，马上生效。"))
    return redirect("portal:auto")


@borrower_only
@require_POST
def end(request: BorrowerRequest, mandate_id: int) -> HttpResponse:
    """The leave is the borrower's to take back: at once, without a code and without a reason."""
    row = _own(request, mandate_id)
    deduction.end_mandate(
        borrower_id=request.borrower_id, mandate_id=row.pk, reason="borrower",
        actor=f"borrower:{request.borrower_id}", now=clock.now(),
    )  # fmt: skip
    messages.success(request, _("%(card)s 的授权解除了，不会再从这张卡扣。") % {"card": debiting.name_of(row)})
    return redirect("portal:auto")


def _own(request: BorrowerRequest, mandate_id: int) -> Mandate:
    row = queries.mandate(mandate_id, borrower_id=request.borrower_id)
    if row is None:  # another's card, or one that was taken back: the same answer
        raise Http404(str(mandate_id))
    return row


def _limit(request: BorrowerRequest, name: str) -> int | None:
    raw = request.POST.get(name, "").strip()
    return parse_yuan(raw, name) if raw else None


def _send(request: BorrowerRequest, template: str, told: dict[str, object], *, tail: str) -> HttpResponse:
    """What was typed stays on the page; the code is on its way."""
    try:
        masked = deduction.send_mandate_code(borrower_id=request.borrower_id, tail=tail, now=clock.now())
    except CommandRefused as refused:
        return _page(request, template, told, error=words.refusal(refused), status=422)
    return _page(request, template, told | {"sent": _("验证码发到了 %(number)s。") % {"number": masked}})


def _page(
    request: BorrowerRequest, template: str, told: dict[str, object], *, row: Mandate | None = None, error: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """row: the mandate whose limits stand in the form as they are; else what was typed does."""
    typed = {name: request.POST.get(name, "") for name in LIMITS}
    if row is not None:
        for name in LIMITS:
            fen = getattr(row, f"{name}_fen")
            typed[name] = yuan(fen) if fen is not None else ""
    zone = borrowers.borrower(request.borrower_id).time_zone
    context = {**told, **typed, "agree": request.POST.get("agree", ""), "error": error}
    return show(request, template, context, now=clock.now(), zone=zone, status=status)
