"""The first whole path in three windows: a loan file, a day-end, a borrower, a specialist, a supervisor.

The loan file is written by this file's own lines; its sums are computed here, not by the importer.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Sum

from jietong.config.tests.live import LiveSite
from jietong.contacts import commands as contacts
from jietong.contacts.models import Attempt, Contact, DemoMessage
from jietong.loans.models import Loan, Posting
from jietong.loans.tests.test_importing import identity, luhn
from jietong.recovery.models import Case, Promise
from jietong.simulator.tests.cast import make_member, make_team

SHANGHAI = ZoneInfo("Asia/Shanghai")
PHONE = "19900000011"
HEADER = [
    "客户号",
    "姓名",
    "证件类型",
    "证件号码",
    "手机号",
    "邮箱",
    "银行卡号",
    "借据号",
    "产品",
    "债权人",
    "本金(元)",
    "年利率",
    "还款方式",
    "期数",
    "放款日期",
]
WAIT = 20_000


def today() -> date:
    return datetime.now(UTC).astimezone(SHANGHAI).date()


def month_before(day: date) -> date:
    first = day.replace(day=1)
    return (first - timedelta(days=1)).replace(day=min(day.day, 28))


def write_tape(path: Path) -> int:
    """Five loans whose first instalment fell due one day ago; answers the sum of principals in fen."""
    disbursed = month_before(today() - timedelta(days=1))
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n in range(11, 16):
            writer.writerow(
                [
                    f"C{n}",
                    "林晓",
                    "身份证",
                    identity(n),
                    f"199000000{n}",
                    f"b{n}@mail.example",
                    luhn(f"62220200000{n:07d}"),
                    f"JT{n}",
                    "JB",
                    "青禾消费金融有限公司",
                    f"{n}00.00",
                    "14.4%",
                    "等额本息",
                    "12",
                    disbursed.isoformat(),
                ]
            )
    return sum(range(11, 16)) * 100 * 100


def jietong(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jietong", *words], env=os.environ.copy(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def staff() -> None:
    with transaction.atomic():
        desk = make_team()
        make_team("rights", "客户权益组")
        for username, name, role in (("lin", "林芳", "specialist"), ("qin", "秦岚", "supervisor")):
            member = make_member(username, name, desk, role=role)
            member.set_password("a long demo password")
            member.save(update_fields=["password"])


@pytest.fixture
def lent(live_site: LiveSite, staff: None, tmp_path: Path) -> LiveSite:
    """The site with the file imported and yesterday closed, through the command line as an operator does it."""
    principal = write_tape(tmp_path / "tape.csv")
    jietong("loans", "import", str(tmp_path / "tape.csv"))
    jietong("dayend", "run", "--date", today().isoformat())
    assert Loan.objects.aggregate(s=Sum("principal_fen"))["s"] == principal
    lent = Posting.objects.filter(debit="loan_principal").aggregate(s=Sum("amount_fen"))["s"]
    assert lent == principal
    assert Case.objects.filter(closed_on=None).count() == 5
    return live_site


def sent_code(phone_tail: str) -> str:
    """The newest code on the demo phone; the worker sends it a moment after it was asked for."""
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while datetime.now(UTC) < deadline:
        for message in DemoMessage.objects.filter(channel="sms", address__endswith=phone_tail).order_by("-id"):
            code = re.search(r"验证码 (\d{6})", message.body)
            if code:
                return code.group(1)
    raise AssertionError("no code arrived on the demo phone")


def sign_in_borrower(page, url: str) -> None:
    page.goto(f"{url}/")
    page.fill("#phone", PHONE)
    page.get_by_role("button", name="发验证码").click()
    page.wait_for_selector("#code")
    page.fill("#code", sent_code(PHONE[-4:]))
    page.get_by_role("button", name="下一步").click()
    page.wait_for_selector("#tail")
    assert "林晓" not in page.content(), "a code proves the phone, not the person"
    assert "¥" not in page.content()
    page.fill("#tail", identity(11)[-4:])
    page.get_by_role("button", name="确认").click()
    page.wait_for_selector(".amount")


def sign_in_staff(page, url: str, username: str, onward: str) -> None:
    page.goto(f"{url}{onward}")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", "a long demo password")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{onward}*")


def open_pages(browser):
    phone = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    desk = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    board = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    pages = [context.new_page() for context in (phone, desk, board)]
    for page in pages:
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    return pages


@pytest.mark.process
def test_from_a_loan_file_to_an_answered_borrower(lent: LiveSite, browser) -> None:
    phone, desk, board = open_pages(browser)
    sign_in_borrower(phone, lent.url)
    sign_in_staff(board, lent.url, "qin", "/board/")
    sign_in_staff(desk, lent.url, "lin", "/desk/")

    # The borrower asks the assistant, which answers from the borrower's own loan, and then asks for a person.
    phone.goto(f"{lent.url}/chat/")
    phone.fill("#say", "我现在要还多少")
    phone.locator("form.composer button").click()
    phone.wait_for_selector("#flow >> text=今天要还的一共是")
    phone.fill("#say", "工资月底才发，能不能晚几天还")
    phone.locator("form.composer button").click()
    phone.wait_for_selector("#flow >> text=已经转给专员")
    contact = Contact.objects.exclude(state="settled").get()
    assert contact.owner_team.name in phone.content()

    # The supervisor sees somebody waiting; the specialist goes ready and is offered it.
    board.wait_for_selector("text=1 位在等")
    desk.locator("#rail .quiet-go button", has_text="接待").click()
    desk.wait_for_selector(".offer")
    desk.locator(".offer button", has_text="接受").click()
    desk.wait_for_url(f"**/desk/c/{contact.ref}/")
    desk.wait_for_selector("text=能不能晚几天还")
    phone.wait_for_selector("#flow >> text=林专员")

    # They talk; nobody reloads anything.
    desk.fill("#say", "您好，可以先约一个日子，我帮您记下来。")
    desk.keyboard.press("Control+Enter")
    phone.wait_for_selector("#flow >> text=可以先约一个日子")
    phone.fill("#say", "那就后天还")
    phone.locator("form.composer button").click()
    desk.wait_for_selector("#stream >> text=那就后天还")
    promise_and_settle(desk, contact)

    # The borrower sees that it is settled and confirms; the supervisor sees nobody waiting any more.
    phone.wait_for_selector("text=解决了吗")
    phone.get_by_role("button", name="已解决").click()
    phone.wait_for_load_state()
    contact.refresh_from_db()
    assert contact.confirmed_at is not None
    assert contact.answered_at is not None
    board.wait_for_selector("text=没有人在等")


def promise_and_settle(desk, contact: Contact) -> None:
    desk.fill("#due_on", (today() + timedelta(days=2)).isoformat())
    desk.locator("#ptp form.ptp button").click()
    desk.wait_for_selector("#ptp >> text=履约中")
    promise = Promise.objects.get()
    assert promise.borrower_id == contact.borrower_id
    assert promise.state == "active"
    desk.goto(desk.url.split("/desk/")[0] + f"/desk/c/{contact.ref}/settle/")
    desk.locator("input[name=outcome][value=promise]").check()
    desk.locator("form.settle button.btn-main").click()
    desk.wait_for_url("**/desk/*")


@pytest.mark.process
def test_a_reminder_reaches_the_demo_phone_and_names_no_debt(lent: LiveSite) -> None:
    """Planned by the day-end; decided at a daytime instant, then sent by the worker's own job."""
    planned = Attempt.objects.filter(channel="sms", template="past_due_1")
    assert planned.count() == 5
    noon = datetime.combine(today(), datetime.min.time(), SHANGHAI).replace(hour=12).astimezone(UTC)
    contacts.release_due(now=noon)
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while DemoMessage.objects.filter(channel="sms").count() < 5 and datetime.now(UTC) < deadline:
        pass
    bodies = list(DemoMessage.objects.filter(channel="sms").values_list("body", flat=True))
    assert len(bodies) == 5
    assert not any("¥" in body or "逾期" in body or "欠" in body or "林晓" in body for body in bodies)
    assert set(planned.values_list("decisions__allowed", flat=True)) == {True}
