"""How a bureau wants its file: columns, heads, codes, encoding. One TOML file a bureau; ours is `neutral`."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jietong.kernel.errors import InputError

#: every column that a mapping may ask for
COLUMNS = (
    "row", "record", "corrects_row", "corrects_batch", "month", "as_of", "name", "id_type", "id_no", "loan_ref",
    "creditor", "status", "balance", "days_past_due", "overdue", "asset_class", "disputed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BureauMapping:
    """columns: (ours, theirs) in order. codes: our column → our word → theirs; a word without a code stays."""

    encoding: str
    delimiter: str
    line_end: str
    columns: tuple[tuple[str, str], ...]
    codes: Mapping[str, Mapping[str, str]]

    def row(self, told: Mapping[str, str]) -> list[str]:
        return [self.codes.get(ours, {}).get(told[ours], told[ours]) for ours, _theirs in self.columns]


def load(path: Path | None = None) -> BureauMapping:
    """A mapping file, the neutral one without a path. Raises InputError naming the field."""
    try:
        text = path.read_text(encoding="utf-8") if path else _neutral()
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("mapping", "unreadable", str(error)) from error
    columns = table.get("columns")
    if not isinstance(columns, list) or not columns:
        raise InputError("columns", "missing", "a mapping lists its columns")
    pairs = []
    for place, column in enumerate(columns):
        ours, theirs = (column.get("from"), column.get("to")) if isinstance(column, dict) else (None, None)
        if ours not in COLUMNS or not isinstance(theirs, str):
            raise InputError(f"columns.{place}", "unknown", f"`from` is one of {', '.join(COLUMNS)}, `to` a text")
        pairs.append((str(ours), theirs))
    encoding, delimiter = str(table.get("encoding", "utf-8")), str(table.get("delimiter", ","))
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise InputError("encoding", "unknown", f"there is no encoding {encoding!r}") from None
    if len(delimiter) != 1:
        raise InputError("delimiter", "not_one", "one character stands between columns")
    return BureauMapping(encoding, delimiter, str(table.get("line_end", "\n")), tuple(pairs), table.get("codes", {}))


def _neutral() -> str:
    return resources.files(__package__).joinpath("mappings/neutral.toml").read_text(encoding="utf-8")
