"""By when a work order is answered: so many hours of the receiving desk's opening time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from jietong.routing.rules.reply_by import after_business_time, spans_of

Days = Mapping[date, Sequence[tuple[time, time]]]
FIRST_LOOK_DAYS, LOOKS_MAX = 15, 4


def due_at(now: datetime, hours: int, opening: Callable[[int], Days], zone: tzinfo) -> datetime:
    """`opening(days)`: the desk's local spans from yesterday on. Rounded up to a whole minute.

    Raises ValueError for a desk that does not open for so many hours within years: a fault of its calendar.
    """
    days = FIRST_LOOK_DAYS
    for _ in range(LOOKS_MAX):
        found = after_business_time(now, hours * 3600.0, spans_of(opening(days), zone))
        if found is not None:
            whole = found.replace(second=0, microsecond=0)
            return whole if whole == found else whole + timedelta(minutes=1)
        days *= 4
    raise ValueError("this desk is never open")
