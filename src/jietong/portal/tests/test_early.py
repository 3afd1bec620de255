"""Paying early: what it costs today, what a part would change, what is noted, and money that was paid too much."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.kernel.money import show_yuan
from jietong.loans import commands as loans
from jietong.loans.models import CreditOrder, Loan, PrepayOrder
from jietong.loans.queries.quotes import quote
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan(wang: Borrower) -> Loan:
    return wang.loans.get()


def page(client: Client, address: str, **asked: str) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_what_settles_the_loan_today_and_what_that_saves(wang_page: Client, loan: Loan) -> None:
    told = quote(loan.pk, on=TODAY)
    shown = page(wang_page, f"/loans/{loan.ref}/early/")
    assert show_yuan(told.total_fen) in shown
    assert show_yuan(told.saved_fen) in shown
    later = page(wang_page, f"/loans/{loan.ref}/early/", day=(TODAY + timedelta(days=2)).isoformat())
    assert show_yuan(quote(loan.pk, on=TODAY + timedelta(days=2)).total_fen) in later


def test_a_part_shows_the_new_plan_or_why_it_is_too_little(wang_page: Client, loan: Loan) -> None:
    address = f"/loans/{loan.ref}/early/"
    assert "少付利息" in page(wang_page, address, amount="5000", keep="instalment")
    assert "还不到本金" in page(wang_page, address, amount="1")
    assert "够全部结清了" in page(wang_page, address, amount="99999")
    assert "这里填数字" in page(wang_page, address, amount="很多")


def test_what_is_agreed_is_noted_shown_and_can_be_taken_back(wang_page: Client, loan: Loan) -> None:
    address = f"/loans/{loan.ref}/early/"
    wang_page.post(f"{address}order/", {"plan": "pay_off", "day": TODAY.isoformat()})
    order = PrepayOrder.objects.get()
    assert (order.state, order.quoted_fen) == ("open", quote(loan.pk, on=TODAY).total_fen)
    shown = page(wang_page, address)
    assert "您约好的" in shown
    assert "附言一定要写" in shown
    wang_page.post(f"{address}cancel/")
    assert PrepayOrder.objects.get().state == "cancelled"
    wang_page.post(f"{address}order/", {"plan": "term", "day": TODAY.isoformat(), "amount": "5000"})
    loans.record_repayment(receipt="T", loan_ref=loan.ref, amount_fen=5000_00, paid_at=NOW, actor="bank", now=NOW)
    assert PrepayOrder.objects.filter(state="used").count() == 1
    assert "提前还款" in page(wang_page, f"/loans/{loan.ref}/")


def test_money_paid_too_much_is_shown_and_can_be_had_back(wang_page: Client, loan: Loan, wang: Borrower) -> None:
    assert "没有多还的钱" in page(wang_page, "/credit/")
    total = quote(loan.pk, on=TODAY).total_fen
    loans.record_repayment(
        receipt="T", loan_ref=loan.ref, amount_fen=total + 30_00, paid_at=NOW, actor="bank", now=NOW, plan="pay_off"
    )
    assert "您多还了 ¥30.00" in page(wang_page, "/")
    assert "您多还了 ¥30.00" in page(wang_page, "/credit/")
    other = make_loan(wang)
    assert other.ref in page(wang_page, "/credit/")
    wang_page.post(f"/credit/{loan.ref}/")
    assert CreditOrder.objects.get().state == "asked"
    assert "正在退给您" in page(wang_page, "/credit/")


def test_credit_can_pay_another_loan_of_mine(wang_page: Client, loan: Loan, wang: Borrower) -> None:
    other = make_loan(wang)
    total = quote(loan.pk, on=TODAY).total_fen
    loans.record_repayment(
        receipt="T", loan_ref=loan.ref, amount_fen=total + 30_00, paid_at=NOW, actor="bank", now=NOW, plan="pay_off"
    )
    assert wang_page.post(f"/credit/{loan.ref}/", {"to": other.ref}).url == f"/loans/{other.ref}/"
    assert other.repayments.get().amount_fen == 30_00


def test_somebody_elses_loan_does_not_exist(wang_page: Client, client: Client) -> None:
    theirs = make_loan(make_borrower("赵六"))
    for address in (f"/loans/{theirs.ref}/early/", f"/credit/{theirs.ref}/"):
        assert wang_page.get(address).status_code in {404, 405}
    assert wang_page.post(f"/loans/{theirs.ref}/early/order/", {"plan": "pay_off"}).status_code == 404
    assert wang_page.post(f"/credit/{theirs.ref}/").status_code == 404
    assert not PrepayOrder.objects.exists()
    assert Client().get(f"/loans/{theirs.ref}/early/").status_code == 302
