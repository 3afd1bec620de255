"""Booking what the inbox holds: one event, one transaction; what fails is tried again, then a person is called."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import DatabaseError, transaction

from jietong.connectors.commands import booking
from jietong.connectors.models import InboxEvent
from jietong.connectors.rules import backoff
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError

logger = logging.getLogger(__name__)

#: (field, code) of what may come right by itself: what is missing may be on its way
MAY_COME = frozenset(
    {("loan_ref", "unknown"), ("loan_no", "unknown"), ("receipt", "unknown"), ("borrower_no", "unknown")}
)
BATCH = 200


def process_due(*, now: datetime, limit: int = BATCH) -> int:
    """Book events whose time has come, oldest first; several workers share them. Answers how many were taken up."""
    done = 0
    while done < limit and _process_one(now=now):
        done += 1
    return done


def process_replay(*, replay_id: int, now: datetime, limit: int = BATCH) -> int:
    """Book at once what somebody has just asked to be tried again; what is over the limit the worker takes up."""
    done = 0
    while done < limit and _process_one(now=now, replay_id=replay_id):
        done += 1
    return done


@transaction.atomic
def _process_one(*, now: datetime, replay_id: int | None = None) -> bool:
    due = InboxEvent.objects.filter(state=InboxEvent.State.WAITING, next_try_at__lte=now, source__paused=False)
    if replay_id is not None:
        due = due.filter(replay=replay_id)
    event = due.select_for_update(of=("self",), skip_locked=True).select_related("source").order_by(
        "next_try_at", "pk"
    ).first()  # fmt: skip
    if event is None:
        return False
    try:
        with transaction.atomic():  # of an event that cannot be booked, nothing is
            booking.book(event, now=now)
    except InputError as error:
        _failed(event, error.field, error.code, error.message, may_come=(error.field, error.code) in MAY_COME, now=now)
    except CommandRefused as refused:
        _failed(event, "", refused.code, refused.message, may_come=False, now=now)
    except (DatabaseError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # never the error's own words: they may hold the row, and the row is a person's
        logger.error("inbox event %s: %s", event.pk, type(error).__name__)
        _failed(event, "", "unexpected", type(error).__name__, may_come=True, now=now)
    else:
        event.state, event.settled_at, event.next_try_at = InboxEvent.State.BOOKED, now, None
        event.error_field = event.error_code = event.error_detail = ""
        _save(event)
    return True


def _failed(event: InboxEvent, field: str, code: str, detail: str, *, may_come: bool, now: datetime) -> None:
    event.tries += 1
    event.error_field, event.error_code, event.error_detail = field[:80], code[:40], detail[:300]
    event.next_try_at = backoff.next_try(event.tries, now) if may_come else None
    became = booking.suspend(event, now=now) if event.next_try_at is None else ""
    if became:
        states = {"booked": InboxEvent.State.BOOKED, "waiting": InboxEvent.State.SUSPENDED}
        event.state, event.settled_at = states[became], now
    elif event.next_try_at is None:
        event.state = InboxEvent.State.DEAD
        journal.record(
            "connectors.dead_letter",
            subject=f"inbox:{event.pk}",
            actor=f"link:{event.source.code}"[:60],
            at=now,
            data={"source": event.source.code, "kind": event.kind, "field": field, "code": code},
        )
    _save(event)


def _save(event: InboxEvent) -> None:
    fields = ["state", "tries", "next_try_at", "settled_at", "error_field", "error_code", "error_detail"]
    event.save(update_fields=fields)
