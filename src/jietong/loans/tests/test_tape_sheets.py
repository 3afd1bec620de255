"""Workbooks: the same tape in XLSX, and what a spreadsheet does to long numbers."""

from datetime import date, datetime

from jietong.loans import tape
from jietong.loans.tests.tapes.makers import GOOD_ID, HEADER, ROW, codes, read, refusal, row, workbook


def sheet(*rows):
    return [HEADER, *rows]


def changed(**changes):
    cells = list(ROW)
    for heading, value in changes.items():
        cells[HEADER.index(heading)] = value
    return cells


def test_a_sheet_is_read_like_text(tmp_path):
    path = workbook(tmp_path, {"loans": sheet(changed(本金=1234.56, 期数=12, 放款日期=date(2026, 1, 15), 年利率=0.24))})
    opened = tape.read(path, unit="yuan")
    (got,) = opened.loan_rows()
    assert (opened.encoding, opened.dialect) == ("xlsx", "xlsx")
    assert (got.principal_fen, got.instalments, got.disbursed_on, got.id_no) == (
        123_456,
        12,
        date(2026, 1, 15),
        GOOD_ID,
    )


def test_serial_dates_and_float_noise_are_understood(tmp_path):
    # Day 46037 of the 1900 system is 15 January 2026 (44562 is 1 January 2022, as Excel shows it).
    assert (date(2026, 1, 15) - date(2022, 1, 1)).days == 46037 - 44562
    rows = [
        changed(放款日期=46037, 本金=0.1 + 0.2),
        changed(借据号="L2", 放款日期=datetime(2026, 1, 15), 手机号=13800138000),  # noqa: DTZ001  a cell has no zone
    ]
    got = read(workbook(tmp_path, {"loans": sheet(*rows[:1])}))
    assert (got[0].disbursed_on, got[0].principal_fen) == (date(2026, 1, 15), 30)
    got = read(workbook(tmp_path, {"loans": sheet(*rows[1:])}))
    assert (got[0].disbursed_on, got[0].phone) == (date(2026, 1, 15), ("13800138000", True))


def test_numbers_beyond_fifteen_digits_are_refused(tmp_path):
    rows = [
        changed(客户号="C1", 证件号码=110105194912310021),
        changed(客户号="C2", 借据号=4.4e17),
        changed(客户号="C3", 借据号="L3", 证件号码="110105194912310000"),
        changed(客户号="C4", 借据号="L4", 手机号=5718888888),
    ]
    assert codes(workbook(tmp_path, {"loans": sheet(*rows)})) == [
        (2, "id_no", "id_ruined_by_excel"),
        (3, "loan_no", "number_ruined_by_excel"),
        (4, "id_no", "id_ruined_by_excel"),
        (5, "phone", "leading_zero_lost"),
    ]


def test_a_formula_is_no_data(tmp_path):
    assert codes(workbook(tmp_path, {"loans": sheet(changed(本金="=1000+1"))})) == [(2, "principal", "formula_like")]
    assert codes(workbook(tmp_path, {"loans": sheet(changed(姓名='=HYPERLINK("http://x")'))})) == [
        (2, "name", "formula_like")
    ]


def test_sheets_carry_the_companions(tmp_path):
    path = workbook(
        tmp_path,
        {
            "notes": [["anything"]],
            "Loans": sheet(row(期数="2")),
            "instalments": [["借据号", "期次", "应还日期", "应还本金", "应还利息"], ["L1", 1, 46068, 400, 20],
                            ["L1", 2, 46096, 600, 12]],
            "repayments": [["流水号", "借据号", "还款日期", "金额"], ["R1", "L1", 20260215, 420]],
        },
    )  # fmt: skip
    opened = tape.read(path, unit="yuan")
    assert [r.loan_no for r in opened.loan_rows()] == ["L1"]
    assert [(r.n, r.due_on, r.principal_fen, r.interest_fen, r.fee_fen) for r in opened.instalment_rows()] == [
        (1, date(2026, 2, 15), 40_000, 2_000, 0),
        (2, date(2026, 3, 15), 60_000, 1_200, 0),
    ]
    assert [(r.receipt, r.paid_on, r.amount_fen) for r in opened.repayment_rows()] == [
        ("R1", date(2026, 2, 15), 42_000)
    ]


def test_a_workbook_without_the_sheet_is_refused(tmp_path):
    assert refusal(workbook(tmp_path, {"a": sheet(ROW), "b": [["x"]]})) == "sheet_missing"


def test_a_cut_workbook_is_refused(tmp_path):
    path = workbook(tmp_path, {"loans": sheet(ROW)})
    path.write_bytes(path.read_bytes()[:-200])
    assert refusal(path) == "workbook_broken"
