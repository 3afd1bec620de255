"""What a specialist does. Each view reads its form, calls one command and answers with a part or a redirect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from jietong.borrowers import queries as borrowers
from jietong.contacts import queries as contacts
from jietong.desk import access, book, commands, words
from jietong.desk.forms import PromiseForm, SettleForm
from jietong.desk.views.pages import everything, page, rail_context
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import permit
from jietong.recovery import commands as recovery
from jietong.routing import commands as routing

if TYPE_CHECKING:
    from datetime import datetime

    from jietong.contacts.models import Contact
    from jietong.desk.access import StaffRequest


@permit("desk.work")
@require_POST
def presence(request: StaffRequest) -> HttpResponse:
    """Go ready, away or on a break."""
    now = clock.now()
    try:
        routing.set_presence(member_id=request.user.pk, state=request.POST.get("state", ""), now=now)
    except InputError as error:
        return _refused(request, error, back=_back(request))
    if not _by_htmx(request):
        return redirect(_back(request))
    ref = request.POST.get("c", "")
    if not ref:  # nothing is chosen, so the middle speaks of my state as well
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = reverse("desk:home")
        return answer
    chosen = contacts.contact_by_ref(ref)
    if chosen is not None and chosen.owner_id != request.user.pk:
        chosen = None
    return render(request, "desk/_rail_parts.html", rail_context(request, chosen, now=now))


@permit("desk.work")
@require_POST
def heartbeat(request: StaffRequest) -> HttpResponse:
    routing.heartbeat(member_id=request.user.pk, now=clock.now())
    return HttpResponse(status=204)


@permit("desk.work")
@require_POST
def accept(request: StaffRequest, offer_id: int) -> HttpResponse:
    try:
        contact = routing.accept(offer_id=offer_id, member_id=request.user.pk, now=clock.now())
    except CommandRefused as error:
        return _refused(request, error, back="/desk/")
    return _go(request, f"/desk/c/{contact.ref}/")


@permit("desk.work")
@require_POST
def decline(request: StaffRequest, offer_id: int) -> HttpResponse:
    routing.decline(offer_id=offer_id, member_id=request.user.pk, now=clock.now())
    if not _by_htmx(request):
        return redirect(_back(request))
    return _trigger({"live:offer-changed": {}})


@permit("desk.work")
@require_POST
def say(request: StaffRequest, ref: str) -> HttpResponse:
    """A reply that the borrower reads, or a note that only colleagues see: two forms, two addresses, no mixing up."""
    return _write(request, ref, note=False)


@permit("desk.work")
@require_POST
def note(request: StaffRequest, ref: str) -> HttpResponse:
    return _write(request, ref, note=True)


def _write(request: StaffRequest, ref: str, *, note: bool) -> HttpResponse:
    now, back = clock.now(), f"/desk/c/{ref}/"
    chosen = access.readable(request.user, ref)
    try:
        routing.specialist_said(
            contact=chosen, member_id=request.user.pk, text=request.POST.get("text", ""), now=now, note=note
        )
    except (CommandRefused, InputError) as error:
        return _refused(request, error, back=back, where="#say-error")
    if not _by_htmx(request):
        return redirect(back)
    return render(request, "desk/_parts.html", everything(request, chosen, now=now) | {"now": now})


@permit("desk.work")
@require_http_methods(["GET", "POST"])
def promise(request: StaffRequest, ref: str) -> HttpResponse:
    """Record a promise to pay; what is wrong stands beside its field, and what was typed stays. The page with the
    mistakes has this address: who reads it again (in another language, say) comes to the contact."""
    now = clock.now()
    chosen = access.readable(request.user, ref)
    if request.method == "GET":
        return redirect(f"/desk/c/{chosen.ref}/")
    if not access.may_write(request.user, chosen):
        return _refused(request, CommandRefused("not_yours", ""), back=f"/desk/c/{ref}/")
    form = PromiseForm(request.POST)
    if form.is_valid():
        try:
            recovery.record_promise(
                borrower_id=chosen.borrower_id, amount_fen=form.amount_fen, due_on=form.day,
                actor=f"staff:{request.user.pk}", now=now, contact_id=chosen.pk, member_id=request.user.pk,
            )  # fmt: skip
        except InputError as error:
            form.add_error(error.field if error.field in form.fields else None, words.refused(error))
        except CommandRefused as error:
            form.add_error(None, words.refused(error))
    return _promise_answer(request, chosen, form, now=now)


def _promise_answer(request: StaffRequest, chosen: Contact, form: PromiseForm, *, now: datetime) -> HttpResponse:
    status = 200 if form.is_valid() else 422
    if not _by_htmx(request) and status == 200:
        return redirect(f"/desk/c/{chosen.ref}/")
    told = everything(request, chosen, now=now)
    told["ptp"] = book.promise_block(chosen.borrower_id, now=now, form=form if status == 422 else None)
    if not _by_htmx(request):
        return page(request, "desk/contact.html", status=status, **told)
    answer = render(request, "desk/_ptp_answer.html", told | {"now": now}, status=status)
    if status == 200:
        answer["HX-Trigger"] = json.dumps({"live:list-changed": {}})
    return answer


@permit("desk.work")
@require_http_methods(["GET", "POST"])
def settle(request: StaffRequest, ref: str) -> HttpResponse:
    chosen = access.readable(request.user, ref)
    form = SettleForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return page(
            request, "desk/settle.html", chosen=chosen, settle_form=form, status=status,
            may_write=access.may_write(request.user, chosen),
        )  # fmt: skip
    try:
        routing.settle(
            contact=chosen, member_id=request.user.pk, outcome=form.cleaned_data["outcome"], now=clock.now(),
            note=form.cleaned_data["note"],
        )  # fmt: skip
    except (CommandRefused, InputError) as error:
        return _refused(request, error, back=f"/desk/c/{ref}/")
    messages.success(request, _("%(ref)s 已办结，借款人会被问一句是否解决了。") % {"ref": chosen.ref})
    left = contacts.in_hand(request.user.pk)
    return _go(request, f"/desk/c/{left[0].ref}/" if left else "/desk/")


@permit("desk.work")
@require_POST
def open_borrower(request: StaffRequest, number: str) -> HttpResponse:
    who = borrowers.by_number(number)
    if who is None:
        raise Http404
    try:
        commands.open_borrower(
            borrower_id=who.pk, member_id=request.user.pk, reason=request.POST.get("reason", ""), now=clock.now()
        )
    except InputError as error:
        return _refused(request, error, back=f"/desk/b/{number}/")
    return _go(request, f"/desk/b/{number}/")


def _by_htmx(request: StaffRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _back(request: StaffRequest) -> str:
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/desk/"


def _go(request: StaffRequest, address: str) -> HttpResponse:
    if not _by_htmx(request):
        return redirect(address)
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = address
    return answer


def _trigger(events: dict[str, Any]) -> HttpResponse:
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = json.dumps(events)
    return answer


def _refused(request: StaffRequest, error: CommandRefused | InputError, *, back: str, where: str = "") -> HttpResponse:
    """An expected "no", in words: beside the form when there is a place for it, else as a notice."""
    text = words.refused(error)
    if not _by_htmx(request):
        messages.warning(request, text)
        return redirect(back)
    if where:
        answer = render(request, "desk/_error.html", {"text": text}, status=422)
        answer["HX-Retarget"], answer["HX-Reswap"] = where, "innerHTML"
        return answer
    return _trigger({"toast": {"text": text}, "live:offer-changed": {}})
