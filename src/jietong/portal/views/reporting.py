"""我的信用报送: what was reported about me, and saying that it is not right."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from jietong.borrowers import queries as borrowers
from jietong.bureau import queries as bureau
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.portal import commands, reporting, words
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import show


@borrower_only
@require_GET
def mine(request: BorrowerRequest) -> HttpResponse:
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    loans = reporting.page(request.borrower_id, today=clock.local_date(now, zone), now=now)
    return show(request, "portal/reporting.html", {"loans": loans}, now=now, zone=zone)


@borrower_only
@require_http_methods(["GET", "POST"])
def dispute(request: BorrowerRequest, report_id: int) -> HttpResponse:
    """我认为不对: a person has it from here on, and the answer has a date by law."""
    now = clock.now()
    report = bureau.own_report(request.borrower_id, report_id)
    if report is None:
        raise Http404
    zone = borrowers.borrower(request.borrower_id).time_zone
    context = {"report": report, "typed": request.POST.get("text", ""), "error": ""}
    if request.method == "GET":
        return show(request, "portal/reporting_dispute.html", context, now=now, zone=zone)
    try:
        contact, grave = commands.dispute_report(
            borrower_id=request.borrower_id, report_id=report.pk, text=str(context["typed"]), now=now
        )
    except InputError as wrong:
        told = context | {"error": words.error(wrong)}
        return show(request, "portal/reporting_dispute.html", told, now=now, zone=zone, status=422)
    except CommandRefused as refused:
        messages.info(request, words.refusal(refused))
        return redirect("portal:reporting")
    if grave:
        messages.warning(request, grave)
    else:
        messages.success(request, _("收到了。核查期间会注明有异议，也不再提醒您还这笔款。"))
    return redirect("portal:matter", contact.ref)
