"""The borrower's pages on a running site: live, in a real browser, without script, and with many of them open."""

from __future__ import annotations

import http.client
import re
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from jietong.borrowers.models import Borrower
from jietong.config.tests.live import LiveSite
from jietong.contacts.queries import demo_messages
from jietong.kernel import clock
from jietong.kernel.sealing import blind_index
from jietong.portal.tests.conftest import phone_of
from jietong.routing import commands as routing
from jietong.routing.models import Offer
from jietong.simulator.tests.cast import make_borrower, make_loan, make_member, make_team
from jietong.staff.models import Member

OPEN_PAGES = 40  # more than the web process has database connections
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def liu(live_site: LiveSite) -> Borrower:
    """Late with two instalments; committed, so that the site's own processes see it."""
    make_team("rights", "客户权益组")
    make_team()
    who = make_borrower("刘丽霞")
    with transaction.atomic():
        make_loan(who, paid=3, as_of=clock.local_date(clock.now(), "Asia/Shanghai"))
    return who


def code_on_the_demo_phone(page: Any, number: str) -> str:
    """What the worker has sent by SMS; a second or two after it was asked for."""
    for _ in range(100):
        arrived = demo_messages(address_index=blind_index(number, "reach"), limit=1)
        if arrived:
            return re.search(r"\d{6}", arrived[0].body).group()
        page.wait_for_timeout(200)
    raise AssertionError("no SMS within twenty seconds")


def enter(page: Any, site: LiveSite, who: Borrower) -> None:
    """As a person does it: number, code, last four."""
    page.goto(f"{site.url}/login/")
    page.fill("#phone", phone_of(who))
    page.press("#phone", "Enter")
    page.wait_for_selector("#code")
    page.fill("#code", code_on_the_demo_phone(page, phone_of(who)))
    page.press("#code", "Enter")
    page.wait_for_selector("#tail")
    page.fill("#tail", who.id_no[-4:])
    page.press("#tail", "Enter")
    page.wait_for_url(f"{site.url}/")


def taken_by(lin: Member) -> None:
    routing.set_presence(member_id=lin.pk, state="ready", now=clock.now())
    routing.dispatch(now=clock.now())
    offer = Offer.objects.get(specialist=lin, state="open")
    contact = routing.accept(offer_id=offer.pk, member_id=lin.pk, now=clock.now())
    routing.specialist_said(contact=contact, member_id=lin.pk, text="我来帮您看", now=clock.now())


def test_an_answer_arrives_live_and_what_is_being_typed_stays(live_site: LiveSite, liu: Borrower, browser: Any) -> None:
    lin = make_member("lin", "林芳", make_team())
    page = browser.new_context(viewport=PHONE, locale="zh-CN").new_page()
    enter(page, live_site, liu)
    page.goto(f"{live_site.url}/chat/")
    page.fill("#say", "失业了实在还不上，能不能延期")
    page.click(".send")
    page.wait_for_selector(".promise-full")
    assert page.input_value("#say") == ""
    page.fill("#say", "还没写完的")
    taken_by(lin)
    page.wait_for_selector("text=我来帮您看")
    assert page.input_value("#say") == "还没写完的"
    assert page.inner_text(".promise-full .own b") == f"林专员 {lin.staff_number}"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_page_is_wider_than_the_phone(live_site: LiveSite, liu: Borrower, browser: Any, language: str) -> None:
    page = browser.new_context(viewport=PHONE, locale=language).new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    enter(page, live_site, liu)
    page.goto(f"{live_site.url}/chat/")
    page.fill("#say", "我要找人工")
    page.click(".send")
    page.wait_for_selector(".promise-full")
    ref, loan = liu.contacts.get().ref, liu.loans.get().ref
    paths = ["", "ways/", f"loans/{loan}/", "chat/", "callback/", "form/", "matters/", f"matters/{ref}/", "help/"]
    for path in paths:
        page.goto(f"{live_site.url}/{path}")
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert troubles == []


def test_without_script_one_asks_and_reads(live_site: LiveSite, liu: Borrower, browser: Any) -> None:
    page = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False).new_page()
    enter(page, live_site, liu)
    page.goto(f"{live_site.url}/chat/")
    page.fill("#say", "我现在要还多少钱")
    page.click(".send")
    page.wait_for_selector(".figure")
    page.click("text=还没有")
    page.wait_for_selector(".promise-full")


def test_many_open_pages_do_not_use_up_the_database(live_site: LiveSite, liu: Borrower) -> None:
    signed_in = SessionStore()
    signed_in.update({"portal_borrower": liu.pk, "portal_seen_at": int(clock.now().timestamp())})
    signed_in.save()
    headers = {"Cookie": f"sessionid={signed_in.session_key}"}
    opened = []
    try:
        for _ in range(OPEN_PAGES):
            stream = http.client.HTTPConnection("127.0.0.1", live_site.port, timeout=15)
            opened.append(stream)
            stream.request("GET", "/live/", headers=headers)
            answer = stream.getresponse()
            assert answer.headers["Content-Type"] == "text/event-stream"
            assert answer.readline().strip()
        page = http.client.HTTPConnection("127.0.0.1", live_site.port, timeout=15)
        opened.append(page)
        page.request("GET", "/", headers=headers)
        assert "刘丽霞" in page.getresponse().read().decode()
    finally:
        for one in opened:
            one.close()
