"""Ways to the payment channel, one adapter a file. What is unsure is said to be unsure: the caller asks again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.conf import settings

from jietong.deduction.rules.judging import Told


class NotSentError(Exception):
    """Certainly nothing has left us: no connection was made."""


class UnsureError(Exception):
    """Something may have reached the channel, or its answer cannot be read. Nobody may send the order again."""

    def __init__(self, message: str, raw: str = "") -> None:
        super().__init__(message)
        self.raw = raw


@dataclass(frozen=True, slots=True)
class Order:
    """Debit `amount_fen` under the agreement, once per key."""

    key: str
    agreement: str
    amount_fen: int
    words: str  # what stands on the borrower's statement


@dataclass(frozen=True, slots=True)
class Reply:
    """Answers as they were told (several when the channel debited more than once), and the text they came in."""

    told: tuple[Told, ...]
    raw: str


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the channel's own statement of a day; `back`: it was paid back."""

    key: str
    channel_ref: str
    amount_fen: int
    paid_at: datetime
    back: bool


class Channel(Protocol):
    def debit(self, order: Order) -> Reply: ...

    def ask(self, key: str) -> Reply: ...

    def refund(self, key: str, of_ref: str, amount_fen: int) -> str:
        """The channel's number of the refund. The same key again is the same refund. Raises as above, or ValueError
        when the channel refuses."""
        ...

    def statement(self, day: date) -> list[Movement]: ...


def connected() -> Channel | None:
    """The real-time channel that the site has set up, or None."""
    from jietong.deduction.channels.realtime import Realtime

    if not settings.DEDUCTION_CHANNEL_URL:
        return None
    return Realtime(settings.DEDUCTION_CHANNEL_URL, settings.DEDUCTION_CHANNEL_SECRET)
