"""Rows of an XLSX sheet as text, so that one set of readers serves every form of tape."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from jietong.loans.tape.encodings import Facts
from jietong.loans.tape.rows import Progress, TapeRefused
from jietong.loans.tape.sources import REPORT_EVERY, RawRow

UNPACKED_MAX = 4 << 30
# openpyxl does not promise what a broken workbook raises: these come from its own code, zipfile, zlib and the XML
# parser (whose ParseError is a SyntaxError).
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, SyntaxError, ValueError, LookupError, TypeError, AttributeError,
    EOFError, OSError, RuntimeError, AssertionError, OverflowError,
)  # fmt: skip


class SheetSource:
    """One sheet of a workbook, streamed."""

    dialect = "xlsx"

    def __init__(self, path: Path, facts: Facts, sheet: str | None, kind: str) -> None:
        self.path, self.facts = path, facts
        self.label = path.name
        with _workbook(path) as (book, _):
            names = list(book.sheetnames)
            #: day 0 of the workbook's serial numbers; 1899-12-30 absorbs the leap day of 1900 that never was
            self.epoch = date(1904, 1, 1) if book.epoch.year == 1904 else date(1899, 12, 30)
        self.sheet = self._choose(names, sheet, kind)
        self.label = f"{path.name}[{self.sheet}]"

    def _choose(self, names: list[str], sheet: str | None, kind: str) -> str:
        if sheet is not None:
            if sheet in names:
                return sheet
            raise TapeRefused(self.label, "sheet_missing", sheet)
        for name in names:
            if name.strip().lower() in {kind, _CHINESE[kind]}:
                return name
        if len(names) == 1:
            return names[0]
        raise TapeRefused(self.label, "sheet_missing", kind)

    def rows(self, progress: Progress | None = None) -> Iterator[RawRow]:
        with _workbook(self.path) as (book, file):
            sheet = book[self.sheet]
            if not hasattr(sheet, "reset_dimensions"):
                raise TapeRefused(self.label, "workbook_broken", "not a sheet of cells")
            sheet.reset_dimensions()
            for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                cells = [value if type(value) is str else _as_text(value) for value in values]
                if any(cells):
                    yield number, cells
                if progress and number % REPORT_EVERY == 0:
                    progress(self.label, min(file.tell(), self.facts.size), self.facts.size)
        if progress:
            progress(self.label, self.facts.size, self.facts.size)

    def cut_short(self) -> bool:
        return False


_CHINESE = {"loans": "借据", "instalments": "还款计划", "repayments": "还款", "statement": "流水"}


def has_sheet(path: Path, kind: str) -> bool:
    with _workbook(path) as (book, _):
        return any(name.strip().lower() in {kind, _CHINESE[kind]} for name in book.sheetnames)


@contextmanager
def _workbook(path: Path) -> Iterator[tuple[Any, Any]]:
    """An open read-only workbook and its file; whatever a broken one raises becomes TapeRefused workbook_broken."""
    import openpyxl  # not needed for text tapes, and half a second at start

    try:
        with path.open("rb") as file:
            with zipfile.ZipFile(file) as archive:
                if sum(item.file_size for item in archive.infolist()) > UNPACKED_MAX:
                    raise TapeRefused(path.name, "workbook_too_large")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
            try:
                yield book, file
            finally:
                book.close()
    except _BROKEN as error:
        raise TapeRefused(path.name, "workbook_broken", type(error).__name__) from error


def _as_text(value: Any) -> str:
    """A cell's value in the spelling that a text tape would have.

    Numbers get the 15 significant digits that Excel keeps; a whole number beyond them has been rounded and is written
    in scientific notation, so that the readers refuse it by name.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%Y-%m-%d") if midnight else value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time | timedelta):
        return str(value)
    return "=" + type(value).__name__  # array and table formulas come as objects, and are refused like any formula


def _number(value: float) -> str:
    if abs(value) >= 1e15:
        return f"{float(value):.2E}" if abs(value) < 1e300 else "1E+300"
    if value == int(value):
        return str(int(value))
    return format(Decimal(format(value, ".15g")), "f")
