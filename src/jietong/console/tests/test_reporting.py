"""征信报送 on the console: a month by a button, files out and answers in, each decision with its reason."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.bureau.commands import open_dispute
from jietong.bureau.models import Batch, Correction, Dispute, Held, Rejected, Report
from jietong.bureau.tests.world import given
from jietong.dayend.commands import close_day
from jietong.kernel import clock
from jietong.loans.models import Loan
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan, make_member
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db
AT = NOW + timedelta(days=8)  # 2 December


@pytest.fixture(autouse=True)
def book(monkeypatch: pytest.MonkeyPatch, wang: Borrower, settings, tmp_path) -> Loan:
    """November is closed; Wang was told in time, another late borrower was not."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(clock, "now", lambda: AT)
    loan = Loan.objects.get(borrower=wang)
    given(loan, date(2026, 11, 18))
    make_loan(make_borrower("赵强"), paid=4)
    close_day(TODAY, now=NOW)
    close_day(date(2026, 11, 30), now=NOW + timedelta(days=6))
    return loan


@pytest.fixture
def page(client: Client, qin: Member) -> Client:
    client.force_login(qin)
    return client


def run(page: Client) -> Batch:
    assert "2026-11：2 行" in page.post("/console/credit/month/", {"month": "2026-11"}, follow=True).content.decode()
    return Batch.objects.get()


def shown(page: Client, address: str = "/console/credit/") -> str:
    answer = page.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_strangers_read_nothing_and_only_those_who_decide_write(client: Client, lin: Member) -> None:
    for address in ("/console/credit/", "/console/credit/b/2026-11/"):
        assert client.get(address).status_code == 302
    client.force_login(lin)
    assert client.get("/console/credit/").status_code == 403
    client.force_login(make_member("wu", "吴宁", lin.team, role="operator"))
    assert "生成更正批次" not in shown(client)
    posts = ("month/", "corrections/", "held/1/drop/", "disputes/1/", "rejected/1/", "reports/1/fault/", "b/x/file/")
    for address in (*posts, "b/x/answer/"):
        assert client.post(f"/console/credit/{address}").status_code == 403


def test_a_month_is_written_once_and_its_rows_are_readable(page: Client, book: Loan) -> None:
    assert "2026-11 可以生成了" in shown(page)
    batch = run(page)
    page.post("/console/credit/month/", {"month": "2026-11"})
    assert (Batch.objects.count(), batch.counts["adverse"], batch.counts["held"]) == (1, 1, 1)
    assert "没有告知过" in shown(page)
    rows = shown(page, "/console/credit/b/2026-11/?only=adverse")
    assert book.ref in rows
    assert "关注" in rows
    assert page.get("/console/credit/b/none/").status_code == 404
    assert "还没日终" in page.post("/console/credit/month/", {"month": "2026-12"}, follow=True).content.decode()


def test_files_leave_and_the_answer_comes_in(page: Client) -> None:
    run(page)
    file = page.post("/console/credit/b/2026-11/file/", {"what": "csv"})
    assert file.headers["Content-Disposition"] == 'attachment; filename="2026-11.csv"'
    assert file.content.decode().startswith("row,record,")
    assert b"rows=2" in page.post("/console/credit/b/2026-11/file/", {"what": "ctl"}).content
    assert page.post("/console/credit/b/none/file/").status_code == 404
    assert "请选一个文件" in page.post("/console/credit/b/2026-11/answer/", follow=True).content.decode()
    answer = SimpleUploadedFile("ack.csv", b"row,result,code,message\n1,rejected,E07,x\n2,accepted,,\n")
    told = page.post("/console/credit/b/2026-11/answer/", {"file": answer}, follow=True).content.decode()
    assert "接受 1 行，退回 1 行" in told
    assert "E07" in told
    row = Rejected.objects.get()
    assert "请写明理由" in page.post(f"/console/credit/rejected/{row.pk}/", follow=True).content.decode()
    page.post(f"/console/credit/rejected/{row.pk}/", {"note": "证件号已核对", "resend": "yes"})
    assert Correction.objects.get().cause == "rejected"


def test_what_is_held_is_dropped_only_with_a_reason(page: Client) -> None:
    run(page)
    held = Held.objects.get()
    page.post(f"/console/credit/held/{held.pk}/drop/", {"note": ""})
    held.refresh_from_db()
    assert held.closed_at is None
    page.post(f"/console/credit/held/{held.pk}/drop/", {"note": "借款人住院，联系不上"})
    held.refresh_from_db()
    assert (held.outcome, held.note) == ("dropped", "借款人住院，联系不上")
    assert (
        "刚被处理了"
        in page.post(f"/console/credit/held/{held.pk}/drop/", {"note": "再来"}, follow=True).content.decode()
    )


def test_a_dispute_is_answered_and_a_fault_of_ours_gets_its_deadline(page: Client, book: Loan) -> None:
    run(page)
    report = Report.objects.get(adverse=True)
    open_dispute(report_id=report.pk, borrower_id=book.borrower_id, text="卡里有钱", actor="borrower:1", now=AT)
    assert "卡里有钱" in shown(page)
    dispute = Dispute.objects.get()
    page.post(f"/console/credit/disputes/{dispute.pk}/", {"upheld": "yes", "answer": "通道超时"})
    assert Correction.objects.get().strike
    assert "12-22 前" in shown(page)
    page.post("/console/credit/corrections/")
    assert Report.objects.filter(version=2, withheld="struck").exists()
    other = Report.objects.get(loan__borrower__name="赵强")
    page.post(f"/console/credit/reports/{other.pk}/fault/", {"note": "出借人写错"})
    assert Correction.objects.filter(report=other, state="open").exists()
    assert "出借人写错" in shown(page)
