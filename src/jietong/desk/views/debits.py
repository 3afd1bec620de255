"""What a specialist does about debits: once more on the borrower's word, stop, go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jietong.deduction import commands as deduction
from jietong.deduction import queries
from jietong.desk import access
from jietong.desk.debits import SOURCE, refusal
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import permit

if TYPE_CHECKING:
    from jietong.contacts.models import Contact
    from jietong.desk.access import StaffRequest


@permit("desk.work")
@require_POST
def again(request: StaffRequest, ref: str) -> HttpResponse:
    """Once more now; what the borrower said is kept with the order."""
    chosen = _in_hand(request, ref)

    def act() -> str:
        said = request.POST.get("consent", "").strip()
        deduction.try_again(
            borrower_id=chosen.borrower_id, ref=request.POST.get("loan", ""), now=clock.now(),
            consent=f"{chosen.ref} {said}" if said else "", actor=f"staff:{request.user.pk}",
        )  # fmt: skip
        return _("马上再扣一次，借款人的话已记录。")

    return _done(request, chosen, act)


@permit("desk.work")
@require_POST
def stop(request: StaffRequest, ref: str) -> HttpResponse:
    chosen = _in_hand(request, ref)

    def act() -> str:
        deduction.suspend(
            borrower_id=chosen.borrower_id, reason="by_staff", source=SOURCE, actor=f"staff:{request.user.pk}",
            now=clock.now(), note=chosen.ref,
        )  # fmt: skip
        return _("自动扣款停了，直到有人恢复。")

    return _done(request, chosen, act)


@permit("desk.work")
@require_POST
def go_on(request: StaffRequest, ref: str) -> HttpResponse:
    """Lift what staff have placed, and a claim of "I have paid" that has been looked at."""
    chosen, now = _in_hand(request, ref), clock.now()

    def act() -> str:
        for row in queries.suspensions(chosen.borrower_id, now=now):
            if row.source == SOURCE or row.reason == "claims_paid":
                deduction.resume(
                    borrower_id=chosen.borrower_id, source=row.source, reason=row.reason,
                    actor=f"staff:{request.user.pk}", now=now,
                )  # fmt: skip
        return _("自动扣款恢复了。")

    return _done(request, chosen, act)


def _in_hand(request: StaffRequest, ref: str) -> Contact:
    """The contact, for who has it in hand; it does not exist for others."""
    chosen = access.readable(request.user, ref)
    if not access.may_write(request.user, chosen):
        raise Http404
    return chosen


def _done(request: StaffRequest, chosen: Contact, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except InputError as wrong:
        told = _("请写上借款人怎么说的。") if wrong.field == "consent" else _("没有这笔借据。")
        messages.warning(request, told)
    except CommandRefused as refused:
        why = refusal(refused)
        messages.warning(request, _("没有扣：%(why)s") % {"why": why} if why else _("这笔正在扣，等结果。"))
    return redirect("desk:contact", chosen.ref)
