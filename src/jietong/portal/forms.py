"""Reading what was typed. Each raises InputError naming the field; portal/words.py says it to the borrower."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING

from jietong.borrowers import queries as borrowers
from jietong.kernel.errors import InputError
from jietong.portal.topics import Topic, topic

if TYPE_CHECKING:
    from jietong.borrowers.models import ContactPoint
    from jietong.staff.models import Member

Slot = tuple[datetime, datetime, bool]


def phone(raw: str) -> str:
    """A mobile number as 11 digits, however it was spaced or prefixed: ＋86 138 1234 2046 → 13812342046."""
    plain = re.sub(r"[\s\-().]", "", unicodedata.normalize("NFKC", raw))
    plain = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", plain)
    if not re.fullmatch(r"1\d{10}", plain, re.ASCII):
        raise InputError("phone", "not_a_phone", "eleven digits, beginning with 1")
    return plain


def digits(raw: str) -> str:
    """A code as it was typed or pasted: spaces and full-width digits do not make it wrong."""
    return "".join(unicodedata.normalize("NFKC", raw).split())[:20]


def chosen_topic(raw: str) -> Topic:
    found = topic(raw)
    if found is None:
        raise InputError("topic", "unknown", "choose one of the topics")
    return found


def chosen_member(raw: str, spoke: list[Member]) -> int | None:
    """Whom a complaint is about, or None for nobody in particular. Raises `unknown` for somebody else."""
    if not raw:
        return None
    found = next((one for one in spoke if str(one.pk) == raw), None)
    if found is None:
        raise InputError("about", "unknown", "choose one of those who spoke with you")
    return found.pk


def chosen_slot(raw: str, slots: list[Slot]) -> Slot:
    """One of the slots that are offered now. Raises `missing` for none of them, `full` for one without room."""
    found = next((slot for slot in slots if slot[0].isoformat() == raw), None)
    if found is None:
        raise InputError("slot", "missing", "choose one of the times")
    if not found[2]:
        raise InputError("slot", "full", "this time is taken")
    return found


def callable_points(borrower_id: int) -> list[ContactPoint]:
    """Phones of the borrower that may be dialled: masked and stopped ones are not offered."""
    rows = borrowers.points(borrower_id)
    return [row for row in rows if row.kind == "phone" and row.is_dialable and row.stopped_at is None]


def chosen_point(raw: str, points: list[ContactPoint]) -> ContactPoint:
    found = next((point for point in points if str(point.pk) == raw), None)
    if found is None:
        raise InputError("point", "unknown", "choose one of your numbers")
    return found
