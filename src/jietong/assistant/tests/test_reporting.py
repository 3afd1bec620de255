"""Questions about credit reporting are answered from what was really reported of this borrower."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jietong.assistant.answers import answer_for
from jietong.borrowers.models import Borrower
from jietong.bureau.commands import prepare
from jietong.bureau.tests.world import given
from jietong.dayend.commands import close_day
from jietong.loans.models import Loan
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db


def told(who: Borrower, intent: str, now=NOW) -> str:
    answer = answer_for(intent, borrower_id=who.pk, on=now.date(), now=now)
    assert answer is not None
    assert "person" in answer.suggestions
    return answer.text


def test_nothing_reported_yet_is_said_so(desk) -> None:
    who = make_borrower("赵强")
    make_loan(who, paid=5)
    assert "还没有报送过征信" in told(who, "credit_report")
    assert "您现在没有过了还款日没还的" in told(who, "overdue_consequence")


def test_what_was_reported_is_what_is_told(wang: Borrower) -> None:
    loan = Loan.objects.get(borrower=wang)
    given(loan, date(2026, 11, 18))
    close_day(TODAY, now=NOW)
    close_day(date(2026, 11, 30), now=NOW + timedelta(days=6))
    at = NOW + timedelta(days=8)
    prepare(month=date(2026, 11, 1), actor="staff:1", now=at)
    assert f"借据 {loan.ref}，2026 年 11 月报了已过还款日 15 天。" in told(wang, "credit_report", at)


def test_being_late_names_the_charge_and_the_day_without_a_threat(wang: Borrower) -> None:
    text = told(wang, "overdue_consequence")
    assert "每天约加罚息 ¥" in text
    assert "11 月 30 日 前把过了还款日的还上" in text
    assert "还没告知到就不会报" in text


def test_a_stranger_without_loans_goes_to_a_person(desk) -> None:
    who = make_borrower("钱多")
    for intent in ("credit_report", "overdue_consequence"):
        assert answer_for(intent, borrower_id=who.pk, on=TODAY, now=NOW) is None
