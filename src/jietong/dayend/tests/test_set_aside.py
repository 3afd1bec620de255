"""One bad loan does not hold up the night: it is left out with its reason, and taken in again when it is sound."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest
from django.db import transaction

from jietong.config.tests.database import raw
from jietong.dayend.commands import STEPS, close_day
from jietong.dayend.models import StepMark
from jietong.dayend.queries import set_aside
from jietong.kernel.errors import CommandRefused
from jietong.loans.commands import try_again
from jietong.loans.models import BucketMove, Loan, LoanHead, Posting, SetAside
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_team

DUE = date(2026, 11, 15)


def two_loans() -> tuple[Loan, Loan]:
    make_team()
    return make_loan(make_borrower(), paid=4, as_of=DUE), make_loan(make_borrower("周同"), paid=4, as_of=DUE)


def spoil(loan: Loan, by: int = 1) -> None:
    head = LoanHead.objects.get(loan=loan)
    LoanHead.objects.filter(loan=loan).update(outstanding_fen=head.outstanding_fen + by)


@pytest.mark.django_db
def test_a_loan_that_makes_no_sense_is_left_out_and_the_others_go_on() -> None:
    bad, good = two_loans()
    spoil(bad)
    done = close_day(DUE + timedelta(days=1), now=NOW)
    assert done["check"] == {"checked": 2, "set_aside": 1, "mended": 0}
    assert LoanHead.objects.get(loan=good).bucket == "M1"
    assert LoanHead.objects.get(loan=bad).bucket == "M0"
    assert not Posting.objects.filter(loan=bad).exists()
    (out,) = set_aside()
    assert (out.ref, out.step, out.reason, out.since_on) == (
        bad.ref, "check", "head_disagrees", DUE + timedelta(days=1),
    )  # fmt: skip


@pytest.mark.django_db
def test_mended_it_is_taken_in_by_the_next_night_as_if_it_had_never_been_out() -> None:
    bad, good = two_loans()
    spoil(bad)
    close_day(DUE + timedelta(days=1), now=NOW)
    spoil(bad, -1)
    assert close_day(DUE + timedelta(days=2), now=NOW)["check"]["mended"] == 1
    assert set_aside() == []
    assert LoanHead.objects.get(loan=bad).bucket == LoanHead.objects.get(loan=good).bucket == "M1"


@pytest.mark.django_db
def test_tried_again_by_hand_it_tells_each_move_on_its_own_date() -> None:
    bad, good = two_loans()
    spoil(bad)
    for n in range(1, 33):
        close_day(DUE + timedelta(days=n), now=NOW)
    row = SetAside.objects.get(ended_at=None)
    assert try_again(set_aside_id=row.pk, actor="staff:qin", now=NOW).ended_at is None
    assert SetAside.objects.get(ended_at=None).tried_at == NOW
    spoil(bad, -1)
    assert try_again(set_aside_id=row.pk, actor="staff:qin", now=NOW).ended_by == "staff:qin"
    assert set_aside() == []

    def moves(loan: Loan) -> list[tuple[date, str]]:
        return list(BucketMove.objects.filter(loan=loan).order_by("on", "pk").values_list("on", "to_bucket"))

    assert moves(bad) == moves(good) != []

    def booked(loan: Loan) -> list[tuple[date, int]]:  # how rows of one night lie in the table is the planner's choice
        return sorted(Posting.objects.filter(loan=loan).values_list("booked_on", "amount_fen"))

    assert booked(bad) == booked(good)
    with pytest.raises(CommandRefused) as refused:
        try_again(set_aside_id=row.pk, actor="staff:qin", now=NOW)
    assert refused.value.code == "not_set_aside"


def test_what_the_database_refuses_is_found_by_halving(committed_db: object) -> None:
    with transaction.atomic():
        make_team()
        loans = [make_loan(make_borrower(f"借款人{n}"), paid=4, as_of=DUE) for n in range(7)]
    bad = loans[4]
    with raw(os.environ["JIETONG_DB_OWNER_URL"]) as owner:
        owner.execute(f"ALTER TABLE loans_bucketmove ADD CONSTRAINT no_more CHECK (loan_id <> {bad.pk}) NOT VALID")
    done = close_day(DUE + timedelta(days=1), now=NOW)
    assert done["age"] == {"heads": 6, "moved": 6, "set_aside": 1}
    (out,) = set_aside()
    assert (out.ref, out.step, out.reason) == (bad.ref, "age", "error")
    assert "no_more" in out.detail
    assert set(StepMark.objects.values_list("name", flat=True)) == {name for name, _ in STEPS}
    assert try_again(set_aside_id=out.pk, actor="staff:qin", now=NOW).ended_at is None
    with raw(os.environ["JIETONG_DB_OWNER_URL"]) as owner:
        owner.execute("ALTER TABLE loans_bucketmove DROP CONSTRAINT no_more")
    assert try_again(set_aside_id=out.pk, actor="staff:qin", now=NOW).ended_at == NOW
    assert LoanHead.objects.get(loan=bad).bucket == "M1"
