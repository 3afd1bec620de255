"""Wall-clock hours: when a rule is open, and the instants at which that may change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jietong.compliance.rules.facts import Span
from jietong.compliance.rules.refusals import Refusal
from jietong.packs.queries import Rule

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class HoursRule:
    """One rule on hours. `closed` and `weekday`/`weekend` are alternatives: a rule denies spans or allows them.

    agreement_opens: the borrower's agreement on record overrides this rule.
    """

    rule: Rule
    refusal: Refusal
    channels: frozenset[str]
    closed: tuple[Span, ...] = ()
    weekday: tuple[Span, ...] = ()
    weekend: tuple[Span, ...] = ()
    agreement_opens: bool = False

    def is_open(self, local: datetime, agreed: tuple[Span, ...]) -> bool:
        """May an attempt be made at this wall-clock instant of the borrower?"""
        clock = local.time()
        if self.agreement_opens and within(clock, agreed):
            return True
        if self.closed:
            return not within(clock, self.closed)
        return within(clock, self.weekend if local.weekday() >= SATURDAY else self.weekday)

    def edges(self) -> Iterable[time]:
        """The wall-clock times at which this rule opens or closes."""
        for start, end in (*self.closed, *self.weekday, *self.weekend):
            yield start
            yield end


def within(clock: time, spans: Iterable[Span]) -> bool:
    """Is a wall-clock time in any half-open span? A span whose end is not after its start runs past midnight."""
    return any(start <= clock < end if start < end else clock >= start or clock < end for start, end in spans)


def changes(day: date, zone: ZoneInfo, edges: Iterable[time]) -> list[datetime]:
    """The instants (UTC, ascending) of a local day at which any rule may change its mind.

    Midnight, because days are counted; every edge, twice where the clock is set back; and the moment at
    which the clock is set, because an edge inside the skipped hour opens there.
    """
    midnight, next_midnight = (_instant(each, time.min, zone, 0) for each in (day, day + timedelta(days=1)))
    if midnight.astimezone(zone).utcoffset() == next_midnight.astimezone(zone).utcoffset():
        return sorted({midnight + _since_midnight(edge) for edge in (time.min, *edges)})
    found = {_instant(day, edge, zone, fold) for edge in (time.min, *edges) for fold in (0, 1)}
    return sorted(found | {_clock_change(midnight, next_midnight, zone)})


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _instant(day: date, clock: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).replace(fold=fold).astimezone(UTC)


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second after `before` with the offset of `after`, found by halving."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
