"""Beside the loan: what was reported, what is under way, and what may truthfully be said about it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jietong.borrowers.models import Borrower
from jietong.bureau.commands import open_dispute, prepare
from jietong.bureau.models import Report
from jietong.bureau.tests.world import given
from jietong.dayend.commands import close_day
from jietong.desk import book
from jietong.loans.models import Loan
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(days=8)


def credit_of(who: Borrower, now=NOW) -> dict:
    return book.facts(who, now=now)["cards"][0]["reported"]


def test_who_pays_on_time_is_told_so(desk) -> None:
    who = make_borrower("赵强")
    make_loan(who, paid=5)
    told = credit_of(who)
    assert told["state"] == "还没报过"
    assert told["tags"] == []


def test_it_says_what_prevents_a_report_and_by_when(wang: Borrower) -> None:
    assert any("还没告知到就不会报" in line for line in credit_of(wang)["say"])
    given(Loan.objects.get(borrower=wang), date(2026, 11, 22))
    told = credit_of(wang)
    assert told["tags"] == [("已告知 11-22", "info")]
    assert any("11-28 之前不会报" in line for line in told["say"])


def test_what_was_said_and_what_is_disputed_stand_beside_the_loan(wang: Borrower) -> None:
    given(Loan.objects.get(borrower=wang), date(2026, 11, 18))
    close_day(TODAY, now=NOW)
    close_day(date(2026, 11, 30), now=NOW + timedelta(days=6))
    prepare(month=date(2026, 11, 1), actor="staff:1", now=AT)
    report = Report.objects.get()
    open_dispute(report_id=report.pk, borrower_id=wang.pk, text="卡里有钱", actor="borrower:1", now=AT)
    told = credit_of(wang, AT)
    assert told["state"] == "2026-11 报了：逾期 15 天"
    assert ("异议，12-22 前答复", "warn") in told["tags"]
