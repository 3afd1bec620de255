"""Month labels as integers that differ by one for consecutive months.

A column is one of two kinds, decided for the whole column: whole numbers (…, -1, 0 or 1, 2, …), or dates of which
only year and month count. Six or eight digits that all read as year, month (and day) are dates, not numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jietong.kernel.errors import InputError

FIELD = "month"

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.0*)?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?(?:\.0)?")
_TAIL = r"(?:[T ]\d{1,2}:\d{2}.*)?"
_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年Mm]\s?(\d{1,2})月?(?:[-/.]?(\d{1,2})日?)?" + _TAIL)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](?:(\d{1,2})[-/.])?(\d{4})" + _TAIL)
_NAMED = re.compile(r"(?:(\d{1,2})[-/ ])?([A-Za-z]{3,9})[-/ .,]{0,2}(\d{2}|\d{4})|(\d{4})[-/ ]([A-Za-z]{3,9})")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def month_numbers(labels: Sequence[str]) -> list[int]:
    """One integer per label (months since year 0 for dates). Raises InputError naming a label of neither kind."""
    if all(_COMPACT.fullmatch(label) for label in labels):
        return [_month(match[1], match[2], match[0]) for match in map(_COMPACT.fullmatch, labels) if match]
    if all(_NUMBER.fullmatch(label) for label in labels):
        return [int(label.partition(".")[0]) for label in labels]
    month_first = _month_comes_first(labels)
    return [_dated(label, month_first) for label in labels]


def _month_comes_first(labels: Sequence[str]) -> bool | None:
    """Of 01/02/2024-like labels: is the month first? None if no such label, or if none of them tells."""
    pairs = [(int(m[1]), int(m[2])) for m in map(_YEAR_LAST.fullmatch, labels) if m and m[2]]
    if any(first > 12 for first, _ in pairs):
        return False
    if any(second > 12 for _, second in pairs):
        return True
    # Month files carry the first of each month: the part that never changes is the day.
    if len({first for first, _ in pairs}) == 1 < len({second for _, second in pairs}):
        return False
    if len({second for _, second in pairs}) == 1 < len({first for first, _ in pairs}):
        return True
    return None


def _dated(label: str, month_first: bool | None) -> int:
    if (match := _COMPACT.fullmatch(label)) or (match := _YEAR_FIRST.fullmatch(label)):
        return _month(match[1], match[2], label)
    if match := _YEAR_LAST.fullmatch(label):
        if match[2] is None:
            return _month(match[3], match[1], label)
        if month_first is None and match[1] != match[2]:
            raise InputError(FIELD, "ambiguous_month", f"{label!r}: day or month first?")
        return _month(match[3], match[1] if month_first else match[2], label)
    if match := _NAMED.fullmatch(label):
        year, name = match[3] or match[4], (match[2] or match[5])[:3].lower()
        if name in _NAMES:
            century = "" if len(year) == 4 else ("20" if year < "70" else "19")
            return _month(century + year, str(_NAMES.index(name) + 1), label)
    raise InputError(FIELD, "not_a_month", f"{label[:40]!r} is neither a whole number nor a month")


def _month(year: str, month: str, label: str) -> int:
    if not 1 <= int(month) <= 12:
        raise InputError(FIELD, "not_a_month", f"{label[:40]!r} has no month {month}")
    return int(year) * 12 + int(month) - 1
