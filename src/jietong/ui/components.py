"""What the shared components are told: plain values, made by the rooms above from their own queries.

Money is whole fen, instants are UTC-aware. A tag accepts one of these, or a dict of the same fields.
Texts arrive already in words (translated by the room that knows them).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Tone = Literal["", "accent", "good", "warn", "bad", "info"]
PromiseState = Literal["queued", "offered", "owned", "callback", "your_turn", "settled"]


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Owner, time and next step of one open matter: what the borrower and the specialist both see.

    owner_name: as the reader may know it (王专员 0372, or a queue: 贷后二组). owner_role: one line below it.
    estimate_low_at/estimate_high_at: the conservative band of the wait, both or neither.
    busy: what the owner does meanwhile. takeover: who takes over when reply_by_at passes. missed: it has passed.
    """

    owner_name: str
    owner_role: str
    reply_by_at: datetime
    next_step: str
    state: PromiseState = "queued"
    estimate_low_at: datetime | None = None
    estimate_high_at: datetime | None = None
    takeover: str | None = None
    missed: bool = False
    busy: str | None = None
    seen_by_borrower: bool = True

    def __post_init__(self) -> None:
        if self.reply_by_at.tzinfo is None:
            raise ValueError("reply_by_at needs a zone")
        if (self.estimate_low_at is None) != (self.estimate_high_at is None):
            raise ValueError("an estimate is a band: both ends or neither")


@dataclass(frozen=True)
class WaitAxis:
    """Where the band lies between now (0) and the latest time (100), in whole percent of the axis."""

    start: int
    width: int

    @property
    def centre(self) -> int:
        return self.start + self.width // 2


def wait_axis(promise: Promise, now: datetime) -> WaitAxis | None:
    """The borrower's wait axis, or None when there is no band to draw or nothing left of it."""
    low, high, latest = promise.estimate_low_at, promise.estimate_high_at, promise.reply_by_at
    whole = (latest - now).total_seconds()
    if low is None or high is None or promise.missed or whole <= 0:
        return None
    first, last = (min(1.0, max(0.0, (at - now).total_seconds() / whole)) for at in (low, high))
    start = min(92, round(first * 100))
    return WaitAxis(start, max(8, min(100 - start, round((last - first) * 100))))


@dataclass(frozen=True)
class Factor:
    """One reason of an urgency or a score, in words, with its points; the points of all factors add up to the score."""

    label: str
    points: int


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A contact shown to one specialist for the length of a lease."""

    urgency: str
    borrower: str
    channel: str
    channel_icon: str
    waiting_since_at: datetime
    guarantee: str
    factors: tuple[Factor, ...]
    why_you: str
    lease_ends_at: datetime
    lease_seconds: int
    accept_url: str
    decline_url: str

    @property
    def score(self) -> int:
        return sum(factor.points for factor in self.factors)


@dataclass(frozen=True)
class FigurePart:
    label: str
    amount_fen: int


@dataclass(frozen=True, kw_only=True)
class Figure:
    """An amount with the parts that make it up. Raises ValueError when the parts do not add up to the fen."""

    title: str
    amount_fen: int
    as_of_at: datetime
    parts: tuple[FigurePart, ...] = ()
    tag: str = ""
    tag_tone: Tone = "warn"
    how_url: str = ""

    def __post_init__(self) -> None:
        if self.parts and sum(part.amount_fen for part in self.parts) != self.amount_fen:
            raise ValueError(f"{self.title}: the parts do not add up to {self.amount_fen} fen")


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """From the due date over today to the next due date. reason: one plain reason to act before that."""

    due_on: date
    today: date
    next_due_on: date
    due_label: str
    next_label: str
    reason: str = ""

    @property
    def today_percent(self) -> int:
        """How far along the way today lies, 0 to 100; kept off both ends so that its mark stays readable."""
        whole = max(1, (self.next_due_on - self.due_on).days)
        return min(92, max(8, round(100 * (self.today - self.due_on).days / whole)))


@dataclass(frozen=True, kw_only=True)
class ContactRule:
    """One channel now: allowed with the count used, or refused with the named reason and what to do instead."""

    channel: str
    icon: str
    allowed: bool
    note: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One thing that happened. outcome: its result in a word or two, with a tone."""

    at: datetime
    icon: str
    title: str
    detail: str = ""
    outcome: str = ""
    tone: Tone = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """One message. mine: written by the reader's side. machine: made by the assistant, and labelled as such."""

    body: str
    at: datetime
    mine: bool = False
    author: str = ""
    machine: bool = False
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class Instalment:
    """One instalment of a schedule. late: it was paid after its date."""

    number: int
    due_on: date
    principal_fen: int
    interest_fen: int
    state: Literal["paid", "overdue", "open"]
    paid_fen: int = 0
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Days past due on the ladder of buckets. next_step: when the next one is entered (11-27 进入 M2)."""

    dpd: int
    next_step: str = ""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One kind of thing: contacts dots, attempts triangles, refusals crosses, promises bars, money diamonds."""

    label: str
    shape: Literal["dot", "triangle", "cross", "bar", "diamond"]
    at: tuple[datetime, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lanes:
    """What happened between two instants, lane by lane. late_since_at: from when the ground is tinted as overdue."""

    start_at: datetime
    end_at: datetime
    lanes: tuple[Lane, ...]
    late_since_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How far a figure can be trusted. words: what it agrees with (与核心一致; 与账本相符，差 ¥0.00)."""

    as_of_at: datetime
    state: Literal["ok", "stale", "failed", "offline", "down"] = "ok"  # down: the lender's core cannot be reached
    words: str = ""
