"""The demo's SMS and push provider: every message lands on the demo phone's page, once per reference."""

from __future__ import annotations

from datetime import datetime

from jietong.contacts.channels import Outgoing
from jietong.contacts.models import DemoMessage
from jietong.kernel import sealing


class DemoPhone:
    def send(self, message: Outgoing, *, now: datetime) -> None:
        receive(
            channel=message.channel,
            address=message.address,
            shown=message.shown,
            subject=message.subject,
            body=message.body,
            ref=message.ref,
            now=now,
        )


def receive(
    *, channel: str, address: str, subject: str, body: str, ref: str, now: datetime, shown: str | None = None
) -> None:
    """Keep what arrived; the address only as its blind index and masked."""
    DemoMessage.objects.get_or_create(
        provider_ref=ref,
        defaults={
            "at": now,
            "channel": channel,
            "address_index": sealing.blind_index(address, "reach"),
            "address": shown or masked(address),
            "subject": subject,
            "body": body,
        },
    )


def masked(address: str) -> str:
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{address[:3]}****{address[-4:]}" if len(address) >= 8 else "****"
