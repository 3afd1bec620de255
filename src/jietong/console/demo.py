"""What the demo's pages show: messages that arrived, and the people whom the demo's loader wrote down."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as lazy

from jietong.borrowers import queries as borrowers
from jietong.connectors import queries as connectors
from jietong.console import words
from jietong.contacts import queries as contacts
from jietong.kernel.sealing import blind_index
from jietong.simulator import core_demo

SHOWN_MAX = 60
CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
ROLES: words.Words = {
    "specialist": lazy("专员"),
    "supervisor": lazy("主管"),
    "officer": lazy("合规"),
    "operator": lazy("运营"),
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message on the demo phone. code: the one-time code in it, else empty; before/after: the text around it."""

    key: int
    at: datetime
    channel: str
    icon: str
    address: str
    subject: str
    body: str
    code: str


def messages(phone: str) -> list[Arrived]:
    """The newest first; with a phone only what that number received, and the mail of whoever has given it."""
    if not phone:
        found = contacts.demo_messages(limit=SHOWN_MAX)
    else:
        addresses = [phone, *_mail_of(phone)]
        each = [contacts.demo_messages(address_index=blind_index(one, "reach"), limit=SHOWN_MAX) for one in addresses]
        found = sorted((one for some in each for one in some), key=lambda one: (one.at, one.pk), reverse=True)[
            :SHOWN_MAX
        ]
    shown = []
    for one in found:
        name, icon = words.channel(one.channel)
        code = CODE.search(one.body) if one.channel != "email" else None
        shown.append(
            Arrived(one.pk, one.at, name, icon, one.address, one.subject, one.body, code.group(1) if code else "")
        )
    return shown


def _mail_of(phone: str) -> list[str]:
    points = [point for key in borrowers.by_phone(phone) for point in borrowers.points(key)]
    return [point.value for point in points if point.kind == "email" and point.value]


def core(now: datetime) -> dict[str, Any]:
    """The switch of the demo's core; `core_fresh` is None until the worker has started it."""
    fresh = connectors.freshness_of_site(now=now) if connectors.source(core_demo.CODE) is not None else None
    return {"core_fresh": fresh, "core_is_down": core_demo.is_down(), "now": now}


def people(data_dir: Path) -> dict[str, Any]:
    """Logins and borrowers of run/demo.json; `missing` when the loader has not written it (or is writing it now)."""
    path = data_dir / "run" / "demo.json"
    nobody: dict[str, Any] = {"logins": [], "borrowers": [], "missing": True}
    if not path.is_file():
        return nobody
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return nobody
    if not isinstance(told, dict):
        return nobody
    known = [one for one in told.get("logins", []) if isinstance(one, dict) and one.get("role") in ROLES]
    logins = [one | {"role_label": str(ROLES[one["role"]])} for one in known]
    listed = [one for one in told.get("borrowers", []) if isinstance(one, dict) and one.get("phone")]
    if (get_language() or "").startswith("en"):
        listed = [one | {"note": one.get("note_en") or one.get("note", "")} for one in listed]
    return {"logins": logins, "borrowers": listed, "missing": not (logins or listed)}
