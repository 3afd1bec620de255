"""May we debit now? One pure decision on facts gathered under the borrower's lock, at the moment of sending."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from jietong.deduction.rules.policy import Policy
from jietong.deduction.rules.refusals import Refusal

#: refusals that only mean "not yet": the planned debit waits for the time given
NOT_YET = frozenset({Refusal.OUTSIDE_HOURS, Refusal.CHANNEL_NOT_SET})


@dataclass(frozen=True, slots=True)
class Facts:
    """flags: all that is set about the borrower; due_fen: owed and due at `now`, nothing of it in flight.

    attempts: debits of this loan claimed on the same local day; usable: mandates that could take anything.
    """

    now: datetime
    zone: ZoneInfo
    expires_at: datetime
    flags: frozenset[str]
    due_fen: int
    attempts: int
    usable: int
    channel_is_set: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """refusal None: go. `because`: the flag behind it; `again_at`: when the hours open again, for "not yet"."""

    refusal: Refusal | None
    because: str = ""
    again_at: datetime | None = None


def may_debit(facts: Facts, policy: Policy | None) -> Verdict:
    """The gravest refusal that holds, or none. Without a policy, or with a flag that it cannot judge: no."""
    if policy is None:
        return Verdict(Refusal.CANNOT_EVALUATE, "policy")
    stopped = stopped_by(facts.flags, policy)
    if stopped.refusal is not None:
        return stopped
    if facts.due_fen < policy.smallest_fen:
        return Verdict(Refusal.NOTHING_DUE)
    if facts.usable == 0:
        return Verdict(Refusal.NO_MANDATE)
    if facts.now >= facts.expires_at:
        return Verdict(Refusal.EXPIRED)
    if facts.attempts >= policy.attempts_a_day:
        return Verdict(Refusal.ATTEMPTS_USED)
    again_at = opening(facts.now, policy, facts.zone)
    if again_at > facts.now:
        return Verdict(Refusal.OUTSIDE_HOURS, again_at=again_at)
    if not facts.channel_is_set:
        return Verdict(Refusal.CHANNEL_NOT_SET, again_at=facts.now + timedelta(minutes=10))
    return Verdict(None)


def stopped_by(flags: Iterable[str], policy: Policy) -> Verdict:
    """What the flags alone refuse, the gravest first; a flag in no list cannot be judged and refuses too."""
    found: list[tuple[int, Refusal, str]] = []
    order = list(Refusal)
    for flag in sorted(flags):
        refusal = policy.flags.get(flag, Refusal.CANNOT_EVALUATE)
        if refusal is not None:
            found.append((order.index(refusal), refusal, flag))
    if not found:
        return Verdict(None)
    _, refusal, flag = min(found)
    return Verdict(refusal, flag)


def opening(at: datetime, policy: Policy, zone: ZoneInfo) -> datetime:
    """The first instant from `at` on at which debits may be made; `at` itself within the hours."""
    local = at.astimezone(zone)
    if local.time() < policy.opens:
        return _on(local, policy.opens, zone)
    if local.time() >= policy.closes:
        return _on(local + timedelta(days=1), policy.opens, zone)
    return at


def next_try(at: datetime, *, same_card: bool, policy: Policy, zone: ZoneInfo) -> datetime | None:
    """When to try again after a failure at `at`: today within the hours, or None for not today any more."""
    then = at + (policy.rest_same_card if same_card else policy.rest_next_card)
    local, day = then.astimezone(zone), at.astimezone(zone).date()
    if local.date() != day or local.time() >= policy.closes:
        return None
    return max(then, _on(local, policy.opens, zone))


def _on(day: datetime, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day.astimezone(zone).date(), clock, zone).astimezone(day.tzinfo)
