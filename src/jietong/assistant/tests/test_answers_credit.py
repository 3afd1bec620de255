"""Questions about a limit and an application, as borrowers put them, are answered from the rows, or go to a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.assistant.answers import answer_for
from jietong.assistant.commands import receive
from jietong.assistant.rules.understand import understand
from jietong.borrowers.models import Borrower
from jietong.contacts.models import Entry
from jietong.origination import commands as origination
from jietong.origination.commands import By
from jietong.origination.models import Application
from jietong.origination.tests.world import apply, grant, offer, proved
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db
STAFF = "staff:1"


def said(text: str, who: Borrower) -> str:
    meant = understand(text)
    assert not meant.handover, text
    answer = answer_for(meant.intent, borrower_id=who.pk, on=TODAY, now=NOW)
    return answer.text if answer is not None else ""


@pytest.mark.parametrize(
    "text",
    [
        "我的额度为什么被冻结了",
        "额度什么时候能解冻",
        "为什么不能借了",
        "额度突然没了怎么回事",
        "why is my limit frozen",
    ],
)
def test_a_freeze_by_the_rules_says_why_how_much_and_when_it_ends(text: str, wang: Borrower) -> None:
    grant(wang, 20_000_00)
    origination.watch_limits(business_date=TODAY, now=NOW)
    told = said(text, wang)
    for words in ("现在是冻结的", "有一期已过还款日几天没还", "当晚自动解冻", "过了还款日的一共 ¥"):
        assert words in told


@pytest.mark.parametrize("text", ["额度怎么被降了", "额度降低是什么原因", "my credit limit was cut, why"])
def test_a_cut_says_from_what_to_what_and_why_until_it_is_taken_back(text: str) -> None:
    who, _card = proved()
    cut = origination.set_limit(
        borrower_id=who.pk, kind="cut", to_fen=4000_00, by=By(actor=STAFF, reason="risk"), now=NOW
    )
    told = said(text, who)
    for words in ("从 ¥10,000.00 降到 ¥4,000.00", "我们复查后的决定", "还能借 ¥4,000.00"):
        assert words in told
    origination.take_back(change_id=cut.pk, by=By(actor=STAFF, reason="corrected"), now=NOW)
    assert "降到" not in said(text, who)


@pytest.mark.parametrize("text", ["我的额度还有多少", "还能借多少钱"])
def test_what_may_be_drawn_is_the_pages_figure(text: str) -> None:
    who, _card = proved()
    assert "您的额度 ¥10,000.00，在用 ¥0.00，还能借 ¥10,000.00" in said(text, who)


@pytest.mark.parametrize("text", ["我的借款申请到哪一步了", "申请提交了怎么还没结果", "借款审核要多久", "放款了吗"])
def test_an_application_says_how_far_it_is(text: str) -> None:
    offer()
    who, _card = proved(limit_fen=40_000_00)
    asked = apply(who, amount_fen=35_000_00)
    told = said(text, who)
    for words in ("¥35,000.00：专员在看", "金额较大", "起在专员手上"):
        assert words in told
    origination.decide(application=asked, approve=True, note="收入核实过", actor=STAFF, now=NOW)
    assert "前签字有效" in said(text, who)


@pytest.mark.parametrize("text", ["为什么没通过", "为什么拒绝我"])
def test_a_no_says_why_and_what_can_be_done(text: str) -> None:
    offer()
    who, _card = proved(limit_fen=40_000_00)
    asked = apply(who, amount_fen=35_000_00)
    origination.decide(application=asked, approve=False, note="收入证明过期", actor=STAFF, now=NOW)
    told = said(text, who)
    assert "这次没有通过" in told
    assert "请人再看一次" in told
    later = answer_for("limit_eligibility", borrower_id=who.pk, on=TODAY, now=NOW + timedelta(days=30))
    assert later is not None
    assert "这次没有通过" not in later.text


@pytest.mark.parametrize("text", ["放款了吗", "刚借的能取消吗"])
def test_money_that_arrived_is_named_with_the_days_to_take_it_back(text: str) -> None:
    offer()
    who, _card = proved()
    asked = apply(who, amount_fen=3000_00)
    Application.objects.filter(pk=asked.pk).update(state="disbursed", disbursed_on=TODAY)
    told = said(text, who)
    assert "¥3,000.00：已到账" in told
    assert "到账后 7 天内想撤销" in told


def test_how_to_borrow_is_answered_with_what_may_be_drawn() -> None:
    who, _card = proved()
    assert "您现在没有在办的借款申请。您现在还能借 ¥10,000.00" in said("怎么借钱", who)


def test_who_asks_for_an_application_that_is_not_there_is_told_so_and_why_none_can_be_made(wang: Borrower) -> None:
    grant(wang, 20_000_00)
    origination.watch_limits(business_date=TODAY, now=NOW)
    told = said("我的借款申请到哪一步了", wang)
    assert told.startswith("您现在没有在办的借款申请。")
    assert "现在是冻结的" in told


@pytest.mark.parametrize("reason", ["fraud_suspected", "identity_theft"])
def test_grave_reasons_are_told_by_a_person(reason: str) -> None:
    who, _card = proved()
    origination.freeze(borrower_id=who.pk, by=By(actor=STAFF, reason=reason), now=NOW)
    assert said("我的额度为什么被冻结了", who) == ""
    assert said("怎么借钱", who) == ""


def test_without_a_limit_a_person_answers(wang: Borrower) -> None:
    assert said("我的额度还有多少", wang) == ""
    contact = receive(borrower_id=wang.pk, text="我的额度还有多少", channel="chat", actor="borrower", now=NOW)
    assert contact.is_waiting
    other, _card = proved("钱多")
    settled = receive(borrower_id=other.pk, text="我的额度还有多少", channel="chat", actor="borrower", now=NOW)
    assert not settled.is_waiting
    assert "¥10,000.00" in Entry.objects.filter(contact=settled, author="assistant").get().text
