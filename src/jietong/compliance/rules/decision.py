"""May we make this attempt now? One pure decision for screens, jobs, agencies, the simulator and the command line.

Which rules bind which purpose:
- ``collection`` and ``reminder``: all. That reminders keep quiet hours is the cautious reading in the reference.
- ``service`` (what the borrower asked for: a one-time code, an answer, a call-back): hours and counters bind
  collection and do not hold it up; of the stop reasons those that name ``service`` bind (deceased, wrong person).
- A third party asked for nothing, so towards it every purpose is bound by everything.
What cannot be evaluated is refused, never allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jietong.compliance.rules.compiled import Compiled, Stop, compiled
from jietong.compliance.rules.counters import CounterRule, local_dates
from jietong.compliance.rules.facts import CHANNELS, Facts, Span, flaw, zone_of
from jietong.compliance.rules.hours import HoursRule, changes, within
from jietong.compliance.rules.refusals import Refusal
from jietong.kernel.errors import InputError
from jietong.packs.queries import Pack, Rule

SPARE_DAYS = 9  # beyond the last counted day: a weekend, a clock change, and then hours that never open
SEARCH_DAYS_MAX = 400


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. When refused: `refusal`, and the id, source and strength of the rule that refuses.

    retry_at: the first instant (UTC) at which the same attempt with the same history would be allowed, all
    rules together; None when time alone never heals it. used/limit: of the counter that refuses, or, when
    allowed, of the counter with the least room left; None when no counter is concerned.
    """

    allowed: bool
    refusal: Refusal | None = None
    rule: str | None = None
    source: str | None = None
    strength: str | None = None
    retry_at: datetime | None = None
    used: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Timed:
    """The rules that time can heal, made ready for one attempt."""

    zone: ZoneInfo
    agreed: tuple[Span, ...]
    inconvenient: tuple[Span, ...]
    inconvenient_rule: Rule | None
    hours: tuple[HoursRule, ...]
    counters: tuple[tuple[CounterRule, list[list[date]]], ...]

    def refusal_at(self, moment: datetime) -> tuple[Refusal, Rule, CounterRule | None, int] | None:
        """The gravest rule that refuses at an instant, with the count used; None when all agree."""
        local = moment.astimezone(self.zone)
        found: list[tuple[Refusal, Rule, CounterRule | None, int]] = [
            (each.refusal, each.rule, None, 0) for each in self.hours if not each.is_open(local, self.agreed)
        ]
        if self.inconvenient_rule is not None and within(local.time(), self.inconvenient):
            found.append((Refusal.INCONVENIENT_HOURS, self.inconvenient_rule, None, 0))
        for counter, dates in self.counters:
            used = counter.used(dates, local.date())
            if used >= counter.limit:
                found.append((counter.refusal, counter.rule, counter, used))
        return min(found, key=lambda each: each[0].gravity, default=None)

    def first_allowed_after(self, moment: datetime) -> datetime | None:
        """Search forward over every instant at which a rule may change its mind."""
        edges = {edge for each in self.hours for edge in each.edges()}
        edges.update(edge for span in (*self.agreed, *self.inconvenient) for edge in span)
        today = moment.astimezone(self.zone).date()
        ends = [day + timedelta(days=counter.days) for counter, dates in self.counters for of in dates for day in of]
        days = min((max(ends, default=today) - today).days, SEARCH_DAYS_MAX)
        for offset in range(max(days, 0) + SPARE_DAYS):
            day = today + timedelta(days=offset)
            if any(counter.used(dates, day) >= counter.limit for counter, dates in self.counters):
                continue  # counters go by the day, so no hour of this one will do
            for candidate in changes(day, self.zone, edges):
                if candidate > moment and self.refusal_at(candidate) is None:
                    return candidate
        return None


def decide(facts: Facts, pack: Pack) -> Decision:
    """Decide one attempt. Total: facts or a pack that cannot be evaluated are refused as ``rules_not_evaluable``."""
    zone = zone_of(facts.time_zone or pack.time_zone)
    unusable = flaw(facts) or ("time_zone" if zone is None else None)
    if unusable is not None or zone is None:
        return _not_evaluable(f"the fact {unusable!r} is missing or unknown")
    try:
        rules = compiled(pack)
    except InputError as error:
        return _not_evaluable(str(error))
    stopped = _stop(facts, rules)
    if stopped is not None:
        refusal, rule = stopped
        return Decision(False, refusal, rule.id, rule.source, rule.strength)
    timed = _timed(facts, rules, zone)
    failing = timed.refusal_at(facts.now)
    if failing is None:
        used, limit = _least_room(timed, facts.now)
        return Decision(True, used=used, limit=limit)
    refusal, rule, counter, used_up = failing
    return Decision(
        allowed=False,
        refusal=refusal,
        rule=rule.id,
        source=rule.source,
        strength=rule.strength,
        retry_at=timed.first_allowed_after(facts.now.astimezone(UTC)),
        used=used_up if counter else None,
        limit=counter.limit if counter else None,
    )


def decide_all(facts: Facts, pack: Pack, channels: Sequence[str] = CHANNELS) -> dict[str, Decision]:
    """The same attempt on each channel, for the desk's contact-rule tiles: channel → Decision, in the order asked."""
    return {channel: decide(replace(facts, channel=channel), pack) for channel in channels}


@dataclass(frozen=True, slots=True)
class Count:
    """One counter as a person reads it: `used` of `limit` in the last `days` calendar days (1: today)."""

    rule: str
    counts: str
    used: int
    limit: int
    days: int
    strength: str


def counts(facts: Facts, pack: Pack) -> list[Count]:
    """Every counter that binds this attempt, with what is used of it now. Raises InputError for unusable facts."""
    zone = zone_of(facts.time_zone or pack.time_zone)
    unusable = flaw(facts) or ("time_zone" if zone is None else None)
    if unusable is not None or zone is None:
        raise InputError(str(unusable), "not_evaluable", "the counters need this fact")
    today = facts.now.astimezone(zone).date()
    return [
        Count(each.rule.id, each.counts, each.used(dates, today), each.limit, each.days, each.rule.strength)
        for each, dates in _timed(facts, compiled(pack), zone).counters
    ]


def known_flags(pack: Pack) -> frozenset[str]:
    """Every flag that this pack understands; any other is refused. Raises InputError for a pack not understood."""
    return compiled(pack).known_flags


def _stop(facts: Facts, rules: Compiled) -> tuple[Refusal, Rule] | None:
    found: list[tuple[Refusal, Rule]] = []
    for stop in rules.stops:
        if facts.party in stop.parties and facts.purpose in stop.purposes and _stated(facts, stop):
            found.append((stop.refusal, stop.rule))
            break  # they are in order of gravity
    if facts.party == "third_party" and not facts.flags & rules.gate_facts:
        found.append((Refusal.NO_GATE_FOR_THIRD_PARTY, rules.gate))
    if not facts.flags <= rules.known_flags:
        found.append((Refusal.RULES_NOT_EVALUABLE, rules.unrecognised))
    return min(found, key=lambda each: each[0].gravity, default=None)


def _stated(facts: Facts, stop: Stop) -> bool:
    return bool(facts.flags & stop.flags) or any(stop.channel_flags.get(flag) == facts.channel for flag in facts.flags)


def _timed(facts: Facts, rules: Compiled, zone: ZoneInfo) -> _Timed:
    bound = facts.purpose != "service" or facts.party == "third_party"
    asked = [
        each
        for each in rules.timed
        if bound and facts.channel in each.channels and (facts.policy or each.rule.strength == "hard")
    ]
    dates = local_dates(facts.history, zone)
    avoid = rules.inconvenient
    return _Timed(
        zone=zone,
        agreed=facts.agreed_hours,
        inconvenient=facts.inconvenient_hours,
        inconvenient_rule=avoid if avoid and bound and (facts.policy or avoid.strength == "hard") else None,
        hours=tuple(each for each in asked if isinstance(each, HoursRule)),
        counters=tuple((each, each.dates(facts, dates)) for each in asked if isinstance(each, CounterRule)),
    )


def _least_room(timed: _Timed, now: datetime) -> tuple[int | None, int | None]:
    today = now.astimezone(timed.zone).date()
    rooms = [(each.limit - used, used, each.limit) for each, d in timed.counters for used in [each.used(d, today)]]
    return min(rooms)[1:] if rooms else (None, None)


def _not_evaluable(why: str) -> Decision:
    return Decision(False, Refusal.RULES_NOT_EVALUABLE, source=why, strength="hard")


def parse_clock(text: str) -> time:
    """A wall-clock time "HH:MM" or "HH:MM:SS"; "24:00" is the end of the day. Raises ValueError."""
    if text in {"24:00", "24:00:00"}:
        return time.min
    clock = time.fromisoformat(text)
    if clock.tzinfo is not None or len(text) < len("HH:MM"):
        raise ValueError(f"{text!r} is no wall-clock time")
    return clock
