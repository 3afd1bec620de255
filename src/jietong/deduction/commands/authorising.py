"""The borrower signs, limits and takes back leave to debit, card by card, on their own page."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation

from jietong.borrowers import commands as borrower_commands
from jietong.borrowers import queries as borrowers
from jietong.contacts import commands as contacts
from jietong.contacts.commands.attempts import Plan
from jietong.deduction import authorisation
from jietong.deduction.commands.suspending import own_mandate, sign_mandate
from jietong.deduction.models import Authorisation, Mandate
from jietong.deduction.policies import policy
from jietong.deduction.rules import limits
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError

PURPOSE = "mandate"
CODE, NARROWER = "code", "narrower"


@transaction.atomic
def send_mandate_code(*, borrower_id: int, tail: str, now: datetime) -> str:
    """A code for signing, to the borrower's first phone; answers the masked number.

    Raises CommandRefused `too_soon`, `too_many` as for any code, `no_phone` when there is none to send it to.
    """
    point = borrowers.point_for(borrower_id, "phone")
    if point is None or not point.value:
        raise CommandRefused("no_phone", "there is no phone that works")
    issued = borrower_commands.issue_code(phone=point.value, now=now, purpose=PURPOSE)
    contacts.plan(
        Plan(
            key=f"mandate:{issued.login_code_id}", borrower_id=borrower_id, channel="sms", purpose="service",
            template="mandate_code", variables={"code": issued.code, "tail": tail}, not_before=now,
            expires_at=now + borrower_commands.CODE_LIFE, point_id=point.pk,
        ),
        now=now,
    )  # fmt: skip
    return point.display


def authorise_card(
    *, borrower_id: int, card_id: int, shown: str, code: str, actor: str, now: datetime, limit_fen: int | None = None,
    day_limit_fen: int | None = None,
) -> Mandate:  # fmt: skip
    """Leave to debit one of the borrower's bound cards, signed by a one-time code; the card comes last in their order.

    shown: fingerprint of the text that stood on the page. Raises InputError `card`, `limit`, `day_limit`, `code`;
    CommandRefused `show_again` when the text is another one by now, `card_has_mandate`. A wrong code is counted.
    """
    card = borrowers.bound_cards(borrower_id).get(card_id)
    if card is None:
        raise InputError("card", "unknown", "this borrower has no such card")
    limits.check(limit_fen, day_limit_fen)
    text = authorisation.paragraphs(bank=card[0], tail=card[1], policy=policy())
    if authorisation.fingerprint(text) != shown:
        raise CommandRefused("show_again", "the text has changed since it was shown")
    _prove(borrower_id, code, now=now)  # its own transaction: a wrong try is counted
    with transaction.atomic():
        borrowers.lock(borrower_id)
        if Mandate.objects.filter(borrower_id=borrower_id, card_id=card_id, ended_at=None).exists():
            raise CommandRefused("card_has_mandate", "this card may be debited already")
        row = sign_mandate(
            borrower_id=borrower_id, agreement=_agreement(borrower_id, card_id), provider=card[0], tail=card[1],
            card_id=card_id, limit_fen=limit_fen, day_limit_fen=day_limit_fen, actor=actor, now=now,
        )  # fmt: skip
        _keep(row, text, proved_by=CODE, now=now)
    return row


def change_limits(
    *, borrower_id: int, mandate_id: int, limit_fen: int | None, day_limit_fen: int | None, code: str, actor: str,
    now: datetime,
) -> Mandate:  # fmt: skip
    """Other limits of a card. Lower ones hold at once; higher ones, or none, widen the leave and are signed by a code.

    Raises InputError `mandate`, `limit`, `day_limit`, `code`.
    """
    limits.check(limit_fen, day_limit_fen)
    row = Mandate.objects.filter(pk=mandate_id, borrower_id=borrower_id, ended_at=None).first()
    if row is None:
        raise InputError("mandate", "unknown", "this is not one of your cards")
    asks = limits.widens(row.limit_fen, limit_fen) or limits.widens(row.day_limit_fen, day_limit_fen)
    if asks:
        _prove(borrower_id, code, now=now)
    with transaction.atomic():
        row = own_mandate(borrower_id, mandate_id)
        wider = limits.widens(row.limit_fen, limit_fen) or limits.widens(row.day_limit_fen, day_limit_fen)
        if wider and not asks:  # somebody has lowered them since: what was to be narrower would widen now
            raise InputError("code", "wrong", "the limits have changed meanwhile")
        row.limit_fen, row.day_limit_fen = limit_fen, day_limit_fen
        row.save(update_fields=["limit_fen", "day_limit_fen"])
        text = authorisation.paragraphs(bank=row.provider, tail=row.tail, policy=policy())
        _keep(row, text, proved_by=CODE if asks else NARROWER, now=now)
        journal.record(
            "deduction.limits_changed", subject=f"mandate:{row.pk}", borrower_id=borrower_id, actor=actor, at=now,
            data={"limit_fen": limit_fen, "day_limit_fen": day_limit_fen, "proved_by": CODE if asks else NARROWER},
        )  # fmt: skip
    return row


def _prove(borrower_id: int, code: str, *, now: datetime) -> None:
    point = borrowers.point_for(borrower_id, "phone")
    proved: list[int] = []
    if point is not None and point.value and code:
        proved = borrower_commands.use_code(phone=point.value, code=code, now=now, purpose=PURPOSE)
    if borrower_id not in proved:
        raise InputError("code", "wrong", "wrong, old or used")


def _agreement(borrower_id: int, card_id: int) -> str:
    """The number under which the channel knows the card: the one it had before, else that of the card's enrolment."""
    before = Mandate.objects.filter(borrower_id=borrower_id, card_id=card_id).order_by("-pk")
    return before.values_list("agreement", flat=True).first() or f"JTC{card_id:08d}"


def _keep(row: Mandate, text: list[str], *, proved_by: str, now: datetime) -> None:
    whole = authorisation.with_limits(text, row.limit_fen, row.day_limit_fen)
    Authorisation.objects.create(
        mandate=row, text=whole, sha256=authorisation.fingerprint(whole), language=translation.get_language() or "",
        policy_version=policy().version[:20], limit_fen=row.limit_fen, day_limit_fen=row.day_limit_fen,
        proved_by=proved_by, signed_at=now,
    )  # fmt: skip
