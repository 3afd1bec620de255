"""What a pack file must look like. A broken pack refuses to load; no rule is guessed or skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jietong.kernel.errors import InputError

STRENGTHS = ("hard", "policy_default")
LEVELS = ("primary_text", "secondary_report", "none")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read: title and address as published; remark: what is weak about the copy."""

    key: str
    title: str
    address: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `value` is read-only by agreement: it is shared by everybody in the process.

    source: titles and addresses in one line, never empty; `sources` the same as rows.
    strength: ``hard`` (law, or treated as such) or ``policy_default`` (our own choice).
    verified: stated in public material that was read; verified_level tells of which kind.
    """

    id: str
    kind: str
    value: Any  # a mapping, or a list for the rules that only enumerate
    source: str
    strength: str
    verified: bool
    verified_level: str
    note: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, eq=False)
class Pack:
    """One version of a pack; compared by identity, since each is loaded once.

    time_zone: the borrower's zone when none is stated (IANA); empty when it has to be stated.
    """

    name: str
    version: str
    title: str
    time_zone: str
    rules: Mapping[str, Rule]
    legal_status: str = ""

    def of_kind(self, kind: str) -> list[Rule]:
        """The rules of one kind (``contact_hours``, ``frequency_caps``, ``stop_reasons`` …) in file order."""
        return [rule for rule in self.rules.values() if rule.kind == kind]


def build(table: Mapping[str, Any], *, file: str) -> Pack:
    """Make a Pack of a parsed file; `file` like ``cn/2026-11-01.toml``. Raises InputError naming rule and field."""
    for field in ("name", "version", "title", "time_zone"):
        _text(table, field, file, may_be_empty=field == "time_zone")
    if file != f"{table['name']}/{table['version']}.toml":
        raise InputError(f"{file}: version", "not_the_file", "name and version must be those of folder and file")
    sources = {key: _source(key, row, file) for key, row in _table(table, "sources", file).items()}
    rows = table.get("rules")
    if not isinstance(rows, list) or not rows:
        raise InputError(f"{file}: rules", "missing", "a pack without rules allows everything, so it is refused")
    rules: dict[str, Rule] = {}
    for row in rows:
        rule = _rule(row, sources, f"{table['name']}.", file)
        if rule.id in rules:
            raise InputError(f"{file}: {rule.id}.id", "duplicate", "two rules have this id")
        rules[rule.id] = rule
    return Pack(
        name=table["name"],
        version=table["version"],
        title=table["title"],
        time_zone=table["time_zone"],
        rules=rules,
        legal_status=str(table.get("legal_status", "")),
    )


def _rule(row: Any, sources: Mapping[str, Source], prefix: str, file: str) -> Rule:
    if not isinstance(row, dict):
        raise InputError(f"{file}: rules", "not_a_table", "each rule is a table")
    rule_id = _text(row, "id", file)
    where = f"{file}: {rule_id}"
    if not rule_id.startswith(prefix):
        raise InputError(f"{where}.id", "foreign", f"an id of this pack begins with {prefix!r}")
    strength, level = _text(row, "strength", where), _text(row, "verified_level", where)
    if strength not in STRENGTHS:
        raise InputError(f"{where}.strength", "unknown", f"{strength!r} is none of {', '.join(STRENGTHS)}")
    verified = row.get("verified")
    if not isinstance(verified, bool):
        raise InputError(f"{where}.verified", "not_a_bool", "verified is true or false")
    named = _known_sources(row.get("sources"), sources, where)
    if level not in LEVELS or verified != (level != "none") or (verified and not named):
        raise InputError(
            f"{where}.verified_level", "unproved", "verified needs a level and a source, and only verified has one"
        )
    note = _text(row, "note", where, may_be_empty=True)
    kind = _text(row, "kind", where)
    source = "; ".join(f"{one.title} ({one.address})" for one in named) or f"no public source: {note or 'unverified'}"
    return Rule(rule_id, kind, _value(row, kind, where), source, strength, verified, level, note, named)


def _value(row: Mapping[str, Any], kind: str, where: str) -> Any:
    value = row.get("value")
    if not isinstance(value, dict | list) or not value:
        raise InputError(f"{where}.value", "missing", "a rule needs a value: a table or a list")
    if isinstance(value, list):
        return value
    handed_out = {key: _open_range(item) if kind == "classification" else item for key, item in value.items()}
    return handed_out | {str(key): None for key in row.get("absent", [])}


def _open_range(item: Any) -> Any:
    # TOML has no null: a class of arrears without an upper bound is written [361] and handed out as [361, None].
    return [*item, None] if isinstance(item, list) and len(item) == 1 and isinstance(item[0], int) else item


def _known_sources(keys: Any, sources: Mapping[str, Source], where: str) -> tuple[Source, ...]:
    if not isinstance(keys, list):
        raise InputError(f"{where}.sources", "not_a_list", "sources is a list of keys, empty when there is none")
    for key in keys:
        if key not in sources:
            raise InputError(f"{where}.sources", "unknown_source", f"{key!r} is not in the table of sources")
    return tuple(sources[key] for key in keys)


def _source(key: str, row: Any, file: str) -> Source:
    where = f"{file}: sources.{key}"
    if not isinstance(row, dict):
        raise InputError(where, "not_a_table", "a source has title and address")
    return Source(key, _text(row, "title", where), _text(row, "address", where), str(row.get("remark", "")))


def _table(table: Mapping[str, Any], field: str, file: str) -> Mapping[str, Any]:
    value = table.get(field)
    if not isinstance(value, dict):
        raise InputError(f"{file}: {field}", "not_a_table", f"{field} must be a table")
    return value


def _text(row: Mapping[str, Any], field: str, where: str, *, may_be_empty: bool = False) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not (value or may_be_empty):
        raise InputError(f"{where}.{field}", "not_text", f"{field} must be a text")
    return value
