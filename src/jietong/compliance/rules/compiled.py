"""A rule pack as the decision needs it: parsed once per pack. What cannot be understood is refused, never skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from typing import Any

from jietong.compliance.rules.counters import COUNTED, CounterRule
from jietong.compliance.rules.facts import CHANNELS, PARTIES, PURPOSES, TRANSFER_UNTOLD, Span
from jietong.compliance.rules.hours import HoursRule
from jietong.compliance.rules.refusals import Refusal
from jietong.kernel.errors import InputError
from jietong.packs.queries import Pack, Rule

#: Our channel → the names a pack may use for it. A pack may be finer (a bot's voice, a letter delivered the same
#: day); since the attempt does not say which it is, every rule on any of them binds: the cautious reading.
FAMILY: dict[str, frozenset[str]] = {
    "voice": frozenset({"voice", "voice_bot", "voice_notice"}),
    "sms": frozenset({"sms"}),
    "email": frozenset({"email"}),
    "app": frozenset({"app", "app_push", "push"}),
    "wechat": frozenset({"wechat"}),
    "letter": frozenset({"letter", "letter_same_day"}),
    "visit": frozenset({"visit"}),
}
ANY = frozenset({"*", "any_attempt"})

CAPS = {
    ("outbound_call_after_conversation", False): Refusal.AFTER_CONVERSATION,
    ("effective_outbound_conversation", True): Refusal.CONVERSATION_CAP,
    ("connected_call", True): Refusal.CONNECTED_CAP,
    ("dial_attempt", True): Refusal.DIAL_CAP,
    ("dial_attempt", False): Refusal.WEEKLY_DIAL_CAP,
    ("message_sent", True): Refusal.MESSAGE_CAP,
    ("outbound_touch", False): Refusal.WEEKLY_TOUCH_CAP,
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop reason. `flags` name it; `channel_flags` name it for one channel only ("opted_out:sms")."""

    rule: Rule
    refusal: Refusal
    flags: frozenset[str]
    channel_flags: Mapping[str, str]
    purposes: frozenset[str]
    parties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The contact rules of one pack. stops, and timed (hours and counters): gravest first.

    gate_facts: the flags that open the gate to a third party. known_flags: all others are refused.
    inconvenient: the rule that makes us honour inconvenient times, if the pack has one.
    """

    stops: tuple[Stop, ...]
    timed: tuple[HoursRule | CounterRule, ...]
    gate: Rule
    gate_facts: frozenset[str]
    unrecognised: Rule
    known_flags: frozenset[str]
    inconvenient: Rule | None


@lru_cache(maxsize=32)
def compiled(pack: Pack) -> Compiled:
    """Read the contact rules of a pack. Raises InputError naming the rule that the engine does not understand."""
    stops = tuple(sorted([*_stops(pack), *_notice_stops(pack)], key=lambda stop: stop.refusal.gravity))
    unrecognised = _only(pack, "stop_reasons", "known_facts")
    gate = _only(pack, "third_party", "allowed_only_if_any")
    opens = frozenset(gate.value["allowed_only_if_any"])
    # The same fact under another name opens the same gate: `deceased` is `debtor_deceased`.
    for stop in stops:
        opens |= stop.flags if stop.flags & opens else frozenset()
    known = opens | frozenset(unrecognised.value["known_facts"]) | {TRANSFER_UNTOLD}
    known = known.union(*(stop.flags | stop.channel_flags.keys() for stop in stops))
    timed: list[HoursRule | CounterRule] = [*_hours(pack)]
    timed += [_counter(rule) for rule in pack.of_kind("frequency_caps")]
    timed.sort(key=lambda rule: rule.refusal.gravity)
    return Compiled(stops, tuple(timed), gate, opens, unrecognised, known, _inconvenient(pack))


def _stops(pack: Pack) -> list[Stop]:
    stops = []
    for rule in pack.of_kind("stop_reasons"):
        value = rule.value
        if "flags" not in value:
            continue  # the rule on unrecognised flags
        where = f"{pack.name}: {rule.id}"
        if value.get("refusal") not in list(Refusal):
            raise InputError(f"{where}.refusal", "unknown", f"{value.get('refusal')!r} is no refusal we know")
        if not set(value["purposes"]) <= set(PURPOSES) or not set(value["parties"]) <= set(PARTIES):
            raise InputError(where, "unknown", "a purpose or party of this rule is unknown")
        names = value["flags"] if value.get("per_channel") else []
        channel_flags = {f"{name}{mark}{channel}": channel for name in names for mark in ":_." for channel in CHANNELS}
        cited = pack.rules[value["basis"]] if value.get("basis") in pack.rules else rule
        stops.append(
            Stop(
                rule=cited,
                refusal=Refusal(value["refusal"]),
                flags=frozenset(value["flags"]),
                channel_flags=channel_flags,
                purposes=frozenset(value["purposes"]),
                parties=frozenset(value["parties"]),
            )
        )
    return stops


def _notice_stops(pack: Pack) -> list[Stop]:
    """A debt that has changed hands is not collected before its debtor was told so; the notice itself is a service."""
    return [
        Stop(
            rule=rule,
            refusal=Refusal.TRANSFER_NOT_TOLD,
            flags=frozenset({TRANSFER_UNTOLD}),
            channel_flags={},
            purposes=frozenset({"collection", "reminder"}),
            parties=frozenset({"borrower", "guarantor"}),
        )
        for rule in pack.of_kind("identity_and_disclosure")
        if rule.value.get("require_event") == "borrower_notified_of_debt_transfer"
    ]


def _hours(pack: Pack) -> list[HoursRule]:
    rules = [rule for rule in pack.of_kind("contact_hours") if "deny" in rule.value or "allow" in rule.value]
    overridden = {key for rule in pack.of_kind("contact_hours") for key in rule.value.get("overrides", [])}
    hours = []
    for rule in rules:
        value, hard = rule.value, rule.strength == "hard"
        weekday = _spans(value.get("allow", []), rule.id)
        hours.append(
            HoursRule(
                rule=rule,
                refusal=Refusal.QUIET_HOURS if hard else Refusal.OUTSIDE_PREFERRED_HOURS,
                channels=_channels(value.get("applies_to", ["*"]), rule.id),
                closed=_spans(value.get("deny", []), rule.id),
                weekday=weekday,
                weekend=_spans(value["weekends"], rule.id) if "weekends" in value else weekday,
                # What the borrower agreed to also beats our own preference for civil hours.
                agreement_opens="override" in value or rule.id in overridden or not hard,
            )
        )
    return hours


def _counter(rule: Rule) -> CounterRule:
    value, window = rule.value, rule.value["window"]
    counts = value.get("counts", "message_sent")
    daily = window["type"] == "calendar_day"
    if window["type"] not in {"calendar_day", "rolling_days"} or counts not in COUNTED or (counts, daily) not in CAPS:
        raise InputError(f"{rule.id}.counts", "unknown", f"cannot count {counts!r} by {window['type']!r}")
    scope = value["scope"].split("+")
    return CounterRule(
        rule=rule,
        refusal=CAPS[counts, daily],
        channels=_channels(value["channels"], rule.id),
        counts=counts,
        # "None after a conversation" (max 0) is refused by the first conversation in the window.
        limit=max(int(value["max"]), 1) if counts == "outbound_call_after_conversation" else int(value["max"]),
        days=1 if daily else int(window["n"]),
        own_channel="channel" in scope,
        per_point="contact_point" in scope,
    )


def _channels(names: list[str], rule_id: str) -> frozenset[str]:
    stranger = set(names) - ANY - frozenset().union(*FAMILY.values())
    if stranger:
        raise InputError(f"{rule_id}.channels", "unknown", f"unknown channels {sorted(stranger)}")
    return frozenset(channel for channel, family in FAMILY.items() if set(names) & (family | ANY))


def _spans(pairs: list[Any], rule_id: str) -> tuple[Span, ...]:
    try:
        return tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in pairs)
    except (TypeError, ValueError) as error:
        raise InputError(f"{rule_id}.value", "not_a_span", str(error)) from error


def _only(pack: Pack, kind: str, key: str) -> Rule:
    for rule in pack.of_kind(kind):
        if key in rule.value:
            return rule
    raise InputError(f"{pack.name}: {kind}", "missing", f"the pack has no rule with {key}")


def _inconvenient(pack: Pack) -> Rule | None:
    keys = {"honour_known_inconvenient_time_and_place", "honour_borrower_inconvenient_times"}
    return next((rule for rule in pack.of_kind("contact_hours") if keys & rule.value.keys()), None)
