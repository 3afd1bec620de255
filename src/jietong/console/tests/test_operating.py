"""The operator's pages tell what the night did and what left us, by name; the rules are readable with their proof."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.console import operating, rule_words, words
from jietong.contacts.commands.attempts import Plan, plan, release_due
from jietong.contacts.models import Attempt
from jietong.dayend import commands as dayend
from jietong.dayend.models import StepMark
from jietong.kernel import clock
from jietong.loans.models import ImportRun
from jietong.packs.queries import names, pack
from jietong.simulator.tests.cast import NOW, TODAY
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.parametrize("address", ["/console/", "/console/rules/"])
def test_a_stranger_is_sent_to_the_door_and_a_specialist_is_refused(client: Client, lin: Member, address: str) -> None:
    assert client.get(address).status_code == 302
    client.force_login(lin)
    assert client.get(address).status_code == 403


def test_an_empty_console_says_what_to_do(client: Client, qin: Member) -> None:
    client.force_login(qin)
    page = client.get("/console/").content.decode()
    for said in ("还没有跑过日终", "还没有导入过文件", "今天还没有触达", "账本还没有会计日期"):
        assert said in page


def test_a_closed_day_shows_every_step_with_its_own_counts(client: Client, qin: Member, wang: Borrower) -> None:
    done = dayend.close_day(TODAY, now=NOW)
    (day,) = operating.seen_at(NOW)["days"]
    assert day["closed"]
    assert [len(step["counts"]) for step in day["steps"]] == [len(counts) for counts in done.values()]
    client.force_login(qin)
    page = client.get("/console/").content.decode()
    assert "2026-11-24" in page
    assert "日终都已完成" in page


def test_a_day_that_stopped_half_way_names_what_is_missing(client: Client, qin: Member) -> None:
    StepMark.objects.create(business_date=date(2026, 11, 23), name="fall_due", finished_at=NOW, counts={"fen": 123450})
    (day,) = operating.seen_at(NOW)["days"]
    assert not day["closed"]
    assert day["missing"] == [str(words.STEPS[name]) for name, _ in dayend.STEPS if name != "fall_due"]
    assert "五级分类" in day["missing"]
    assert day["steps"][0]["counts"] == [("金额", "¥1,234.50")]
    client.force_login(qin)
    assert "没有跑完" in client.get("/console/").content.decode()


def test_imports_stand_with_their_counts_the_newest_first(client: Client, qin: Member) -> None:
    for n, name in enumerate(["十月.csv", "十一月.csv"]):
        at = NOW - timedelta(days=30 * (1 - n))
        ImportRun.objects.create(
            sha256=str(n) * 64, file_name=name, as_of=at.date(), started_at=at, finished_at=at, counts={"loans": 12000}
        )
    client.force_login(qin)
    page = client.get("/console/").content.decode()
    assert page.index("十一月.csv") < page.index("十月.csv")
    assert "借据 12,000" in page


def test_outbound_is_counted_per_template_and_channel_and_refusals_are_named(qin: Member, wang: Borrower) -> None:
    wanted = [("past_due_1", "sms"), ("past_due_2", "sms"), ("past_due_2", "email")]
    for n, (template, channel) in enumerate(wanted):
        plan(
            Plan(
                key=f"t:{n}", borrower_id=wang.pk, channel=channel, purpose="reminder", template=template,
                not_before=NOW, expires_at=NOW + timedelta(hours=3),
            ),
            now=NOW,
        )  # fmt: skip
    release_due(now=NOW)
    seen = operating.seen_at(NOW)
    rows = {(row["template"], row["channel"]): row for row in seen["outbound"]}
    for template, label, channel, shown in (
        ("past_due_1", "第 1 次逾期提醒", "sms", "短信"),
        ("past_due_2", "第 2 次逾期提醒", "sms", "短信"),
        ("past_due_2", "第 2 次逾期提醒", "email", "邮件"),
    ):
        attempts = Attempt.objects.filter(template=template, channel=channel)
        row = rows[label, shown]
        assert row["sent"] == attempts.filter(state__in=["sending", "sent"]).count()
        assert row["refused"] == attempts.filter(decisions__allowed=False).distinct().count()
    assert sum(row["refused"] for row in rows.values()) == seen["totals"]["refused"] == 1
    assert rows["第 2 次逾期提醒", "短信"]["reasons"] == [("今日已发到上限", 1)]


def test_yesterdays_messages_are_not_todays(qin: Member, wang: Borrower) -> None:
    yesterday = NOW - timedelta(days=1)
    common = {
        "borrower": wang,
        "channel": "sms",
        "purpose": "reminder",
        "template": "due_today",
        "planned_at": yesterday,
    }
    Attempt.objects.create(key="a", state="sent", sent_at=yesterday, not_before=yesterday, expires_at=NOW, **common)
    Attempt.objects.create(
        key="b", state="planned", not_before=NOW + timedelta(days=1), expires_at=NOW + timedelta(days=2), **common
    )
    assert operating.seen_at(NOW)["totals"] == {"planned": 0, "sent": 0, "refused": 0, "failed": 0}


@pytest.mark.parametrize("name", names())
def test_every_rule_of_every_pack_is_on_its_page_with_its_proof(client: Client, qin: Member, name: str) -> None:
    client.force_login(qin)
    page = client.get(f"/console/rules/?pack={name}").content.decode()
    rules = pack(name).rules.values()
    for rule in rules:
        assert f">{rule.id}<" in page
        assert rule_words.says(rule)
    assert page.count("</svg>未核实") == sum(not rule.verified for rule in rules)
    assert page.count("</svg>已核实") == sum(rule.verified for rule in rules)


def test_the_telling_rules_read_as_sentences() -> None:
    rules = pack("cn").rules
    assert rule_words.says(rules["cn.hours.quiet"])[0] == "22:00–08:00 不联系借款人"
    assert rule_words.says(rules["cn.freq.messages_day"])[0] == "每位借款人，每天，发出的消息最多 1 次"
    assert rule_words.says(rules["cn.freq.all_touch_week"])[0] == "每位借款人，任意连续 7 天，主动联系最多 10 次"
    assert "记为“承诺期内不催”" in rule_words.says(rules["cn.stop.promise_active"])[0]


def test_a_pack_that_is_not_there_is_not_found(client: Client, qin: Member) -> None:
    client.force_login(qin)
    assert client.get("/console/rules/?pack=../cn").status_code == 404
