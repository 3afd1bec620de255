"""What is owed, by when, and what can be done about it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from jietong.borrowers import queries as borrowers
from jietong.connectors import queries as connectors
from jietong.kernel import clock
from jietong.loans.queries import book as loans
from jietong.loans.queries import suspense as money
from jietong.origination import queries as origination
from jietong.portal import debiting, papers, presenting
from jietong.portal.access import BorrowerRequest, borrower_only
from jietong.portal.pages import is_htmx, show
from jietong.portal.presenting import parts, yearly_percent


@borrower_only
@require_GET
def home(request: BorrowerRequest) -> HttpResponse:
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    template = "portal/_home.html" if is_htmx(request) else "portal/home.html"
    return show(request, template, {"home": presenting.home(request.borrower_id, now=now)}, now=now, zone=zone)


@borrower_only
@require_GET
def loan(request: BorrowerRequest, ref: str) -> HttpResponse:
    """One loan of the borrower's own: each instalment, what was paid, who lent it at which rate."""
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    today = clock.local_date(now, zone)
    view = next((view for view in loans.loans_of(request.borrower_id, on=today) if view.ref == ref), None)
    if view is None:
        raise Http404
    lines = [(line, parts([line], days=max((today - line.due_on).days, 0))) for line in view.instalments]
    context = {
        "loan": view,
        "lines": lines,
        "applied_here": origination.application(view.ref, borrower_id=request.borrower_id) is not None,
        "rate": yearly_percent(view.rate, view.rate_unit),
        "repayments": [row for row in loans.repayments_of(request.borrower_id) if row.loan_id == view.loan_id],
        "refunds": debiting.refunds(view.loan_id, now=now, zone=zone),
        "around": papers.around(view.loan_id, today=today),
        "fresh": presenting.freshness(today=today, now=now, link=connectors.freshness_of_loan(view.loan_id, now=now)),
        "credit": next((one for one in money.credits_of(request.borrower_id) if one.loan_id == view.loan_id), None),
    }
    return show(request, "portal/loan.html", context, now=now, zone=zone)


@borrower_only
@require_GET
def link(request: BorrowerRequest) -> HttpResponse:
    """Whether the lender's core still tells the figures on the page: what every open page asks when that changes."""
    return show(request, "portal/_link.html", now=clock.now())


@borrower_only
@require_GET
def ways(request: BorrowerRequest) -> HttpResponse:
    """How to pay, said as it is: there is nothing here that takes money."""
    now = clock.now()
    zone = borrowers.borrower(request.borrower_id).time_zone
    told = presenting.home(request.borrower_id, now=now)
    cards = sorted(borrowers.card_tails(request.borrower_id))
    return show(request, "portal/ways.html", {"home": told, "card_tails": cards}, now=now, zone=zone)
