"""The tape: up to three files opened, surveyed and checked against the control file, then read row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jietong.loans.tape import control as controls
from jietong.loans.tape import sheets
from jietong.loans.tape.control import Control
from jietong.loans.tape.rows import InstalmentRow, LoanRow, Progress, RepaymentRow, RowError, TapeRefused
from jietong.loans.tape.survey import InstalmentSurvey, Survey, survey
from jietong.loans.tape.table import Table, open_table


@dataclass(frozen=True)
class Tape:
    """Files that may be booked row by row. Each iterator may be taken once more from the start; memory stays constant.

    encoding, dialect, sha256: of the loans file ("gb18030", "bar", hex digest); companions in `files`.
    control: what the control file asked for and found true, or None.
    """

    encoding: str
    dialect: str
    sha256: str
    control: dict[str, Control] | None
    files: dict[str, Table]
    surveys: dict[str, Survey]
    progress: Progress | None = field(default=None, repr=False)

    @property
    def rows(self) -> dict[str, int]:
        """Rows below the header per file, good or bad: the total for a progress bar."""
        return {kind: found.rows for kind, found in self.surveys.items()}

    def loan_rows(self) -> Iterator[LoanRow | RowError]:
        """Each loan once, and only if its borrower's rows agree and its instalments, if any, are sound."""
        table, found = self.files["loans"], self.surveys["loans"]
        instalments = self.surveys.get("instalments")
        repeats = _Repeats(found, "duplicate_loan")
        for line, cells in table.raw_rows(self.progress):
            row = table.typed(line, cells)
            if not isinstance(row, LoanRow):
                assert isinstance(row, list)
                yield from row
                continue
            code, column = repeats.judge(row.loan_no), "loan_no"
            if code is None and hash(row.borrower_no) in found.borrowers:
                code, column = "borrower_disagrees", found.borrowers[hash(row.borrower_no)]
            if code is None and isinstance(instalments, InstalmentSurvey):
                code = instalments.fault(row.loan_no, row.principal_fen)
            yield row if code is None else _refusal(table, line, column, code, cells)

    def instalment_rows(self) -> Iterator[InstalmentRow | RowError]:
        """Every instalment of the companion file, or of the workbook's sheet; nothing when there is none."""
        table, found = self.files.get("instalments"), self.surveys.get("instalments")
        if table is None or not isinstance(found, InstalmentSurvey):
            return
        for line, cells in table.raw_rows(self.progress):
            row = table.typed(line, cells)
            if isinstance(row, list):
                yield from row
                continue
            assert isinstance(row, InstalmentRow)
            if found.bad and hash(row.loan_no) in found.bad:
                repeated = hash((row.loan_no, row.n)) in found.repeated
                code, column = ("duplicate_instalment", "n") if repeated else ("held_back", "loan_no")
                yield _refusal(table, line, column, code, cells)
            else:
                yield row

    def repayment_rows(self) -> Iterator[RepaymentRow | RowError]:
        """Every receipt once; nothing when there is no repayments file."""
        table, found = self.files.get("repayments"), self.surveys.get("repayments")
        if table is None or found is None:
            return
        repeats = _Repeats(found, "duplicate_receipt")
        for line, cells in table.raw_rows(self.progress):
            row = table.typed(line, cells)
            if isinstance(row, list):
                yield from row
                continue
            assert isinstance(row, RepaymentRow)
            code = repeats.judge(row.receipt)
            yield row if code is None else _refusal(table, line, "receipt", code, cells)


class _Repeats:
    """The first of several equal rows passes, the others are noted; of rows that differ none passes."""

    def __init__(self, found: Survey, refusal: str) -> None:
        self.found, self.refusal = found, refusal
        self.passed: set[int] = set()

    def judge(self, key: str) -> str | None:
        hashed = hash(key)
        if hashed in self.found.conflicting:
            return self.refusal
        if hashed not in self.found.repeated:
            return None
        if hashed in self.passed:
            return "duplicate_same"
        self.passed.add(hashed)
        return None


def _refusal(table: Table, line: int, column: str, code: str, cells: list[str] | str) -> RowError:
    index = table.index(column)
    value = cells[index] if index is not None and not isinstance(cells, str) else ""
    return table.error(line, column, code, value, note=code == "duplicate_same")


def read(
    path: Path,
    *,
    instalments: Path | None = None,
    repayments: Path | None = None,
    mapping: Path | None = None,
    control: Path | None = None,
    unit: str | None = None,
    progress: Progress | None = None,
) -> Tape:
    """Open a lender's tape and read it through once; no row is handed on before every file as a whole is sound.

    unit: "yuan" or "fen" for amounts whose heading does not say. Raises TapeRefused.
    """
    files = {"loans": open_table(path, "loans", mapping, unit)}
    for kind, companion in (("instalments", instalments), ("repayments", repayments)):
        if companion is None and files["loans"].facts.format == "xlsx" and sheets.has_sheet(path, kind):
            companion = path
        if companion is not None:
            files[kind] = open_table(companion, kind, mapping, unit)
    asked = controls.load(control) if control else {}
    for kind in asked:
        if kind not in files:
            what = f"speaks of {kind}, which are not there"
            raise TapeRefused(control.name if control else "", "control_broken", what)
    surveys: dict[str, Survey] = {}
    for kind, table in files.items():
        wanted = asked.get(kind, Control())
        surveys[kind] = survey(table, set(wanted.sums), progress)
        controls.check(wanted, table, surveys[kind], control.name if control else "")
    if surveys["loans"].rows == 0 and asked.get("loans", Control()).rows != 0:
        raise TapeRefused(files["loans"].source.label, "no_rows")
    loans = files["loans"]
    return Tape(loans.facts.encoding, loans.source.dialect, loans.facts.sha256, asked or None, files, surveys, progress)
