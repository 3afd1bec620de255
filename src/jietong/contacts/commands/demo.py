"""The far end of the demo's channels: what arrives there is kept for the demo phone's page."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy

from django.db import transaction

from jietong.contacts.channels.demo_phone import receive


@transaction.atomic
def record_demo_mail(raw: bytes, to: str, received_at: datetime) -> None:
    """Keep a mail that the demo's SMTP server accepted. Its Message-ID makes a repeated delivery change nothing."""
    message = message_from_bytes(raw, policy=policy.default)
    part = message.get_body(preferencelist=("plain", "html"))
    body = str(part.get_content()) if part is not None else ""
    receive(
        channel="email",
        address=to,
        subject=str(message["Subject"] or ""),
        body=body.strip(),
        ref=str(message["Message-ID"] or f"mail-{received_at.timestamp()}-{to}")[:120],
        now=received_at,
    )
