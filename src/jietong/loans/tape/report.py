"""The error report: a CSV that a person opens in a spreadsheet, so no cell of it may run."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from jietong.loans.tape.rows import RowError

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_error_report(path: Path, errors: Iterable[RowError]) -> int:
    """Write errors as UTF-8 CSV with a byte-order mark (spreadsheets need it for Chinese); return how many."""
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "column", "code", "message", "value_masked", "severity"])
        for error in errors:
            words = (error.file, str(error.line), error.column, error.code, error.message, error.value_masked)
            writer.writerow([*map(harmless, words), "note" if error.note else "error"])
            written += 1
    return written


def harmless(cell: str) -> str:
    """A leading apostrophe keeps a spreadsheet from reading the cell as a formula (OWASP, CSV injection)."""
    return "'" + cell if cell.startswith(_RUNS) else cell
