"""The journal: news written with the change it tells of, delivered upward by the worker and live to open pages.

`record` inserts the event, queues one job per handler that `config/wiring.py` names for its kind (on the same
connection, hence in the same transaction: an outbox), and NOTIFYs the live listeners, who hear it at commit.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app

from jietong.kernel.models import Event

CHANNEL = "jietong_live"
DELIVER = "kernel.deliver"  # the job's name: kernel/tasks.py is one line that calls back here


@lru_cache(maxsize=1)
def wiring() -> dict[str, tuple[str, ...]]:
    """kind → dotted paths of the handlers; the upper rooms are named only in config/wiring.py."""
    table: dict[str, tuple[str, ...]] = import_string(settings.JIETONG_WIRING)
    return table


def record(
    kind: str,
    *,
    subject: str,
    actor: str,
    at: datetime,
    borrower_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Write one event inside the caller's transaction. Raises if there is none: news without its change is a lie."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"journal event {kind} outside a transaction")
    event = Event.objects.create(
        kind=kind, subject=subject, actor=actor, at=at, borrower_id=borrower_id, data=data or {}
    )
    for handler in wiring().get(kind, ()):
        app.configure_task(DELIVER).defer(handler=handler, seq=event.seq)
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")  # no payload: listeners read the rows; duplicates fold into one
    return event


def deliver_now(*, handler: str, seq: int) -> None:
    """Call one handler with one event, in one transaction. Handlers may be called twice and must not mind."""
    call = import_string(handler)
    with transaction.atomic():
        call(Event.objects.get(seq=seq))
