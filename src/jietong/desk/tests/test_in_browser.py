"""A shift by keyboard in a real browser: news comes in, and nothing that is being typed is lost."""

from __future__ import annotations

from datetime import time

import pytest
from django.db import transaction

from jietong.contacts import queries as contacts
from jietong.desk.tests.helpers import ask
from jietong.kernel import clock
from jietong.recovery import queries as recovery
from jietong.routing import commands as routing
from jietong.simulator.tests.cast import make_borrower, make_loan, make_member, make_team

PASSWORD = "green-field-27"  # of the cast, nowhere else
WAIT_MS = 15_000


@pytest.fixture
def shift(live_site):
    """Lin may sign in; Wang is late and has asked."""
    with transaction.atomic():
        team = make_team(opens_at=time(0), closes_at=time(23, 59))
        lin = make_member("lin", "林芳", team)
        lin.set_password(PASSWORD)
        lin.save(update_fields=["password"])
        wang = make_borrower("王霞")
        make_loan(wang, paid=4, as_of=clock.local_date(clock.now(), "Asia/Shanghai"))
    return live_site, wang, ask(wang, "能不能晚几天还", intent="extend_hardship")


@pytest.fixture
def page(shift, browser):
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{shift[0].url}/staff/login/?u=lin")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#rail .quiet-go")
    yield page
    context.close()


def panes_scroll_and_the_page_does_not(page):
    for width, height in ((1280, 720), (1920, 1080), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        sizes = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert sizes == [width, height]


def test_keys_do_the_work_and_news_never_takes_what_is_typed(shift, page):
    _site, wang, asked = shift
    page.click("#rail .quiet-go button")
    page.wait_for_selector(".offer")
    page.keyboard.press("a")
    page.wait_for_url(f"**/desk/c/{asked.ref}/")
    page.wait_for_selector('[data-live-state][data-state="live"]')
    panes_scroll_and_the_page_does_not(page)
    page.keyboard.press("r")
    page.keyboard.type("正在写，还没发")
    page.fill("#amount", "500")
    told = {"text": "我补充一句", "channel": "web", "actor": "x", "now": clock.now()}
    routing.borrower_wrote(contact=contacts.contact(asked.pk), **told)
    page.wait_for_selector("#stream >> text=我补充一句")
    assert page.input_value("#say") == "正在写，还没发"
    assert page.input_value("#amount") == "500"
    page.fill("#due_on", clock.local_date(clock.now(), "Asia/Shanghai").isoformat())
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#ptp >> text=履约中")
    assert recovery.active_promise(wang.pk).amount_fen == 500_00
    assert page.input_value("#say") == "正在写，还没发"
    page.reload()
    assert page.input_value("#say") == "正在写，还没发"
    page.focus("#say")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#stream >> text=正在写，还没发")
    assert page.input_value("#say") == ""
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.click("#settle .choice >> nth=0")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/")
    assert contacts.contact(asked.pk).is_settled
