"""A certificate says who was owed and when it ended; it is the same one until that is no longer so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jietong.kernel.errors import CommandRefused
from jietong.loans.commands import record_repayment, reverse_repayment, transfer_claim
from jietong.loans.commands.certifying import ALPHABET, issue_certificate
from jietong.loans.models import Certificate, Loan
from jietong.loans.queries.certificates import certificate_by_code, certificate_of
from jietong.loans.tests.replay_world import lend, noon

pytestmark = pytest.mark.django_db
PAID, LATER = date(2026, 3, 10), date(2026, 3, 20)
FUND = "远山资产管理有限公司"


@pytest.fixture
def loan() -> Loan:
    return lend(instalments=2, principal_fen=1000_00)


def settle(loan: Loan, on: date = PAID, receipt: str = "A") -> None:
    record_repayment(
        receipt=receipt, loan_ref=loan.ref, amount_fen=1100_00, paid_at=noon(on), actor="bank", now=noon(on)
    )


def issue(loan: Loan, on: date = LATER) -> Certificate:
    return issue_certificate(loan_ref=loan.ref, borrower_id=loan.borrower_id, actor="borrower:1", now=noon(on))


def test_it_names_the_creditor_of_the_day_of_settlement(loan: Loan) -> None:
    transfer_claim(
        loan_ref=loan.ref, taker=FUND, effective_on=PAID - timedelta(days=5), reference="ZR", hotline="400",
        actor="staff:1", now=noon(PAID - timedelta(days=5)),
    )  # fmt: skip
    settle(loan)
    made = issue(loan)
    assert (made.creditor, made.settled_on, made.issued_on) == (FUND, PAID, LATER)
    assert len(made.code) == 16
    assert set(made.code) <= set(ALPHABET)
    assert issue(loan, LATER + timedelta(days=30)).pk == made.pk


def test_it_is_found_by_its_code_however_that_is_typed_and_by_no_other(loan: Loan) -> None:
    settle(loan)
    made = issue(loan)
    shown = certificate_of(loan.pk).shown_code
    for typed in (made.code, shown, shown.lower(), f"  {shown.replace('-', ' ')} "):
        assert certificate_by_code(typed).ref == loan.ref
    other = ALPHABET[(ALPHABET.index(made.code[0]) + 1) % len(ALPHABET)] + made.code[1:]
    for typed in (other, "", "' OR 1=1", made.code[:-1], "结清"):
        assert certificate_by_code(typed) is None


def test_it_holds_no_longer_when_the_money_was_taken_back_and_a_new_one_is_another(loan: Loan) -> None:
    settle(loan)
    made = issue(loan)
    reverse_repayment(receipt="A", reason="退票", actor="staff:1", now=noon(LATER))
    assert not certificate_by_code(made.code).holds
    assert certificate_of(loan.pk) is None
    with pytest.raises(CommandRefused) as refused:
        issue(loan)
    assert refused.value.code == "not_settled"
    settle(loan, LATER, "B")
    again = issue(loan)
    assert (again.code != made.code, again.settled_on) == (True, LATER)
    assert (certificate_by_code(made.code).holds, certificate_by_code(again.code).holds) == (False, True)


def test_a_stranger_gets_none_and_nothing_tells_them_why(loan: Loan) -> None:
    settle(loan)
    for ref, who in ((loan.ref, lend().borrower_id), ("nothing", loan.borrower_id)):
        with pytest.raises(CommandRefused) as refused:
            issue_certificate(loan_ref=ref, borrower_id=who, actor="borrower:9", now=noon(LATER))
        assert refused.value.code == "unknown"
    assert not Certificate.objects.exists()
