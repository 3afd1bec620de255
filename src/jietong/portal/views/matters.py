"""我的事项: who has it, by when, what happened, and the borrower's last word on whether it is solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jietong.borrowers import queries as borrowers
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.portal import commands, words
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import is_htmx, show
from jietong.portal.presenting import title_of
from jietong.portal.talking import history
from jietong.portal.waiting_for import asked_of_others
from jietong.routing import commands as routing

if TYPE_CHECKING:
    from jietong.contacts.models import Contact


@borrower_only
@require_GET
def matters(request: BorrowerRequest) -> HttpResponse:
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    rows = list(contact_queries.contacts_of(request.borrower_id))
    open_rows = [(row, title_of(row), commands.show_promise(row, now=now)) for row in rows if not row.is_settled]
    closed = [(row, title_of(row)) for row in rows if row.is_settled]
    template = "portal/_matters.html" if is_htmx(request) else "portal/matters.html"
    return show(request, template, {"open_rows": open_rows, "closed": closed}, now=now, zone=zone)


@borrower_only
@require_GET
def matter(request: BorrowerRequest, ref: str) -> HttpResponse:
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    contact = _own(request, ref)
    context = {
        "contact": contact,
        "title": title_of(contact),
        "promise": commands.show_promise(contact, now=now),
        "history": history(contact, zone=zone, now=now),
        "complaints": contact_queries.complaints(contact),
        "asked": asked_of_others(contact),
    }
    template = "portal/_matter.html" if is_htmx(request) else "portal/matter.html"
    return show(request, template, context, now=now, zone=zone)


@borrower_only
@require_POST
def confirm(request: BorrowerRequest, ref: str) -> HttpResponse:
    """已解决."""
    contact = _own(request, ref)
    try:
        contacts.confirm(contact=contact, actor=f"borrower:{request.borrower_id}", now=clock.now())
    except CommandRefused as refused:
        messages.info(request, words.refusal(refused))
    else:
        messages.success(request, _("好的，这件事就办完了。有别的事随时找我们。"))
    return redirect(_back(request, contact))


@borrower_only
@require_POST
def reopen(request: BorrowerRequest, ref: str) -> HttpResponse:
    """还没有: the same matter goes to a person, with the time of its first try.

    While another one is open it joins that one, and the borrower is led there.
    """
    contact = _own(request, ref)
    try:
        taken = routing.not_solved(
            contact_id=contact.pk, text=request.POST.get("text", ""), channel="chat",
            actor=f"borrower:{request.borrower_id}", now=clock.now(),
        )  # fmt: skip
    except CommandRefused as refused:
        messages.info(request, words.refusal(refused))
        still_open = contact_queries.open_contact(request.borrower_id)
        if still_open is not None:
            return redirect("portal:matter", still_open.ref)
    except InputError as wrong:
        messages.warning(request, words.error(wrong))
    else:
        if taken.pk != contact.pk:
            messages.info(request, _("您还有一件事正在办，这件一起交给负责的人了，不用从头再讲。"))
            return redirect("portal:matter", taken.ref)
        messages.info(request, _("对不起，没帮您办好。已经交给专员接着办，不用从头再讲。"))
    return redirect(_back(request, contact))


def _own(request: BorrowerRequest, ref: str) -> Contact:
    contact = contact_queries.own_contact(request.borrower_id, ref)
    if contact is None:
        raise Http404
    return contact


def _back(request: BorrowerRequest, contact: Contact) -> str:
    if request.POST.get("back") == "chat":
        return reverse("portal:chat")
    return reverse("portal:matter", args=[contact.ref])
