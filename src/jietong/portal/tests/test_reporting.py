"""我的信用报送: what was said and why, what comes next, and a word against it that a person has from then on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.bureau.commands import decide_dispute, open_dispute, prepare, prepare_corrections
from jietong.bureau.models import Dispute, Report
from jietong.bureau.tests.world import given
from jietong.contacts.models import Contact
from jietong.dayend.commands import close_day
from jietong.loans.models import Loan
from jietong.portal.tests.conftest import Watch, sign_in
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER_2 = date(2026, 11, 1), NOW + timedelta(days=8)


@pytest.fixture
def reported(wang: Borrower, watch: Watch) -> Report:
    """Wang was told on 18 November, and reported late for November on 2 December."""
    given(Loan.objects.get(borrower=wang), date(2026, 11, 18))
    close_day(TODAY, now=NOW)
    close_day(date(2026, 11, 30), now=NOW + timedelta(days=6))
    prepare(month=NOVEMBER, actor="staff:1", now=DECEMBER_2)
    watch.at = DECEMBER_2
    return Report.objects.get(borrower=wang)


def page(client: Client) -> str:
    answer = client.get("/reporting/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_visitor_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/reporting/").url.startswith("/login/")
    assert client.get("/reporting/1/dispute/").url.startswith("/login/")


def test_before_anything_is_reported_it_says_what_comes_and_how_to_prevent_it(
    wang_page: Client, wang: Borrower
) -> None:
    shown = page(wang_page)
    assert "已过还款日 9 天" in shown
    assert "还没告知过，就不会报" in shown
    assert "11 月 30 日" in shown
    given(Loan.objects.get(borrower=wang), date(2026, 11, 22))
    shown = page(wang_page)
    assert "11 月 22 日 已经告知您" in shown
    assert "11 月 28 日 之前不会报这件事" in shown


def test_what_was_said_stands_there_with_its_reason_and_notice(
    client: Client, wang: Borrower, reported: Report
) -> None:
    shown = page(sign_in(client, wang))
    assert "报了已过还款日 15 天" in shown
    assert "因为 11 月 15 日 到期的一期，到 11 月 30 日 还没还上。" in shown
    assert "事先告知" in shown
    assert "青禾消费金融有限公司" in shown
    for never in ("案件", "催收", "M1"):
        assert never not in shown


def test_a_dispute_is_a_matter_with_owner_and_time(client: Client, wang: Borrower, reported: Report) -> None:
    wang_page = sign_in(client, wang)
    address = f"/reporting/{reported.pk}/dispute/"
    assert wang_page.get(address).status_code == 200
    assert wang_page.post(address, {"text": " "}).status_code == 422
    assert not Dispute.objects.exists()
    answer = wang_page.post(address, {"text": "那天卡里有钱，是你们没扣"})
    contact = Contact.objects.get(borrower=wang)
    assert answer.url == f"/matters/{contact.ref}/"
    assert contact.matters.get().intent == "credit_report"
    dispute = Dispute.objects.get()
    assert (dispute.contact_id, dispute.report_id) == (contact.pk, reported.pk)
    assert dispute.due_at == DECEMBER_2 + timedelta(days=20)
    shown = page(wang_page)
    assert "正在核查" in shown
    assert "我认为不对" not in shown
    assert wang_page.post(address, {"text": "再说一次"}).url == "/reporting/"
    assert Dispute.objects.count() == 1


def test_an_upheld_dispute_shows_its_answer_and_the_correction(
    client: Client, wang: Borrower, reported: Report, watch: Watch
) -> None:
    dispute = open_dispute(
        report_id=reported.pk, borrower_id=wang.pk, text="那天卡里有钱", actor="borrower:1", now=DECEMBER_2
    )
    decide_dispute(dispute_id=dispute.pk, upheld=True, answer="是通道超时，不该报", actor="staff:2", now=DECEMBER_2)
    sign_in(client, wang)
    shown = page(client)
    assert "正在更正：异议成立" in shown
    prepare_corrections(actor="staff:2", now=DECEMBER_2)
    shown = page(client)
    assert "没有报过了还款日的事：已撤下" in shown
    assert "原来：报了已过还款日 15 天" in shown
    assert "是通道超时，不该报" in shown


def test_strangers_neither_see_nor_dispute_it(client: Client, reported: Report) -> None:
    other = make_borrower("赵强")
    make_loan(other, paid=5)
    stranger_page = sign_in(client, other)
    shown = page(stranger_page)
    assert Loan.objects.get(pk=reported.loan_id).ref not in shown
    assert stranger_page.get(f"/reporting/{reported.pk}/dispute/").status_code == 404
    assert stranger_page.post(f"/reporting/{reported.pk}/dispute/", {"text": "x"}).status_code == 404
