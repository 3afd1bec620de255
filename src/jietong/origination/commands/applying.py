"""From a wish to a decision. Each move is in rules/application.py's table, is a row, and is news."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from jietong.borrowers import queries as borrowers
from jietong.kernel import clock, journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.queries import book as loans
from jietong.loans.queries import products
from jietong.loans.rules.products import is_above_cap, worked
from jietong.origination import queries
from jietong.origination.commands import limits
from jietong.origination.models import Application, ApplicationMove
from jietong.origination.rules import application as life
from jietong.origination.rules import decision

REF_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # read aloud without mistakes
PURPOSES = ("daily", "home", "education", "medical", "travel", "business")
EXPIRE_BATCH = 200
#: what a move writes
MOVED = ("state", "moved_at", "expires_at", "reasons", "decided_by", "decision_note", "signed_at", "disbursed_on")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the borrower asks for; amount in fen."""

    product_code: str
    amount_fen: int
    instalments: int
    purpose: str
    card_id: int


@transaction.atomic
def draft(*, borrower_id: int, wish: Wish, now: datetime) -> Application:
    """Write the borrower's draft, or write it anew: there is one at a time, under the version in force today.

    Raises InputError: `product` not lent, `principal` or `instalments` outside the product, `purpose`, `card` unknown.
    """
    today = _today(now)
    version = products.version_in_force(wish.product_code, on=today)
    if version is None or version.terms is None:
        raise InputError("product", "unknown", f"{wish.product_code} is not lent today")
    worked(version.terms, principal_fen=wish.amount_fen, instalments=wish.instalments, disbursed_on=today)
    if wish.purpose not in PURPOSES:
        raise InputError("purpose", "unknown", "say what the money is for")
    if wish.card_id not in borrowers.bound_cards(borrower_id):
        raise InputError("card", "unknown", "the money goes to a card of the borrower's own")
    borrowers.lock(borrower_id)
    told = {
        "version": version, "amount_fen": wish.amount_fen, "instalments": wish.instalments, "purpose": wish.purpose,
        "card_id": wish.card_id, "moved_at": now, "expires_at": now + life.LASTS["draft"],
    }  # fmt: skip
    known = Application.objects.filter(borrower_id=borrower_id, state="draft").first()
    if known is None:
        return Application.objects.create(borrower_id=borrower_id, ref=_fresh_ref(), created_at=now, **told)
    for name, value in told.items():
        setattr(known, name, value)
    known.save(update_fields=[*told])
    return known


@transaction.atomic
def submit(*, application: Application, now: datetime) -> Application:
    """Ask for the loan; the rules answer at once, or send it to a person. Twice is once."""
    application = locked(application.pk)
    if application.state != "draft":
        return application
    actor = f"borrower:{application.borrower_id}"
    move(application, "submitted", actor=actor, now=now)
    verdict = verdict_on(application, now=now)
    application.decided_by, application.decision_note = "system:rules", ""
    move(application, verdict.outcome, actor="system:rules", reasons=verdict.reasons, now=now)
    return application


@transaction.atomic
def decide(*, application: Application, approve: bool, note: str, actor: str, now: datetime) -> Application:
    """A person decides, with a reason in words. Hard reasons cannot be set aside: they are looked at anew.

    Raises InputError for a missing note; CommandRefused `not_in_review`, `hard_reason`.
    """
    if not note.strip():
        raise InputError("note", "missing", "a decision has its reason")
    application = locked(application.pk)
    if application.state != "in_review":
        raise CommandRefused("not_in_review", f"{application.ref} does not wait for a person")
    reasons = verdict_on(application, now=now).reasons
    if approve and not decision.may_be_set_aside(reasons):
        raise CommandRefused("hard_reason", f"cannot be approved: {', '.join(reasons)}")
    application.decided_by, application.decision_note = actor, note.strip()[:200]
    outcome = "approved" if approve else "declined"
    move(application, outcome, actor=actor, reasons=reasons, note=application.decision_note, now=now)
    limits.tell(f"decided:{application.ref}:{outcome}", application.borrower_id, "application_decided", now=now)
    return application


@transaction.atomic
def ask_again(*, application: Application, text: str, now: datetime) -> Application:
    """The borrower wants a person to look at a decision of the rules, and says why. Once.

    Raises CommandRefused `not_declined`, or `already_looked_at` when a person has decided before.
    """
    application = locked(application.pk)
    if application.state == "in_review":
        return application
    if application.state != "declined":
        raise CommandRefused("not_declined", f"{application.ref} was not declined")
    if application.decided_by.startswith("staff:"):
        raise CommandRefused("already_looked_at", "a person has decided: complain, or ask for a person")
    actor = f"borrower:{application.borrower_id}"
    move(application, "in_review", actor=actor, reasons=tuple(application.reasons), note=text.strip()[:200], now=now)
    return application


@transaction.atomic
def withdraw(*, application: Application, now: datetime) -> Application:
    """The borrower does not want it any more; possible until it is signed. Raises CommandRefused `too_late`."""
    application = locked(application.pk)
    if application.state == "withdrawn":
        return application
    if not life.may_move(application.state, "withdrawn"):
        raise CommandRefused("too_late", f"{application.ref} cannot be withdrawn any more")
    move(application, "withdrawn", actor=f"borrower:{application.borrower_id}", now=now)
    return application


def expire_due(*, now: datetime) -> int:
    """End what nobody came back to. Answers how many."""
    due = Application.objects.filter(expires_at__lte=now).order_by("expires_at").values_list("pk", flat=True)
    ended = 0
    for key in due[:EXPIRE_BATCH]:
        with transaction.atomic():
            application = locked(key)
            if application.expires_at is not None and application.expires_at <= now:
                move(application, "expired", actor="system:clock", now=now)
                ended += 1
    return ended


def verdict_on(application: Application, *, now: datetime) -> decision.Verdict:
    """What the rules say of this application at this moment; a signed one is not counted against itself."""
    today = _today(now)
    who = borrowers.borrower(application.borrower_id)
    limit = queries.limit(application.borrower_id)
    position = loans.position(application.borrower_id, on=today)
    proof = borrowers.last_proof(application.borrower_id)
    terms = application.version.terms
    is_offered, above = False, False
    if terms is not None:
        try:
            cost = worked(
                terms, principal_fen=application.amount_fen, instalments=application.instalments, disbursed_on=today
            )
            is_offered, above = True, is_above_cap(cost.all_in, products.price_limits().all_in_cap)
        except InputError:
            is_offered = False  # the product does not have this amount or term: a named reason of the verdict
    facts = decision.Facts(
        amount_fen=application.amount_fen,
        has_limit=limit is not None,
        room_fen=limit.room_fen if limit is not None else 0,
        is_frozen=limit is not None and limit.is_frozen,
        days_past_due=max(position.days_past_due or 0, 0),
        circumstances=frozenset(borrowers.circumstances(application.borrower_id)),
        age_years=decision.age_on(who.id_type, who.id_no, today.year, (today.month, today.day)),
        information_days=(now - proof.proven_at).days if proof is not None else None,
        is_offered=is_offered,
        is_above_cap=above,
    )
    return decision.decide(facts)


def move(
    application: Application, to: str, *, actor: str, now: datetime, reasons: tuple[str, ...] = (), note: str = ""
) -> None:
    """One move of the table, on a row that the caller has locked. Raises ValueError for a move that is not in it."""
    before = application.state
    if not life.may_move(before, to):
        raise ValueError(f"{application.ref} does not go from {before} to {to}")
    application.state, application.moved_at = to, now
    lasts = life.LASTS.get(to)
    application.expires_at = now + lasts if lasts is not None else None
    if to in {"approved", "declined", "in_review", "payout_failed", "disbursed"}:
        application.reasons = list(reasons)
    application.save(update_fields=MOVED)
    ApplicationMove.objects.create(
        application=application, from_state=before, to_state=to, actor=actor, reasons=list(reasons), note=note, at=now
    )
    journal.record(
        "origination.application_moved", subject=f"application:{application.pk}", borrower_id=application.borrower_id,
        actor=actor, at=now,
        data={"ref": application.ref, "from": before, "to": to, "reasons": list(reasons)},
    )  # fmt: skip


def locked(application_id: int) -> Application:
    rows = Application.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__product", "card").get(pk=application_id)


def _today(now: datetime) -> date:
    return clock.local_date(now, settings.LENDER_TIME_ZONE)


def _fresh_ref() -> str:
    return "JK-" + "".join(secrets.choice(REF_LETTERS) for _ in range(8))
