"""Many ways of writing become one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.assistant.rules.features import VIEW_WEIGHTS, bare, names, vector
from jietong.assistant.rules.normalise import MAX_CHARS, normalise


@pytest.mark.parametrize(
    "written",
    ["借呗怎么还", "界呗怎么还", "借贝 怎么还?", "蚂蚁借呗怎么还", "借唄怎麼還", "微粒贷怎么还", "ＪＩＥＢＥＩ怎么还"],
)
def test_products_and_their_slips_become_one_letter(written):
    assert normalise(written) == "J怎么还"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("已预期３天", "已逾期#天"),
        ("还了***元", "还了#元"),
        ("还了1,234.50元", "还了#元"),
        ("一万块", "#块"),
        ("分十二期", "分#期"),
        ("逾期會上徵信嗎", "逾期会上征信吗"),
        ("優惠卷過期", "优惠券过期"),
        ("帐单", "账单"),
        ("哈哈哈哈哈", "哈哈"),
        ("还\u200b款😀!!", "还款"),
        ("花呗和白条", "H和H"),
    ],
)
def test_what_is_meant_is_what_is_read(written, read):
    assert normalise(written) == read


def test_a_single_one_of_something_is_not_a_number():
    assert normalise("问一下") == "问一下"


@given(st.text(max_size=1000))
def test_any_text_is_read_without_fail_and_within_its_limit(text):
    read = normalise(text)
    assert len(read) <= MAX_CHARS
    assert not any(sign.isspace() for sign in read)


def test_the_bare_form_puts_ways_of_asking_as_one():
    assert bare(normalise("请问花呗怎么还款呢")) == bare(normalise("如何还钱"))


@given(st.text(max_size=60))
def test_each_view_weighs_the_same_however_long_the_text(text):
    assert len(names(text)) == len(VIEW_WEIGHTS)
    values = vector(text).values()
    assert all(value > 0 for value in values)
    sums = [weight * max(1, len(view)) ** 0.5 for weight, view in zip(VIEW_WEIGHTS, names(text), strict=True) if view]
    assert sum(values) == pytest.approx(sum(sums))
