"""Operators change creditors, one or a list, tried first; others read; strangers see nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jietong.approvals import commands as approving
from jietong.approvals import queries as approvals
from jietong.borrowers.models import Borrower
from jietong.contacts.commands import release_due
from jietong.contacts.commands.notices import on_creditor_changed
from jietong.kernel import clock
from jietong.kernel.models import Event
from jietong.loans.models import ClaimChange, Loan
from jietong.loans.queries.parties import creditor_on, parties_on
from jietong.simulator.tests.cast import NOW, TODAY, make_loan, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db
FUND = "远山资产管理有限公司"


@pytest.fixture
def loan(wang: Borrower, monkeypatch: pytest.MonkeyPatch) -> Loan:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Loan.objects.get(borrower=wang)


@pytest.fixture
def ding(desk: Team) -> Member:
    return make_member("ding", "丁宁", desk, role="operator")


@pytest.fixture
def operator(client: Client, ding: Member, qin: Member) -> Client:
    client.force_login(ding)
    return client


def agree(qin: Member) -> None:
    """The supervisor agrees to all that waits, as they see it."""
    for asked in approvals.waiting():
        _rows, seen, _problem = approving.preview(request_id=asked.pk, now=NOW)
        approving.confirm(request_id=asked.pk, by=qin.pk, seen=seen, now=NOW)


def form(loan: Loan, **values: object) -> dict[str, object]:
    told = {"what": "transfer", "taker": FUND, "on": TODAY.isoformat(), "reference": "ZR-1", "hotline": "400-820-0000"}
    return {**told, "list": loan.ref, "do": "1", **values}


def test_an_operator_tries_a_list_and_a_second_person_agrees(
    operator: Client, ding: Member, qin: Member, loan: Loan
) -> None:
    tried = operator.post("/console/parties/enter/", form(loan, **{"try": "1"}))
    assert "试跑：1 笔可以登记" in tried.content.decode()
    assert not ClaimChange.objects.exists()
    assert loan.ref in tried.content.decode()  # the list is still in the form
    done = operator.post("/console/parties/enter/", form(loan), follow=True)
    page = done.content.decode()
    assert "已提出，等秦主管" in page
    assert not ClaimChange.objects.exists()
    agree(qin)
    assert "等待发出" in operator.get("/console/parties/").content.decode()
    assert ClaimChange.objects.get().actor == f"staff:{ding.pk}"
    assert creditor_on(loan.pk, TODAY) == FUND


def test_bad_lines_are_named_and_good_ones_asked_for(operator: Client, qin: Member, loan: Loan) -> None:
    sent = form(loan, list=f"{loan.ref}\nNOBODY\n{loan.ref}")
    answer = operator.post("/console/parties/enter/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("1 笔已提出，2 笔没登记", "第 2 行", "NOBODY", "没有这笔借据", "名单里写了两次"):
        assert words in page
    agree(qin)
    assert creditor_on(loan.pk, TODAY) == FUND


def test_a_file_of_an_office_and_a_form_with_nothing_in_it(operator: Client, qin: Member, loan: Loan) -> None:
    sheet = SimpleUploadedFile("名单.csv", f"借据号,价款\n{loan.ref},\n".encode("gbk"))
    operator.post("/console/parties/enter/", form(loan, list="", file=sheet))
    agree(qin)
    assert ClaimChange.objects.count() == 1
    for values, words in (
        ({"list": ""}, "名单是空的"),
        ({"on": ""}, "请填日期"),
        ({"what": "arrangement"}, "至少写一个"),
        ({"what": "arrangement", "funders": "甲 70%；乙 20%"}, "正好 100%"),
        ({"file": SimpleUploadedFile("x.csv", b"\xff\xff")}, "UTF-8"),
    ):
        answer = operator.post("/console/parties/enter/", form(loan, **values))
        assert answer.status_code == 422
        assert words in answer.content.decode()


def test_parties_are_arranged_and_the_guarantor_pays_a_part(operator: Client, qin: Member, loan: Loan) -> None:
    guard = "恒信融资担保有限公司"
    arranged = {"what": "arrangement", "funders": "云岫银行 70%；青禾 30%", "guarantors": guard, "on": "2026-06-15"}
    operator.post("/console/parties/enter/", form(loan, **arranged))
    paid = form(loan, what="compensation", taker=guard, reference="DC-1", list=f"{loan.ref}, 1,000.00")
    operator.post("/console/parties/enter/", paid)
    agree(qin)
    who = parties_on(loan.pk, TODAY)
    assert ([one.shown for one in who.funders], who.claims[1].amount_fen) == (["70%", "30%"], 1000_00)
    page = operator.get("/console/parties/").content.decode()
    assert "¥1,000.00" in page
    assert ">部分<" in page


def test_a_change_is_undone_with_a_reason_and_stays_on_the_list(operator: Client, qin: Member, loan: Loan) -> None:
    operator.post("/console/parties/enter/", form(loan))
    agree(qin)
    made = ClaimChange.objects.get()
    refused = operator.post(f"/console/parties/{made.pk}/undo/", {"reason": " "}, follow=True)
    assert "请写明为什么撤销" in refused.content.decode()
    done = operator.post(f"/console/parties/{made.pk}/undo/", {"reason": "录错借据"}, follow=True)
    assert "已撤销：录错借据" in done.content.decode()
    assert creditor_on(loan.pk, TODAY) == "青禾消费金融有限公司"


def test_the_list_says_what_became_of_the_notice(operator: Client, qin: Member, loan: Loan, wang: Borrower) -> None:
    for point in wang.contact_points.all():
        point.stopped_at = NOW
        point.save(update_fields=["stopped_at"])
    operator.post("/console/parties/enter/", form(loan))
    agree(qin)
    on_creditor_changed(Event.objects.get(kind="loans.creditor_changed"))
    release_due(now=NOW + timedelta(minutes=1))
    page = operator.get("/console/parties/").content.decode()
    assert "没有可用的联系方式" in page
    assert "1 次借款人还不知道" in page
    told = operator.post(f"/console/parties/{ClaimChange.objects.get().pk}/letter/", follow=True).content.decode()
    assert "已寄信函" in told
    assert "借款人都已告知" in told


def test_who_may_only_see_cannot_enter_and_a_stranger_sees_nothing(client: Client, qin: Member, loan: Loan) -> None:
    assert client.get("/console/parties/").url.startswith("/staff/login/")
    client.force_login(qin)
    page = client.get("/console/parties/").content.decode()
    assert "只有运营可以登记" in page
    assert "<textarea" not in page
    for address in ("enter/", "1/undo/", "1/letter/"):
        assert client.post(f"/console/parties/{address}", form(loan)).status_code == 403
    assert not ClaimChange.objects.exists()


def test_a_change_is_found_by_loan_agreement_or_creditor(
    operator: Client, qin: Member, loan: Loan, wang: Borrower
) -> None:
    operator.post("/console/parties/enter/", form(loan))
    agree(qin)
    other = make_loan(wang, paid=4)
    for text, found in ((loan.ref, True), ("ZR-1", True), (FUND[:4], True), (other.ref, False)):
        page = operator.get("/console/parties/", {"q": text}).content.decode()
        assert (f"<b>{loan.ref}</b>" in page) is found
