"""Ways out, one adapter a file. An adapter sends one message and answers nothing, or says why it could not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings


class ChannelError(Exception):
    """The provider did not take the message; the text says why, for the person who has to mend it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message. `ref` is the idempotency key towards the provider; `shown` is the masked address."""

    ref: str
    channel: str
    address: str
    shown: str
    subject: str
    body: str


class Channel(Protocol):
    def send(self, message: Outgoing, *, now: datetime) -> None: ...


def channel_for(name: str) -> Channel:
    """The adapter in use. Raises ChannelError when the site has none for this channel."""
    from jietong.contacts.channels import demo_phone, email

    if name == "email":
        return email.Smtp()
    if settings.DEMO and name in {"sms", "app", "wechat"}:
        return demo_phone.DemoPhone()
    raise ChannelError(f"no provider is set up for {name}")
