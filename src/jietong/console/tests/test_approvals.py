"""The page of the second look: who sees it, who answers, and what each of them reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from jietong.approvals.models import Request
from jietong.borrowers.models import Borrower
from jietong.kernel import clock
from jietong.loans.models import Loan, PlanChange
from jietong.simulator.tests.cast import NOW, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def shen(desk: Team) -> Member:
    return make_member("shen", "沈知行", desk, role="officer")


@pytest.fixture
def loan(wang: Borrower) -> Loan:
    return wang.loans.get()


def signed_in(who: Member) -> Client:
    client = Client()
    client.force_login(who)
    return client


def asked(by: Member, loan: Loan) -> Request:
    sent = {"reason": "法院终结执行", "key": "one"}
    page = signed_in(by).post(f"/console/loans/{loan.ref}/money/write-off/", sent, follow=True).content.decode()
    assert "等沈合规" in page
    return Request.objects.get()


def test_a_write_off_is_asked_for_read_and_agreed_to(qin: Member, shen: Member, loan: Loan) -> None:
    one = asked(qin, loan)
    money = signed_in(qin).get(f"/console/loans/{loan.ref}/money/").content.decode()
    assert f"/console/approvals/{one.pk}/" in money
    second = signed_in(shen)
    waiting = second.get("/console/approvals/").content.decode()
    assert "1 件你可以定" in waiting
    assert '复核 <b class="count">1</b>' in waiting
    assert "法院终结执行" in waiting
    page = second.get(f"/console/approvals/{one.pk}/")
    text = page.content.decode()
    for said in ("资产合计", "已核销", "秦", "同意，就这么办"):
        assert said in text
    told = second.post(f"/console/approvals/{one.pk}/confirm/", {"seen": page.context["seen"]}, follow=True)
    assert f"已同意，办好了：核销借据 {loan.ref}" in told.content.decode()
    assert PlanChange.objects.get().kind == "write_off"
    after = second.get(f"/console/approvals/{one.pk}/").content.decode()
    assert "改了什么" in after
    assert "同意，就这么办" not in after


def test_who_asked_may_take_it_back_and_no_more(qin: Member, shen: Member, loan: Loan) -> None:
    one = asked(qin, loan)
    own = signed_in(qin)
    page = own.get(f"/console/approvals/{one.pk}/").content.decode()
    assert "同意，就这么办" not in page
    assert "收回" in page
    refused = own.post(f"/console/approvals/{one.pk}/confirm/", {"seen": "x"}, follow=True).content.decode()
    assert "自己提出的不能自己复核" in refused
    own.post(f"/console/approvals/{one.pk}/withdraw/")
    one.refresh_from_db()
    assert one.state == "withdrawn"


def test_a_refusal_is_read_by_who_asked(qin: Member, shen: Member, loan: Loan) -> None:
    one = asked(qin, loan)
    second = signed_in(shen)
    assert "写一句为什么" in second.post(f"/console/approvals/{one.pk}/refuse/", follow=True).content.decode()
    second.post(f"/console/approvals/{one.pk}/refuse/", {"reason": "上周刚还过"})
    assert "上周刚还过" in signed_in(qin).get("/console/approvals/").content.decode()


def test_what_waits_for_more_than_a_day_is_marked(
    qin: Member, shen: Member, loan: Loan, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(qin, loan)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=30))
    page = signed_in(shen).get("/console/approvals/").content.decode()
    assert "1 件超过一天" in page
    assert "30 小时" in page


def test_strangers(qin: Member, shen: Member, lin: Member, loan: Loan) -> None:
    one = asked(qin, loan)
    assert Client().get("/console/approvals/").url.startswith("/staff/login/")
    specialist = signed_in(lin)
    for address in ("", f"{one.pk}/"):
        assert specialist.get(f"/console/approvals/{address}").status_code == 403
    for act in ("confirm", "refuse", "withdraw", "take"):
        assert specialist.post(f"/console/approvals/{one.pk}/{act}/").status_code == 403
    assert signed_in(shen).get("/console/approvals/999999/").status_code == 404
    assert signed_in(shen).post("/console/approvals/999999/confirm/").status_code == 404
    assert signed_in(shen).post(f"/console/approvals/{one.pk}/other/").status_code == 404
    operator = signed_in(make_member("ding", "丁宁", lin.team, role="operator"))
    assert "你可以看，定的人在上面" in operator.get(f"/console/approvals/{one.pk}/").content.decode()
    operator.post(f"/console/approvals/{one.pk}/confirm/", {"seen": "x"})
    one.refresh_from_db()
    assert one.state == "waiting"


def test_an_empty_page_says_what_comes_here(shen: Member) -> None:
    assert "由第二个人看过才办" in signed_in(shen).get("/console/approvals/").content.decode()
    with translation.override("en"):
        assert signed_in(shen).get("/console/approvals/").status_code == 200
