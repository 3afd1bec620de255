"""The bank's side of a payout, told by a person: this line of the statement is that loan's money; or it was another."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import parse_yuan
from jietong.kernel.permissions import permit
from jietong.loans import commands as loans
from jietong.loans import words


@permit("money.book")
@require_POST
def answer(request: HttpRequest, ref: str, act: str) -> HttpResponse:
    """clear (with `serial`, `amount` in yuan, `on`) or undo (with `reason`)."""
    data, now, actor = request.POST, clock.now(), f"staff:{request.user.pk}"
    try:
        if act == "clear":
            loans.clear_payout(
                loan_ref=ref, serial=data.get("serial", ""), amount_fen=parse_yuan(data.get("amount", "")),
                on=_day(data.get("on", "")), actor=actor, now=now,
            )  # fmt: skip
            said = _("%(ref)s 的放款核对好了，银行已付。") % {"ref": ref}
        elif act == "undo":
            loans.undo_clearing(loan_ref=ref, reason=data.get("reason", ""), actor=actor, now=now)
            said = _("%(ref)s 的放款又在等银行确认了。") % {"ref": ref}
        else:
            raise Http404(act)
    except (InputError, CommandRefused) as refused:
        messages.warning(request, words.refused(refused))
    else:
        messages.success(request, said)
    return redirect("console:applications")


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise InputError("on", "missing", "the bank's day is missing") from None
