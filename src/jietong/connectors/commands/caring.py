"""What a person does about the links and about what could not be booked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jietong.connectors.models import InboxEvent, Source
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError

DEAD = InboxEvent.State.DEAD


@transaction.atomic
def replay(*, event_id: int, actor: str, now: datetime) -> InboxEvent:
    """Try a dead letter once more, from its first try on. Raises CommandRefused `not_dead` for anything else."""
    event = _dead(event_id)
    _again(event, now=now)
    _note("connectors.replayed", event, actor=actor, now=now)
    return event


@transaction.atomic
def replay_all(*, code: str, kind: str, error_code: str, actor: str, now: datetime) -> int:
    """Try all dead letters of one link with the same kind and reason once more. Answers how many."""
    dead = InboxEvent.objects.select_for_update().filter(
        source__code=code, kind=kind, error_code=error_code, state=DEAD
    )
    events = list(dead.order_by("pk"))
    for event in events:
        _again(event, now=now)
        _note("connectors.replayed", event, actor=actor, now=now)
    return len(events)


def _again(event: InboxEvent, *, now: datetime) -> None:
    if event.error_code == "id_reused":
        raise CommandRefused("id_reused", "its number belongs to another event: the core has to send it anew")
    event.state, event.next_try_at, event.tries = InboxEvent.State.WAITING, now, 0
    event.save(update_fields=["state", "next_try_at", "tries"])


@transaction.atomic
def dismiss(*, event_id: int, note: str, actor: str, now: datetime) -> InboxEvent:
    """Close a dead letter that a person has dealt with otherwise; it stays, with the reason."""
    note = note.strip()
    if not note:
        raise InputError("note", "missing", "say what was done about it")
    event = _dead(event_id)
    event.state, event.note, event.settled_at = InboxEvent.State.DISMISSED, note[:200], now
    event.save(update_fields=["state", "note", "settled_at"])
    _note("connectors.dismissed", event, actor=actor, now=now)
    return event


@transaction.atomic
def take(*, event_id: int, member_id: int, actor: str, now: datetime) -> InboxEvent:
    """Somebody looks after this dead letter from now on."""
    event = _dead(event_id)
    event.owner_id = member_id
    event.save(update_fields=["owner"])
    _note("connectors.taken", event, actor=actor, now=now)
    return event


@transaction.atomic
def set_paused(*, code: str, paused: bool, actor: str, now: datetime) -> None:
    """Stop asking a core and booking what it sent, or go on; what it sends meanwhile is kept."""
    source = Source.objects.select_for_update().filter(code=code).first()
    if source is None:
        raise InputError("source", "unknown", f"there is no link {code}")
    source.paused = paused
    source.save(update_fields=["paused"])
    kind = "connectors.link_paused" if paused else "connectors.link_resumed"
    journal.record(kind, subject=f"link:{source.pk}", actor=actor, at=now, data={"source": code})


def _dead(event_id: int) -> InboxEvent:
    event = InboxEvent.objects.select_for_update(of=("self",)).select_related("source").filter(pk=event_id).first()
    if event is None:
        raise InputError("event", "unknown", "there is no such letter")
    if event.state != DEAD:
        raise CommandRefused("not_dead", "this letter is not waiting for a person any more")
    return event


def _note(kind: str, event: InboxEvent, *, actor: str, now: datetime) -> None:
    data = {"source": event.source.code, "kind": event.kind, "code": event.error_code}
    journal.record(kind, subject=f"inbox:{event.pk}", actor=actor, at=now, data=data)
