"""The mapping file: TOML that says how this lender's tape differs from the documented one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jietong.loans.tape.cells import DATE_FORMATS
from jietong.loans.tape.columns import FILES
from jietong.loans.tape.rows import TapeRefused

DELIMITERS = {"comma": ",", "bar": "|", "tab": "\t", "semicolon": ";"}
#: name in the mapping → Python codec; GB2312 files hold GBK characters in practice, and GBK is its superset
ENCODINGS = {
    "utf-8": "utf-8-sig", "utf8": "utf-8-sig", "utf-8-sig": "utf-8-sig", "gbk": "gbk", "gb2312": "gbk", "cp936": "gbk",
    "gb18030": "gb18030", "utf-16": "utf-16", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be",
}  # fmt: skip


@dataclass(frozen=True)
class FileMapping:
    """How to read one of the three files.

    fixed: (column name or "_", width) in order, or empty; by_bytes: widths count bytes of the file's encoding.
    own_columns: our name → their heading, given for this very file; shared_columns: given for the loans file and used
    here only where the heading is present.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: bool = True
    header: bool = True
    order: tuple[str, ...] = ()
    fixed: tuple[tuple[str, int], ...] = ()
    by_bytes: bool = True
    unit: str | None = None
    date_format: str = "auto"
    rate_scale: str = "fraction"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    card_check: bool = True
    ignore: frozenset[str] = frozenset()
    ignore_unknown: bool = False
    sheet: str | None = None
    own_columns: dict[str, str] = field(default_factory=dict)
    shared_columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


def load(path: Path | None, kind: str, unit: str | None) -> FileMapping:
    """The mapping for the file of this kind (loans, instalments, repayments).

    Raises TapeRefused: mapping_broken with the offending key; unit_conflict when --unit says otherwise.
    """
    if unit not in {None, "yuan", "fen"}:
        raise TapeRefused("--unit", "mapping_broken", "unit is yuan or fen")
    if path is None:
        return FileMapping(unit=unit)
    settings = _settings(path, kind)
    mapped = _Checked(path.name, kind, settings).mapping()
    if unit and mapped.unit and unit != mapped.unit:
        raise TapeRefused(path.name, "unit_conflict", f"--unit {unit}, mapping {mapped.unit}")
    return FileMapping(**{**mapped.__dict__, "unit": unit or mapped.unit})


def _settings(path: Path, kind: str) -> dict[str, object]:
    try:
        whole = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise TapeRefused(path.name, "file_missing", error.strerror or "") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise TapeRefused(path.name, "mapping_broken", str(error)) from None
    known = {*_KEYS, *FILES}
    for key in whole:
        if key not in known:
            raise TapeRefused(path.name, "mapping_broken", f"unknown key {key!r}")
    shared = {key: value for key, value in whole.items() if key not in FILES}
    section = whole.get(kind, {})
    if not isinstance(section, dict):
        raise TapeRefused(path.name, "mapping_broken", f"[{kind}] is not a table")
    for key in section:
        if key not in _KEYS:
            raise TapeRefused(path.name, "mapping_broken", f"unknown key {kind}.{key}")
    if kind != "loans":
        # Columns, constants and widths of the loans file mean nothing here, except a heading that both files share.
        shared["shared_columns"] = shared.pop("columns", {})
        for key in ("constants", "fixed", "order", "sheet"):
            shared.pop(key, None)
    return {**shared, **section}


_KEYS = frozenset(
    {"encoding", "delimiter", "quote", "header", "order", "fixed", "fixed_in", "unit", "date_format", "rate_scale"}
    | {"time_zone", "card_check", "ignore", "ignore_unknown", "sheet", "columns", "constants", "values"}
)


class _Checked:
    """Turns TOML values into a FileMapping, each checked for its type."""

    def __init__(self, file: str, kind: str, settings: dict[str, object]) -> None:
        self.file, self.kind, self.settings = file, kind, settings
        self.names = {column.name for column in FILES[kind]}

    def mapping(self) -> FileMapping:
        fixed = self._fixed()
        delimiter = self._delimiter(bool(fixed))
        return FileMapping(
            encoding=self._one_of("encoding", ENCODINGS),
            delimiter=delimiter,
            quote=self._flag("quote", True),
            header=self._flag("header", not (fixed or "order" in self.settings)),
            order=self._order(),
            fixed=fixed,
            by_bytes=self._one_of("fixed_in", {"bytes": "bytes", "characters": "characters"}) != "characters",
            unit=self._one_of("unit", {"yuan": "yuan", "fen": "fen"}),
            date_format=self._one_of("date_format", {form: form for form in DATE_FORMATS}) or "auto",
            rate_scale=self._one_of("rate_scale", {"fraction": "fraction", "percent": "percent"}) or "fraction",
            zone=self._zone(),
            card_check=self._flag("card_check", True),
            ignore=frozenset(self._strings("ignore")),
            ignore_unknown=self._flag("ignore_unknown", False),
            sheet=self._text("sheet"),
            own_columns=self._table("columns", self.names),
            shared_columns={k: v for k, v in self._table("shared_columns", None).items() if k in self.names},
            constants=self._table("constants", self.names),
            values=self._values(),
        )

    def _refuse(self, key: str, what: str) -> TapeRefused:
        return TapeRefused(self.file, "mapping_broken", f"{key} {what}")

    def _text(self, key: str) -> str | None:
        value = self.settings.get(key)
        if value is not None and not isinstance(value, str):
            raise self._refuse(key, "is not text")
        return value

    def _one_of(self, key: str, allowed: dict[str, str]) -> str | None:
        value = self._text(key)
        if value is None:
            return None
        if value.lower() not in allowed:
            raise self._refuse(key, f"is none of {', '.join(sorted(allowed))}")
        return allowed[value.lower()]

    def _flag(self, key: str, default: bool) -> bool:
        value = self.settings.get(key, default)
        if not isinstance(value, bool):
            raise self._refuse(key, "is not true or false")
        return value

    def _strings(self, key: str) -> list[str]:
        value = self.settings.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._refuse(key, "is not a list of texts")
        return value

    def _table(self, key: str, names: set[str] | None) -> dict[str, str]:
        value = self.settings.get(key, {})
        if not isinstance(value, dict):
            raise self._refuse(key, "is not a table")
        for name, item in value.items():
            if names is not None and name not in names:
                raise self._refuse(f"{key}.{name}", f"is no column of {self.kind}")
            if not isinstance(item, str | int) or isinstance(item, bool):
                raise self._refuse(f"{key}.{name}", "is not text")
        return {name: str(item) for name, item in value.items()}

    def _values(self) -> dict[str, dict[str, str]]:
        value = self.settings.get("values", {})
        if not isinstance(value, dict):
            raise self._refuse("values", "is not a table")
        for name, table in value.items():
            if not isinstance(table, dict) or not all(isinstance(item, str) for item in table.values()):
                raise self._refuse(f"values.{name}", "is not a table of texts")
        return {name: dict(table) for name, table in value.items() if name in self.names}

    def _delimiter(self, fixed: bool) -> str | None:
        value = self._text("delimiter")
        if value is None or value == "fixed":
            if value == "fixed" and not fixed:
                raise self._refuse("fixed", "lists no widths")
            return None
        sign = DELIMITERS.get(value, value)
        if len(sign) != 1 or sign in '"\r\n \ufeff' or sign.isalnum():
            raise self._refuse("delimiter", "is not comma, bar, tab, semicolon, fixed or one sign")
        return sign

    def _order(self) -> tuple[str, ...]:
        names = self._strings("order")
        for name in names:
            if name != "_" and name not in self.names:
                raise self._refuse("order", f"{name!r} is no column of {self.kind}")
        return tuple(names)

    def _fixed(self) -> tuple[tuple[str, int], ...]:
        value = self.settings.get("fixed", [])
        if not isinstance(value, list):
            raise self._refuse("fixed", "is not a list of [column, width]")
        for pair in value:
            good = isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
            if not good or type(pair[1]) is not int or not 0 < pair[1] <= 10_000:
                raise self._refuse("fixed", "is not a list of [column, width]")
            if pair[0] != "_" and pair[0] not in self.names:
                raise self._refuse("fixed", f"{pair[0]!r} is no column of {self.kind}")
        return tuple((pair[0], pair[1]) for pair in value)

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self._text("time_zone") or "Asia/Shanghai")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self._refuse("time_zone", "is no time zone") from None
