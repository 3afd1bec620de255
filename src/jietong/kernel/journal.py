"""The journal: news written with the change it tells of, delivered upward by the worker and live to open pages.

`record` inserts the event, queues one job per handler that `config/wiring.py` names for its kind (on the same
connection, hence in the same transaction: an outbox), and NOTIFYs the live listeners, who hear it at commit.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from jietong.kernel.models import Event

log = logging.getLogger(__name__)

CHANNEL = "jietong_live"
DELIVER_MANY = "kernel.deliver_many"
EVENTS_A_JOB = 200
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


@dataclass(frozen=True, slots=True)
class Told:
    """One event of many of the same kind: what `record` takes of it."""

    subject: str
    borrower_id: int | None
    data: dict[str, Any]


def record_many(kind: str, told: Sequence[Told], *, actor: str, at: datetime) -> None:
    """Write events of one kind inside the caller's transaction: the same as `record` for each, in a few statements.

    Handlers hear each event on its own, but a job carries some hundreds of them.
    """
    if not told:
        return
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"journal events {kind} outside a transaction")
    events = Event.objects.bulk_create(
        [Event(kind=kind, subject=t.subject, actor=actor, at=at, borrower_id=t.borrower_id, data=t.data) for t in told],
        batch_size=2000,
    )
    for handler in wiring().get(kind, ()):
        for start in range(0, len(events), EVENTS_A_JOB):
            seqs: list[JSONValue] = [event.seq for event in events[start : start + EVENTS_A_JOB]]
            app.configure_task(DELIVER_MANY).defer(handler=handler, seqs=seqs)
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def deliver_many_now(*, handler: str, seqs: Sequence[int]) -> None:
    """Call one handler with some events, each in its own transaction; one that fails is queued alone, to be retried."""
    for seq in seqs:
        try:
            deliver_now(handler=handler, seq=seq)
        except OperationalError:
            raise  # the database, not the event: the whole job is tried again, handlers may be called twice
        except Exception:
            log.exception("event %s was not taken by %s", seq, handler)
            app.configure_task(DELIVER).defer(handler=handler, seq=seq)


def deliver_now(*, handler: str, seq: int) -> None:
    """Call one handler with one event, in one transaction. Handlers may be called twice and must not mind."""
    call = import_string(handler)
    with transaction.atomic():
        call(Event.objects.get(seq=seq))
