"""Facts for a decision, read under the borrower's lock at the moment of sending."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, Sum

from jietong.borrowers import queries as borrowers
from jietong.contacts import queries as contacts
from jietong.deduction.models import Debit, Mandate, Suspension
from jietong.deduction.rules.choosing import Purse
from jietong.deduction.rules.states import IN_FLIGHT, State


def zone() -> ZoneInfo:
    return ZoneInfo(settings.LENDER_TIME_ZONE)


def day_span(now: datetime) -> tuple[datetime, datetime]:
    """The lender's local day that `now` is in, as instants [start, end)."""
    day = now.astimezone(zone()).date()
    return datetime.combine(day, time(0), zone()), datetime.combine(day + timedelta(days=1), time(0), zone())


def suspensions(borrower_id: int, *, now: datetime) -> list[Suspension]:
    """Suspensions in force, the oldest first."""
    rows = Suspension.objects.filter(Q(until=None) | Q(until__gt=now), borrower_id=borrower_id, lifted_at=None)
    return list(rows.order_by("since", "pk"))


def flags(borrower_id: int, *, now: datetime) -> frozenset[str]:
    """All that is set about the borrower, wherever: circumstances, stops of contact, suspensions of debits."""
    found = set(borrowers.circumstances(borrower_id)) | set(contacts.stop_reasons(borrower_id, now=now))
    return frozenset(found | {row.reason for row in suspensions(borrower_id, now=now)})


def attempts(loan_id: int, *, now: datetime) -> int:
    """How often this loan was debited, or tried to, on this local day."""
    start, end = day_span(now)
    return Debit.objects.filter(loan_id=loan_id, claimed_at__gte=start, claimed_at__lt=end).count()


def in_flight_fen(loan_id: int) -> int:
    """Money of the loan that may be on its way at this moment."""
    rows = Debit.objects.filter(loan_id=loan_id, state__in=IN_FLIGHT)
    return rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def purses(borrower_id: int, loan_id: int, *, now: datetime) -> list[Purse]:
    """The borrower's open mandates as the rules want them, with what was taken and tried on this local day."""
    start, end = day_span(now)
    today = Debit.objects.filter(borrower_id=borrower_id, claimed_at__gte=start, claimed_at__lt=end)
    taken: dict[int, int] = {}
    tried: dict[int, int] = {}
    for mandate_id, of_loan, state, amount, took in today.exclude(mandate=None).values_list(
        "mandate_id", "loan_id", "state", "amount_fen", "taken_fen"
    ):
        assert mandate_id is not None
        if state in IN_FLIGHT or state == State.SUCCEEDED:
            taken[mandate_id] = taken.get(mandate_id, 0) + (took or amount)
        if state in (State.FAILED, State.SUCCEEDED) and of_loan == loan_id:
            tried[mandate_id] = tried.get(mandate_id, 0) + 1
    return [
        Purse(
            mandate_id=row.pk,
            rank=row.rank,
            limit_fen=row.limit_fen,
            day_limit_fen=row.day_limit_fen,
            taken_fen=taken.get(row.pk, 0),
            tried=tried.get(row.pk, 0),
            is_out=row.out_since is not None,
        )
        for row in Mandate.objects.filter(borrower_id=borrower_id, ended_at=None)
    ]
