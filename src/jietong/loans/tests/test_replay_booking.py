"""Booking on the real database against the pure replay, in and out of order, with reversals and day-ends between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.loans import replay
from jietong.loans.commands import record_repayment, reverse_repayment
from jietong.loans.models import BucketMove, Loan, LoanHead
from jietong.loans.rules import replay as rules
from jietong.loans.rules.opening import Open
from jietong.loans.tests.replay_world import ENTERED_ON, agree, day, figures, lend, live_until, moves, noon

pytestmark = pytest.mark.django_db
END = day(150)  # one of six instalments is not due yet: its interest must not stay in the ledger without money
FEW = settings(max_examples=15, deadline=None)


@dataclass(frozen=True)
class Event:
    """One receipt: paid on a day, booked some days later, and perhaps taken back after some more (numbers of days)."""

    paid: int
    fen: int
    late: int
    back: int | None

    @property
    def booked_on(self) -> date:
        return min(day(self.paid + self.late), END)

    @property
    def reversed_on(self) -> date | None:
        return None if self.back is None else min(day(self.paid + self.late + self.back), END)


EVENTS = st.lists(
    st.builds(
        Event,
        paid=st.integers(6, 149),
        fen=st.integers(1, 3000_00),
        late=st.sampled_from([0, 0, 1, 2, 10, 45, 90]),
        back=st.sampled_from([None, None, 0, 1, 20, 60]),
    ),
    min_size=1,
    max_size=6,
)


def pay(loan: Loan, receipt: str, event: Event, on: date) -> None:
    record_repayment(
        receipt=receipt, loan_ref=loan.ref, amount_fen=event.fen, paid_at=noon(day(event.paid)), actor="bank",
        now=noon(on),
    )  # fmt: skip


def live(events: list[Event], *, paid: int, promptly: bool) -> Loan:
    """A loan's life with these receipts: as told late and taken back, or as if only the lasting ones came in time."""
    loan = lend(paid=paid)
    acts = []
    for n, event in enumerate(events):
        receipt = f"{loan.ref}-{n}"
        if promptly:
            acts += [(day(event.paid), 0, receipt, event)] if event.back is None else []
        else:
            acts.append((event.booked_on, 0, receipt, event))
            acts += [(event.reversed_on, 1, receipt, event)] if event.reversed_on else []
    for on, is_reversal, receipt, event in sorted(acts, key=lambda act: act[:3]):
        live_until(loan, on)
        if is_reversal:
            reverse_repayment(receipt=receipt, reason="退票", actor="bank", now=noon(on))
        else:
            pay(loan, receipt, event, on)
        agree(loan)
    live_until(loan, END)
    agree(loan)
    return loan


def comparable(loan: Loan) -> dict[str, list]:
    found = figures(loan)
    return {**found, "repayments": [(row[0].rsplit("-", 1)[1], *row[1:]) for row in found["repayments"]]}


@given(EVENTS, st.integers(0, 2))
@FEW
def test_told_late_or_taken_back_it_ends_as_if_told_in_time(events: list[Event], paid: int) -> None:
    with transaction.atomic():
        lived = comparable(live(events, paid=paid, promptly=False))
        assert lived == comparable(live(events, paid=paid, promptly=True))
        transaction.set_rollback(True)


@given(EVENTS)
@FEW
def test_booking_in_order_is_the_pure_replay(events: list[Event]) -> None:
    lasting = [event for event in events if event.back is None]
    with transaction.atomic():
        loan = live(events, paid=0, promptly=True)
        blank = [Open(r.n, r.due_on, [r.principal_fen, r.interest_fen, r.fee_fen, 0]) for r in loan.instalments.all()]
        names = [f"{loan.ref}-{n}" for n, event in enumerate(events) if event.back is None]
        moneys = [
            rules.Money(name, noon(day(event.paid)), day(event.paid), event.fen)
            for name, event in zip(names, lasting, strict=True)
        ]
        told = rules.replay(blank, moneys, order=(2, 3, 1, 0), penalty_of=replay.penalty_rule(loan))
        assert [replay._as_open(row) for row in loan.instalments.order_by("n")] == list(told.instalments)
        for one in told.received:
            booked = loan.repayments.get(receipt=one.receipt)
            assert ([list(part) for part in one.parts], one.credit_fen) == (booked.split, booked.credit_fen)
        history = rules.history(told.points, start="M0", from_on=ENTERED_ON, as_of=END)
        assert moves(loan) == [(m.on, m.from_bucket, m.to_bucket) for m in history]
        transaction.set_rollback(True)


@given(EVENTS)
@FEW
def test_the_moves_in_force_are_one_chain_that_ends_at_the_head(events: list[Event]) -> None:
    """Each begins where the one before ended; the others carry the time at which they ceased to be believed."""
    with transaction.atomic():
        loan = live(events, paid=0, promptly=False)
        places = [m for _on, *pair in moves(loan) for m in pair]
        assert places[1:-1:2] == places[2::2]
        assert (places or ["M0"])[-1] == LoanHead.objects.get(loan=loan).bucket
        marked = BucketMove.objects.filter(loan=loan, superseded_at__isnull=False)
        assert all(move.superseded_at <= noon(END) for move in marked)
        transaction.set_rollback(True)
