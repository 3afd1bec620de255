"""Reading a case at the edge: JSON values in, typed values out, and an error that names field and code."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from jietong.kernel.errors import InputError
from jietong.kernel.money import parse_yuan

Case = dict[str, Any]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LENGTH_MAX = 64  # characters of a number: beyond is an attack or a broken file


def require(case: Case, name: str, path: str = "") -> object:
    """The value of a field that must be there; null counts as absent."""
    value = case.get(name)
    if value is None:
        raise InputError(path + name, "missing", f"{name} is missing")
    return value


def number(value: object, field: str) -> Decimal:
    """A decimal string or a JSON number, exactly as written; never a boolean, NaN or infinity."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(field, "not_a_number", f"{value!r} is not a number")
    text = str(value).strip() if not isinstance(value, int) or abs(value) < 10**_LENGTH_MAX else ""
    if len(text) > _LENGTH_MAX or not _NUMBER.fullmatch(text):
        raise InputError(field, "not_a_number", f"{str(value)[:40]!r} is not a number")
    return Decimal(text)


def amount(value: object, field: str, decimals: int = 2) -> int:
    """An amount as minor units; not negative."""
    minor = parse_yuan(f"{number(value, field):f}", field, decimals=decimals)
    if minor < 0:
        raise InputError(field, "negative", f"{field} must not be negative")
    return minor


def whole(value: object, field: str) -> int:
    """A whole number that is not negative ("12" and 12.0 are taken too)."""
    exact = number(value, field)
    if abs(exact) > 10**9:
        raise InputError(field, "too_large", f"{field} is absurdly large")
    if exact != exact.to_integral_value():
        raise InputError(field, "not_whole", f"{field} must be a whole number")
    if exact < 0:
        raise InputError(field, "negative", f"{field} must not be negative")
    return int(exact)


def day(value: object, field: str) -> date:
    """An ISO date, 2026-01-31."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise InputError(field, "not_a_date", f"{value!r} is not a date like 2026-01-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InputError(field, "not_a_date", f"{value!r} is no day of the calendar") from None


def text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise InputError(field, "not_text", f"{field} must be text")
    return value


def flag(value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(field, "not_a_boolean", f"{field} must be true or false")
    return value


def rows(case: Case, name: str) -> list[Case]:
    """A list of objects; absent or null is an empty one."""
    value = case.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(name, "not_a_list", f"{name} must be a list")
    for index, row in enumerate(value):
        if not isinstance(row, dict):
            raise InputError(f"{name}.{index}", "not_an_object", f"each of {name} must be an object")
    return value


def names(case: Case, name: str) -> list[str] | None:
    """A list of words; None when absent."""
    value = case.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise InputError(name, "not_a_list", f"{name} must be a list of names")
    return [text(word, f"{name}.{index}") for index, word in enumerate(value)]
