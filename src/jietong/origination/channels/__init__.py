"""The channel that moves money to and from borrowers: one small interface, one adapter a file.

`send` and `pull` hand over an order once; `ask` wants to know what became of a key. A channel that says nothing raises
ChannelSilence: whether the money moved is unknown then, and is asked, never sent again. Money in fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class ChannelSilence(Exception):  # noqa: N818  # an answer that did not come
    """Nothing was heard: the order may have arrived or not."""


@dataclass(frozen=True, slots=True)
class Order:
    """key: once for ever. card_number: plain, for the channel only; it is in no log."""

    key: str
    amount_fen: int
    card_number: str
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """state: succeeded, failed, pending, unknown or never_seen. reason: a name when it failed."""

    state: str
    reference: str = ""
    reason: str = ""
    paid_at: datetime | None = None


class PayoutChannel(Protocol):
    def send(self, order: Order, *, now: datetime) -> Answer:
        """Pay out. Raises ChannelSilence."""
        ...

    def pull(self, order: Order, *, now: datetime) -> Answer:
        """Take money back from the card to which it was paid, as the borrower asked. Raises ChannelSilence."""
        ...

    def ask(self, key: str, *, now: datetime) -> Answer:
        """What became of an order. Raises ChannelSilence."""
        ...


@lru_cache(maxsize=1)
def channel() -> PayoutChannel:
    """The site's channel, from the setting ORIGINATION_CHANNEL (dotted path of a class)."""
    made: PayoutChannel = import_string(settings.ORIGINATION_CHANNEL)()
    return made
