"""The open board moves by itself, and keeps what its reader has opened."""

from __future__ import annotations

from django.db import transaction
from django.test import Client

from jietong.config.tests.live import LiveSite
from jietong.kernel import clock
from jietong.routing import commands
from jietong.simulator.tests.cast import make_borrower, make_member, make_team


def test_a_new_need_appears_on_the_open_board(live_site: LiveSite, browser) -> None:
    with transaction.atomic():
        desk = make_team()
        supervisor = make_member("qin", "秦岚", desk, "supervisor")
        borrower = make_borrower("王丽霞")
    client = Client()
    client.force_login(supervisor)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_site.url}
    with browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN") as context:
        context.add_cookies([cookie])
        page = context.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        page.goto(f"{live_site.url}/board/")
        page.wait_for_selector('[data-live-state][data-state="live"]')
        assert "没有人在等" in page.inner_text("#board-say")
        page.click("#reach-how summary")
        commands.ask_for_person(
            borrower_id=borrower.pk,
            channel="web",
            intent="amount_due",
            text="还差多少",
            actor="borrower",
            now=clock.now(),
        )
        page.wait_for_selector("#queue-rows >> text=还差多少", timeout=10_000)
        assert page.inner_text("#board-say").startswith("1 位在等")
        assert page.inner_text("#queue-rows b") == "王*霞"
        assert page.evaluate("document.getElementById('reach-how').open")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert refused == []
