"""Raw rows of a table, delimited or of fixed width; each is (line, cells) or (line, code of what is wrong)."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Protocol

from jietong.loans.tape.columns import heading
from jietong.loans.tape.encodings import Facts
from jietong.loans.tape.mapping import FileMapping
from jietong.loans.tape.rows import Progress, TapeRefused

RawRow = tuple[int, list[str] | str]
REPORT_EVERY = 2_000  # rows between two calls of the progress hook


class Source(Protocol):
    """A table that can be read more than once. `label` is what errors call it, `dialect` what reports call its form."""

    label: str
    dialect: str

    def rows(self, progress: Progress | None = None) -> Iterator[RawRow]:
        """All lines that are not blank, header included, in order; lines count from 1."""
        ...

    def cut_short(self) -> bool:
        """After rows(): does the file end without a line break?"""
        ...


class DelimitedSource:
    """Delimited text. Cells never run over lines: an unpaired quote spoils its own line and no other."""

    def __init__(self, path: Path, facts: Facts, delimiter: str, quote: bool) -> None:
        self.path, self.facts, self.delimiter, self.quote = path, facts, delimiter, quote
        self.label = path.name
        self.dialect = _SPOKEN.get(delimiter, repr(delimiter))
        self._line = 0
        self._open_end = False
        self._spoilt: list[int] = []

    def rows(self, progress: Progress | None = None) -> Iterator[RawRow]:
        csv.field_size_limit(1 << 20)
        self._line, self._spoilt = 0, []
        with self.path.open("rb") as raw, TextIOWrapper(raw, encoding=self.facts.codec, newline="") as file:
            reader = csv.reader(
                self._lines(file),
                delimiter=self.delimiter,
                quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            )
            last, due = 0, REPORT_EVERY
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    break
                except csv.Error:
                    yield self._line, "broken_quotes"
                    last = self._line
                    continue
                spoilt, self._spoilt = self._spoilt, []
                yield from ((line, "broken_quotes") for line in spoilt)
                if self._line - last - len(spoilt) > 1:
                    yield last + 1, "line_break_in_cell"
                elif any(cells):
                    yield self._line, cells
                last = self._line
                if progress and last >= due:
                    progress(self.label, raw.tell(), self.facts.size)
                    due = last + REPORT_EVERY
        yield from ((line, "broken_quotes") for line in self._spoilt)
        if progress:
            progress(self.label, self.facts.size, self.facts.size)

    def _lines(self, file: IO[str]) -> Iterator[str]:
        line = "\n"
        for line in file:
            self._line += 1
            if len(line) < 4 and not line.strip("\x1a \r\n"):
                line = "\n"  # a blank line, or the end mark of old DOS exports
            if self.quote and '"' in line and line.count('"') & 1:
                self._spoilt.append(self._line)
                continue
            yield line
        self._open_end = not line.endswith(("\n", "\r"))

    def cut_short(self) -> bool:
        return self._open_end


_SPOKEN = {",": "comma", "|": "bar", "\t": "tab", ";": "semicolon"}


class FixedSource:
    """Columns of fixed width, in bytes of the file's encoding (as mainframes write them) or in characters."""

    dialect = "fixed"

    def __init__(self, path: Path, facts: Facts, mapping: FileMapping) -> None:
        self.path, self.facts = path, facts
        self.label = path.name
        self.by_bytes = mapping.by_bytes
        self.codec = "utf-8" if facts.codec == "utf-8-sig" else facts.codec
        self._open_end = False
        if self.by_bytes and facts.codec.startswith("utf-16"):
            raise TapeRefused(self.label, "mapping_broken", 'UTF-16 needs fixed_in = "characters"')
        self.slices: list[slice] = []
        start = 0
        for _, width in mapping.fixed:
            self.slices.append(slice(start, start + width))
            start += width
        self.width = start
        #: a line may end inside or before the last column only if that column is blank there
        self.last_start = self.slices[-1].start

    def rows(self, progress: Progress | None = None) -> Iterator[RawRow]:
        with self.path.open("rb") as raw, self.path.open(encoding=self.facts.codec, newline="") as text:
            number, done, due = 0, 0, REPORT_EVERY
            line: bytes | str = "\n"
            lines: Iterable[bytes | str] = raw if self.by_bytes else text
            for number, line in enumerate(lines, start=1):
                cells = self._cells(line)
                if cells:
                    yield number, cells
                done += len(line)
                if progress and number >= due:
                    progress(self.label, min(done, self.facts.size), self.facts.size)
                    due = number + REPORT_EVERY
            self._open_end = line[-1:] not in (b"\n", b"\r", "\n", "\r")
        if progress:
            progress(self.label, self.facts.size, self.facts.size)

    def _cells(self, line: bytes | str) -> list[str] | str:
        if isinstance(line, str):
            body = line.rstrip("\r\n").removeprefix("\ufeff")
            pieces = [body[part] for part in self.slices]
        else:
            body_bytes = line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
            try:
                body = body_bytes.decode(self.codec)
                pieces = [body_bytes[part].decode(self.codec) for part in self.slices]
            except UnicodeDecodeError:
                return "not_decodable"
        length = len(body) if isinstance(line, str) else len(body_bytes)
        if not body.strip(" \u3000\x1a"):
            return []
        if length <= self.last_start:
            return "too_few_cells"
        return "too_many_cells" if length > self.width and body.rstrip()[self.width :] else pieces

    def cut_short(self) -> bool:
        return self._open_end


def sniff_delimiter(path: Path, facts: Facts, known: Collection[str]) -> str:
    """The delimiter under which the first line names most columns that we know.

    Raises TapeRefused header_missing when no delimiter yields any.
    """
    with path.open(encoding=facts.codec, newline="") as file:
        first = next((line for line in file if line.strip()), "")
    best, most = "", 0
    for delimiter in _SPOKEN:
        names = first.rstrip("\r\n").split(delimiter)
        found = sum(heading(name)[0] in known for name in names)
        if found > most:
            best, most = delimiter, found
    if not best:
        raise TapeRefused(path.name, "header_missing")
    return best
