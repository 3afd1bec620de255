"""The first reading of a file: rows and sums for the control file, repeats, and rows that disagree with each other.

It runs before any row is handed on, so that neither of two rows that contradict each other is ever booked. What it
keeps is a few hashes a loan (about 300 bytes with instalments), never a row.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from jietong.loans.tape import text
from jietong.loans.tape.columns import FILES, LOANS
from jietong.loans.tape.rows import CellError, InstalmentRow, Progress, TapeRefused
from jietong.loans.tape.table import Table

KEYS = {"loans": "loan_no", "repayments": "receipt"}
_BORROWER = [column.name for column in LOANS[: [column.name for column in LOANS].index("loan_no")]]


@dataclass
class Survey:
    """rows: all rows below the header, good or bad. sums: amount column → fen, of all rows; None once unreadable.

    repeated / conflicting: hashes of keys that stand on several lines, with equal / with different content.
    borrowers: hash of a borrower number → the first column in which its rows disagree.
    """

    rows: int = 0
    sums: dict[str, int | None] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)
    conflicting: set[int] = field(default_factory=set)
    borrowers: dict[int, str] = field(default_factory=dict)


@dataclass
class InstalmentSurvey(Survey):
    """Per hash of a loan number: which n were seen (bit n), the principal in fen; `bad`: loans with a refused row."""

    seen: dict[int, int] = field(default_factory=dict)
    principal_fen: dict[int, int] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)

    def fault(self, loan_no: str, principal_fen: int) -> str | None:
        """Why the loan cannot be booked with these instalments; None when it can, or has none here."""
        key = hash(loan_no)
        if key in self.bad:
            return "instalments_bad"
        numbers = self.seen.get(key)
        if numbers is None:
            return None
        if numbers & (numbers + 2):  # bits 1 to n and no others: 0b1110 + 0b0010 = 0b10000
            return "instalment_gap"
        return None if self.principal_fen[key] == principal_fen else "instalments_do_not_sum"


def key_of(raw: str) -> str:
    return raw if text.PLAIN.fullmatch(raw) else text.unprotect(raw)


def survey(table: Table, summed: set[str], progress: Progress | None) -> Survey:
    """Read the table once. summed: amount columns that the control file wants added up.

    Raises TapeRefused: truncated, when the last line is short and has no line break.
    """
    found, notice = _observer(table)
    sums = _Sums(table, summed)
    width, sheet = table.layout.width, table.source.dialect == "xlsx"
    complete = True
    for line, cells in table.raw_rows(progress):
        found.rows += 1
        complete = not isinstance(cells, str) and (len(cells) >= width or sheet)
        if isinstance(cells, str) or not complete:
            sums.spoil()
            continue
        if summed:
            sums.add(cells)
        notice(line, cells)
    if not complete and table.source.cut_short():
        raise TapeRefused(table.source.label, "truncated")
    found.sums = dict(sums.totals)
    return found


class _Sums:
    def __init__(self, table: Table, summed: set[str]) -> None:
        self.totals: dict[str, int | None] = dict.fromkeys(summed, 0)
        names = [column.name for column in FILES[table.kind]]
        self.readers = {name: table.plan[names.index(name)] for name in summed}

    def add(self, cells: list[str]) -> None:
        for name, (index, read) in self.readers.items():
            total = self.totals[name]
            try:
                value = read(cells[index]) if index < len(cells) else 0
            except CellError:
                value = None
            self.totals[name] = total + value if total is not None and isinstance(value, int) else None

    def spoil(self) -> None:
        self.totals = dict.fromkeys(self.totals)


def _observer(table: Table) -> tuple[Survey, Callable[[int, list[str]], None]]:
    if table.kind == "instalments":
        instalments = InstalmentSurvey()
        return instalments, _Instalments(table, instalments).notice
    found = Survey()
    return found, _Keys(table, found).notice


class _Keys:
    """Notices repeats of the key and, on the loans file, borrowers whose rows disagree."""

    def __init__(self, table: Table, found: Survey) -> None:
        self.found = found
        self.width = table.layout.width
        self.key_index = table.index(KEYS[table.kind])
        self.borrower_index = table.index("borrower_no") if table.kind == "loans" else None
        personal = [(name, index) for name in _BORROWER if (index := table.index(name)) is not None]
        self.names = [name for name, _ in personal]
        self.indexes = [index for _, index in personal]
        self.pack = struct.Struct(f"<{len(personal)}q").pack
        self.contents: dict[int, int] = {}
        self.borrowers: dict[int, bytes] = {}

    def notice(self, line: int, cells: list[str]) -> None:
        if len(cells) < self.width:
            cells.extend([""] * (self.width - len(cells)))
        if self.key_index is not None:
            key, content = hash(key_of(cells[self.key_index])), hash(tuple(cells[: self.width]))
            before = self.contents.get(key)
            if before is None:
                self.contents[key] = content
            else:
                (self.found.repeated if before == content else self.found.conflicting).add(key)
        if self.borrower_index is not None:
            self._notice_borrower(cells)

    def _notice_borrower(self, cells: list[str]) -> None:
        key = hash(key_of(cells[self.borrower_index or 0]))
        packed = self.pack(*[hash(cells[index].strip()) for index in self.indexes])
        before = self.borrowers.setdefault(key, packed)
        if before != packed and key not in self.found.borrowers:
            differs = next(i for i in range(len(self.names)) if before[8 * i : 8 * i + 8] != packed[8 * i : 8 * i + 8])
            self.found.borrowers[key] = self.names[differs]


class _Instalments:
    """Reads every instalment fully, so that a loan is handed on only when all of its instalments can be."""

    def __init__(self, table: Table, found: InstalmentSurvey) -> None:
        self.table, self.found = table, found
        self.index = table.index("loan_no")

    def notice(self, line: int, cells: list[str]) -> None:
        row = self.table.typed(line, cells)
        if not isinstance(row, InstalmentRow):
            if self.index is not None:
                self.found.bad.add(hash(key_of(cells[self.index])))
            return
        key, bit = hash(row.loan_no), 1 << row.n
        seen = self.found.seen.get(key, 0)
        if seen & bit:
            self.found.bad.add(key)
            self.found.repeated.add(hash((row.loan_no, row.n)))
        self.found.seen[key] = seen | bit
        self.found.principal_fen[key] = self.found.principal_fen.get(key, 0) + row.principal_fen
