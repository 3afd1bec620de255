"""What is owed, by when, and one main button; nothing of anybody else's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.loans.models import Book
from jietong.loans.queries import book as loans
from jietong.portal import presenting
from jietong.portal.tests.conftest import Watch, sign_in
from jietong.recovery import commands as recovery
from jietong.routing import commands as routing
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db


def fen(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


def test_the_figure_is_what_is_due_and_its_parts_add_up(wang_page: Client, wang: Borrower) -> None:
    page = wang_page.get("/").content.decode()
    due = re.search(r'<section class="card due".*?</section>', page, re.S).group()
    amount = fen(re.search(r'class="amount">¥([\d,.]+)', due).group(1))
    parts = [fen(found) for found in re.findall(r"<dd>¥([\d,.]+)</dd>", due)]
    assert amount == sum(parts) == loans.loans_of(wang.pk, on=TODAY)[0].due_now_fen
    assert len(parts) == 3  # principal, interest and nine days of penalty
    assert "已过还款日 9 天" in due
    assert "现在可以怎么办" in due
    assert "截至" in page


def test_no_word_shames_and_nothing_pretends_to_take_money(wang_page: Client) -> None:
    page = wang_page.get("/").content.decode()
    assert not [word for word in ("案件", "催收", "M1", "拦截", "请稍后重试", "逾期", "立即支付") if word in page]


def test_nothing_late_is_a_calm_page_with_the_next_date(client: Client, desk: object, watch: Watch) -> None:
    who = make_borrower("赵强")
    make_loan(who, paid=5)
    page = sign_in(client, who).get("/").content.decode()
    assert "现在没有要还的" in page
    assert "12 月 15 日" in page
    assert "已过还款日" not in page


def test_somebody_without_a_loan_is_told_so(client: Client, desk: object, watch: Watch) -> None:
    page = sign_in(client, make_borrower("钱二")).get("/").content.decode()
    assert "您没有要还的借款" in page


def test_several_loans_are_a_card_each_and_one_sum(client: Client, wang: Borrower, watch: Watch) -> None:
    second = make_loan(wang, paid=5, principal_fen=5_000_00)
    shown = presenting.home(wang.pk, now=NOW)
    views = loans.loans_of(wang.pk, on=TODAY)
    assert [card.ref for card in shown.cards] == [view.ref for view in views]
    assert shown.due.figure.amount_fen == sum(view.due_now_fen for view in views)
    assert f"/loans/{second.ref}/" in sign_in(client, wang).get("/").content.decode()


def test_the_way_from_the_missed_date_to_the_next_one(wang: Borrower) -> None:
    lateness = presenting.home(wang.pk, now=NOW).due.lateness
    assert (lateness.due_on.isoformat(), lateness.next_due_on.isoformat()) == ("2026-11-15", "2026-12-15")
    assert lateness.due_label == "第 5 期到期"
    assert "不会和第 6 期叠在一起" in lateness.reason


def test_a_book_that_is_behind_says_so(wang: Borrower) -> None:
    assert presenting.freshness(today=TODAY, now=NOW).state == "ok"
    Book.objects.create(business_date=TODAY - timedelta(days=1))
    assert presenting.freshness(today=TODAY, now=NOW).state == "ok"
    Book.objects.update(business_date=TODAY - timedelta(days=2))
    assert presenting.freshness(today=TODAY, now=NOW).state == "stale"


def test_a_promise_is_shown_beside_what_is_due(wang_page: Client, wang: Borrower) -> None:
    due = loans.loans_of(wang.pk, on=TODAY)[0].due_now_fen
    recovery.record_promise(
        borrower_id=wang.pk, amount_fen=due, due_on=TODAY + timedelta(days=1), actor="staff:1", now=NOW
    )
    assert "您约好 明天 还" in wang_page.get("/").content.decode()


def test_an_open_matter_is_on_the_front_page(wang_page: Client, wang: Borrower) -> None:
    contact = routing.ask_for_person(
        borrower_id=wang.pk, channel="chat", intent="other", text="合同看不懂", actor="x", now=NOW
    )
    page = wang_page.get("/").content.decode()
    assert f"/matters/{contact.ref}/" in page
    assert "<b>其他事项</b>" in page
    assert "贷后二组" in page


def test_the_live_update_is_the_same_partial(wang_page: Client) -> None:
    part = wang_page.get("/", headers={"HX-Request": "true"})
    assert part.templates[0].name == "portal/_home.html"
    assert "<html" not in part.content.decode()
    assert part.headers["Vary"].count("HX-Request") == 1
    assert part.headers["Cache-Control"] == "private, no-store"


def test_the_ways_out_warn_of_private_accounts(wang_page: Client, wang: Borrower) -> None:
    page = wang_page.get("/ways/").content.decode()
    assert "请不要转账到任何个人账户" in page
    assert wang.cards.get().number[-4:] in page
    assert wang.cards.get().number not in page


def test_the_loan_page_tells_each_instalment_and_the_creditor(wang_page: Client, wang: Borrower) -> None:
    ref = wang.loans.get().ref
    page = wang_page.get(f"/loans/{ref}/").content.decode()
    assert page.count("已还清") == 4
    assert page.count("还没到期") == 7
    assert "青禾消费金融有限公司" in page
    assert "14.4%" in page


def test_another_borrowers_loan_does_not_exist(stranger_page: Client, wang: Borrower) -> None:
    assert stranger_page.get(f"/loans/{wang.loans.get().ref}/").status_code == 404
    assert "王霞" not in stranger_page.get("/").content.decode()


def test_nobody_sees_a_loan_without_signing_in(client: Client, wang: Borrower, watch: Watch) -> None:
    assert client.get(f"/loans/{wang.loans.get().ref}/").url.startswith("/login/")
    assert client.get("/").url == "/login/"


def test_figures_that_a_core_tells_say_as_of_when_and_when_the_link_is_down(
    wang_page: Client, wang: Borrower, watch: Watch
) -> None:
    from jietong.connectors.models import CoreLoan, Source

    loan = wang.loans.get()
    told = NOW - timedelta(minutes=5)  # 09:55 in Shanghai
    link = Source.objects.create(
        code="core", name="核心", kind="fineract", mode="feed", created_at=NOW, last_ok_at=told
    )
    CoreLoan.objects.create(source=link, external_id="1", ref=loan.ref, loan=loan, seen_at=NOW, told_at=NOW)
    for page in ("/", f"/loans/{loan.ref}/"):
        shown = wang_page.get(page).content.decode()
        assert "今天 09:55" in shown
        assert "连接中断" not in shown
    Source.objects.update(failing_since=NOW, error_code="core_error")
    watch.forward(minutes=20)
    for page in ("/", f"/loans/{loan.ref}/"):
        answer = wang_page.get(page)
        shown = answer.content.decode()
        assert answer.status_code == 200
        assert "与核心系统的连接中断，以下为" in shown
        assert "今天 09:55" in shown
        assert "您刚还的款不会丢" in shown
        assert "core_error" not in shown
    stranger = presenting.home(make_borrower("赵敏").pk, now=NOW)
    assert stranger.fresh.state == "ok"
