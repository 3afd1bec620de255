"""The control file: how many rows the lender wrote and what they add up to."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from jietong.loans.tape import cells, encodings
from jietong.loans.tape.columns import FILES, Column, known_headings
from jietong.loans.tape.rows import CellError, TapeRefused
from jietong.loans.tape.survey import Survey
from jietong.loans.tape.table import Table
from jietong.loans.tape.text import mask

SIZE_MAX = 1 << 20  # bytes; a control file has a few lines
_ROWS = frozenset({"rows", "row_count", "count", "笔数", "总笔数", "记录数", "总记录数", "行数", "总行数"})
_BEFORE = ("总", "合计", "总额", "total_", "sum_")
_BEHIND = ("合计", "总额", "总和", "_sum", "_total")
_LINE = re.compile(r"([^=:,\t]+?)\s*[=:,\t]\s*(.*)")
_FILES = {**{kind: kind for kind in FILES}, "借据": "loans", "还款计划": "instalments", "还款": "repayments"}


@dataclass(frozen=True)
class Control:
    """What one file must be. rows: below the header; sums: amount column → figure as written; sha256: hex."""

    rows: int | None = None
    sums: dict[str, str] = field(default_factory=dict)
    sha256: str | None = None


def load(path: Path) -> dict[str, Control]:
    """Control per kind of file. Raises TapeRefused control_broken, naming the line or key."""
    facts = encodings.inspect(path, None)
    if facts.format != "text" or facts.size > SIZE_MAX:
        raise TapeRefused(path.name, "control_broken", "not a small text file")
    content = path.read_bytes().decode(facts.codec).removeprefix(codecs.BOM_UTF8.decode())
    pairs = _json_pairs(path.name, content) if content.lstrip().startswith("{") else _line_pairs(path.name, content)
    gathered: dict[str, dict[str, str]] = {}
    for kind, key, value in pairs:
        if key in gathered.setdefault(kind, {}):
            raise TapeRefused(path.name, "control_broken", f"{kind}.{mask(key, sensitive=False)} stands twice")
        gathered[kind][key] = value
    return {kind: _control(path.name, kind, values) for kind, values in gathered.items()}


def _json_pairs(file: str, content: str) -> list[tuple[str, str, str]]:
    try:
        whole = json.loads(content, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise TapeRefused(file, "control_broken", type(error).__name__) from None
    pairs: list[tuple[str, str, str]] = []
    for name, value in whole.items():
        if name in _FILES and isinstance(value, dict):
            inner = {key: item for key, item in value.items() if key != "sums"}
            sums = value.get("sums", {})
            if not isinstance(sums, dict):
                raise TapeRefused(file, "control_broken", f"{name}.sums")
            pairs += [(_FILES[name], key, item) for key, item in {**inner, **sums}.items()]
        elif name == "sums" and isinstance(value, dict):
            pairs += [("loans", key, item) for key, item in value.items()]
        else:
            pairs.append(_named(name, value))
    if not all(isinstance(value, str) for _, _, value in pairs):
        raise TapeRefused(file, "control_broken", "a figure is neither text nor number")
    return pairs


def _line_pairs(file: str, content: str) -> list[tuple[str, str, str]]:
    pairs = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if not found:
            raise TapeRefused(file, "control_broken", f"line {number} is not key=value")
        pairs.append(_named(found[1].strip('" '), found[2].strip().strip('"')))
    return pairs


def _named(name: str, value: str) -> tuple[str, str, str]:
    kind, dot, key = name.partition(".")
    return (_FILES[kind], key, value) if dot and kind in _FILES else ("loans", name, value)


def _control(file: str, kind: str, values: dict[str, str]) -> Control:
    known = known_headings(tuple(column for column in FILES[kind] if _is_amount(column)))
    rows: int | None = None
    sums: dict[str, str] = {}
    digest: str | None = None
    for key, value in values.items():
        plain = key.strip().lower()
        if plain in _ROWS:
            rows = _count(file, key, value)
        elif plain == "sha256":
            digest = value.lower()
        else:
            column = known.get(plain) or next((known[p] for p in _stripped(plain) if p in known), None)
            if column is None or column in sums:
                what = "is no amount column" if column is None else "stands twice"
                raise TapeRefused(file, "control_broken", f"{kind}.{mask(key, sensitive=False)} {what}")
            sums[column] = value
    return Control(rows, sums, digest)


def _stripped(key: str) -> list[str]:
    """总本金, 本金合计, total_principal → the column's own name."""
    return [key.removeprefix(word) for word in _BEFORE] + [key.removesuffix(word) for word in _BEHIND]


def _is_amount(column: Column) -> bool:
    return column.kind.startswith("amount")


def _count(file: str, key: str, value: str) -> int:
    try:
        return cells.count(0, 999_999_999)(value.replace(",", ""))
    except CellError:
        raise TapeRefused(file, "control_broken", f"{key} is not a number of rows") from None


def check(control: Control, table: Table, found: Survey, file: str) -> None:
    """Raises TapeRefused: control_sha256, control_rows, control_unreadable, control_sum; gravest first."""
    if control.sha256 and control.sha256 != table.facts.sha256:
        raise TapeRefused(table.source.label, "control_sha256")
    if control.rows is not None and control.rows != found.rows:
        raise TapeRefused(table.source.label, "control_rows", f"{control.rows} expected, {found.rows} found")
    for name, figure in control.sums.items():
        try:
            expected = cells.amount(table.layout.units.get(name, "yuan"))(figure)
        except CellError:
            raise TapeRefused(file, "control_broken", f"{name} is not an amount") from None
        actual = found.sums.get(name)
        if actual is None:
            raise TapeRefused(table.source.label, "control_unreadable", name)
        if actual != expected:
            raise TapeRefused(table.source.label, "control_sum", f"{name}: {expected} fen expected, {actual} fen found")
