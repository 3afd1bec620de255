"""Money pages of the console: what waits is resolved by people with the right, a plan is seen before it is made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.kernel import clock
from jietong.loans import commands as loans
from jietong.loans.models import CreditOrder, Loan, PlanChange, Repayment, SuspenseItem
from jietong.simulator.tests.cast import NOW, TODAY, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def loan(wang: Borrower) -> Loan:
    return wang.loans.get()


@pytest.fixture
def office(client: Client, qin: Member) -> Client:
    client.force_login(qin)
    return client


def upload(client: Client, *lines: str, name: str = "bank.csv") -> None:
    text = "流水号,交易时间,贷方金额,对方户名,摘要\n" + "".join(f"{line}\n" for line in lines)
    file = SimpleUploadedFile(name, text.encode("gbk"))
    assert client.post("/console/suspense/bank-file/", {"file": file}).status_code == 302


@pytest.mark.parametrize("address", ["/console/suspense/", "/console/loans/JT-1/money/"])
def test_a_stranger_is_sent_to_the_door_and_a_specialist_is_refused(client: Client, lin: Member, address: str) -> None:
    assert client.get(address).status_code == 302
    client.force_login(lin)
    assert client.get(address).status_code == 403


def test_an_officer_sees_and_changes_nothing(client: Client, desk: Team, loan: Loan) -> None:
    client.force_login(make_member("wu", "吴官", desk, role="officer"))
    page = client.get(f"/console/loans/{loan.ref}/money/").content.decode()
    assert "记一笔还款" not in page
    assert "重新安排还款" not in page
    assert client.post(f"/console/loans/{loan.ref}/money/reversal/", {"receipt": "x", "reason": "y"}).status_code == 403
    assert client.post(f"/console/loans/{loan.ref}/money/write-off/", {"reason": "y"}).status_code == 403


def test_an_empty_list_says_so(office: Client) -> None:
    page = office.get("/console/suspense/").content.decode()
    assert "没有等人处理的，来的钱都入了账" in page
    assert "没有要退的" in page


def test_a_statement_is_read_and_what_waits_is_booked_by_hand(office: Client, loan: Loan) -> None:
    upload(office, f"B1,2026-11-23,10.00,赵六,{loan.ref}", "B2,2026-11-23,20.00,王霞,还款")
    assert Repayment.objects.get().receipt == "B1"
    item = SuspenseItem.objects.get()
    page = office.get("/console/suspense/").content.decode()
    assert "像是一位，不肯定" in page
    assert "王*" in page or "王霞" not in page
    detail = office.get(f"/console/suspense/{item.pk}/").content.decode()
    assert loan.ref in detail
    assert "姓名一样" in detail
    office.post(f"/console/suspense/{item.pk}/take/")
    office.post(f"/console/suspense/{item.pk}/book/", {"ref": "JT-nobody"})
    assert SuspenseItem.objects.get().state == "open"
    office.post(f"/console/suspense/{item.pk}/book/", {"ref": loan.ref})
    assert (SuspenseItem.objects.get().state, Repayment.objects.count()) == ("booked", 2)
    again = office.post(f"/console/suspense/{item.pk}/dismiss/", {"reason": "x"}, follow=True).content.decode()
    assert "已经有人处理过了" in again


def test_a_file_that_is_cut_off_books_nothing_and_says_why(office: Client, loan: Loan) -> None:
    text = f"流水号,交易时间,贷方金额,摘要\nB1,2026-11-23,10.00,{loan.ref}\nB2,2026-11"
    file = SimpleUploadedFile("bank.csv", text.encode())
    page = office.post("/console/suspense/bank-file/", {"file": file}, follow=True).content.decode()
    assert "truncated" in page
    assert not Repayment.objects.exists()


def test_money_is_recorded_and_reversed_with_a_reason_in_plain_words(office: Client, loan: Loan) -> None:
    address = f"/console/loans/{loan.ref}/money/"
    told = {"receipt": "R1", "amount": "100.00", "paid_on": TODAY.isoformat(), "plan": ""}
    office.post(f"{address}repayment/", told)
    assert Repayment.objects.get().amount_fen == 100_00
    early = office.post(f"{address}repayment/", told | {"receipt": "R2", "paid_on": "2020-01-01"}, follow=True)
    assert "到账日在放款之前" in early.content.decode()
    office.post(f"{address}reversal/", {"receipt": "R1", "reason": "退票"})
    twice = office.post(f"{address}reversal/", {"receipt": "R1", "reason": "别的"}, follow=True).content.decode()
    assert "已经冲正过了" in twice
    again = office.post(f"{address}repayment/", told, follow=True).content.decode()
    assert "之前冲正过" in again
    assert "退票" in again


def test_a_new_plan_is_looked_at_first_and_then_made_once(office: Client, loan: Loan) -> None:
    address = f"/console/loans/{loan.ref}/money/"
    asked = {"first_on": (TODAY + timedelta(days=30)).isoformat(), "count": "18", "rate": "", "waive_penalty": "5"}
    page = office.get(address, asked).content.decode()
    assert "改成" in page
    assert not PlanChange.objects.exists()
    for _twice in range(2):
        office.post(f"{address}replan/", asked | {"reason": "住院", "key": "one"})
    change = PlanChange.objects.get()
    assert (change.kind, change.state, change.reason, change.actor[:6]) == ("replan", "held", "住院", "staff:")
    shown = office.get(address).content.decode()
    assert "重新安排还款" in shown
    office.post(f"{address}undo/", {"change": change.pk, "reason": "没签字"})
    assert PlanChange.objects.get().state == "undone"
    wrong = office.get(address, asked | {"count": "999", "first_on": "soon"}).content.decode()
    assert "期数在 1 到 360 之间" in wrong


def test_credit_that_was_asked_back_is_paid_out_here(office: Client, loan: Loan) -> None:
    loans.record_repayment(
        receipt="X", loan_ref=loan.ref, amount_fen=20_000_00, paid_at=NOW, actor="bank", now=NOW, plan="pay_off"
    )
    order = loans.ask_credit_back(loan_ref=loan.ref, actor="borrower:1", now=NOW)
    assert loan.ref in office.get("/console/suspense/").content.decode()
    office.post(f"/console/suspense/credit/{order.pk}/", {"payout": ""})
    assert CreditOrder.objects.get().state == "asked"
    office.post(f"/console/suspense/credit/{order.pk}/", {"payout": "P1"})
    assert CreditOrder.objects.get().state == "done"


def test_a_loan_is_found_by_its_number(office: Client, loan: Loan) -> None:
    assert office.get("/console/suspense/", {"ref": loan.ref.lower()}).url == f"/console/loans/{loan.ref}/money/"
    assert "没有这个借据号" in office.get("/console/suspense/", {"ref": "nope"}).content.decode()
