"""Ways to a person: at once, by a call at a chosen time, or in writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from jietong.borrowers import queries as borrowers
from jietong.contacts import queries as contacts
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.portal import commands, forms, words
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import is_htmx, show
from jietong.portal.presenting import title_of
from jietong.portal.topics import TOPICS, topic
from jietong.portal.views.chat import flow
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries
from jietong.ui import words as ui_words

if TYPE_CHECKING:
    from jietong.staff.models import Member


@borrower_only
@require_POST
def person(request: BorrowerRequest) -> HttpResponse:
    """找人工: one tap, no question back. The conversation then shows who owns it and by when."""
    commands.ask_person(borrower_id=request.borrower_id, text=_("我要找人工"), now=clock.now())
    return flow(request) if is_htmx(request) else redirect("portal:chat")


@borrower_only
@require_http_methods(["GET", "POST"])
def callback(request: BorrowerRequest) -> HttpResponse:
    """Choose when and on which number to be called."""
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    slots = routing_queries.callback_slots("desk", now=now)
    points = forms.callable_points(request.borrower_id)
    if request.method == "GET":
        return _callback_page(request, slots, points, zone=zone)
    try:
        slot = forms.chosen_slot(request.POST.get("slot", ""), slots)
        point = forms.chosen_point(request.POST.get("point", ""), points)
        span = f"{ui_words.slot_words(slot[0], zone)}–{ui_words.clock(slot[1], zone)}"
        asked = _("请在 %(when)s 给我回电") % {"when": span}
        note = f"{request.POST.get('text', '').strip()}\n{asked}".strip()
        contact = routing.book_callback(
            borrower_id=request.borrower_id, channel="callback", text=note, slot_from=slot[0], slot_to=slot[1],
            intent=commands.last_intent(request.borrower_id, now=now), point_id=point.pk,
            actor=f"borrower:{request.borrower_id}", now=now,
        )  # fmt: skip
    except InputError as wrong:
        return _callback_page(request, slots, points, zone=zone, error=words.error(wrong), status=422)
    except CommandRefused as refused:
        messages.info(request, words.refusal(refused))
        return redirect("portal:chat" if refused.code == "in_service" else "portal:callback")
    when = f"{ui_words.moment_words(slot[0], now, zone)}–{ui_words.clock(slot[1], zone)}"
    told = {"when": when, "who": contact.owner_team.shown_name, "number": point.display}
    messages.success(request, _("约好了：%(when)s，%(who)s打到 %(number)s。") % told)
    return redirect("portal:matter", contact.ref)


def _callback_page(
    request: BorrowerRequest,
    slots: list[forms.Slot],
    points: list[Any],
    *,
    zone: str,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    today = clock.local_date(now, zone)
    shown = [
        {
            "value": start.isoformat(),
            "day": ui_words.day_words(clock.local_date(start, zone), today),
            "hours": f"{ui_words.clock(start, zone)}–{ui_words.clock(end, zone)}",
            "has_room": has_room,
        }
        for start, end, has_room in slots
    ]
    chosen = request.POST.get("slot") or next((slot["value"] for slot in shown if slot["has_room"]), "")
    still_open = contacts.open_contact(request.borrower_id)
    context = {
        "slots": shown, "points": points, "error": error, "chosen": chosen, "typed": request.POST.get("text", ""),
        "chosen_point": request.POST.get("point", ""), "open_title": title_of(still_open) if still_open else "",
    }  # fmt: skip
    return show(request, "portal/callback.html", context, now=now, zone=zone, status=status)


@borrower_only
@require_http_methods(["GET", "POST"])
def form(request: BorrowerRequest) -> HttpResponse:
    """A written need. `?topic=` says what it is about; then the matter's page says who has it and by when."""
    now = clock.now()
    if request.method == "GET":
        return _form_page(request, request.GET.get("topic", ""), "")
    text = request.POST.get("text", "")
    try:
        about = forms.chosen_topic(request.POST.get("topic", ""))
        whom = forms.chosen_member(request.POST.get("about", ""), _spoke_with(request))
        contact, grave = commands.leave_form(
            borrower_id=request.borrower_id, intent=about.intent, text=text, now=now, about_id=whom
        )
    except InputError as wrong:
        errors = {wrong.field: words.error(wrong)}
        return _form_page(request, request.POST.get("topic", ""), text, errors=errors, status=422)
    if grave:
        messages.warning(request, grave)
    else:
        messages.success(request, _("收到了。谁负责、什么时候答复，都在下面。"))
    return redirect("portal:matter", contact.ref)


def _spoke_with(request: BorrowerRequest) -> list[Member]:
    return contacts.who_spoke_with(request.borrower_id, since=clock.now() - routing.NAMED_WITHIN)


def _form_page(
    request: BorrowerRequest, chosen: str, typed: str, *, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    about = topic(chosen)
    context = {
        "topics": TOPICS, "about": about, "typed": typed, "errors": errors or {},
        "spoke": _spoke_with(request) if about is not None and about.code == "complaint" else [],
        "whom": request.POST.get("about", ""), "deadline": routing.complaint_deadline_on(clock.now()),
    }  # fmt: skip
    return show(request, "portal/form.html", context, now=clock.now(), status=status)
