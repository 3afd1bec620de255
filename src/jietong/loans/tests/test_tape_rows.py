"""Rows against each other: repeats, borrowers who disagree, companions; then random tapes, and random bytes."""

import csv
import io
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.loans import tape
from jietong.loans.tape.codes import MESSAGES
from jietong.loans.tape.text import mask
from jietong.loans.tests.tapes.makers import GOOD_ID, HEADER, ROW, codes, lines, read, row, workbook, write


def test_an_equal_repeat_is_left_out_with_a_note(tmp_path):
    got = read(write(tmp_path, lines(ROW, row(借据号="L2"), ROW)))
    assert [r.loan_no for r in got[:2]] == ["L1", "L2"]
    assert (got[2].line, got[2].code, got[2].note) == (4, "duplicate_same", True)


def test_of_two_rows_that_contradict_each_other_neither_is_taken(tmp_path):
    path = write(tmp_path, lines(ROW, row(借据号="L2"), row(本金="999.00")))
    assert codes(path) == [(2, "loan_no", "duplicate_loan"), (4, "loan_no", "duplicate_loan")]


def test_rows_of_a_borrower_must_agree(tmp_path):
    path = write(tmp_path, lines(ROW, row(借据号="L2", 手机号="13800138001"), row(借据号="L3", 客户号="C3")))
    assert codes(path) == [(2, "phone", "borrower_disagrees"), (3, "phone", "borrower_disagrees")]
    assert read(path)[2].loan_no == "L3"


PLAN = "loan_no,n,due_on,principal,interest,paid_principal\n"


def companions(tmp_path, *plan):
    opened = tape.read(
        write(tmp_path, lines(row(期数="2"), row(借据号="L2"))),
        unit="yuan",
        instalments=write(tmp_path, PLAN + "".join(line + "\n" for line in plan), name="plan.csv"),
    )
    loans = [getattr(r, "code", None) or r.loan_no for r in opened.loan_rows()]
    return loans, [getattr(r, "code", None) or r.n for r in opened.instalment_rows()]


def test_instalments_that_add_up_go_with_their_loan(tmp_path):
    plan = ["L1,1,20260215,400,20,400", "L1,2,20260315,600,12,0"]
    assert companions(tmp_path, *plan) == (["L1", "L2"], [1, 2])


@pytest.mark.parametrize(
    ("plan", "loan", "rows"),
    [
        (["L1,1,20260215,400,20,0", "L1,2,20260315,599,12,0"], "instalments_do_not_sum", [1, 2]),
        (["L1,1,20260215,400,20,0", "L1,3,20260315,600,12,0"], "instalment_gap", [1, 3]),
        (["L1,1,2026,400,20,0", "L1,2,20260315,600,12,0"], "instalments_bad", ["not_a_date", "held_back"]),
        (["L1,1,20260215,1000,20,0"] * 2, "instalments_bad", ["duplicate_instalment"] * 2),
        (["L1,1,20260215,1000,20,1000.01"], "instalments_bad", ["paid_more_than_due"]),
    ],
)
def test_a_loan_waits_for_sound_instalments(tmp_path, plan, loan, rows):
    assert companions(tmp_path, *plan) == ([loan, "L2"], rows)


def test_receipts_count_once(tmp_path):
    content = "receipt,loan_no,paid_on,amount\nR1,L1,20260215,5\nR1,L1,20260215,5\nR2,L1,20260215,5\nR2,L1,20260215,6\n"
    opened = tape.read(write(tmp_path, lines(ROW)), unit="yuan", repayments=write(tmp_path, content, name="r.csv"))
    got = [getattr(r, "code", None) or r.receipt for r in opened.repayment_rows()]
    assert got == ["R1", "duplicate_same", "duplicate_receipt", "duplicate_receipt"]


def test_an_error_never_shows_a_whole_number(tmp_path):
    shifted = [ROW[0], *ROW[2:], "x"]  # every cell one column too far to the left
    spaced = row(证件号码="110105 1949-1231 0021", 手机号="1380013800099", 借据号="L2", 客户号="C2")
    shown = " ".join(str(e) for e in read(write(tmp_path, lines(shifted, spaced))) if isinstance(e, tape.RowError))
    assert "code" in shown
    digits = "".join(c for c in shown if c.isdigit())
    for secret in (GOOD_ID[:17], "110105194912310021", "13800138000"):
        assert secret not in shown
        assert secret not in digits


def test_a_control_file_that_is_something_else_shows_no_number(tmp_path):
    with pytest.raises(tape.TapeRefused) as refused:
        tape.read(write(tmp_path, lines(ROW)), unit="yuan", control=write(tmp_path, f"{GOOD_ID}=1", name="c.txt"))
    assert refused.value.code == "control_broken"
    assert GOOD_ID not in str(refused.value)


@given(st.text(max_size=6), st.from_regex(r"[0-9]{9,19}", fullmatch=True), st.text(max_size=6), st.booleans())
def test_masking_hides_the_middle_of_any_long_number(before, number, after, personal):
    assert number not in mask(before + number + after, sensitive=personal)


HAN = st.integers(0x4E00, 0x9FA5).map(chr)
NAMES = st.text(HAN, min_size=2, max_size=4) | st.just("阿卜杜拉·买买提")
WEIGHTS = [2 ** (17 - i) % 11 for i in range(17)]  # ISO 7064 MOD 11-2 by its definition


@st.composite
def good_rows(draw):
    born = draw(st.dates(date(1950, 1, 1), date(2005, 1, 1)))
    digits = f"440301{born:%Y%m%d}{draw(st.integers(1, 999)):03d}"
    check = (1 - sum(int(d) * w for d, w in zip(digits, WEIGHTS, strict=True))) % 11
    lent = draw(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
    return {
        "name": draw(NAMES),
        "id_no": digits + ("X" if check == 10 else str(check)),
        "phone": draw(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)),
        "principal_fen": draw(st.integers(1, 10**12)),
        "instalments": draw(st.integers(1, 360)),
        "disbursed_on": lent,
        "first_due_on": lent + timedelta(days=draw(st.integers(1, 60))),
        "form": draw(st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"])),
        "grouped": draw(st.booleans()),
    }


def spelled(number, facts, unit):
    fen = facts["principal_fen"]
    comma = "," if facts["grouped"] else ""
    amount = format(fen, comma) if unit == "fen" else f"{format(fen // 100, comma)}.{fen % 100:02d}"
    days = [facts[key].strftime(facts["form"]) for key in ("disbursed_on", "first_due_on")]
    who = [f"C{number}", facts["name"], facts["id_no"], facts["phone"], f"L{number}"]
    return [*who, "JB", "接通银行", amount, "0.24", "等额本息", str(facts["instalments"]), *days]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(good_rows(), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"]),
    st.sampled_from([",", "|", "\t", ";", "xlsx"]),
    st.sampled_from(["yuan", "fen"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read_back(written, encoding, form, unit, end):
    rows = [HEADER, *(spelled(n, facts, unit) for n, facts in enumerate(written))]
    with tempfile.TemporaryDirectory() as folder:
        if form == "xlsx":
            path = workbook(Path(folder), {"loans": rows})
        else:
            text = io.StringIO()
            csv.writer(text, delimiter=form, lineterminator=end).writerows(rows)
            path = write(Path(folder), text.getvalue(), encoding)
        got = read(path, unit=unit)
    keys = ("name", "id_no", "phone", "principal_fen", "instalments", "disbursed_on", "first_due_on")
    expected = [tuple((f[k], True) if k == "phone" else f[k] for k in keys) for f in written]
    assert [tuple(getattr(r, k) for k in keys) for r in got] == expected


def assert_answered(path, **options):
    """The file is read, or refused by a documented code; any other exception fails the test."""
    try:
        got = read(path, **options)
    except tape.TapeRefused as refused:
        got = [refused]
    assert all(isinstance(r, tape.LoanRow) or r.code in MESSAGES for r in got)


PIECES = [
    lines(ROW).encode(),
    lines(ROW).encode("gbk"),
    lines(ROW, delimiter="|").encode("utf-16"),
    b'"',
    b"\0",
    b"\r",
    b",",
]


@settings(max_examples=250, deadline=None)
@given(st.lists(st.binary(max_size=12) | st.sampled_from(PIECES), max_size=6).map(b"".join), st.data())
def test_no_bytes_crash_the_reader(content, data):
    if content and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(content) - 1))
        content = content[:at] + data.draw(st.binary(max_size=3)) + content[at + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), content)
        for options in ({}, {"instalments": path, "repayments": path}, {"control": path}):
            assert_answered(path, **options)


@settings(max_examples=40, deadline=None)
@given(st.data())
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_broken_workbook_crashes_the_reader(data):
    with tempfile.TemporaryDirectory() as folder:
        path = workbook(Path(folder), {"loans": [HEADER, ROW]})
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content)
        assert_answered(path)
