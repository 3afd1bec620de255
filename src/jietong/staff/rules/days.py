"""What kind of day a date is in China, and the opening spans that follow from it. Pure.

Source: the State Council's yearly notice on holidays with its swapped workdays (国务院办公厅 节假日安排), as the
package chinesecalendar carries it. It knows the years that have been announced; for the others an operator's overlay
says which days differ from the week, and `is_announced` tells that nobody has said so yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise

import chinese_calendar

from jietong.kernel.errors import InputError

WORKDAY, WEEKEND, HOLIDAY = "workday", "weekend", "holiday"
KINDS = (WORKDAY, WEEKEND, HOLIDAY)
SPANS_MAX = 4
Span = tuple[time, time]


def kind_of(day: date, overlay: Mapping[date, str]) -> str:
    """`workday` (a swapped Sunday too), `weekend` or `holiday`. What the overlay says of a date goes first."""
    if day in overlay:
        return overlay[day]
    by_the_week = WEEKEND if day.isoweekday() > 5 else WORKDAY
    if not is_announced(day):
        return by_the_week
    is_off, name = chinese_calendar.get_holiday_detail(day)
    if is_off and name:
        return HOLIDAY
    return WEEKEND if is_off else WORKDAY


def is_announced(day: date) -> bool:
    """Does the package know this year's holidays? Beyond it the week alone decides, and a screen says so."""
    years = {known.year for known in chinese_calendar.constants.holidays}
    return min(years) <= day.year <= max(years)


def holiday_name(day: date) -> str:
    """The holiday's name as the package has it, empty for any other day."""
    if not is_announced(day):
        return ""
    is_off, name = chinese_calendar.get_holiday_detail(day)
    return name if is_off and name else ""


@dataclass(frozen=True, slots=True)
class Hours:
    """A team's spans by kind of day. A kind without a span is a closed day."""

    spans: Mapping[str, Sequence[Span]]

    def on(self, day: date, overlay: Mapping[date, str]) -> list[Span]:
        return list(self.spans.get(kind_of(day, overlay), ()))


def opening_days(hours: Hours, overlay: Mapping[date, str], *, first: date, days: int) -> dict[date, list[Span]]:
    """Local date → its spans; a span whose end is not after its start runs past midnight, into the next date."""
    return {day: hours.on(day, overlay) for day in (first + timedelta(days=n) for n in range(days))}


def checked(spans: Iterable[Span], *, field: str) -> list[Span]:
    """The spans of one kind of day, in order. Raises InputError `too_many`, `overlap`; each names the field."""
    found = sorted(spans)
    if len(found) > SPANS_MAX:
        raise InputError(field, "too_many", f"at most {SPANS_MAX} spans a day")
    for (_, earlier_ends), (begins, _) in pairwise(found):
        if begins < earlier_ends:
            raise InputError(field, "overlap", "a span begins before the one before it has ended")
    past_midnight = [span for span in found[:-1] if span[1] <= span[0]]
    if past_midnight:
        raise InputError(field, "overlap", "only the last span of a day may run past midnight")
    return found


def parse_spans(text: str, *, field: str) -> list[Span]:
    """ "08:00-12:00, 13:30–22:00" → spans; empty for a closed day. Raises InputError `not_a_span` for anything else."""
    found = []
    for part in text.replace("，", ",").replace("；", ",").replace("、", ",").split(","):
        words = part.replace("–", "-").replace("—", "-").replace("：", ":").strip()
        if not words:
            continue
        opens, dash, closes = (word.strip() for word in words.partition("-"))
        try:
            found.append((time.fromisoformat(opens.zfill(5)), time.fromisoformat(closes.zfill(5))))
        except ValueError:
            raise InputError(field, "not_a_span", f"{part.strip()!r} is not like 08:00-22:00") from None
        if not dash:
            raise InputError(field, "not_a_span", f"{part.strip()!r} is not like 08:00-22:00")
    return checked(found, field=field)
