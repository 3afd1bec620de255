"""What the decision is told. It fetches nothing: whoever asks has gathered these facts in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

CHANNELS = ("voice", "sms", "email", "app", "wechat", "letter", "visit")
PURPOSES = ("collection", "reminder", "service")
PARTIES = ("borrower", "guarantor", "third_party")
OUTCOMES = ("dialled", "connected", "conversation", "sent")

#: the creditor of an open loan has changed and the borrower was not told yet
TRANSFER_UNTOLD = "debt_transfer_not_told"

YEAR_MIN, YEAR_MAX = 1971, 2199  # beyond these a date is a typing error, and date arithmetic may overflow

#: Half-open span of wall-clock time [from, to); to <= from runs past midnight; time.min as `to` is 24:00.
Span = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Entry:
    """One earlier attempt, by the lender or any agency (`by` tells whom, all are summed).

    at: aware instant. contact_point: number or address; None is "not known which" and counts for every point.
    inbound: the borrower reached us; not counted, but a conversation starts the US seven days.
    purpose ``service`` is not counted: answering a borrower uses up no collection attempt.
    """

    at: datetime
    channel: str
    outcome: str
    by: str = "lender"
    contact_point: str | None = None
    inbound: bool = False
    purpose: str = "collection"


@dataclass(frozen=True, slots=True)
class Facts:
    """One attempt that somebody wants to make, and what is known.

    now: aware instant of the attempt. time_zone: the borrower's, IANA; "" takes the pack's, if it has one.
    agreed_hours: spans of the borrower's wall clock that the borrower agreed to; they open closed hours.
    inconvenient_hours: spans that the borrower asked us to avoid. flags: stop reasons and gate facts by name.
    policy: False, only hard rules decide; True, our own defaults too.
    """

    channel: str
    purpose: str
    party: str
    now: datetime
    time_zone: str = ""
    agreed_hours: tuple[Span, ...] = ()
    inconvenient_hours: tuple[Span, ...] = ()
    flags: frozenset[str] = frozenset()
    history: tuple[Entry, ...] = ()
    policy: bool = False
    contact_point: str | None = None


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, None when there is no such zone."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # unknown; not a name at all ("../x"); a folder ("Asia")
        return None


def flaw(facts: Facts) -> str | None:
    """The name of the first field that cannot be used, None when every field can."""
    for field, value, known in (
        ("channel", facts.channel, CHANNELS),
        ("purpose", facts.purpose, PURPOSES),
        ("party", facts.party, PARTIES),
    ):
        if value not in known:
            return field
    if not usable(facts.now):
        return "now"
    for place, entry in enumerate(facts.history):
        if entry.channel not in CHANNELS or entry.outcome not in OUTCOMES or not usable(entry.at):
            return f"history.{place}"
    return None


def usable(moment: datetime) -> bool:
    """An instant that has a zone and lies in a year that we believe."""
    return moment.tzinfo is not None and moment.utcoffset() is not None and YEAR_MIN <= moment.year <= YEAR_MAX
