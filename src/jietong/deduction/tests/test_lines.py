"""The files: what was written can be read, in both encodings, and what lost a byte is refused by name."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.rules.lines import Line, check, read_request, read_results, write_request, write_results
from jietong.kernel.errors import InputError

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
TOLD = [
    Told("D1", Outcome.SUCCEEDED, "00", 1049_11, "CH1", AT),
    Told("D2", Outcome.FAILED, "51"),
    Told("D3", Outcome.PROCESSING),
]


def code_of(raw: bytes) -> str:
    with pytest.raises(InputError) as wrong:
        read_results(raw)
    return wrong.value.code


words = st.text(alphabet="还款青禾消费金融 |abc\n", max_size=12)
orders = st.lists(st.builds(Line, st.just("D1"), st.just("A1"), st.integers(1, 10**12), words), min_size=1, max_size=5)


@settings(deadline=None)
@given(orders, st.sampled_from(["utf-8", "gb18030"]))
def test_a_request_comes_back_as_it_was_written(lines: list[Line], encoding: str) -> None:
    number, day, read = read_request(write_request("Q1", DAY, "file", lines, encoding=encoding))
    assert (number, day) == ("Q1", DAY)
    assert [(one.key, one.agreement, one.amount_fen) for one in read] == [
        (one.key, one.agreement, one.amount_fen) for one in lines
    ]
    assert not any("|" in one.words or "\n" in one.words for one in read)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_results_come_back_as_they_were_written(encoding: str) -> None:
    results = read_results(write_results("A1", "Q1", DAY, TOLD, encoding=encoding))
    assert results.lines == tuple(TOLD)
    assert (results.number, results.answers, results.taken_fen) == ("A1", "Q1", 1049_11)


@settings(deadline=None)
@given(st.integers(0, 400))
def test_a_file_that_lost_its_end_is_refused(cut: int) -> None:
    whole = write_results("A1", "Q1", DAY, TOLD)
    short = whole[: min(cut, len(whole) - 2)]
    assert code_of(short) in {"truncated", "empty", "wrong_check"}


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_file_with_a_changed_byte_is_never_taken(at: int, change: int) -> None:
    whole = bytearray(write_results("A1", "Q1", DAY, TOLD))
    place = at % (len(whole) - 1)
    whole[place] ^= change
    try:
        read = read_results(bytes(whole))
    except InputError:
        return
    # only a change of the closing line's letters' case, or of blanks around it, may pass: the lines are the same
    assert read.lines == tuple(TOLD)


def reclosed(body: str, count: int, fen: int) -> bytes:
    raw = body.encode()
    return raw + f"T|{count}|{fen}|{check(raw)}\n".encode()


def test_sums_counts_and_kinds_are_checked() -> None:
    head = "H|JTDD|1|RES|A1|Q1|2026-11-24\n"
    line = f"R|D1|S|00|100|CH1|{AT.isoformat()}\n"
    assert code_of(b"") == "empty"
    assert code_of(reclosed(head + line, 2, 100)) == "truncated"
    assert code_of(reclosed(head + line, 1, 101)) == "wrong_sum"
    assert code_of(reclosed(head.replace("RES", "REQ") + line, 1, 100)) == "not_a_result"
    assert code_of(reclosed(head.replace("|1|RES", "|2|RES") + line, 1, 100)) == "not_a_result"
    assert code_of(reclosed(head + line.replace("|100|", "|1e2|"), 1, 100)) == "bad_line"
    assert code_of(reclosed(head + line.replace("CH1", ""), 1, 100)) == "bad_line"
    assert code_of(reclosed(head + "R|D1|S|00|100|CH1|2026-11-24T10:00:00\n", 1, 100)) == "bad_line"
    assert code_of(write_results("A1", "Q1", DAY, TOLD)[:-30].replace(b"D2", b"\xff\xfe")) == "truncated"
