"""Links are set up once, by an operator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from jietong.connectors.models import Source
from jietong.kernel import journal
from jietong.kernel.errors import InputError


@transaction.atomic
def open_source(
    *, code: str, name: str, kind: str, mode: str, actor: str, now: datetime, secret: str = "", creditor: str = "",
    settings: dict[str, Any] | None = None,
) -> Source:  # fmt: skip
    """Set up a link, or change it: name, creditor, settings, and the secret if one is given.

    kind and mode stay what they were: another mode would change whose figures the loans show. Raises InputError.
    """
    if kind not in Source.Kind.values:
        raise InputError("kind", "unknown", f"a link is one of {', '.join(Source.Kind.values)}")
    if mode not in Source.Mode.values:
        raise InputError("mode", "unknown", f"a mode is one of {', '.join(Source.Mode.values)}")
    if kind != Source.Kind.FILES and not (secret or Source.objects.filter(code=code, secret__isnull=False).exists()):
        raise InputError("secret", "missing", "a link needs its login or key")
    if kind == Source.Kind.WEBHOOK and secret and len(secret) < 32:
        raise InputError("secret", "too_short", "a signing key has at least 32 letters")
    fields: dict[str, Any] = {"name": name, "creditor": creditor, "settings": settings or {}}
    if secret:
        fields["secret"] = secret
    first = {"kind": kind, "mode": mode, "created_at": now}
    source, _ = Source.objects.update_or_create(code=code, defaults=fields, create_defaults={**fields, **first})
    if (source.kind, source.mode) != (kind, mode):
        raise InputError("kind", "fixed", "a link keeps its kind and mode; open another one")
    journal.record("connectors.link_set", subject=f"link:{source.pk}", actor=actor, at=now, data={"source": code})
    return source
