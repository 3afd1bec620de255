"""Files as a whole: encodings, dialects, headers, truncation, control files."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import pytest

from jietong.loans import tape
from jietong.loans.tests.tapes.makers import GOOD_ID, HEADER, ROW, codes, lines, read, refusal, row, write


def test_a_good_row_is_read_with_its_types(tmp_path):
    (got,) = read(write(tmp_path, lines(ROW)))
    assert got.line == 2
    assert (got.borrower_no, got.name, got.id_type, got.id_no) == ("C1", "张伟", "id_card", GOOD_ID)
    assert got.phone == ("13800138000", True)
    assert (got.principal_fen, got.rate, got.rate_unit) == (100_000, Decimal("0.24"), "year")
    assert (got.method, got.instalments, got.every, got.unit) == ("equal_instalment", 12, 1, "month")
    assert (got.disbursed_on, got.first_due_on) == (date(2026, 1, 15), date(2026, 2, 15))


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gbk", "gbk"), ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_and_reported(tmp_path, encoding, reported):
    opened = tape.read(write(tmp_path, lines(ROW), encoding), unit="yuan")
    assert opened.encoding == reported
    assert [r.name for r in opened.loan_rows()] == ["张伟"]


def test_gb18030_is_told_from_gbk_by_a_rare_character(tmp_path):
    opened = tape.read(write(tmp_path, lines(row(姓名="王𠮷"), row(借据号="L2", 客户号="C2")), "gb18030"), unit="yuan")
    assert opened.encoding == "gb18030"
    assert next(opened.loan_rows()).name == "王𠮷"


def test_gbk_bytes_written_by_hand(tmp_path):
    content = lines(row(姓名="@@"), header=HEADER).encode("gbk").replace(b"@@", b"\xd5\xc5\xce\xb0")  # 张伟
    assert read(write(tmp_path, content))[0].name == "张伟"


ENGLISH = "borrower_no,name,id_no,loan_no,product,creditor,principal,rate,method,instalments,disbursed_on\n"


def test_an_ambiguous_word_is_refused_not_guessed(tmp_path):
    cells = f"C1,@@,{GOOD_ID},L1,JB,JT,1000,0.24,bullet,1,20260115\n"
    content = (ENGLISH + cells).encode().replace(b"@@", "陆模".encode("gbk"))
    assert content.decode("utf-8")  # valid UTF-8, and nonsense
    assert refusal(write(tmp_path, content)) == "encoding_ambiguous"
    mapping = write(tmp_path, 'encoding = "gbk"\n', name="map.toml")
    assert read(write(tmp_path, content), mapping=mapping)[0].name == "陆模"


def test_mixed_and_impossible_encodings_are_refused(tmp_path):
    good = lines(ROW).encode()
    assert refusal(write(tmp_path, good + ",".join(row(借据号="L2")).encode("gbk") + b"\n")) == "encoding_mixed"
    assert refusal(write(tmp_path, good + b"\xff\xff\n")) == "encoding_mixed"
    assert refusal(write(tmp_path, b"loan_no,name\nL1,\xff\xff\n")) == "encoding_unknown"
    assert refusal(write(tmp_path, lines(row(产品="产")).encode()[:-1] + "年".encode()[:2])) == "cut_inside_character"
    mapping = write(tmp_path, 'encoding = "utf-8"\n', name="map.toml")
    assert refusal(write(tmp_path, lines(ROW), "gbk"), mapping=mapping) == "encoding_declared"


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), ("|", "bar"), ("\t", "tab"), (";", "semicolon")])
def test_the_delimiter_is_found(tmp_path, sign, name):
    opened = tape.read(write(tmp_path, lines(ROW, delimiter=sign, end="\r\n")), unit="yuan")
    assert opened.dialect == name
    assert [r.loan_no for r in opened.loan_rows()] == ["L1"]


def test_a_bar_behind_the_last_cell_is_no_column(tmp_path):
    assert read(write(tmp_path, lines(ROW, delimiter="|", end="|\n")))[0].loan_no == "L1"


FIXED = 'fixed = [["loan_no", 6], ["name", 8], ["id_no", 18], ["_", 2], ["principal", 10], ["disbursed_on", 8]]\n'
FIXED += 'unit = "fen"\n[constants]\nborrower_no="C1"\nproduct="JB"\ncreditor="JT"\nrate="24%"\n'
FIXED += 'method="bullet"\ninstalments=1\n'


def test_fixed_width_counts_bytes_of_the_encoding(tmp_path):
    mapping = write(tmp_path, FIXED, name="map.toml")
    line = b"L1    " + "张伟".encode("gbk").ljust(8) + GOOD_ID.encode() + b"XX" + b"    123456" + b"20260115"
    opened = tape.read(write(tmp_path, line + b"\r\n", name="l.txt"), mapping=mapping)
    (got,) = opened.loan_rows()
    assert (opened.dialect, opened.encoding) == ("fixed", "gbk")
    assert (got.loan_no, got.name, got.principal_fen, got.rate) == ("L1", "张伟", 123456, Decimal("0.24"))


def test_fixed_width_may_count_characters(tmp_path):
    mapping = write(tmp_path, 'fixed_in = "characters"\n' + FIXED, name="map.toml")
    line = "L1    " + "张伟".ljust(8) + GOOD_ID + "XX" + "    123456" + "20260115\n"
    assert read(write(tmp_path, line, "utf-16"), mapping=mapping, unit=None)[0].name == "张伟"


def test_a_fixed_width_file_that_is_cut_is_refused(tmp_path):
    mapping = write(tmp_path, FIXED, name="map.toml")
    line = b"L1    " + b"Li Wei  " + GOOD_ID.encode() + b"XX" + b"    123456" + b"20260115"
    assert refusal(write(tmp_path, line + b"\n" + line[:30]), mapping=mapping, unit=None) == "truncated"


def test_a_cut_last_line_refuses_the_file(tmp_path):
    content = lines(ROW, row(借据号="L2"))
    assert refusal(write(tmp_path, content[:-40])) == "truncated"
    assert len(read(write(tmp_path, content[:-1]))) == 2  # only the line break is missing


def test_blank_lines_and_the_end_mark_of_dos_are_no_rows(tmp_path):
    got = read(write(tmp_path, lines(ROW, end="\r\n") + "\r\n" + ",".join(row(借据号="L2")) + "\r\n\x1a"))
    assert [(r.line, r.loan_no) for r in got] == [(2, "L1"), (4, "L2")]


def test_rows_too_short_or_too_long_are_errors_of_their_own(tmp_path):
    assert codes(write(tmp_path, lines(ROW[:5], [*ROW, "more"], row(借据号="L3")))) == [
        (2, "", "too_few_cells"),
        (3, "", "too_many_cells"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"), (b"\n\n  \n", "file_empty"), (b"\xef\xbb\xbf", "file_empty"),
        (lines().encode(), "no_rows"), (lines(header=ROW).encode(), "header_missing"),
        (lines(ROW[1:], header=HEADER[1:]).encode(), "column_missing"),
        (lines([*ROW, "x"], header=[*HEADER, "备注"]).encode(), "column_unknown"),
        (lines([*ROW, "x"], header=[*HEADER, "借据编号"]).encode(), "column_repeated"),
        (b"<html><table>", "file_format"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls_not_supported"),
        (b"\x1f\x8b\x08\x00", "file_format"), (b"PK\x03\x04 not really", "workbook_broken"),
        (b"x" * 3_000_000, "line_too_long"),
    ],
)  # fmt: skip
def test_what_is_no_tape_is_refused_by_name(tmp_path, content, code):
    assert refusal(write(tmp_path, content)) == code


def test_a_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path / "nowhere.csv") == "file_missing"


def test_a_refusal_over_the_header_shows_no_id_number(tmp_path):
    with pytest.raises(tape.TapeRefused) as refused:
        tape.read(write(tmp_path, lines(ROW, header=["借据号", *ROW[1:]])), unit="yuan")
    assert GOOD_ID not in str(refused.value)
    assert ROW[3] not in str(refused.value)


def test_the_unit_must_be_said_once(tmp_path):
    path = write(tmp_path, lines(ROW))
    assert refusal(path, unit=None) == "unit_missing"
    stated = write(tmp_path, lines(row(本金="1000"), header=[h.replace("本金", "本金（分）") for h in HEADER]))
    assert read(stated, unit=None)[0].principal_fen == 1000
    assert refusal(stated, unit="yuan") == "unit_conflict"
    mapping = write(tmp_path, 'unit = "fen"\n', name="map.toml")
    assert refusal(write(tmp_path, lines(ROW)), mapping=mapping, unit="yuan") == "unit_conflict"


def test_a_mapping_renames_fills_in_and_translates(tmp_path):
    mapping = write(
        tmp_path,
        'unit="yuan"\nignore=["备注"]\nrate_scale="percent"\n[columns]\nloan_no="Their No"\n[constants]\nproduct="JB"\n'
        '[values.method]\n"A1"="equal_instalment"\n',
        name="map.toml",
    )
    header = ["Their No" if h == "借据号" else "备注" if h == "产品" else h for h in HEADER]
    (got,) = read(write(tmp_path, lines(row(年利率="24", 还款方式="A1"), header=header)), mapping=mapping, unit=None)
    assert (got.loan_no, got.product, got.method, got.rate) == ("L1", "JB", "equal_instalment", Decimal("0.24"))


@pytest.mark.parametrize(
    "content",
    [
        "nonsense", "unknown = 1", 'unit = "dollar"', "quote = 3", 'delimiter = "||"', "[columns]\nnothing='x'",
        "fixed = [[1, 2]]", 'fixed = [["loan_no", 0]]', 'time_zone = "Mars/Base"', '[values.method]\n"A1"="often"',
        '[constants]\nlanguage = "=1"', 'encoding = "klingon"', "[loans]\nfoo=1", "loans = 3", "[values]\nmethod=1",
    ],
)  # fmt: skip
def test_a_broken_mapping_is_refused(tmp_path, content):
    assert refusal(write(tmp_path, lines(ROW)), mapping=write(tmp_path, content, name="m.toml")) == "mapping_broken"


CONTROLS = [
    ("c.json", '{"rows": 2, "sums": {"principal": "3,000.50"}}'),
    ("c.json", '{"loans": {"rows": 2, "principal": 3000.50}}'),
    ("c.txt", "rows=2\nprincipal=3000.50\n"),
    ("c.csv", '总笔数,2\n本金合计,"3,000.50"\n'),
]


@pytest.mark.parametrize(("name", "content"), CONTROLS)
def test_a_control_file_that_agrees_lets_the_tape_through(tmp_path, name, content):
    path = write(tmp_path, lines(ROW, row(借据号="L2", 本金="2000.50")), "gbk")
    opened = tape.read(path, unit="yuan", control=write(tmp_path, content, "gbk", name))
    assert opened.control is not None
    assert opened.control["loans"].rows == 2
    assert len(list(opened.loan_rows())) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("rows=3", "control_rows"), ("principal=3000.51", "control_sum"), ("rows=two", "control_broken"),
        ("interest=1", "control_broken"), ("rows=2\nrows=2", "control_broken"), ("hello", "control_broken"),
        ('{"rows": [1]}', "control_broken"), ("{", "control_broken"), ("sha256=00", "control_sha256"),
        ("instalments.rows=2", "control_broken"),
    ],
)  # fmt: skip
def test_a_control_file_that_disagrees_refuses_the_whole_file(tmp_path, content, code):
    path = write(tmp_path, lines(ROW, row(借据号="L2", 本金="2000.50")))
    assert refusal(path, control=write(tmp_path, content, name="c.txt")) == code


def test_a_sum_over_an_unreadable_amount_cannot_be_confirmed(tmp_path):
    path = write(tmp_path, lines(ROW, row(借据号="L2", 本金="1E+05")))
    assert refusal(path, control=write(tmp_path, "principal=1000", name="c.txt")) == "control_unreadable"


def test_the_digest_is_of_the_bytes(tmp_path):
    path = write(tmp_path, lines(ROW))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    control = write(tmp_path, json.dumps({"sha256": digest.upper()}), name="c.json")
    assert tape.read(path, unit="yuan", control=control).sha256 == digest


def test_progress_ends_at_the_whole_file(tmp_path):
    seen: list[tuple[str, int, int]] = []
    path = write(tmp_path, lines(*[row(借据号=f"L{n}") for n in range(5000)]))
    list(tape.read(path, unit="yuan", progress=lambda *news: seen.append(news)).loan_rows())
    size = path.stat().st_size
    assert seen[-1] == ("loans.csv", size, size)
    assert any(0 < done < size for _, done, _ in seen)
