"""A late borrower in the real database, messages that really leave, and months that go by: for the room's tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from jietong.bureau.models import Notice
from jietong.contacts.commands import release_due, send_attempt
from jietong.contacts.models import Attempt
from jietong.dayend.commands import close_day
from jietong.kernel.models import Event
from jietong.loans.models import Loan
from jietong.simulator.tests.cast import make_borrower, make_loan, make_team

DUE = date(2026, 10, 15)  # of the loans below: their fourth instalment
OCTOBER = date(2026, 10, 1)


def noon(day: date) -> datetime:
    """Noon in Shanghai, when messages may leave."""
    return datetime.combine(day, time(4), UTC)


def lend(*, paid: int = 3) -> Loan:
    """Lent on 15 June, twelve instalments; the fourth was due on 15 October."""
    make_team("rights", "客户权益组")
    make_team()
    return make_loan(make_borrower(), paid=paid, as_of=DUE)


def close(first: date, last: date) -> None:
    """Close the dates on which something happens to these loans, and let their messages leave."""
    days = {first, last, *(first + timedelta(days=n) for n in (1, 3, 4, 5))}
    for day in sorted(day for day in days if first <= day <= last):
        close_day(day, now=noon(day))
        send_all(noon(day))


def send_all(at: datetime) -> None:
    """Everything planned goes the way it would by itself: asked, released, sent."""
    release_due(now=at, limit=1000)
    for key in Attempt.objects.filter(state="sending").values_list("pk", flat=True):
        send_attempt(attempt_id=key, now=at)


def given(loan: Loan, on: date) -> Notice:
    """A notice that was sent on that day."""
    attempt = Attempt.objects.create(
        key=f"given:{loan.pk}:{on}", borrower_id=loan.borrower_id, channel="sms", purpose="service",
        template="bureau_notice", state="sent", planned_at=noon(on), not_before=noon(on),
        expires_at=noon(on) + timedelta(days=1), sent_at=noon(on), body="告知",
    )  # fmt: skip
    return Notice.objects.create(
        loan=loan, borrower_id=loan.borrower_id, oldest_unpaid_on=DUE, state="sent", channel="sms",
        attempt_key=attempt.key, planned_at=noon(on), sent_at=noon(on), evidence={"attempt": attempt.pk},
    )  # fmt: skip


def news(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("seq")
