"""Payouts that the bank has not shown yet: listed with age and owner, cleared by people with the right, and undone."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jietong.kernel import clock
from jietong.loans import commands as loans
from jietong.loans.models import Loan, PayoutCleared
from jietong.origination.rules.policy import DEFAULTS
from jietong.origination.tests.world import offer
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan(desk: Team, monkeypatch: pytest.MonkeyPatch) -> Loan:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return loans.book_loan(
        ref="A260001", borrower_id=make_borrower().pk, version_id=offer().pk, creditor="青禾消费金融有限公司",
        principal_fen=3000_00, instalments=6, disbursed_on=TODAY, actor="system", now=NOW,
    )  # fmt: skip


@pytest.fixture
def office(client: Client, qin: Member) -> Client:
    client.force_login(qin)
    return client


def test_an_open_payout_is_cleared_by_hand_and_opened_again(office: Client, loan: Loan) -> None:
    page = office.get("/console/applications/").content.decode()
    assert "1 笔，共 ¥3,000.00" in page
    assert "贷后二组" in page
    address = f"/console/payouts/{loan.ref}/"
    sent = {"serial": "P1", "amount": "3,000.00", "on": TODAY.isoformat()}
    assert "选银行付款的那一天" in office.post(f"{address}clear/", sent | {"on": ""}, follow=True).content.decode()
    assert "和放出的本金不一样" in office.post(f"{address}clear/", sent | {"amount": "1"}, follow=True).content.decode()
    done = office.post(f"{address}clear/", sent, follow=True).content.decode()
    assert "核对好了，银行已付" in done
    assert "银行都确认了" in done
    assert PayoutCleared.objects.get().actor.startswith("staff:")
    again = office.post(f"{address}undo/", {"reason": "看错行"}, follow=True).content.decode()
    assert "又在等银行确认了" in again
    assert "已撤销：看错行" in again
    assert office.post(f"{address}other/").status_code == 404


def test_a_statement_that_is_uploaded_clears_it(office: Client, loan: Loan) -> None:
    text = f"流水号,交易日期,借方金额,贷方金额,对方户名,摘要\nP1,{TODAY},3000.00,,王霞,{loan.ref}\n"
    page = office.post(
        "/console/suspense/bank-file/", {"file": SimpleUploadedFile("b.csv", text.encode("gbk"))}, follow=True
    )
    assert "放款核对好 1 笔" in page.content.decode()
    assert PayoutCleared.objects.get().source == "bank_file"


def test_strangers_and_an_officer_change_nothing(loan: Loan, lin: Member, desk: Team) -> None:
    address = f"/console/payouts/{loan.ref}/clear/"
    assert Client().post(address).url.startswith("/staff/login/")
    for member in (lin, make_member("shen", "沈知行", desk, role="officer")):
        visitor = Client()
        visitor.force_login(member)
        assert visitor.post(address, {"serial": "P1"}).status_code == 403
    assert "银行流水号" not in visitor.get("/console/applications/").content.decode()
    assert not PayoutCleared.objects.exists()


def test_figures_without_a_source_say_so(office: Client) -> None:
    page = office.get("/console/products/").content.decode()
    assert page.count("没有出处，自定") == sum(1 for one in DEFAULTS if not one.source)
    assert "原文未核对" in page
    assert "¥200,000.00" in page
