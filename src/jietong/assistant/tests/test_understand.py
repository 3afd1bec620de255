"""What the assistant understands, and above all when it leaves a matter to a person."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.assistant.rules.intents import INTENTS
from jietong.assistant.rules.understand import MAX_SCANNED, understand
from jietong.assistant.training.evaluate import on_voice, read_voice
from jietong.kernel.errors import InputError

REASONS = {None, "unsure", "fraud", "self_harm", "asked_for_person", "complaint", "no_words"}


def serve(*lines):
    """The command as it is called, with these JSON lines; returns (exit status, answers)."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from jietong.assistant.cli import understand; sys.exit(understand([]))"],
        input="\n".join(lines).encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_the_contracts_example_is_answered_in_its_form():
    status, [answer] = serve('{"id":"5","text":"能不能晚几天还"}')
    assert status == 0
    assert list(answer) == ["id", "intent", "confidence", "alternatives", "handover", "reason"]
    assert (answer["id"], answer["intent"], answer["handover"], answer["reason"]) == (
        "5",
        "extend_hardship",
        False,
        None,
    )
    assert answer["confidence"] > 0.8
    assert [set(other) for other in answer["alternatives"]] == [{"intent", "confidence"}] * 3
    assert "extend_hardship" not in [other["intent"] for other in answer["alternatives"]]


def test_a_case_without_sense_is_refused_and_the_others_go_on():
    status, answers = serve('{"id":1}', '{"id":2,"text":7}', "nonsense", '{"id":4,"text":"怎么还款"}')
    assert status == 1
    assert [answer.get("error", {}).get("code") for answer in answers] == ["missing", "not_text", "not_json", None]
    assert answers[3]["intent"] == "repay_how"


@pytest.mark.parametrize("text", [None, 3, ["怎么还款"], {"a": 1}, True])
def test_no_text_is_an_input_error_of_the_field(text):
    with pytest.raises(InputError) as refused:
        understand(text)
    assert refused.value.field == "text"


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "？？？", "\n\t", "。。。"])
def test_a_text_without_words_is_other_and_asks_for_words_not_for_a_person(text):
    found = understand(text)
    assert (found.intent, found.handover, found.reason) == ("other", False, "no_words")


@pytest.mark.parametrize(
    "text",
    [
        "转人工",
        "人工",
        "找真人",
        "我要投诉",
        "轉人工服務",
        "转 人 工",
        "不想跟机器人说话",
        "人工客服",
        "怎么还款 转人工",
    ],
)
def test_a_person_is_given_at_the_first_time_of_asking(text):
    found = understand(text)
    assert (found.intent, found.handover, found.reason) == ("complaint_human", True, "asked_for_person")


@pytest.mark.parametrize(
    "text",
    [
        "不想活了",
        "还不上我只能去跳楼了",
        "被你们逼得想死",
        "我要自杀",
        "活不下去了",
        "不想活了转人工",
        "不想活了能不能晚几天还",
        "i want to die",
    ],
)
def test_words_of_self_harm_reach_a_person_at_once(text):
    found = understand(text)
    assert found.handover
    assert found.reason == "self_harm"


def test_words_of_self_harm_are_seen_far_behind_the_part_that_is_classified():
    found = understand("我跟你说 " * 500 + "我不想活了")
    assert found.reason == "self_harm"


@pytest.mark.parametrize("text", ["气死我了", "累死了", "手机卡死了怎么还款", "想死你了"])
def test_a_manner_of_speaking_is_not_taken_for_self_harm(text):
    assert understand(text).reason != "self_harm"


@pytest.mark.parametrize(
    "text",
    [
        "有人冒用我的身份证借了钱",
        "这笔借款不是我借的",
        "我被骗了用借呗转给骗子了",
        "账号被盗刷了***元",
        "收到短信说我逾期是不是诈骗",
    ],
)
def test_fraud_goes_to_a_person_as_fraud(text):
    found = understand(text)
    assert (found.intent, found.handover, found.reason) == ("security_fraud", True, "fraud")


@pytest.mark.parametrize("text", ["你们的人态度太恶劣了", "催收天天骚扰我家里人", "电话打了一上午没人接"])
def test_a_complaint_is_never_answered_by_the_machine(text):
    found = understand(text)
    assert found.intent == "complaint_human"
    assert found.handover


@pytest.mark.parametrize("text", ["阿巴阿巴呜啦", "qwrtp zxcv", "那个东西上次说的那样弄了以后又不对了"])
def test_what_is_not_understood_is_not_answered_with_a_sensitive_intent(text):
    found = understand(text)
    assert found.handover or found.intent not in {"overdue_consequence", "extend_hardship", "security_fraud"}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("今天到期了怎么还没扣款", "repay_failed"),
        ("最低还款怎么弄", "extend_hardship"),
        ("花呗账单分期", "extend_hardship"),
        ("借的钱还没到账", "borrow_how"),
        ("刚借的能取消吗", "borrow_how"),
        ("还完款额度没恢复", "limit_eligibility"),
        ("先扣余额宝还是银行卡", "auto_deduct"),
        ("怎么注销借呗", "account_contact"),
        ("结清证明哪里开", "contract_proof"),
        ("没逾期会上征信吗", "credit_report"),
        ("逾期一天上征信吗", "overdue_consequence"),
        ("還款日可以改嗎", "due_date"),
        ("界呗已预期3天会怎样", "overdue_consequence"),
        ("提前还清要手续费吗", "repay_early"),
        ("借一万一天多少利息", "interest_fee"),
    ],
)
def test_the_borders_between_intents_are_those_of_the_contract(text, intent):
    assert understand(text).intent == intent


def test_a_megabyte_is_answered_by_its_beginning():
    assert understand("怎么提前还款" + "。" * 1_000_000).intent == "repay_early"
    assert understand("还" * 1_000_000).intent in INTENTS
    assert MAX_SCANNED < 1_000_000


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gets_a_whole_and_repeatable_answer(text):
    found = understand(text)
    assert found == understand(text)
    assert found.intent in INTENTS
    assert found.reason in REASONS
    assert 0.0 <= found.confidence <= 1.0
    assert len(found.alternatives) == 3
    assert found.intent not in dict(found.alternatives)
    shares = [share for _, share in found.alternatives]
    assert shares == sorted(shares, reverse=True)
    assert found.confidence + sum(shares) <= 1.0 + 1e-6


def test_the_held_out_voice_is_understood_and_what_is_answered_is_right():
    measured = on_voice(read_voice())
    assert measured["utterances"] >= 250
    assert measured["accuracy"] >= 0.92
    assert measured["answered"] >= 0.60
    assert measured["answered_right"] >= 0.95


def test_the_command_loads_neither_django_nor_scikit_learn():
    code = (
        "import sys; from jietong.assistant.rules.understand import understand; understand('怎么还款');"
        "print([m for m in ('django', 'sklearn', 'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "[]"
