"""Where each column stands in this file: headings matched, units settled, everything missing or unknown refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from jietong.loans.tape import text
from jietong.loans.tape.columns import FILES, RATE_HEADINGS, Column, heading, known_headings
from jietong.loans.tape.mapping import FileMapping
from jietong.loans.tape.rows import TapeRefused

_AMOUNTS = frozenset({"amount", "amount_above_zero"})


@dataclass(frozen=True)
class Layout:
    """width: cells that a row must have. indexes: column → cell. units: amount column → yuan | fen.

    texts: column → constant text. rate_unit: what the heading of the rate says, if it does.
    """

    width: int
    indexes: dict[str, int]
    units: dict[str, str]
    texts: dict[str, str] = field(default_factory=dict)
    rate_unit: str | None = None


def resolve(file: str, kind: str, header: list[str] | None, mapping: FileMapping) -> Layout:
    """header: the first line's cells, or None when the mapping gives the order.

    Raises TapeRefused: header_missing, column_missing, column_unknown, column_repeated, mapped_column_missing,
    unit_missing, unit_conflict.
    """
    columns = FILES[kind]
    stated: dict[str, str] = {}
    rate_unit: str | None = None
    if header is None:
        names = [name for name, _ in mapping.fixed] or list(mapping.order)
        indexes = {name: index for index, name in enumerate(names) if name != "_"}
        if len(indexes) != sum(name != "_" for name in names):
            raise TapeRefused(file, "column_repeated", "in the mapping file")
        width = len(names)
    else:
        while header and not header[-1].strip():
            header = header[:-1]
        indexes, stated, rate_unit = _match(file, kind, header, mapping)
        width = len(header)
    texts = {name: value for name, value in mapping.constants.items() if name not in indexes}
    for column in columns:
        if column.required and column.name not in indexes and column.name not in texts:
            raise TapeRefused(file, "column_missing", f"{column.name} ({', '.join(column.aliases[:3])})")
    return Layout(width, indexes, _units(file, columns, indexes, stated, mapping), texts, rate_unit)


def headings(kind: str, mapping: FileMapping) -> dict[str, str]:
    """Compared heading → our name; the mapping's own words win over the documented ones."""
    known = known_headings(FILES[kind])
    for table in (mapping.shared_columns, mapping.own_columns):
        for name, theirs in table.items():
            known[heading(theirs)[0]] = name
    return known


def _match(
    file: str, kind: str, header: list[str], mapping: FileMapping
) -> tuple[dict[str, int], dict[str, str], str | None]:
    known = headings(kind, mapping)
    ignored = {heading(name)[0] for name in mapping.ignore}
    mapped = {name: heading(theirs)[0] for name, theirs in mapping.own_columns.items()}
    plain = [heading(cell) for cell in header]
    if not any(name in known for name, _ in plain):
        raise TapeRefused(file, "header_missing")
    present = {name for name, _ in plain}
    for name, theirs in mapped.items():
        if theirs not in present:
            raise TapeRefused(file, "mapped_column_missing", f"{name} = {theirs}")
    indexes: dict[str, int] = {}
    stated: dict[str, str] = {}
    rate_unit = None
    for index, (theirs, unit) in enumerate(plain):
        ours = known.get(theirs)
        if theirs in ignored or (ours is not None and mapped.get(ours, theirs) != theirs):
            continue  # another heading was mapped to this column, so the documented one stands back
        if ours is None:
            if mapping.ignore_unknown:
                continue
            raise TapeRefused(file, "column_unknown", text.mask(header[index], sensitive=False))
        if ours in indexes:
            raise TapeRefused(file, "column_repeated", ours)
        indexes[ours] = index
        if unit:
            stated[ours] = unit
        if ours == "rate":
            rate_unit = RATE_HEADINGS.get(theirs)
    return indexes, stated, rate_unit


def _units(
    file: str, columns: tuple[Column, ...], indexes: dict[str, int], stated: dict[str, str], mapping: FileMapping
) -> dict[str, str]:
    units: dict[str, str] = {}
    for column in columns:
        if column.kind not in _AMOUNTS or column.name not in indexes:
            continue
        unit = stated.get(column.name, mapping.unit)
        if unit is None:
            raise TapeRefused(file, "unit_missing", column.name)
        if mapping.unit and unit != mapping.unit:
            raise TapeRefused(file, "unit_conflict", f"{column.name} is headed {unit}, the rest is {mapping.unit}")
        units[column.name] = unit
    return units
