"""Values as cores write them, read exactly or refused with the field's name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from jietong.kernel.errors import InputError

Json = Mapping[str, Any]
FEN_MAX = 10**15


def load(text: str) -> Any:
    """JSON with exact numbers: 530.10 stays 530.10. Raises InputError for what is none."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise InputError("body", "not_json", "this is not JSON") from None


def dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def get(data: Any, field: str) -> Any:
    """The value at a dotted path; None when any step of it is absent."""
    for name in field.split("."):
        if not isinstance(data, Mapping):
            return None
        data = data.get(name)
    return data


def fen(data: Any, field: str, *, required: bool = False, where: str = "") -> int:
    """An amount in yuan at a path as whole fen; absent is 0 unless required. Nothing is rounded."""
    raw, name = get(data, field), where + field
    if raw is None or raw == "":
        if required:
            raise InputError(name, "missing", "an amount is missing")
        return 0
    try:
        amount = Decimal(str(raw)) * 100
    except InvalidOperation:
        raise InputError(name, "not_an_amount", "this is not an amount") from None
    if isinstance(raw, bool) or not amount.is_finite():
        raise InputError(name, "not_an_amount", "this is not an amount")
    if abs(amount) > FEN_MAX:
        raise InputError(name, "too_large", "larger than any book")
    if amount != amount.to_integral_value():
        raise InputError(name, "too_precise", "the amount has parts smaller than a fen")
    return int(amount)


def day(data: Any, field: str, *, required: bool = True, where: str = "") -> date | None:
    """A date at a path: [2026, 11, 24], "2026-11-24"."""
    raw, name = get(data, field), where + field
    if raw is None or raw == "":
        if required:
            raise InputError(name, "missing", "a date is missing")
        return None
    try:
        if isinstance(raw, Sequence) and not isinstance(raw, str) and len(raw) == 3:
            return date(*(int(part) for part in raw))
        return date.fromisoformat(str(raw))
    except (TypeError, ValueError):
        raise InputError(name, "not_a_date", "this is not a date") from None


def the_day(data: Any, field: str, *, where: str = "") -> date:
    found = day(data, field, where=where)
    assert found is not None  # required
    return found


def moment(data: Any, field: str) -> datetime:
    """An instant with its offset, as ISO 8601."""
    raw = get(data, field)
    if not raw:
        raise InputError(field, "missing", "a time is missing")
    try:
        found = datetime.fromisoformat(str(raw))
    except ValueError:
        raise InputError(field, "not_a_time", "this is not a time like 2026-11-24T14:05:00+08:00") from None
    if found.tzinfo is None:
        raise InputError(field, "zone_missing", "a time needs its offset, like +08:00")
    return found


def text(data: Any, field: str, *, required: bool = True, longest: int = 80) -> str:
    raw = get(data, field)
    found = "" if raw is None else str(raw).strip()
    if isinstance(raw, Mapping | list):
        raise InputError(field, "not_text", "this has to be a text")
    if required and not found:
        raise InputError(field, "missing", "a text is missing")
    if len(found) > longest:
        raise InputError(field, "too_long", f"longer than {longest} letters")
    return found


def number(data: Any, field: str) -> Decimal:
    raw = get(data, field)
    try:
        found = Decimal(str(raw))
    except InvalidOperation:
        raise InputError(field, "missing" if raw is None else "not_a_number", "a number is missing") from None
    if not found.is_finite():
        raise InputError(field, "not_a_number", "this is not a number")
    return found


def rows(data: Any, field: str) -> list[Any]:
    raw = get(data, field)
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise InputError(field, "not_a_list", "this has to be a list")
    return raw
