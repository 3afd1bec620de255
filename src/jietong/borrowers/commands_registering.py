"""A borrower of whom the lender's core tells: found by the customer number or made, never merged by guess."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jietong.borrowers.models import Borrower, ContactPoint
from jietong.kernel import journal
from jietong.kernel.errors import InputError
from jietong.kernel.sealing import blind_index
from jietong.ui.words import masked_phone


@transaction.atomic
def know_borrower(
    *, number: str, name: str, id_type: str = "", id_no: str = "", phone: str = "", email: str = "", source: str,
    actor: str, now: datetime,
) -> int:  # fmt: skip
    """The borrower's key. A name or an ID number that is on record is not changed; ways to reach them are added.

    Raises InputError `borrower_has_other_id` for somebody who is on record under another ID number.
    """
    if not number:
        raise InputError("borrower_no", "missing", "the borrower has no number")
    who = Borrower.objects.filter(number=number).first()
    if who is None:
        if not name:
            raise InputError("name", "missing", "the borrower has no name")
        fields = {"name": name, "id_no": id_no or None, "created_at": now}
        fields |= {"id_type": id_type} if id_type else {}
        who = Borrower.objects.create(number=number, **fields)
    elif id_no and who.id_no_index is not None and bytes(who.id_no_index) != blind_index(id_no, "id"):
        raise InputError("id_no", "borrower_has_other_id", "this customer is in the book with another ID number")
    for kind, value in (("phone", phone), ("email", email)):
        if value:
            know_contact_point(borrower_id=who.pk, kind=kind, value=value, source=source, actor=actor, now=now)
    return who.pk


@transaction.atomic
def know_contact_point(
    *, borrower_id: int, kind: str, value: str, source: str, actor: str, now: datetime
) -> ContactPoint:
    """Put a way to reach the borrower first, unless it is known: then it stays as it is, stopped ones stopped.

    A masked number is shown and never dialled. Raises InputError for what is neither a number nor an address.
    """
    is_masked = "*" in value
    if kind == "phone" and not value.lstrip("+").replace("*", "0").isdigit():
        raise InputError("phone", "not_a_phone", "not a phone number")
    if kind == "email" and "@" not in value:
        raise InputError("email", "not_an_email", "not an e-mail address")
    known = ContactPoint.objects.filter(borrower_id=borrower_id, kind=kind)
    found = (
        known.filter(value=None, display=value[:80]).first()
        if is_masked
        else known.filter(value_index=blind_index(value, "reach")).first()
    )
    if found is not None:
        return found
    rank = min(known.values_list("rank", flat=True), default=1)
    point = ContactPoint.objects.create(
        borrower_id=borrower_id,
        kind=kind,
        value=None if is_masked else value,
        display=value[:80] if is_masked else _shown(kind, value),
        is_dialable=not is_masked,
        rank=max(0, rank - 1),
        source=source[:40],
    )
    journal.record(
        "borrowers.contact_point_added",
        subject=f"borrower:{borrower_id}",
        borrower_id=borrower_id,
        actor=actor,
        at=now,
        data={"point": point.pk, "kind": kind, "source": source},
    )
    return point


def _shown(kind: str, value: str) -> str:
    if kind == "phone":
        return masked_phone(value).replace(" ", "")
    name, _, domain = value.partition("@")
    return f"{name[:1]}***@{domain}"[:80]
