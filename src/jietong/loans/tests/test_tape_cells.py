"""Each kind of ruin in a cell is refused by its own name; what is merely unusual is understood."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from jietong.loans import tape
from jietong.loans.tape.codes import MESSAGES
from jietong.loans.tests.tapes.makers import GOOD_ID, HEADER, ROW, codes, lines, read, row, write


def one(tmp_path, heading, value):
    """Codes of the errors when this cell of the good row has this value; a heading not in the row is added."""
    if heading in HEADER:
        content = lines(row(**{heading: value}), delimiter="|")
    else:
        content = lines([*ROW, value], header=[*HEADER, heading], delimiter="|")
    return read(write(tmp_path, content))


def code_of(tmp_path, heading, value):
    (error,) = one(tmp_path, heading, value)
    assert isinstance(error, tape.RowError), error
    return error.code


RUINS = [
    ("证件号码", "4.4E+17", "id_ruined_by_excel"),
    ("证件号码", "110105194912310000", "id_ruined_by_excel"),
    ("证件号码", "110105194912310021", "id_check_digit"),
    ("证件号码", "990105194912310021", "id_region"),
    ("证件号码", "11010519491331002X", "id_birth_date"),
    ("证件号码", "110105491231002", "id_old_15_digits"),
    ("证件号码", "1101051949123100", "id_length"),
    ("证件号码", "1101**********002X", "id_masked"),
    ("证件号码", "", "missing"),
    ("证件号码", "=A1", "formula_like"),
    ("手机号", "1.38E+10", "phone_ruined_by_excel"),
    ("手机号", "5718888888", "leading_zero_lost"),
    ("手机号", "1088888888", "leading_zero_lost"),
    ("手机号", "1380013800", "not_a_phone"),
    ("手机号", "12345", "not_a_phone"),
    ("手机号", "138****12345678901", "not_a_phone"),
    ("银行卡号", "6.22848E+18", "card_ruined_by_excel"),
    ("银行卡号", "6228480402564880000", "card_ruined_by_excel"),
    ("银行卡号", "6228480402564890019", "card_check_digit"),
    ("银行卡号", "622848", "card_length"),
    ("银行卡号", "411111111111117", "card_length"),
    ("联行号", "1100011002", "leading_zero_lost"),
    ("联行号", "12", "bank_no_length"),
    ("姓名", "张\x07伟", "control_character"),
    ("姓名", "张\u202e伟", "control_character"),
    ("姓名", "张?", "character_lost"),
    ("姓名", "张\ue000", "private_use_character"),
    ("姓名", "=cmd()", "formula_like"),
    ("姓名", "@SUM(A1)", "formula_like"),
    ("姓名", "#N/A", "excel_error_cell"),
    ("姓名", "张" * 200, "too_long"),
    ("姓名", "\u3000", "missing"),
    ("姓名", "12345", "value_unknown"),
    ("借据号", "4.4E+17", "number_ruined_by_excel"),
    ("借据号", "L 1", "not_a_code"),
    ("借据号", "", "missing"),
    ("本金", "1E+05", "amount_scientific"),
    ("本金", "-5.00", "negative"),
    ("本金", "(5.00)", "negative"),
    ("本金", "0", "zero"),
    ("本金", "1.005", "too_precise"),
    ("本金", "12,34.00", "bad_grouping"),
    ("本金", "9" * 16, "too_large"),
    ("本金", "abc", "not_an_amount"),
    ("本金", "=1+1", "formula_like"),
    ("本金", "####", "excel_error_cell"),
    ("本金", "١٢", "not_an_amount"),
    ("年利率", "24", "rate_out_of_range"),
    ("年利率", "nan0", "not_a_rate"),
    ("年利率", "-0.1", "negative"),
    ("年利率", "x", "not_a_rate"),
    ("期数", "0", "out_of_range"),
    ("期数", "1.5", "not_a_whole_number"),
    ("期数", "9999", "out_of_range"),
    ("还款方式", "随便", "value_unknown"),
    ("证件类型", "会员卡", "id_type_unknown"),
    ("放款日期", "20260230", "not_a_date"),
    ("放款日期", "45321", "date_is_excel_serial"),
    ("放款日期", "18990101", "date_out_of_range"),
    ("放款日期", "15/01/2026", "not_a_date"),
    ("首期还款日", "20260115", "date_order"),
    ("邮箱", "a@b", "not_an_email"),
    ("语言", "klingon language", "not_a_language"),
    ("微信", "a b", "not_a_code"),
]


@pytest.mark.parametrize(("heading", "value", "code"), RUINS)
def test_a_ruined_cell_is_refused_by_name(tmp_path, heading, value, code):
    assert code_of(tmp_path, heading, value) == code


SPELLINGS = [
    ("证件号码", " 11010519491231002x\t", "id_no", GOOD_ID),
    ("证件号码", "'11010519491231002X", "id_no", GOOD_ID),
    ("证件号码", '="11010519491231002X"', "id_no", GOOD_ID),
    ("证件号码", "１１０１０５１９４９１２３１００２Ｘ", "id_no", GOOD_ID),
    ("手机号", "+86 138-0013-8000", "phone", ("13800138000", True)),
    ("手机号", "0571-88888888", "phone", ("057188888888", True)),
    ("手机号", "138****1234", "phone", ("138****1234", False)),
    ("手机号", "", "phone", None),
    ("手机号", "NULL", "phone", None),
    ("手机号", "+852 9123 4567", "phone", ("+85291234567", True)),
    ("姓名", "阿卜杜拉•买买提", "name", "阿卜杜拉·买买提"),
    ("姓名", "\u3000张\u3000伟\u3000", "name", "张伟"),
    ("姓名", "John Smith", "name", "John Smith"),
    ("姓名", "王𠮷", "name", "王𠮷"),
    ("银行卡号", "4111 1111 1111 1111", "card_no", "4111111111111111"),
    ("银行卡号", "622848******1234", "card_no", "622848******1234"),
    ("联行号", "001100011002", "bank_no", "001100011002"),
    ("本金", "¥1,234,567.8", "principal_fen", 123_456_780),
    ("本金", "１２．５", "principal_fen", 1250),
    ("本金", "7", "principal_fen", 700),
    ("年利率", "24%", "rate", Decimal("0.24")),
    ("语言", "粤语", "language", "yue"),
    ("邮箱", "Li.Wei@Example.COM", "email", "Li.Wei@example.com"),
    ("放款日期", "2026/1/5", "disbursed_on", date(2026, 1, 5)),
    ("放款日期", "2026年1月5日", "disbursed_on", date(2026, 1, 5)),
    ("放款日期", "2026-01-05 00:00:00", "disbursed_on", date(2026, 1, 5)),
    ("首期还款日", "", "first_due_on", None),
    ("计息基础", "ACT/365", "day_count", "actual/365"),
    ("借据号", "0012345", "loan_no", "0012345"),
]


@pytest.mark.parametrize(("heading", "value", "attribute", "expected"), SPELLINGS)
def test_an_unusual_spelling_is_understood(tmp_path, heading, value, attribute, expected):
    (got,) = one(tmp_path, heading, value)
    assert isinstance(got, tape.LoanRow), got
    assert getattr(got, attribute) == expected


def test_a_company_is_known_by_its_credit_code(tmp_path):
    # Published: 阿里巴巴(中国)有限公司 91330100799655058B, 腾讯科技(深圳)有限公司 9144030071526726XG
    header = [*HEADER, "证件类型"]
    for number in ("91330100799655058B", "9144030071526726XG"):
        assert read(write(tmp_path, lines([*row(证件号码=number), "营业执照"], header=header)))[0].id_no == number
    assert codes(write(tmp_path, lines([*row(证件号码="91330100799655058C"), "营业执照"], header=header))) == [
        (2, "id_no", "id_check_digit")
    ]


def test_fen_are_whole(tmp_path):
    path = write(tmp_path, lines(row(本金="100001"), row(借据号="L2", 本金="1000.01"), row(借据号="L3", 本金="100.00")))
    got = read(path, unit="fen")
    assert (got[0].principal_fen, got[1].code, got[2].principal_fen) == (100_001, "too_precise", 100)


def test_a_monthly_rate_becomes_a_yearly_one(tmp_path):
    header = [h.replace("年利率", "月利率") for h in HEADER]
    (got,) = read(write(tmp_path, lines(row(年利率="2%"), header=header)))
    assert (got.rate, got.rate_unit) == (Decimal("0.24"), "year")
    header = [h.replace("年利率", "日利率") for h in HEADER]
    (got,) = read(write(tmp_path, lines(row(年利率="5‱"), header=header)))
    assert (got.rate, got.rate_unit) == (Decimal("0.0005"), "day")


def test_every_bad_cell_of_a_row_is_named(tmp_path):
    path = write(tmp_path, lines(row(手机号="1.38E+10", 本金="x", 期数="")))
    assert codes(path) == [
        (2, "phone", "phone_ruined_by_excel"),
        (2, "principal", "not_an_amount"),
        (2, "instalments", "missing"),
    ]


def test_an_unpaired_quote_spoils_its_own_line_only(tmp_path):
    path = write(tmp_path, lines(row(产品='"JB'), row(借据号="L2")))
    got = read(path)
    assert [(e.line, e.code) for e in got[:1]] == [(2, "broken_quotes")]
    assert got[1].loan_no == "L2"
    crossing = write(tmp_path, lines(row(姓名='a"b', 首期还款日='"2026'), row(借据号="L2"), row(借据号="L3")))
    assert "line_break_in_cell" in {code for _, _, code in codes(crossing)}


def test_instants_of_repayments_are_utc(tmp_path):
    content = "流水号,借据号,还款时间,金额\nR1,L1,2026-02-15 07:30:00,100\nR2,L1,20260216,100\n"
    opened = tape.read(write(tmp_path, lines(ROW)), unit="yuan", repayments=write(tmp_path, content, name="r.csv"))
    first, second = opened.repayment_rows()
    assert (first.paid_on, first.paid_at) == (date(2026, 2, 15), datetime(2026, 2, 14, 23, 30, tzinfo=UTC))
    assert (second.paid_on, second.paid_at, second.amount_fen) == (date(2026, 2, 16), None, 10_000)


def test_the_error_report_cannot_run_in_a_spreadsheet(tmp_path):
    errors = [tape.RowError("=f.csv", 1, "+c", "@x", "-m", "\t=1"), tape.RowError("f", 2, "c", "x", "m", "v", True)]
    report = tmp_path / "report.csv"
    assert tape.write_error_report(report, errors) == 2
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["'=f.csv", "1", "'+c", "'@x", "'-m", "'\t=1", "error"]
    assert rows[2][-1] == "note"


def test_the_manual_lists_every_code_and_no_other():
    manual = next(p for p in Path(__file__).parents if (p / "docs").is_dir()) / "docs" / "loan-tape.md"
    listed = {line.split("`")[1] for line in manual.read_text(encoding="utf-8").splitlines() if line.startswith("| `")}
    assert {code for code in listed if code in MESSAGES} == set(MESSAGES)
