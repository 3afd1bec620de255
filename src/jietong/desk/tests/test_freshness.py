"""The loan's pane says whose figures it shows, as of when, and that the core cannot be reached."""

from __future__ import annotations

from datetime import timedelta

from jietong.connectors.commands import explain_difference, reconcile
from jietong.connectors.models import CoreLoan, Discrepancy, Source
from jietong.desk.book import facts
from jietong.desk.views.live import match_for
from jietong.kernel.live import News
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan


def fresh_of(borrower, now=NOW):
    return [card["fresh"] for card in facts(borrower, now=now)["cards"]]


def test_a_loan_that_a_core_tells_of_names_the_moment_and_another_ones_does_not(wang) -> None:
    stranger = make_borrower("赵敏")
    make_loan(stranger)
    told = NOW - timedelta(minutes=5)
    link = Source.objects.create(
        code="core", name="核心", kind="fineract", mode="feed", created_at=NOW, last_ok_at=told
    )
    loan = wang.loans.get()
    CoreLoan.objects.create(source=link, external_id="1", ref=loan.ref, loan=loan, seen_at=NOW, told_at=NOW)
    (up,) = fresh_of(wang)
    assert (up.as_of_at, up.state, up.words) == (told, "ok", "核心系统的数据")
    (stale,) = fresh_of(wang, NOW + timedelta(hours=1))
    assert (stale.as_of_at, stale.state) == (told, "stale")
    Source.objects.update(failing_since=NOW, error_code="timeout")
    (down,) = fresh_of(wang)
    assert (down.as_of_at, down.state) == (told, "down")
    (own,) = fresh_of(stranger)
    assert (own.as_of_at, own.state, own.words) == (NOW, "ok", "按账本实时算")


def test_the_desk_says_that_a_core_is_away_and_hears_when_it_comes_back(client, lin, wang) -> None:
    link = Source.objects.create(
        code="core", name="核心", kind="fineract", mode="feed", created_at=NOW, last_ok_at=NOW - timedelta(minutes=5)
    )
    client.force_login(lin)
    away = "与核心系统的连接中断"
    assert away not in client.get("/desk/").content.decode()
    Source.objects.filter(pk=link.pk).update(failing_since=NOW, error_code="timeout")
    for page in ("/desk/", "/desk/parts/link/"):
        shown = client.get(page).content.decode()
        assert away in shown
        assert "照常接待" in shown
    Source.objects.update(failing_since=None, error_code="")
    assert away not in client.get("/desk/parts/link/").content.decode()
    match = match_for(lin.pk, None)
    assert match(News(1, "connectors.link_broken", "link:1", None, {}, 1)) == "link-changed"
    client.logout()
    assert client.get("/desk/parts/link/").status_code == 302


def test_what_core_and_book_say_otherwise_stands_beside_the_loan(wang) -> None:
    link = Source.objects.create(
        code="core", name="核心", kind="files", mode="feed", created_at=NOW, last_ok_at=NOW - timedelta(minutes=5)
    )
    loan = wang.loans.get()
    CoreLoan.objects.create(
        source=link, external_id="1", ref=loan.ref, loan=loan, seen_at=NOW, told_at=NOW,
        principal_left_fen=loan.head.outstanding_principal_fen, left_fen=loan.head.outstanding_fen + 30_00,
    )  # fmt: skip
    reconcile(code="core", on=TODAY, actor="t", now=NOW)
    (card,) = facts(wang, now=NOW)["cards"]
    assert [one.startswith("核心：剩余应还不同") and one.endswith("运营在查") for one in card["differs"]] == [True]
    explain_difference(discrepancy_id=Discrepancy.objects.get().pk, reason="手续费次日", actor="staff:1", now=NOW)
    assert facts(wang, now=NOW)["cards"][0]["differs"] == []
