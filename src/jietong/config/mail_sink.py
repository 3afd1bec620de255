"""The demo's mail server: real SMTP on the loopback address; every message lands in the demo outbox."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from aiosmtpd.smtp import SMTP, Envelope, Session
from asgiref.sync import sync_to_async

logger = logging.getLogger("jietong.mail_sink")

MESSAGE_BYTES_MAX = 10 * 1024 * 1024

#: record(raw, to=…, received_at=…) keeps one message for one receiver
Record = Callable[..., object]


class Outbox:
    """What to do with a message: record it once per receiver. A failure is told to the sender, who keeps it."""

    def __init__(self, record: Record) -> None:
        self._record = record

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        try:
            for receiver in envelope.rcpt_tos:
                await sync_to_async(self._keep, thread_sensitive=False)(raw, receiver)
        except Exception:
            logger.exception("a message could not be recorded")
            return "451 4.3.0 could not be recorded, try again"
        return "250 2.0.0 recorded"

    def _keep(self, raw: bytes, receiver: str) -> None:
        from django.db import connections

        try:
            self._record(raw, to=receiver, received_at=datetime.now(UTC))
        finally:
            connections.close_all()


async def serve(record: Record, port: int, *, host: str = "127.0.0.1") -> None:
    """Take mail until SIGTERM or SIGINT."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    session = partial(
        SMTP, Outbox(record), data_size_limit=MESSAGE_BYTES_MAX, hostname="localhost", enable_SMTPUTF8=True
    )
    server = await loop.create_server(session, host, port)
    async with server:
        logger.info("taking mail on %s:%d", host, port)
        await told.wait()


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jietong.config.settings")
    parser = argparse.ArgumentParser(prog="jietong.config.mail_sink")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    import django
    from django.utils.module_loading import import_string

    django.setup()
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # it would write every address into our log
    asyncio.run(serve(import_string("jietong.contacts.commands.record_demo_mail"), options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
