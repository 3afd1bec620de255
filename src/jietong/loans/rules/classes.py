"""The five classes of a loan by day (五级分类): the least that days past due allow, or worse by a person's word.

Days come from a rule pack's profile (`cn.class.loan`, `cn.class.card`; reference rules 41 and 42). Days past due are
those of the day's close and nothing stops them: grace and pauses move buckets, never classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jietong.kernel.errors import InputError
from jietong.loans.rules.ageing import ASSET_CLASSES
from jietong.loans.rules.replay import Point

#: best first; the place in this row is the rank
CLASSES = tuple(ASSET_CLASSES)
NORMAL = CLASSES[0]
RANK = {name: rank for rank, name in enumerate(CLASSES)}

#: least days past due of the classes after the first, worst last: (1, 91, 271, 361)
Profile = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """A person's word that the loan is at least this bad, from `since` until before `until` (None: in force)."""

    name: str
    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class ClassMove:
    """A move between classes at the close of a day."""

    on: date
    from_class: str
    to_class: str


def profile_of(bands: Mapping[str, object]) -> Profile:
    """The least days of each class from a rule pack's bands: {"normal": [0, 0], …, "loss": [361, None]}.

    Raises InputError where a class is missing or the bands leave a day out or count it twice.
    """
    expected: int | None = 0
    least = []
    for name in CLASSES:
        band = bands.get(name)
        if not isinstance(band, list | tuple) or len(band) != 2 or band[0] != expected:
            raise InputError(name, "bands_do_not_join", f"the class must begin on day {expected} and have an end")
        least.append(int(band[0]))
        expected = None if band[1] is None else int(band[1]) + 1
    if expected is not None:
        raise InputError(CLASSES[-1], "bands_do_not_join", "the last class has no end")
    return tuple(least[1:])


def class_of(days_past_due: int, profile: Profile) -> str:
    """The least class that these days allow."""
    return CLASSES[sum(days_past_due >= least for least in profile)]


def class_on(oldest_unpaid_on: date | None, day: date, profile: Profile, floors: Sequence[Floor] = ()) -> str:
    """The class at a day's close: by days past due of the oldest unpaid instalment, or worse by a person's word."""
    days = (day - oldest_unpaid_on).days if oldest_unpaid_on is not None else 0
    return worst([class_of(days, profile), *(floor.name for floor in floors if floor.holds_on(day))])


def worst(names: Sequence[str]) -> str:
    return max(names, key=RANK.__getitem__, default=NORMAL)


def next_class_on(oldest_unpaid_on: date | None, day: date, profile: Profile) -> date | None:
    """First date after `day` on which time alone makes the class worse; None when it never does again."""
    if oldest_unpaid_on is None:
        return None
    limits = (oldest_unpaid_on + timedelta(days=least) for least in profile)
    return next((limit for limit in limits if limit > day), None)


def class_history(
    points: Sequence[Point], *, start: str, from_on: date, as_of: date, profile: Profile, floors: Sequence[Floor] = ()
) -> tuple[ClassMove, ...]:
    """The moves of the days from `from_on` to `as_of`, both included, of a loan that came into `from_on` in `start`.

    points: days ascending, the first on or before `from_on` (rules/replay.py).
    """
    moves: list[ClassMove] = []
    now_in = start
    for day, oldest in _looks(points, from_on=from_on, as_of=as_of, profile=profile, floors=floors):
        fresh = class_on(oldest, day, profile, floors)
        if fresh != now_in:
            moves.append(ClassMove(day, now_in, fresh))
            now_in = fresh
    return tuple(moves)


def _looks(
    points: Sequence[Point], *, from_on: date, as_of: date, profile: Profile, floors: Sequence[Floor]
) -> Iterator[Point]:
    """The days on which the class can change, with the oldest unpaid due date of that day's close."""
    edges = sorted({day for floor in floors for day in (floor.since, floor.until) if day is not None})
    for place, (day, oldest) in enumerate(points):
        is_last = place + 1 == len(points)
        last = as_of if is_last else min(points[place + 1][0] - timedelta(days=1), as_of)
        look: date | None = max(day, from_on)
        while look is not None and look <= last:
            yield look, oldest
            by_time = next_class_on(oldest, look, profile)
            later = [edge for edge in edges if edge > look]
            look = min([*later[:1], *([by_time] if by_time else [])], default=None)
