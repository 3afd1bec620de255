from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.ui import words

NOW = datetime(2026, 11, 19, 1, 41, tzinfo=UTC)  # 09:41 in Shanghai
SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 19), "今天"),
        (date(2026, 11, 20), "明天"),
        (date(2026, 11, 18), "昨天"),
        (date(2026, 12, 10), "12 月 10 日"),
        (date(2027, 5, 3), "2027 年 5 月 3 日"),
    ],
)
def test_a_date_is_said_as_one_says_it(day, said):
    assert words.day_words(day, date(2026, 11, 19)) == said


def test_the_day_is_that_of_the_borrowers_zone():
    late = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)  # half past midnight of the 20th in Shanghai
    assert words.moment_words(late, NOW, SHANGHAI) == "明天 00:30"
    assert words.moment_words(late, NOW, "UTC") == "今天 16:30"


def test_a_time_limit_of_today_needs_no_day():
    assert words.deadline_words(NOW + timedelta(minutes=19), NOW, SHANGHAI) == "10:00"
    assert words.deadline_words(NOW + timedelta(days=1), NOW, SHANGHAI) == "明天 09:41"


@pytest.mark.parametrize(("seconds", "shown"), [(108, "1:48"), (1625, "27:05"), (6720, "1:52:00"), (-5, "0:00")])
def test_a_stretch_of_time_is_shown_as_a_stop_watch_does(seconds, shown):
    assert words.duration(seconds) == shown


def test_an_estimate_is_a_band_in_one_unit():
    def band(low, high):
        return words.band_words(NOW + timedelta(minutes=low), NOW + timedelta(minutes=high), NOW)

    assert band(6, 10) == ("6–10", "分钟")
    assert band(130, 200) == ("2–4", "小时")
    assert band(0, 0.5) == ("0–1", "分钟")


@given(st.integers(min_value=0, max_value=6000), st.integers(min_value=0, max_value=6000))
def test_the_upper_end_of_a_band_never_promises_less_than_the_estimate(low, more):
    shown, unit = words.band_words(NOW + timedelta(minutes=low), NOW + timedelta(minutes=low + more), NOW)
    minutes = {"分钟": 1, "小时": 60, "天": 1440}[unit]
    assert int(shown.split("–")[-1]) * minutes >= low + more


@given(st.floats(min_value=0, max_value=10**7))
def test_time_left_never_promises_more_than_there_is(seconds):
    count, unit = words.left_words(seconds).split(" ")
    assert int(count) * {"分钟": 60, "小时": 3600, "天": 86400}[unit] <= seconds


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812342046", "138 **** 2046"),
        ("+86 138 1234 2046", "138 **** 2046"),
        ("138****2046", "138 **** 2046"),
        ("110", "****"),
    ],
)
def test_a_phone_number_keeps_its_middle_to_itself(number, shown):
    assert words.masked_phone(number) == shown


def test_staff_are_known_by_surname_and_number():
    assert words.surname_title("王晓", "0372") == "王专员 0372"
    assert words.surname_title("欧阳娜") == "欧阳专员"
    assert words.surname_title("东方") == "东专员"  # two characters are a surname and a given name


@pytest.mark.parametrize(("name", "shown"), [("王丽霞", "王*霞"), ("吴琼", "吴*"), ("阿卜杜拉·艾山", "阿*山")])
def test_a_list_shows_enough_of_a_name_to_tell_two_apart(name, shown):
    assert words.masked_name(name) == shown
