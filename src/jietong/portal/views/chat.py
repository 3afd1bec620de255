"""The conversation: the assistant first, a person at any moment."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from jietong.assistant import commands as assistant
from jietong.borrowers import queries as borrowers
from jietong.kernel import clock
from jietong.kernel.errors import InputError
from jietong.portal import words
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import is_htmx, show
from jietong.portal.talking import talk


@borrower_only
@require_http_methods(["GET", "POST"])
def chat(request: BorrowerRequest) -> HttpResponse:
    """GET shows the flow (or its partial); POST takes what the borrower wrote and shows the flow with the answer."""
    if request.method == "GET":
        return flow(request)
    text = request.POST.get("text", "")
    try:
        assistant.receive(
            borrower_id=request.borrower_id, text=text, channel="chat", actor=f"borrower:{request.borrower_id}",
            now=clock.now(),
        )  # fmt: skip
    except InputError as wrong:
        return flow(request, error=words.error(wrong), typed=text, status=422)
    return flow(request) if is_htmx(request) else redirect("portal:chat")


def flow(request: BorrowerRequest, *, error: str = "", typed: str = "", status: int = 200) -> HttpResponse:
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    context = {"talk": talk(request.borrower_id, zone=zone, now=now), "error": error, "typed": typed}
    template = "portal/_flow.html" if is_htmx(request) else "portal/chat.html"
    return show(request, template, context, now=now, zone=zone, status=status)
