"""One file of a tape, opened: its source, layout and readers, and the step from raw cells to a typed row or errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jietong.loans.tape import encodings, layout, mapping, sheets, sources
from jietong.loans.tape.cells import Reader
from jietong.loans.tape.codes import MESSAGES
from jietong.loans.tape.columns import FILES
from jietong.loans.tape.compiling import FINISH, FieldError, Row, readers
from jietong.loans.tape.encodings import Facts
from jietong.loans.tape.layout import Layout
from jietong.loans.tape.mapping import FileMapping
from jietong.loans.tape.rows import CellError, Progress, RowError, TapeRefused
from jietong.loans.tape.sources import RawRow, Source
from jietong.loans.tape.text import mask

_PERSONAL = {column.name for columns in FILES.values() for column in columns if column.personal}


@dataclass(frozen=True)
class Table:
    """A file whose header has been understood. `plan`: (cell index, reader) in the order of the row's fields."""

    kind: str
    path: Path
    facts: Facts
    source: Source
    layout: Layout
    plan: list[tuple[int, Reader]]
    has_header: bool

    def raw_rows(self, progress: Progress | None = None) -> Iterator[RawRow]:
        """Rows below the header."""
        rows = self.source.rows(progress)
        if self.has_header:
            next(rows, None)
        return rows

    def index(self, column: str) -> int | None:
        return self.layout.indexes.get(column)

    def typed(self, line: int, cells: list[str] | str) -> Row | list[RowError]:
        """The row, or every reason why there is none."""
        if type(cells) is str:
            return [self.error(line, "", cells, "")]
        if len(cells) != self.layout.width:
            fault = self._fit(cells)
            if fault:
                return [self.error(line, "", fault, "")]
        try:
            return FINISH[self.kind](line, [read(cells[index]) for index, read in self.plan])
        except CellError:
            return self._explain(line, cells)
        except FieldError as error:
            return [self.error(line, error.column, error.code, self._cell(cells, error.column))]

    def _fit(self, cells: list[Any] | str) -> str | None:
        """Pad or trim in place where only blanks are concerned (sheets drop them, bar files end with a bar)."""
        assert isinstance(cells, list)
        width = self.layout.width
        if len(cells) < width:
            if self.source.dialect != "xlsx":
                return "too_few_cells"
            cells.extend([""] * (width - len(cells)))
        elif any(cell.strip() for cell in cells[width:]):
            return "too_many_cells"
        return None

    def _explain(self, line: int, cells: list[str] | str) -> list[RowError]:
        errors = []
        for column, (index, read) in zip(FILES[self.kind], self.plan, strict=True):
            try:
                read(cells[index])
            except CellError as error:
                errors.append(self.error(line, column.name, error.code, cells[index]))
        return errors

    def _cell(self, cells: list[str] | str, column: str) -> str:
        index = self.layout.indexes.get(column)
        return "" if index is None else cells[index]

    def error(self, line: int, column: str, code: str, value: str, *, note: bool = False) -> RowError:
        masked = mask(value, sensitive=column in _PERSONAL)
        return RowError(self.source.label, line, column, code, MESSAGES[code], masked, note)


def open_table(path: Path, kind: str, mapping_path: Path | None, unit: str | None) -> Table:
    """Inspect the file, find its form and header. Raises TapeRefused for anything wrong with the file as a whole."""
    chosen = mapping.load(mapping_path, kind, unit)
    facts = encodings.inspect(path, chosen.encoding)
    source = _source(path, facts, kind, chosen)
    header: list[str] | None = None
    if chosen.header:
        rows = source.rows()
        first = next(rows, None)
        if first is None:
            raise TapeRefused(source.label, "file_empty")
        if isinstance(first[1], str):
            raise TapeRefused(source.label, "header_missing")
        header = first[1]
    found = layout.resolve(source.label, kind, header, chosen)
    epoch = source.epoch if isinstance(source, sheets.SheetSource) else None
    try:
        plan = readers(kind, found, chosen, epoch)
    except FieldError as error:
        what = f"values.{error.column} names no documented value"
        raise TapeRefused(_name(mapping_path), "mapping_broken", what) from None
    except CellError as error:
        what = f"a constant is refused: {MESSAGES[error.code]}"
        raise TapeRefused(_name(mapping_path), "mapping_broken", what) from None
    return Table(kind, path, facts, source, found, plan, header is not None)


def _source(path: Path, facts: Facts, kind: str, chosen: FileMapping) -> Source:
    if facts.format == "xlsx":
        return sheets.SheetSource(path, facts, chosen.sheet, kind)
    if chosen.fixed:
        return sources.FixedSource(path, facts, chosen)
    delimiter = chosen.delimiter
    if delimiter is None:
        if not chosen.header:
            raise TapeRefused(path.name, "mapping_broken", "a file without a header needs `delimiter`")
        delimiter = sources.sniff_delimiter(path, facts, layout.headings(kind, chosen))
    return sources.DelimitedSource(path, facts, delimiter, chosen.quote)


def _name(path: Path | None) -> str:
    return path.name if path else "mapping"
