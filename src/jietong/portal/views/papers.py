"""Papers of a loan: that a notice was read, the certificate of settlement, and the public page that verifies one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jietong.borrowers import queries as borrowers
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import permit_public
from jietong.loans import commands as loans
from jietong.loans.commands.certifying import issue_certificate
from jietong.loans.queries import book as loan_queries
from jietong.loans.queries.certificates import certificate_by_code, certificate_of
from jietong.portal import access
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import show


@borrower_only
@require_POST
def read_change(request: BorrowerRequest, ref: str, change_id: int) -> HttpResponse:
    """我知道了: the borrower says that they read a notice of their own; another's does not exist."""
    try:
        loans.record_notice(
            change_id=change_id, how="read", actor=f"borrower:{request.borrower_id}", now=clock.now(),
            borrower_id=request.borrower_id,
        )  # fmt: skip
    except InputError:
        raise Http404 from None
    messages.success(request, _("好的，已经记下您看过了。"))
    return redirect("portal:loan", ref=ref)


@borrower_only
@require_http_methods(["GET", "POST"])
def certificate(request: BorrowerRequest, ref: str) -> HttpResponse:
    """POST issues the certificate of an own, settled loan, or finds the one there is; GET shows it for printing."""
    now = clock.now()
    if request.method == "POST":
        try:
            issue_certificate(
                loan_ref=ref, borrower_id=request.borrower_id, actor=f"borrower:{request.borrower_id}", now=now
            )
        except CommandRefused as refused:
            if refused.code == "unknown":
                raise Http404 from None
            messages.warning(request, _("这笔借款还没有结清，结清后就能开。"))
            return redirect("portal:loan", ref=ref)
        return redirect("papers:certificate", ref=ref)
    who = borrowers.borrower(request.borrower_id)
    today = clock.local_date(now, who.time_zone)
    view = next((one for one in loan_queries.loans_of(who.pk, on=today) if one.ref == ref), None)
    if view is None:
        raise Http404
    paper = certificate_of(view.loan_id)
    if paper is None:
        return redirect("portal:loan", ref=ref)
    context = {"paper": paper, "verify_at": request.build_absolute_uri(reverse("papers:verify"))}
    return show(request, "portal/certificate.html", context, now=now, zone=who.time_zone)


@permit_public("whoever was given a certificate may ask whether it is true; the code is the key, the name is masked")
@never_cache
@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """?code=: is this certificate one of ours, and does it still hold?"""
    typed = request.GET.get("code", "").strip()[:60]
    paper = certificate_by_code(typed) if typed else None
    context = {"typed": typed, "paper": paper, "signed_in": access.is_signed_in(request)}
    return show(request, "portal/verify.html", context, now=clock.now())
