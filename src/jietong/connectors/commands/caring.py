"""What a person does about the links and about what could not be booked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from jietong.connectors.models import InboxEvent, Replay, Source
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError

DEAD = InboxEvent.State.DEAD
REUSED = "id_reused"


@transaction.atomic
def replay(*, event_id: int, actor: str, now: datetime) -> Replay:
    """Try a dead letter once more, from its first try on. Raises CommandRefused `not_dead` for anything else."""
    event = _dead(event_id)
    if event.error_code == REUSED:
        raise CommandRefused(REUSED, "its number belongs to another event: the core has to send it anew")
    return _again(event.source, InboxEvent.objects.filter(pk=event.pk), event.kind, event.error_code, event.subject,
                  actor=actor, now=now)  # fmt: skip


@transaction.atomic
def replay_all(*, code: str, kind: str, error_code: str = "", actor: str, now: datetime) -> Replay:
    """Try all dead letters of one link and kind once more; with an `error_code` only those of that reason.

    Those whose number belongs to another event stay. Raises InputError `source` for an unknown link, CommandRefused
    `id_reused` when only such are asked for, `none_dead` when there are none.
    """
    source = Source.objects.filter(code=code).first()
    if source is None:
        raise InputError("source", "unknown", f"there is no link {code}")
    if error_code == REUSED:
        raise CommandRefused(REUSED, "their numbers belong to other events: the core has to send them anew")
    dead = InboxEvent.objects.filter(source=source, kind=kind, state=DEAD).exclude(error_code=REUSED)
    found = _again(source, dead.filter(error_code=error_code) if error_code else dead, kind, error_code, "",
                   actor=actor, now=now)  # fmt: skip
    if not found.count:
        raise CommandRefused("none_dead", "no letter of this kind waits for a person")
    return found


def _again(
    source: Source, dead: QuerySet[InboxEvent], kind: str, error_code: str, subject: str, *, actor: str, now: datetime
) -> Replay:
    """One statement for however many there are: whoever books or closes one of them at this moment is waited for."""
    asked = Replay.objects.create(
        source=source, kind=kind, error_code=error_code, subject=subject, asked_at=now, asked_by=actor[:60], count=0
    )
    asked.count = dead.filter(state=DEAD).update(state=InboxEvent.State.WAITING, next_try_at=now, tries=0, replay=asked)
    asked.save(update_fields=["count"])
    journal.record(
        "connectors.replayed",
        subject=f"replay:{asked.pk}",
        actor=actor,
        at=now,
        data={"source": source.code, "kind": kind, "code": error_code, "count": asked.count},
    )
    return asked


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
