"""Stopping and resuming debits, and the borrower's own cards: order, off and on. Upper rooms call these downward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from jietong.borrowers import queries as borrowers
from jietong.deduction.models import Mandate, Suspension
from jietong.deduction.policies import policy
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event

SWITCHED_OFF = "switched_off"
CLAIM = "claims_paid"
BORROWER = "borrower"


@transaction.atomic
def suspend(
    *, borrower_id: int, reason: str, source: str, actor: str, now: datetime, until: datetime | None = None,
    note: str = "",
) -> Suspension:  # fmt: skip
    """Nothing is debited from now on, by this reason (a flag of policy.toml) and source ("plan:7", "contact:12").

    Facts are read under the same lock at the moment of sending: what was not claimed before this returns is not sent.
    The same reason and source twice is one, with the later end. Raises InputError for a flag that stops nothing.
    """
    if policy().flags.get(reason) is None:
        raise InputError("reason", "unknown", f"{reason!r} is not a reason of the deduction policy")
    borrowers.lock(borrower_id)
    row, is_new = Suspension.objects.get_or_create(
        borrower_id=borrower_id, source=source, reason=reason, lifted_at=None,
        defaults={"since": now, "until": until, "actor": actor, "note": note.strip()[:200]},
    )  # fmt: skip
    if not is_new and row.until is not None and (until is None or until > row.until):
        row.until = until
        row.save(update_fields=["until"])
    if is_new:
        _tell("deduction.suspended", row, actor=actor, now=now)
    return row


@transaction.atomic
def resume(*, borrower_id: int, source: str, actor: str, now: datetime, reason: str = "") -> int:
    """Lift what this source has placed (of one reason, or all). Answers how many; other reasons still hold."""
    borrowers.lock(borrower_id)
    rows = Suspension.objects.filter(borrower_id=borrower_id, source=source, lifted_at=None)
    lifted = 0
    for row in rows.filter(reason=reason) if reason else rows:
        row.lifted_at = now
        row.save(update_fields=["lifted_at"])
        _tell("deduction.resumed", row, actor=actor, now=now)
        lifted += 1
    return lifted


def claim_paid(*, borrower_id: int, source: str, actor: str, now: datetime) -> Suspension:
    """我已还款: nothing is debited for the policy's days while somebody looks."""
    until = now + policy().claims_paid_for
    return suspend(borrower_id=borrower_id, reason=CLAIM, source=source, actor=actor, now=now, until=until)


def switch_off(*, borrower_id: int, actor: str, now: datetime) -> Suspension:
    """The borrower wants no automatic debits. What is due stays due: the page says so before."""
    return suspend(borrower_id=borrower_id, reason=SWITCHED_OFF, source=BORROWER, actor=actor, now=now)


def switch_on(*, borrower_id: int, actor: str, now: datetime) -> int:
    return resume(borrower_id=borrower_id, source=BORROWER, reason=SWITCHED_OFF, actor=actor, now=now)


@transaction.atomic
def sign_mandate(
    *, borrower_id: int, agreement: str, provider: str, tail: str, actor: str, now: datetime,
    card_id: int | None = None, kind: str = "card", channel: str = "realtime", limit_fen: int | None = None,
    day_limit_fen: int | None = None,
) -> Mandate:  # fmt: skip
    """Record the borrower's leave to debit one card or wallet; it comes last in the order.

    The same agreement again is the same mandate. Raises InputError for a missing agreement or tail, a limit that is not
    above zero or a card of somebody else's; CommandRefused `card_has_mandate` for a second leave on one card.
    """
    if not agreement.strip() or not tail.strip() or len(tail.strip()) > 8:
        raise InputError("agreement", "missing", "a mandate has its agreement number and the end of the account")
    if any(fen is not None and fen <= 0 for fen in (limit_fen, day_limit_fen)):
        raise InputError("limit", "not_positive", "a limit is above zero")
    if kind not in Mandate.Kind.values or channel not in Mandate.Channel.values:
        raise InputError("kind", "unknown", "a card or a wallet, in real time or by file")
    borrowers.lock(borrower_id)
    if card_id is not None and card_id not in borrowers.bound_cards(borrower_id):
        raise InputError("card", "unknown", "this borrower has no such card")
    before = Mandate.objects.filter(agreement=agreement.strip())
    if before.exclude(borrower_id=borrower_id).exists():
        raise InputError("agreement", "taken", "this agreement belongs to somebody else")
    known = before.filter(ended_at=None).first()
    if known is not None and (card_id is None or known.card_id == card_id):
        return known
    open_rows = Mandate.objects.filter(borrower_id=borrower_id, ended_at=None)
    if card_id is not None and open_rows.filter(card_id=card_id).exists():
        raise CommandRefused("card_has_mandate", "this card may be debited already")
    row = Mandate.objects.create(
        borrower_id=borrower_id, kind=kind, card_id=card_id, provider=provider.strip()[:40], tail=tail.strip(),
        agreement=agreement.strip(), channel=channel, rank=open_rows.count(), limit_fen=limit_fen,
        day_limit_fen=day_limit_fen, signed_at=now,
    )  # fmt: skip
    _tell_mandate("deduction.mandate_signed", row, actor=actor, now=now)
    return row


@transaction.atomic
def reorder(*, borrower_id: int, mandate_ids: Sequence[int], actor: str, now: datetime) -> None:
    """The borrower's order of cards. Raises InputError unless it names each open mandate once."""
    borrowers.lock(borrower_id)
    rows = {row.pk: row for row in Mandate.objects.filter(borrower_id=borrower_id, ended_at=None)}
    if sorted(rows) != sorted(mandate_ids):
        raise InputError("order", "incomplete", "the order names each card once")
    for rank, key in enumerate(mandate_ids):
        if rows[key].rank != rank:
            rows[key].rank = rank
            rows[key].save(update_fields=["rank"])
    journal.record(
        "deduction.order_changed", subject=f"borrower:{borrower_id}", borrower_id=borrower_id, actor=actor, at=now,
        data={"mandates": list(mandate_ids)},
    )  # fmt: skip


@transaction.atomic
def put_first(*, borrower_id: int, mandate_id: int, actor: str, now: datetime) -> None:
    """One card first, the others behind it as they were. Raises InputError for a card that is not theirs."""
    first = own_mandate(borrower_id, mandate_id)
    rest = Mandate.objects.filter(borrower_id=borrower_id, ended_at=None).exclude(pk=first.pk).order_by("rank", "pk")
    order = [first.pk, *rest.values_list("pk", flat=True)]
    reorder(borrower_id=borrower_id, mandate_ids=order, actor=actor, now=now)


def on_contact_settled(event: Event) -> None:
    """News from the contacts: "I have paid" was looked at, whatever was found. Called twice it changes nothing."""
    assert event.borrower_id is not None  # a contact is a borrower's
    resume(borrower_id=event.borrower_id, source=event.subject, reason=CLAIM, actor=event.actor, now=event.at)


@transaction.atomic
def card_is_well(*, borrower_id: int, mandate_id: int, actor: str, now: datetime) -> Mandate:
    """The borrower has seen to a card that was out: it is tried again. Raises InputError for one that is not theirs."""
    row = own_mandate(borrower_id, mandate_id)
    if row.out_since is not None:
        row.out_since, row.out_reason = None, ""
        row.save(update_fields=["out_since", "out_reason"])
        _tell_mandate("deduction.card_is_well", row, actor=actor, now=now)
    return row


@transaction.atomic
def end_mandate(*, borrower_id: int, mandate_id: int, reason: str, actor: str, now: datetime) -> Mandate:
    """The leave ends: this card is not debited any more. An order that is under way is still asked about."""
    row = own_mandate(borrower_id, mandate_id)
    row.ended_at, row.end_reason = now, reason.strip()[:40] or "borrower"
    row.save(update_fields=["ended_at", "end_reason"])
    _tell_mandate("deduction.mandate_ended", row, actor=actor, now=now)
    return row


def own_mandate(borrower_id: int, mandate_id: int) -> Mandate:
    """An open mandate of this borrower, under the borrower's lock. Raises InputError for any other."""
    borrowers.lock(borrower_id)
    row = Mandate.objects.filter(pk=mandate_id, borrower_id=borrower_id, ended_at=None).first()
    if row is None:
        raise InputError("mandate", "unknown", "this is not one of your cards")
    return row


def _tell(kind: str, row: Suspension, *, actor: str, now: datetime) -> None:
    journal.record(
        kind, subject=f"borrower:{row.borrower_id}", borrower_id=row.borrower_id, actor=actor, at=now,
        data={"reason": row.reason, "source": row.source},
    )  # fmt: skip


def _tell_mandate(kind: str, row: Mandate, *, actor: str, now: datetime) -> None:
    journal.record(
        kind, subject=f"mandate:{row.pk}", borrower_id=row.borrower_id, actor=actor, at=now,
        data={"agreement": row.agreement, "tail": row.tail, "rank": row.rank},
    )  # fmt: skip
