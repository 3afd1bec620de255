"""What a supervisor does from the board: take a contact over, or give it to somebody. The commands decide who may."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jietong.console import one_contact, words
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused
from jietong.kernel.permissions import permit
from jietong.routing import commands as routing

if TYPE_CHECKING:
    from jietong.contacts.models import Contact
    from jietong.staff.models import Member


@permit("board.see")
@require_POST
def take_over(request: HttpRequest, ref: str) -> HttpResponse:
    """Into the supervisor's own hands, and to the desk where it is answered."""
    reader = cast("Member", request.user)
    contact = _readable(ref, reader)
    try:
        routing.take_over(contact=contact, supervisor=reader, now=clock.now())
    except CommandRefused as error:
        return _refused(request, contact, error.code, error.message)
    return redirect("desk:contact", ref=contact.ref)


@permit("board.see")
@require_POST
def assign(request: HttpRequest, ref: str) -> HttpResponse:
    """To a specialist of the team, by the id of one whom the page offered."""
    reader = cast("Member", request.user)
    contact = _readable(ref, reader)
    wanted = request.POST.get("to", "")
    chosen = next((one for one in routing.may_be_given(contact) if str(one.pk) == wanted), None)
    if chosen is None:
        return _refused(request, contact, "not_of_the_team", wanted)
    try:
        given = routing.assign(contact=contact, specialist=chosen, by=reader, now=clock.now())
    except CommandRefused as error:
        return _refused(request, contact, error.code, error.message)
    told = _("已交到%(name)s手上。") if given.is_in_service else _("已指定%(name)s，先只派给这一位。")
    messages.success(request, told % {"name": chosen.name})
    return redirect("console:contact", ref=contact.ref)


def _readable(ref: str, reader: Member) -> Contact:
    contact = one_contact.readable(ref, reader)
    if contact is None:
        raise Http404(ref)
    return contact


def _refused(request: HttpRequest, contact: Contact, code: str, message: str) -> HttpResponse:
    messages.warning(request, str(words.REFUSED.get(code, message)))
    return redirect("console:contact", ref=contact.ref)
