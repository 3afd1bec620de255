"""The core is away: every page says so and since when, an open one hears it, and it goes when the core is back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.connectors.models import CoreLoan, Source
from jietong.kernel.live import News
from jietong.portal.tests.conftest import Watch, sign_in
from jietong.portal.views.live import heard_by
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan

AWAY = "与核心系统的连接中断"


@pytest.fixture
def told(wang: Borrower) -> Source:
    source = Source.objects.create(
        code="core", name="核心", kind="fineract", mode="feed", created_at=NOW, last_ok_at=NOW - timedelta(minutes=5)
    )
    loan = wang.loans.get()
    CoreLoan.objects.create(source=source, external_id="1", ref=loan.ref, loan=loan, seen_at=NOW, told_at=NOW)
    return source


def break_it(at: datetime | None = NOW) -> None:
    Source.objects.update(failing_since=at, error_code="timeout" if at else "")


@pytest.mark.parametrize("page", ["/", "/ways/", "/auto/", "/matters/", "/chat/", "/link/"])
def test_every_page_says_that_the_core_is_away_and_no_longer_when_it_is_back(
    wang_page: Client, told: Source, page: str
) -> None:
    assert AWAY not in wang_page.get(page).content.decode()
    break_it()
    shown = wang_page.get(page).content.decode()
    assert AWAY in shown
    assert "刚还的款不会丢" in shown
    break_it(None)
    assert AWAY not in wang_page.get(page).content.decode()


def test_the_loans_page_shows_the_moment_of_its_own_link(wang_page: Client, told: Source, wang: Borrower) -> None:
    page = f"/loans/{wang.loans.get().ref}/"
    assert "刚还的款入账后就会显示" in wang_page.get(page).content.decode()
    break_it()
    shown = wang_page.get(page).content.decode()
    assert shown.count(AWAY) == 2  # on top, and beside the figures
    assert "live:link" in shown


def test_who_has_no_loan_of_that_core_reads_nothing_of_it(client: Client, watch: Watch, told: Source) -> None:
    stranger = make_borrower("赵敏")
    make_loan(stranger)
    break_it()
    assert AWAY not in sign_in(client, stranger).get("/").content.decode()


def test_nobody_asks_without_having_proved_who_they_are(client: Client, told: Source) -> None:
    break_it()
    answer = client.get("/link/")
    assert answer.status_code == 302
    assert AWAY not in answer.content.decode()


def test_open_pages_hear_of_the_link_and_of_nobody_elses_affairs() -> None:
    match = heard_by(7)
    assert match(News(1, "connectors.link_broken", "link:1", None, {}, 1)) == "link"
    assert match(News(2, "connectors.link_mended", "link:1", None, {}, 2)) == "link"
    assert match(News(3, "connectors.dead_letter", "inbox:1", None, {}, 3)) is None
    assert match(News(4, "loans.repayment_booked", "loan:1", 8, {}, 4)) is None
