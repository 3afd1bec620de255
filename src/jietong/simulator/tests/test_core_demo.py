"""The demo's core agrees with the book but where it is meant not to, pays, and can be switched off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from jietong.borrowers.models import Borrower
from jietong.connectors import queries
from jietong.connectors.commands import process_due, pull, reconcile
from jietong.loans.models import Repayment
from jietong.simulator import core_demo
from jietong.simulator.fineract import StandIn
from jietong.simulator.models import DemoLoad
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def core(wang: Borrower, settings: object, tmp_path: Path) -> Iterator[StandIn]:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    for _ in range(3):
        make_loan(make_borrower("沈一"), disbursed_on=date(2026, 11, 15))
    stand_in = core_demo.build(now=NOW).start()
    core_demo.open_links(stand_in, now=NOW)
    yield stand_in
    stand_in.stop()


def test_the_core_feeds_the_book_and_differences_are_the_ones_it_is_meant_to_have(core: StandIn) -> None:
    ref = core_demo.somebody_pays(core, now=NOW)
    assert pull(code="core", now=NOW).error == ""  # type: ignore[union-attr]
    process_due(now=NOW)
    assert Repayment.objects.get(receipt__startswith="QH").loan.ref == ref
    run = reconcile(code="core", on=TODAY, actor="test", now=NOW)
    named = {(one.code, one.ref) for one in queries.differences(run.pk)}
    assert ("loan_missing_in_book", "QH-NEW-0001") in named
    assert run.core["repaid_fen"] == run.book["repaid_fen"] > 0
    dead = {one.error_code for one in queries.dead_letters()}
    assert dead == {"too_precise"}
    core_demo.open_links(core, now=LATER)  # a new start opens the same links again
    assert len(queries.links(now=LATER, day_start=NOW)) == 2


def test_the_switch_takes_the_link_down_and_up_again(core: StandIn) -> None:
    pull(code="core", now=NOW)
    core_demo.switch(down=True)
    assert pull(code="core", now=LATER).error == "core_error"  # type: ignore[union-attr]
    assert queries.freshness_of_site(now=LATER).state == "down"  # type: ignore[union-attr]
    core_demo.switch(down=False)
    core_demo.switch(down=False)
    assert pull(code="core", now=LATER).error == ""  # type: ignore[union-attr]


def test_without_a_demo_nothing_is_started(db: None) -> None:
    assert not DemoLoad.objects.exists()
    core_demo.tick(now=NOW)
    assert core_demo.Life.core is None
