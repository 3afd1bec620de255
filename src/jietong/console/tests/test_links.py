"""The page of links: what it says, what an operator does there, and who may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.connectors.commands import hear, open_source, process_due, pull
from jietong.connectors.models import Discrepancy, InboxEvent, ReconciliationRun, Replay, Source
from jietong.connectors.rules.values import dump
from jietong.connectors.tests.conftest import core_loan
from jietong.kernel import clock
from jietong.simulator.fineract import LOGIN, StandIn
from jietong.simulator.fineract import Client as CoreClient
from jietong.simulator.tests.cast import NOW, make_member
from jietong.staff.models import Member, Team


@pytest.fixture
def operator(desk: Team) -> Member:
    return make_member("ding", "丁一", desk, role="operator")


@pytest.fixture
def core(operator: Member, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    stand_in = StandIn().start()
    stand_in.clients[1] = CoreClient(1, "C-1", "林小满")
    stand_in.loans[1] = core_loan(1)
    told = {"base_url": stand_in.base_url, "timeout": 2}
    open_source(
        code="core", name="青禾核心", kind="fineract", mode="mirror", secret=LOGIN, settings=told, actor="t",
        now=NOW - timedelta(days=2),
    )  # fmt: skip
    yield stand_in
    stand_in.stop()


@pytest.fixture
def page(client: Client, operator: Member, core: StandIn) -> Client:
    client.force_login(operator)
    return client


def letter(wang: Borrower, number: str = "e-1", amount: str = "0") -> InboxEvent:
    source = open_source(code="bank", name="渠道", kind="webhook", mode="feed", secret="k" * 40, actor="t", now=NOW)
    paid = {"receipt": number, "loan_no": wang.loans.get().ref, "amount": amount, "paid_at": NOW.isoformat()}
    hear(source=source, body=dump({"id": number, "kind": "repayment", "data": paid}).encode(), now=NOW)
    process_due(now=NOW)
    return InboxEvent.objects.get(external_id=number)


def text(page: Client, path: str = "/console/links/") -> str:
    answer = page.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_site_says_how_a_link_is_set_up(client: Client, operator: Member) -> None:
    client.force_login(operator)
    assert "jietong connect open" in text(client)


def test_asking_now_brings_the_loans_and_a_comparison_agrees(page: Client, core: StandIn) -> None:
    assert "还没有来过" in text(page)
    answer = page.post("/console/links/core/pull/", follow=True)
    assert "核心有 1 笔借据，变了 1 笔" in answer.content.decode()
    answer = page.post("/console/links/core/reconcile/", {"on": "2026-11-24"}, follow=True)
    assert "核心和账本相符" in answer.content.decode()
    assert "相符" in text(page)
    assert page.post("/console/links/core/reconcile/", {"on": "yesterday"}).status_code == 302
    assert ReconciliationRun.objects.count() == 1


def test_differences_are_listed_by_name(page: Client, core: StandIn) -> None:
    pull(code="core", now=NOW)
    page.post("/console/links/core/reconcile/", {"on": "2026-11-24"})
    shown = text(page, f"/console/links/runs/{ReconciliationRun.objects.get().pk}/")
    assert "核心有、账本没有的借据" in shown  # nothing has been booked yet
    assert "F-1" in shown
    assert page.get("/console/links/runs/999/").status_code == 404


def test_a_broken_link_says_why_since_when_and_what_is_shown_instead(page: Client, core: StandIn) -> None:
    pull(code="core", now=NOW)
    core.mood = "down"
    page.post("/console/links/core/pull/")
    shown = text(page)
    assert "1 个连接中断" in shown
    assert "核心系统返回错误" in shown
    board = text(page, "/board/")
    assert "与核心系统的连接中断，以下为" in board


def test_a_letter_names_its_field_and_is_replayed_taken_or_closed(page: Client, core: StandIn, wang: Borrower) -> None:
    event = letter(wang)
    shown = text(page)
    assert "1 条没能入账" in shown
    assert "金额必须大于零" in shown
    assert "归运营" in shown
    page.post(f"/console/links/letters/{event.pk}/take/")
    assert "丁一" in text(page)
    answer = page.post(f"/console/links/letters/{event.pk}/replay/", follow=True)
    assert "重放 1 条：1 条还是不行（金额必须大于零 1）" in answer.content.decode()
    event.refresh_from_db()
    assert (event.state, event.tries) == ("dead", 1)
    page.post(f"/console/links/letters/{event.pk}/dismiss/", {"note": ""})
    page.post(f"/console/links/letters/{event.pk}/dismiss/", {"note": "渠道已重发"})
    event.refresh_from_db()
    assert (event.state, event.note) == ("dismissed", "渠道已重发")


def test_all_letters_of_one_reason_or_of_a_kind_are_replayed_together(
    page: Client, core: StandIn, wang: Borrower
) -> None:
    for number in ("a", "b"):
        letter(wang, number)
    other = letter(wang, "c", amount="1.001")
    page.post("/console/links/letters/replay/", {"source": "bank", "kind": "repayment", "error_code": "not_positive"})
    first = Replay.objects.get()
    assert (first.count, InboxEvent.objects.filter(replay=first, state="dead").count()) == (2, 2)
    other.refresh_from_db()
    assert other.replay is None
    assert "2 种原因" in text(page)
    answer = page.post("/console/links/letters/replay/", {"source": "bank", "kind": "repayment"}, follow=True)
    assert "重放 3 条：3 条还是不行" in answer.content.decode()
    assert "重放过的" in answer.content.decode()
    none = page.post("/console/links/letters/replay/", {"source": "bank", "kind": "reversal"}, follow=True)
    assert "没有这一类的在等人处理" in none.content.decode()


def test_a_letter_whose_cause_is_gone_says_that_it_was_booked(page: Client, core: StandIn, wang: Borrower) -> None:
    event = letter(wang)
    paid = {"receipt": "e-1", "loan_no": wang.loans.get().ref, "amount": "12.50", "paid_at": NOW.isoformat()}
    InboxEvent.objects.filter(pk=event.pk).update(payload=InboxEvent(payload=dump(paid)).payload)
    answer = page.post(f"/console/links/letters/{event.pk}/replay/", follow=True)
    assert "重放 1 条：1 条已入账" in answer.content.decode()


def test_a_difference_is_taken_explained_and_asked_again(page: Client, core: StandIn, operator: Member) -> None:
    pull(code="core", now=NOW)
    page.post("/console/links/core/reconcile/", {"on": "2026-11-24"})
    one = Discrepancy.objects.get()
    shown = text(page, "/console/links/differences/")
    assert "1 处不同待查" in shown
    assert "归运营" in shown
    act = f"/console/links/differences/{one.pk}/"
    assert "丁一" in page.post(act, {"act": "take"}, follow=True).content.decode()
    assert "200 字以内" in page.post(act, {"act": "explain", "reason": " "}, follow=True).content.decode()
    page.post(act, {"act": "explain", "reason": "今天刚放款，还没入账"})
    shown = text(page, "/console/links/differences/")
    assert "没有待查的不同" in shown
    assert "今天刚放款，还没入账" in shown
    assert "今天刚放款，还没入账" in text(page, f"/console/links/runs/{ReconciliationRun.objects.get().pk}/")
    page.post(act, {"act": "reopen"})
    assert "上次的说明：今天刚放款，还没入账" in text(page, "/console/links/differences/")
    assert page.post(act, {"act": "burn"}).status_code == 404
    assert page.post("/console/links/differences/999/", {"act": "take"}).status_code == 404
    process_due(now=NOW)
    page.post("/console/links/core/reconcile/", {"on": "2026-11-24"})
    assert "两边已经一致了" in page.post(act, {"act": "take"}, follow=True).content.decode()
    assert "后来一致了" in text(page, "/console/links/differences/")


def test_a_link_is_paused_and_goes_on(page: Client, core: StandIn) -> None:
    page.post("/console/links/core/pause/", {"on": "1"})
    assert "已暂停" in text(page)
    page.post("/console/links/core/pause/", {"on": "0"})
    assert not Source.objects.get(code="core").paused


def test_strangers_see_nothing_and_readers_do_nothing(
    client: Client, core: StandIn, wang: Borrower, lin: Member, qin: Member
) -> None:
    event = letter(wang)
    acts = (
        "core/pull/", "core/pause/", "core/reconcile/", "letters/replay/", f"letters/{event.pk}/replay/",
        f"letters/{event.pk}/take/", f"letters/{event.pk}/dismiss/", "differences/1/",
    )  # fmt: skip
    assert client.get("/console/links/").url.startswith("/staff/login/")  # type: ignore[attr-defined]
    client.force_login(lin)
    assert client.get("/console/links/").status_code == 403
    client.force_login(qin)  # a supervisor reads
    assert "现在取数" not in text(client)
    for act in acts:
        assert client.post(f"/console/links/{act}").status_code == 403
        assert client.get(f"/console/links/{act}").status_code in {403, 405}
    event.refresh_from_db()
    assert (event.state, event.owner_id) == ("dead", None)


def test_a_link_that_nobody_set_up_is_not_found(page: Client, core: StandIn) -> None:
    assert {page.post(f"/console/links/nobody/{act}/").status_code for act in ("pull", "pause", "reconcile")} == {404}
