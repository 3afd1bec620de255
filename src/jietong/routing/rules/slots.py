"""Which callback times are put before the borrower: a short list that still holds an evening and tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

NEXT_MAX = 4
#: local times that stand for the parts of a day
EVENING = (time(18), time(19), time(20))
DAYTIME = (time(12, 30), time(15))
NEXT_DAY = (time(9), time(12, 30), time(18))


def spread(starts: Sequence[datetime], *, limit: int) -> list[datetime]:
    """At most `limit` of `starts` (local, in order of time): the first NEXT_MAX of the first day, its EVENING, the
    NEXT_DAY's parts, then the first day's DAYTIME. What room is left is filled in order of time.
    """
    if not starts:
        return []
    first_day = starts[0].date()
    today = [at for at in starts if at.date() == first_day]
    next_day = min((at.date() for at in starts if at.date() != first_day), default=first_day)
    wanted = [
        *today[:NEXT_MAX],
        *(at for at in today if at.time() in EVENING),
        *(at for at in starts if at.date() == next_day and at.time() in NEXT_DAY),
        *(at for at in today if at.time() in DAYTIME),
        *starts,
    ]
    return sorted(list(dict.fromkeys(wanted))[:limit])
