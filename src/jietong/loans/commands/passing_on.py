"""What came of a part that a guarantor paid is handed on to it: postings follow the division, however it is told.

The borrower's money stays booked on what it paid. Between institutions, what belongs to a part leaves
`claims_passed_on` for `partner_clearing`, the way it came when the part was paid.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from jietong.loans import ledger, replay
from jietong.loans.models import ClaimChange, Loan
from jietong.loans.queries import dividing
from jietong.loans.queries.dividing import HANDED, PASSED_ON
from jietong.loans.rules.parties import COMPENSATION

PARTNERS = "partner_clearing"


def pass_on(loan: Loan, *, now: datetime) -> int:
    """Bring the ledger in line with who has what coming, under the caller's lock of the loan; answers the fen that
    moved.

    A second time moves nothing. A repayment that was reversed, or a part that was undone, moves the money back.
    """
    today = replay.paid_on(now)
    due, handed = dividing.due_to_parts(loan.pk, on=today), dividing.handed_on(loan.pk)
    moved = 0
    for number in sorted(due.keys() | handed.keys()):
        more = due.get(number, 0) - handed.get(number, 0)
        if more:
            step = (PASSED_ON, PARTNERS, more) if more > 0 else (PARTNERS, PASSED_ON, -more)
            ledger.post(loan, [step], HANDED, entry=dividing.part_entry(number), on=today, now=now)
            moved += abs(more)
    return moved


def pass_on_parts(*, business_date: date, now: datetime) -> dict[str, int]:
    """A step of day-end: loans of which somebody paid a part and whose figures moved since the day before."""
    since = datetime.combine(business_date - timedelta(days=1), time(), ZoneInfo(settings.LENDER_TIME_ZONE))
    parts = ClaimChange.objects.filter(kind=COMPENSATION, whole=False, loan__head__updated_at__gte=since)
    counts = {"loans": 0, "fen": 0}
    for ref in parts.order_by("loan_id").values_list("loan__ref", flat=True).distinct():
        with transaction.atomic():
            loan = replay.lock(ref)
            moved = pass_on(loan, now=now) if loan is not None else 0
        counts["loans"] += bool(moved)
        counts["fen"] += moved
    return counts
