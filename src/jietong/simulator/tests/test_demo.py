"""The demo lender on the real database: what the tape says is what the book says, to the fen, and once only.

The sums are computed here from the written files with the csv module and decimals, apart from the reader and the book.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models import Sum

from jietong.borrowers import commands as proof
from jietong.borrowers import queries as borrowers
from jietong.borrowers.models import Borrower
from jietong.contacts.models import Attempt, Contact
from jietong.dayend.commands import STEPS
from jietong.dayend.models import StepMark
from jietong.kernel.models import Event
from jietong.loans.models import CreditOrder, Loan, LoanHead, PlanChange, Repayment, SuspenseItem
from jietong.loans.queries import book as loans
from jietong.loans.queries import parties
from jietong.recovery.models import Case, Promise
from jietong.routing.models import Offer, Presence, Waiting
from jietong.simulator import demo, tables
from jietong.simulator.demo import load
from jietong.staff.models import Member

#: a Tuesday, three in the afternoon in Shanghai
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PEOPLE = 200

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[demo.Loaded]:
    """One load for all tests of this file, in a transaction that is rolled back after the last of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load(number=PEOPLE, seed=7, folder=tmp_path_factory.mktemp("demo"), now_of=lambda: NOW)
        transaction.set_rollback(True)


@pytest.fixture
def loaded(world: demo.Loaded, db: None) -> demo.Loaded:
    return world


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="gb18030", newline="") as file:
        return list(csv.DictReader(file))


def fen(cells: list[str]) -> int:
    return int(sum(map(Decimal, cells), Decimal(0)) * 100)


def test_the_book_agrees_with_the_tape_to_the_fen(loaded: demo.Loaded) -> None:
    assert loaded.files is not None
    tape, receipts = rows(loaded.files.loans), rows(loaded.files.repayments)
    assert Loan.objects.count() == len(tape)
    assert Loan.objects.aggregate(fen=Sum("principal_fen"))["fen"] == fen([row["本金(元)"] for row in tape])
    from_tape = Repayment.objects.exclude(receipt__startswith="DEMO-")
    assert from_tape.count() == len(receipts)
    assert from_tape.aggregate(fen=Sum("amount_fen"))["fen"] == fen([row["还款金额(元)"] for row in receipts])
    assert Borrower.objects.count() == PEOPLE == len({row["客户号"] for row in tape})


def test_no_row_is_refused_and_nobody_paid_too_much(loaded: demo.Loaded) -> None:
    assert loaded.imported is not None
    assert loaded.imported.errors == []
    assert not Repayment.objects.exclude(receipt__startswith="DEMO-").filter(credit_fen__gt=0).exists()


def test_a_second_load_adds_nothing(loaded: demo.Loaded, tmp_path: Path) -> None:
    tables_of = (Borrower, Loan, Repayment, Contact, Attempt, Event, Member, Waiting)
    before = [model.objects.count() for model in tables_of]
    again = load(number=PEOPLE, seed=8, folder=tmp_path / "other", now_of=lambda: NOW + timedelta(days=1))
    assert not again.is_new
    assert [model.objects.count() for model in tables_of] == before
    assert not (tmp_path / "other").exists()


def test_linxiao_is_nine_days_late_with_the_fifth_of_twelve(loaded: demo.Loaded) -> None:
    [key] = borrowers.by_phone("15400000001")
    [loan] = loans.loans_of(key, on=TODAY)
    assert borrowers.borrower(key).name == "林晓"
    assert (loan.principal_fen, loan.days_past_due, len(loan.instalments)) == (12_000_00, 9, 12)
    assert [one.state for one in loan.instalments] == ["paid"] * 4 + ["late"] + ["coming"] * 7


def test_every_story_of_the_tour_can_prove_who_they_are(loaded: demo.Loaded) -> None:
    visitors = demo.logins(TODAY)["borrowers"]
    assert len(visitors) >= 5
    for visitor in visitors:
        candidates = borrowers.by_phone(visitor["phone"])
        for tail in (visitor["id_tail"], visitor["card_tail"]):
            found = proof.prove_person(phone=visitor["phone"], candidates=candidates, tail=tail, now=NOW)
            assert found is not None
            assert borrowers.borrower(found[0]).name == visitor["name"]


def test_two_borrowers_share_one_recycled_number(loaded: demo.Loaded) -> None:
    sharing = borrowers.by_phone("15400000004")
    assert [borrowers.borrower(key).name for key in sharing] == ["赵志远", "孙倩"]


def test_staff_can_sign_in_with_the_told_password(loaded: demo.Loaded) -> None:
    assert Member.objects.count() == len(tables.MEMBERS)
    for login in demo.logins(TODAY)["logins"]:
        member = Member.objects.get(username=login["username"])
        assert member.name == login["name"]
        assert check_password(login["password"], member.password)


def test_the_date_is_closed_and_whoever_is_late_has_a_case(loaded: demo.Loaded) -> None:
    assert loans.business_date() == TODAY
    assert StepMark.objects.filter(business_date=TODAY).count() == len(STEPS)
    late = set(loans.late_borrowers(on=TODAY))
    assert set(Case.objects.filter(closed_on=None).values_list("borrower_id", flat=True)) == late
    assert Attempt.objects.filter(key__startswith="strategy:", state="planned").exists()
    assert LoanHead.objects.exclude(aged_on__lte=TODAY).count() == 0


def test_the_last_days_are_told_and_every_class_waits(loaded: demo.Loaded) -> None:
    states = Counter(Contact.objects.values_list("state", flat=True))
    assert 60 <= states["settled"] <= 150
    assert states["waiting"] == 13  # the dozen, and one who disputes what was reported
    assert states["in_service"] == 0
    waiting = Waiting.objects.filter(left_at=None)
    assert set(waiting.values_list("urgency", flat=True)) == {"A", "B", "C", "D"}
    assert waiting.filter(since__lt=NOW - timedelta(minutes=16)).count() == 0
    assert Contact.objects.filter(state="waiting", reply_by__lte=NOW).count() == 0
    assert not Offer.objects.filter(state="open").exists()
    assert not Event.objects.filter(at__gt=NOW).exists()
    assert len({contact.first_try_at.date() for contact in Contact.objects.all()}) >= 6


def test_nobody_is_said_to_be_there_who_is_not(loaded: demo.Loaded) -> None:
    assert not Presence.objects.filter(state="ready").exists()
    assert not Presence.objects.filter(alive_until__gt=NOW + timedelta(minutes=1)).exists()


def test_promises_run_or_are_decided(loaded: demo.Loaded) -> None:
    states = set(Promise.objects.values_list("state", flat=True))
    assert states & {"active", "kept"}
    for promise in Promise.objects.filter(state="active"):
        assert promise.due_on >= TODAY - timedelta(days=1)


def test_money_waits_to_be_claimed_and_some_is_to_be_paid_back(loaded: demo.Loaded) -> None:
    assert set(SuspenseItem.objects.filter(state="open").values_list("reason", flat=True)) >= {
        "no_match",
        "weak_match",
        "line_unreadable",
    }
    assert CreditOrder.objects.get().amount_fen > 0
    assert set(PlanChange.objects.values_list("kind", "state")) == {("pay_off", "held"), ("replan", "held")}


def test_creditors_have_changed_and_borrowers_were_told(loaded: demo.Loaded) -> None:
    changes = parties.newest_changes()
    assert {one.kind for one in changes} >= {"transfer"}
    sold = next(one for one in changes if one.reference == "ZR-2026-0117")
    assert [how for how, _at in sold.told] == ["sms", "read"]
    assert parties.creditor_on(sold.loan_id, TODAY) == tables.BUYER
    coming = next(one for one in changes if one.on > TODAY)
    assert parties.creditor_on(coming.loan_id, TODAY) == tables.PARTNER_BANK
    funders = parties.parties_on(coming.loan_id, TODAY).funders
    assert [(one.name, one.shown) for one in funders] == [(tables.PARTNER_BANK, "80%"), (tables.LENDER, "20%")]
    assert not [one for one in changes if one.on <= TODAY and not one.told]
