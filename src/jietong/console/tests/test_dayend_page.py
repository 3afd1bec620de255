"""The page of day-end tells what was missed and what waits, and lets an operator do something about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.console import nightly
from jietong.console.views.dayend import moves_the_night
from jietong.dayend.commands import STEPS, close_day, run_catch_up
from jietong.dayend.models import CatchUp
from jietong.kernel import clock
from jietong.kernel.live import News
from jietong.kernel.models import Event
from jietong.loans.models import Loan, LoanHead, SetAside
from jietong.simulator.tests.cast import NOW, TODAY, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db
PAGE, CATCH_UP = "/console/dayend/", "/console/dayend/catch-up/"


@pytest.fixture(autouse=True)
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def ding(desk: Team) -> Member:
    return make_member("ding", "丁一", desk, role="operator")


def spoil(who: Borrower, by: int) -> Loan:
    loan = Loan.objects.get(borrower=who)
    head = LoanHead.objects.get(loan=loan)
    LoanHead.objects.filter(loan=loan).update(outstanding_fen=head.outstanding_fen + by)
    return loan


def test_strangers_stay_outside_and_supervisors_only_look(client: Client, lin: Member, qin: Member) -> None:
    assert client.get(PAGE).status_code == 302
    client.force_login(lin)
    assert client.get(PAGE).status_code == 403
    client.force_login(qin)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert CATCH_UP not in page.content.decode()
    assert client.post(CATCH_UP).status_code == 403
    assert client.post("/console/dayend/set-aside/1/try-again/").status_code == 403
    assert not CatchUp.objects.exists()


def test_missed_days_are_run_as_a_job_and_the_page_says_how_far_it_is(client: Client, ding: Member) -> None:
    close_day(TODAY - timedelta(days=3), now=NOW)
    client.force_login(ding)
    assert "补跑这 3 天" in client.get(PAGE).content.decode()
    client.post(CATCH_UP)
    close_day(TODAY - timedelta(days=2), now=NOW)
    page = client.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert "完成 1 / 3 天" in page
    assert "正在 2026-11-23 · 体检" in page
    assert "<html" not in page
    run_catch_up(catch_up_id=CatchUp.objects.get().pk, now=NOW)
    assert "没有漏掉的日子" in client.get(PAGE).content.decode()
    assert "没有漏掉的日子" in client.post(CATCH_UP, follow=True).content.decode()


def test_a_catch_up_that_failed_says_why(client: Client, ding: Member) -> None:
    CatchUp.objects.create(
        asked_at=NOW, asked_by="staff:1", from_on=TODAY, until_on=TODAY, finished_at=NOW, error="DataError: too long"
    )
    client.force_login(ding)
    assert "DataError: too long" in client.get(PAGE).content.decode()


def test_a_loan_that_waits_says_what_is_wrong_and_is_tried_again(client: Client, ding: Member, wang: Borrower) -> None:
    loan = spoil(wang, 7)
    close_day(TODAY, now=NOW)
    client.force_login(ding)
    page = client.get(PAGE).content.decode()
    assert loan.ref in page
    assert "汇总与各期合计不符" in page
    address = f"/console/dayend/set-aside/{SetAside.objects.get().pk}/try-again/"
    assert "还是不行" in client.post(address, follow=True).content.decode()
    spoil(wang, -7)
    assert "已重新纳入" in client.post(address, follow=True).content.decode()
    assert nightly.seen_at(NOW)["out"] == []
    assert "已经重新纳入了" in client.post(address, follow=True).content.decode()


def test_a_head_that_is_wrong_is_made_anew_from_the_instalments(client: Client, ding: Member, wang: Borrower) -> None:
    loan = spoil(wang, 7)
    before = LoanHead.objects.get(loan=loan).outstanding_fen
    close_day(TODAY, now=NOW)
    client.force_login(ding)
    assert 'name="recompute"' in client.get(PAGE).content.decode()
    address = f"/console/dayend/set-aside/{SetAside.objects.get().pk}/try-again/"
    assert "已重新纳入" in client.post(address, {"recompute": "1"}, follow=True).content.decode()
    assert LoanHead.objects.get(loan=loan).outstanding_fen == before - 7
    told = Event.objects.get(kind="loans.head_recomputed")
    assert told.data["outstanding_fen"] == [str(before), str(before - 7)]


def test_every_step_and_what_each_product_earned_is_told(client: Client, qin: Member, wang: Borrower) -> None:
    close_day(TODAY, now=NOW)
    seen = nightly.seen_at(NOW)
    (day,) = seen["days"]
    assert len(day["steps"]) == len(STEPS)
    assert all(step["seconds"].endswith("秒") for step in day["steps"])
    assert [row.product.name for row, _accrued, _posted in seen["accruals"]] == ["消费贷"]
    client.force_login(qin)
    page = client.get(PAGE).content.decode()
    assert "消费贷" in page
    assert "体检" in page


def test_only_news_of_the_night_moves_the_page() -> None:
    news = [News(1, kind, "x", None, {}, 1) for kind in ("dayend.step_finished", "loans.taken_in_again", "contacts.x")]
    assert [moves_the_night(one) for one in news] == ["dayend-changed", "dayend-changed", None]
