"""What the assistant says of debits is what the orders say."""

from __future__ import annotations

import pytest

from jietong.assistant.answers import answer_for
from jietong.deduction import commands as deduction
from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.tests.world import leave, planned
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db


def said(intent: str, who) -> str:
    answer = answer_for(intent, borrower_id=who.pk, on=TODAY, now=NOW)
    return answer.text if answer else ""


def test_which_card_in_which_order_and_why_not(wang) -> None:
    assert said("auto_deduct", wang) == "", "without a mandate a person answers"
    leave(wang, tail="1111")
    leave(wang, tail="2222")
    assert "尾号 1111、工商银行尾号 2222" in said("auto_deduct", wang)
    deduction.switch_off(borrower_id=wang.pk, actor="borrower", now=NOW)
    assert "现在没有在扣，因为自动扣款已关闭" in said("auto_deduct", wang)


def test_a_failure_is_explained_and_money_on_its_way_named(wang) -> None:
    assert said("repay_failed", wang) == "", "what the orders do not know a person looks for"
    leave(wang)
    debit = planned(wang.loans.get())
    deduction.sending.claim(debit.pk, now=NOW, channel_is_set=True)
    assert "请别重复还" in said("repay_failed", wang)
    deduction.take_answer(Told(debit.key, Outcome.FAILED, "51"), source="query", now=NOW)
    told = said("repay_failed", wang)
    assert "余额不足" in told
    assert "再扣一次" in told
