"""Counters: how many attempts of a kind fall in a window of the borrower's calendar days.

Conversation, connected call and dial attempt are three counters: a conversation is also a connected call, and
every voice entry is also a dial. All are summed over the lender and its agencies.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from jietong.compliance.rules.facts import Entry, Facts
from jietong.compliance.rules.refusals import Refusal
from jietong.packs.queries import Rule

#: What a pack calls a counter → the outcomes that it counts (None: every entry), whether inbound counts.
COUNTED: dict[str, tuple[frozenset[str] | None, bool]] = {
    "effective_outbound_conversation": (frozenset({"conversation"}), False),
    "connected_call": (frozenset({"connected", "conversation"}), False),
    "dial_attempt": (None, False),
    "message_sent": (None, False),
    "outbound_touch": (None, False),
    "outbound_call_after_conversation": (frozenset({"conversation"}), True),
}


@dataclass(frozen=True, slots=True)
class CounterRule:
    """One cap. `days` consecutive calendar days of the borrower, today the last; 1 is the calendar day.

    limit: with this many already counted the next attempt is refused.
    channels: what is counted and what is bound; own_channel: only entries of the attempt's own channel.
    per_point: counted for one number or address at a time.
    """

    rule: Rule
    refusal: Refusal
    channels: frozenset[str]
    counts: str
    limit: int
    days: int
    own_channel: bool = False
    per_point: bool = False

    def dates(self, facts: Facts, local_dates: Sequence[date]) -> list[list[date]]:
        """The local dates that count against this attempt, ascending, a list for each contact point it might use."""
        outcomes, with_inbound = COUNTED[self.counts]
        counted = [
            (entry.contact_point, day)
            for entry, day in zip(facts.history, local_dates, strict=True)
            if (entry.channel == facts.channel if self.own_channel else entry.channel in self.channels)
            and (outcomes is None or entry.outcome in outcomes)
            and (with_inbound or not entry.inbound)
            and entry.purpose != "service"
        ]
        if not self.per_point:
            return [sorted(day for _, day in counted)]
        # An entry that does not say which number it used may have used this one, so it counts for each.
        points = {point for point, _ in counted if point is not None}
        asked: set[str | None] = {facts.contact_point} if facts.contact_point is not None else {*points} or {None}
        return [sorted(day for point, day in counted if point is None or point == each) for each in asked]

    def used(self, dates: Sequence[Sequence[date]], today: date) -> int:
        """How many count on a local day: the most of any contact point."""
        first = today - timedelta(days=self.days - 1)
        return max([bisect_right(of_point, today) - bisect_left(of_point, first) for of_point in dates])


def local_dates(history: Sequence[Entry], zone: ZoneInfo) -> list[date]:
    """The borrower's calendar date of each entry, in the same order."""
    return [entry.at.astimezone(zone).date() for entry in history]
