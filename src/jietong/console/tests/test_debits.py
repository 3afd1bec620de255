"""The 代扣 page: today by reason, what is unknown and how old, refunds, files; who may act and who may only look."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jietong.deduction import commands as deduction
from jietong.deduction.models import Debit, ResultFile
from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.rules.lines import write_results
from jietong.deduction.tests.world import leave, owing, planned
from jietong.kernel import clock
from jietong.loans.models import Repayment
from jietong.simulator.tests.cast import NOW, TODAY, make_member, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def operator(db) -> Client:
    client = Client()
    client.force_login(make_member("ding", "丁宁", make_team(), role="operator"))
    return client


@pytest.fixture
def officer(db) -> Client:
    client = Client()
    client.force_login(make_member("shen", "沈洁", make_team(), role="officer"))
    return client


def unknown() -> Debit:
    who, loan = owing()
    leave(who)
    debit = planned(loan)
    deduction.sending.claim(debit.pk, now=NOW, channel_is_set=True)
    deduction.take_answer(Told(debit.key, Outcome.NOT_FOUND), source="query", now=NOW)
    return Debit.objects.get(pk=debit.pk)


def test_the_page_names_reasons_unknown_ones_and_refunds(operator: Client) -> None:
    debit = unknown()
    page = operator.get("/console/debits/").content.decode()
    assert debit.key in page
    deduction.take_answer(Told(debit.key, Outcome.FAILED, "51"), source="query", now=NOW)
    page = operator.get("/console/debits/").content.decode()
    assert "余额不足" in page
    trail = operator.get(f"/console/debits/o/{debit.key}/").content.decode()
    assert "not_found" in trail
    assert operator.get("/console/debits/o/no-such-order/").status_code == 404


def test_a_person_decides_with_a_reason_what_the_channel_cannot_say(operator: Client) -> None:
    debit = unknown()
    address = "/console/debits/resolve/"
    yuan = f"{debit.amount_fen / 100:.2f}"
    operator.post(address, {"key": debit.key, "taken": yuan, "channel_ref": "CH1", "reason": " "})
    operator.post(address, {"key": debit.key, "taken": "lots", "channel_ref": "CH1", "reason": "对账单"})
    assert not Repayment.objects.exists()
    operator.post(address, {"key": debit.key, "taken": yuan, "channel_ref": "CH1", "reason": "对账单第 3 行"})
    debit.refresh_from_db()
    assert debit.state == "succeeded"
    assert Repayment.objects.get().receipt == debit.receipt


def test_files_go_out_and_come_in_and_a_bad_one_is_refused_by_name(operator: Client) -> None:
    who, loan = owing()
    leave(who, channel="file")
    debit = planned(loan)
    deduction.send_due(now=NOW)
    operator.post("/console/debits/file/")
    batch = Debit.objects.get(pk=debit.pk).batch
    assert batch is not None
    answer = operator.post("/console/debits/download/", {"number": batch.number})
    assert debit.key.encode() in answer.content
    assert operator.post("/console/debits/download/", {"number": "none"}).status_code == 404
    told = Told(debit.key, Outcome.SUCCEEDED, "00", batch.sum_fen, "CH1", NOW)
    good = write_results("A1", batch.number, TODAY, [told])
    cut = SimpleUploadedFile("cut.txt", good[:-20])
    page = operator.post("/console/debits/upload/", {"file": cut}, follow=True).content.decode()
    assert "cut.txt 没有收" in page
    assert not Repayment.objects.exists()
    operator.post("/console/debits/upload/", {"file": SimpleUploadedFile("good.txt", good)})
    operator.post("/console/debits/upload/", {"file": SimpleUploadedFile("good.txt", good)})
    assert Repayment.objects.count() == 1
    assert list(ResultFile.objects.order_by("pk").values_list("refusal", flat=True)) == [
        "truncated",
        "",
        "duplicate_file",
    ]


def test_who_only_looks_may_not_act_and_strangers_may_not_look(officer: Client, lin) -> None:
    debit = unknown()
    assert officer.get("/console/debits/").status_code == 200
    assert "看过对账单了" not in officer.get("/console/debits/").content.decode()
    desk = Client()
    desk.force_login(lin)
    assert desk.get("/console/debits/").status_code == 403
    for name in ("file", "download", "upload", "resolve", "seen", "refunded"):
        for client in (officer, desk):
            assert client.post(f"/console/debits/{name}/", {"key": debit.key, "reason": "x"}).status_code == 403
    assert Client().get("/console/debits/").status_code == 302
    debit.refresh_from_db()
    assert debit.state == "unknown"
