"""Who a borrower is and how to reach them. Returned rows are for reading; writes go through commands."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import date, datetime

from jietong.borrowers.models import Authority, Borrower, BoundCard, Circumstance, ContactPoint, Device
from jietong.borrowers.rules.authority import Scope, is_in_force, may_sign_in, scope_of
from jietong.kernel.sealing import blind_index


def borrower(borrower_id: int) -> Borrower:
    return Borrower.objects.get(pk=borrower_id)


def lock(borrower_id: int) -> Borrower:
    """The borrower's row, locked until the caller's transaction ends: where two channels, or two workers, meet."""
    return Borrower.objects.select_for_update(no_key=True).get(pk=borrower_id)


def point_for(borrower_id: int, kind: str) -> ContactPoint | None:
    """The first way of this kind that works; None when there is none. A masked number never counts."""
    return (
        ContactPoint.objects.filter(borrower_id=borrower_id, kind=kind, is_dialable=True, stopped_at=None)
        .order_by("rank", "id")
        .first()
    )


def points(borrower_id: int) -> list[ContactPoint]:
    return list(ContactPoint.objects.filter(borrower_id=borrower_id).order_by("kind", "rank", "id"))


def circumstances(borrower_id: int) -> set[str]:
    """Flags of the rule pack that the borrower's life has set."""
    return set(Circumstance.objects.filter(borrower_id=borrower_id, ended_at=None).values_list("kind", flat=True))


def by_phone(phone: str) -> list[int]:
    """Everybody who has given this number, in steady order. It may be several: numbers are shared and recycled."""
    index = blind_index(phone, "reach")
    return list(
        ContactPoint.objects.filter(kind="phone", value_index=index, stopped_at=None)
        .order_by("borrower_id")
        .values_list("borrower_id", flat=True)
        .distinct()
    )


def point_of_phone(phone: str, borrower_id: int) -> ContactPoint | None:
    """The borrower's row of exactly this number, if it may be dialled: a code goes to the phone that asked for it."""
    index = blind_index(phone, "reach")
    rows = ContactPoint.objects.filter(borrower_id=borrower_id, kind="phone", value_index=index, stopped_at=None)
    return rows.filter(is_dialable=True).first()


def tails(borrower_id: int, *, on: date | None = None) -> dict[str, set[str]]:
    """Last four characters of what whoever signs in can be asked for as a second fact.

    A person: own ID and card. A sole trader: own ID, own card, and that of the operator on record. A company: the ID
    of its representative, or of a contact who may open its pages; its card is known to its whole bookkeeping. A credit
    code is public and proves nothing. `on`: day on which an authority has to be in force; None: any not ended.
    """
    who = Borrower.objects.get(pk=borrower_id)
    cards = card_tails(borrower_id) if who.kind != Borrower.Kind.COMPANY else set()
    own = who.id_no if who.id_type != "uscc" else None
    found = {
        "id_tail": {own[-4:].upper()} if own else set(),
        "card_tail": cards,
    }
    if not who.is_person:
        speak = [one for one in authorities(borrower_id, on=on) if may_sign_in(one.role, _scope(one))]
        found["rep_tail"] = {one.id_no[-4:].upper() for one in speak if one.id_no}
    return found


def card_tails(borrower_id: int) -> set[str]:
    """Last four digits of the cards from which instalments are taken."""
    return {card.number[-4:] for card in BoundCard.objects.filter(borrower_id=borrower_id) if card.number}


def authorities(borrower_id: int, *, on: date | None = None) -> list[Authority]:
    """Who speaks for a firm on a day (None: all who have not been ended), the representative first."""
    rows = Authority.objects.filter(borrower_id=borrower_id).order_by("-role", "since_on", "pk")
    if on is None:
        return list(rows.filter(until_on=None))
    return [one for one in rows if is_in_force(one.since_on, one.until_on, on)]


def authorities_ever(borrower_id: int) -> list[Authority]:
    """Everybody who speaks, spoke or will speak for a firm, the representative first, the newest first."""
    return list(Authority.objects.filter(borrower_id=borrower_id).order_by("-role", "-since_on", "-pk"))


def _scope(one: Authority) -> Scope:
    return scope_of(one.knows, one.does)


def may(authority: Authority, act: str) -> bool:
    """May this person do that for the firm: one of rules.authority.DOES."""
    return act in _scope(authority).does


def proved_at_of_device(token: str, borrower_id: int) -> datetime | None:
    """When this person proved a second fact on the device that holds this token; None when never."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    rows = Device.objects.filter(token_hash=digest, revoked_at=None, borrower_id=borrower_id)
    return rows.values_list("proven_at", flat=True).first()


def with_circumstances(kinds: Collection[str]) -> dict[int, set[str]]:
    """borrower → those of these flags that are in force, for everybody who has one."""
    found: dict[int, set[str]] = {}
    rows = Circumstance.objects.filter(kind__in=kinds, ended_at=None).values_list("borrower_id", "kind")
    for borrower_id, kind in rows:
        found.setdefault(borrower_id, set()).add(kind)
    return found


def borrower_of_device(token: str, candidates: list[int]) -> int | None:
    """Which of the candidates has proved a second fact on the device that holds this token."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = Device.objects.filter(token_hash=digest, revoked_at=None, borrower_id__in=candidates).first()
    return found.borrower_id if found else None


def last_proof(borrower_id: int) -> Device | None:
    """The newest device on which this person proved a second fact; None when nobody has shown to be the borrower."""
    return Device.objects.filter(borrower_id=borrower_id, revoked_at=None).order_by("-proven_at").first()


def many(borrower_ids: Collection[int]) -> dict[int, Borrower]:
    """Borrowers by key."""
    return Borrower.objects.in_bulk(list(borrower_ids))


def by_number(number: str) -> Borrower | None:
    return Borrower.objects.filter(number=number).first()


def search(text: str, *, limit: int = 20) -> list[Borrower]:
    """By customer number, whole phone number or beginning of a name; a phone is found only if it is given whole."""
    words = text.strip()
    if not words:
        return []
    if words.isascii() and words.isdigit() and len(words) >= 7:
        keys = by_phone(words)
        found = Borrower.objects.filter(pk__in=keys) | Borrower.objects.filter(number=words)
        return list(found.order_by("pk")[:limit])
    found = Borrower.objects.filter(name__startswith=words) | Borrower.objects.filter(number__iexact=words)
    return list(found.order_by("name", "pk")[:limit])


def ids_by_number(numbers: list[str]) -> dict[str, tuple[int, bytes | None]]:
    """customer number → (key, blind index of the ID number) of those that are in the book."""
    rows = Borrower.objects.filter(number__in=numbers).values_list("number", "pk", "id_no_index")
    return {number: (key, bytes(index) if index is not None else None) for number, key, index in rows}


def bound_cards(borrower_id: int) -> dict[int, tuple[str, str]]:
    """The borrower's bound cards: key → (bank, last four characters), in the order in which they were bound."""
    cards = BoundCard.objects.filter(borrower_id=borrower_id).order_by("pk")
    return {card.pk: (card.bank, card.number[-4:]) for card in cards if card.number}


def by_card(number: str) -> list[int]:
    """Who has bound exactly this card, in steady order."""
    index = blind_index(number, "card")
    return list(
        BoundCard.objects.filter(number_index=index).order_by("borrower_id").values_list("borrower_id", flat=True)
    )


def by_name(name: str, *, limit: int) -> list[int]:
    """Who has exactly this name, in steady order; there are often several."""
    return list(Borrower.objects.filter(name=name).order_by("pk").values_list("pk", flat=True)[:limit])


def identities(borrower_ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """borrower → name, kind and number of the ID, in the clear: for files that leave by law, never for a screen."""
    rows = Borrower.objects.filter(pk__in=list(borrower_ids))
    return {who.pk: (who.name, who.id_type, who.id_no or "") for who in rows}
