"""Small tapes for tests, written by hand rather than with the importer's own code."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from jietong.loans import tape

HEADER = [
    "客户号", "姓名", "证件号码", "手机号", "借据号", "产品", "出资方", "本金",
    "年利率", "还款方式", "期数", "放款日期", "首期还款日",
]  # fmt: skip
#: the worked example of GB 11643-1999, annex A: 11010519491231002X
GOOD_ID = "11010519491231002X"
ROW = [
    "C1", "张伟", GOOD_ID, "13800138000", "L1", "JB", "接通银行", "1000.00",
    "0.24", "等额本息", "12", "20260115", "2026-02-15",
]  # fmt: skip


def row(**changes: str) -> list[str]:
    """The good row with cells changed by Chinese heading."""
    cells = list(ROW)
    for heading, value in changes.items():
        cells[HEADER.index(heading)] = value
    return cells


def lines(*rows: list[str], header: list[str] | None = None, delimiter: str = ",", end: str = "\n") -> str:
    return "".join(delimiter.join(cells) + end for cells in [header or HEADER, *rows])


def write(folder: Path, content: str | bytes, encoding: str = "utf-8", name: str = "loans.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def workbook(folder: Path, sheets: dict[str, list[list[object]]], name: str = "tape.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append(cells)
    book.save(folder / name)
    return folder / name


def read(path: Path, **options) -> list[tape.LoanRow | tape.RowError]:
    return list(tape.read(path, **{"unit": "yuan", **options}).loan_rows())


def codes(path: Path, **options) -> list[tuple[int, str, str]]:
    """(line, column, code) of every error."""
    return [(e.line, e.column, e.code) for e in read(path, **options) if isinstance(e, tape.RowError)]


def refusal(path: Path, **options) -> str:
    """The code with which the whole file is refused."""
    try:
        read(path, **options)
    except tape.TapeRefused as refused:
        return refused.code
    raise AssertionError("the file was read")
