"""Receiving: what came is written down before anything is done with it, once per number of the sender."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from jietong.connectors.models import InboxEvent, Source
from jietong.connectors.rules import messages, values

#: kinds that tell all of a loan: the newest makes the ones before it needless
WHOLE = ("fineract.loan", "loan")


@dataclass(frozen=True, slots=True)
class Receipt:
    """state: "received", "known" (the same again), or "id_reused" (the same number with other content: kept aside)."""

    external_id: str
    state: str


@transaction.atomic
def receive(
    *, source: Source, external_id: str, kind: str, subject: str, payload: str, now: datetime
) -> Receipt:  # fmt: skip
    """Keep one event. The same number with other content is kept as a dead letter: one of the two is wrong."""
    digest = hashlib.sha256(f"{kind}\n{payload}".encode()).hexdigest()
    fields = {
        "kind": kind,
        "subject": subject[:80],
        "digest": digest,
        "payload": payload,
        "received_at": now,
        "next_try_at": now,
    }
    event, is_new = InboxEvent.objects.get_or_create(source=source, external_id=external_id, defaults=fields)
    if is_new:
        if kind in WHOLE and subject:
            _supersede(event, now=now)
        return Receipt(external_id, "received")
    if event.digest == digest:
        return Receipt(external_id, "known")
    aside = {
        **fields,
        "state": InboxEvent.State.DEAD,
        "next_try_at": None,
        "error_field": "id",
        "error_code": "id_reused",
        "error_detail": f"number {external_id} came before with other content",
    }
    InboxEvent.objects.get_or_create(source=source, external_id=f"{external_id[:100]}#{digest[:16]}", defaults=aside)
    return Receipt(external_id, "id_reused")


def _supersede(event: InboxEvent, *, now: datetime) -> None:
    """Older tellings of the loan that still wait or are dead: whoever books one now is waited for by the UPDATE."""
    older = InboxEvent.objects.filter(
        source=event.source, subject=event.subject, kind=event.kind, state__in=("waiting", "dead"), pk__lt=event.pk
    )
    older.update(state=InboxEvent.State.SUPERSEDED, settled_at=now, next_try_at=None)


@transaction.atomic
def hear(*, source: Source, body: bytes, now: datetime) -> list[Receipt]:
    """A webhook's request, already proved to come from the link: each of its events is received, or none.

    Raises InputError with the field for a body that is none of the documented shapes.
    """
    found = messages.events(values.load(body.decode("utf-8", errors="replace")))
    receipts = [
        receive(
            source=source,
            external_id=one.external_id,
            kind=one.kind,
            subject=one.subject,
            payload=values.dump(one.data),
            now=now,
        )
        for one in found
    ]
    alive = {"last_seen_at": now, "last_ok_at": now, "failing_since": None, "tries": 0, "error_code": ""}
    Source.objects.filter(pk=source.pk).update(**alive, error_detail="")
    return receipts
