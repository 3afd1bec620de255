"""The reply-by that we promise: the class's written longest wait, counted in business time.

Opening hours are data: per local date a list of spans. Several spans a day, spans past midnight and closed days are
all the same thing here; which dates are holidays or swapped workdays is the calendar's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from jietong.routing.rules.urgency import CLASSES

Span = tuple[datetime, datetime]


def spans_of(days: Mapping[date, Sequence[tuple[time, time]]], zone: tzinfo) -> list[Span]:
    """Opening spans as UTC instants, ascending and merged.

    days: local date → spans of local times; a span whose end is not after its start runs past midnight
    (22:00–06:00; 00:00–00:00 is the whole day). Local times that daylight saving skips or doubles are read with
    their first meaning.
    """
    found = []
    for day, spans in days.items():
        for opens, closes in spans:
            last = day if closes > opens else day + timedelta(days=1)
            found.append(
                (
                    datetime.combine(day, opens, zone).astimezone(UTC),
                    datetime.combine(last, closes, zone).astimezone(UTC),
                )
            )
    return list(_merged(sorted(found)))


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    current: Span | None = None
    for begin, end in spans:
        if current is None:
            current = (begin, end)
        elif begin <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (begin, end)
    if current is not None:
        yield current


def after_business_time(start: datetime, seconds: float, spans: Iterable[Span]) -> datetime | None:
    """The instant at which `seconds` of open time have passed since `start`.

    spans: as `spans_of` gives them. None when they end before: the caller hands in more days. Zero seconds in
    closed time answer the next opening. `start` must know its zone (ValueError).
    """
    if start.tzinfo is None:
        raise ValueError("an instant needs its zone")
    left = timedelta(seconds=max(seconds, 0.0))
    for begin, end in spans:
        if end <= start:
            continue
        begin = max(begin, start)
        if end - begin >= left:
            return (begin + left).astimezone(UTC)
        left -= end - begin
    return None


def reply_by(
    class_name: str, asked_at: datetime, spans: Iterable[Span], *, round_the_clock: bool = False
) -> datetime | None:
    """By when we answer a contact of this class that came in at `asked_at`.

    round_the_clock: fraud, threats and self-harm go to the duty roster, whose clock never stops. None when the
    spans given end too early. Raises KeyError for a class that does not exist.
    """
    longest = CLASSES[class_name].longest_wait_seconds
    if round_the_clock:
        return asked_at.astimezone(UTC) + timedelta(seconds=longest)
    return after_business_time(asked_at, longest, spans)


def is_open(at: datetime, spans: Iterable[Span]) -> bool:
    """Does `at` fall into a span (its end excluded)?"""
    return any(begin <= at < end for begin, end in spans)
