"""The loan's pane says whose figures it shows, as of when, and that the core cannot be reached."""

from __future__ import annotations

from datetime import timedelta

from jietong.connectors.models import CoreLoan, Source
from jietong.desk.book import facts
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan


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
