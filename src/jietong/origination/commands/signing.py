"""From an approval to a signature: the price is shown by force, read, confirmed, and signed with a proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation

from jietong.borrowers import commands as borrower_commands
from jietong.borrowers import queries as borrowers
from jietong.contacts import commands as contacts
from jietong.contacts.commands.attempts import Plan
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import yuan
from jietong.origination import disclosing
from jietong.origination.commands import applying, limits, transfers
from jietong.origination.models import Application, Disclosure
from jietong.origination.rules import decision, disclosure

SIGNABLE = frozenset({"approved", "payout_failed"})
PURPOSE = "sign"


@dataclass(frozen=True, slots=True)
class Proof:
    """How the borrower signs: a one-time code, or the token of the browser on which they were proved."""

    code: str = ""
    device_token: str = ""


@transaction.atomic
def show_price(*, application: Application, now: datetime) -> Disclosure:
    """Put the price before the borrower: from now on the reading time runs. Raises CommandRefused `not_approved`."""
    application = applying.locked(application.pk)
    if application.state not in SIGNABLE:
        raise CommandRefused("not_approved", f"{application.ref} cannot be signed")
    lines = disclosing.lines(application, on=clock.local_date(now, settings.LENDER_TIME_ZONE))
    return Disclosure.objects.create(
        application=application, text_version=disclosure.TEXT_VERSION, language=translation.get_language() or "",
        lines=lines, sha256=disclosure.fingerprint(lines), read_seconds=disclosure.READ_SECONDS, shown_at=now,
    )  # fmt: skip


def needs_code(application: Application, device_token: str, *, now: datetime) -> bool:
    """Whether this browser may sign this amount by being known."""
    if not device_token:
        return True
    proved_at = borrowers.proved_at_of_device(device_token, application.borrower_id)
    return not disclosure.device_may_sign(application.amount_fen, proved_at, now)


@transaction.atomic
def send_code(*, application: Application, now: datetime) -> str:
    """Send the code for signing to the borrower's first phone; answers the masked number.

    Raises CommandRefused `too_soon`, `too_many` as for any code, `no_phone` when there is none to send it to.
    """
    point = borrowers.point_for(application.borrower_id, "phone")
    if point is None or not point.value:
        raise CommandRefused("no_phone", "there is no phone that works")
    issued = borrower_commands.issue_code(phone=point.value, now=now, purpose=PURPOSE)
    contacts.plan(
        Plan(
            key=f"sign:{issued.login_code_id}", borrower_id=application.borrower_id, channel="sms", purpose="service",
            template="sign_code", variables={"code": issued.code, "amount": yuan(application.amount_fen)},
            not_before=now, expires_at=now + borrower_commands.CODE_LIFE, point_id=point.pk,
        ),
        now=now,
    )  # fmt: skip
    return point.display


def sign(*, application: Application, disclosure_id: int, proof: Proof, now: datetime) -> Application:
    """Sign: the limit holds the amount from here on, and the order to pay it out is written in the same transaction.

    Raises InputError `disclosure` missing, `code` wrong; CommandRefused `read_first` (the reading time has not passed),
    `show_again` (shown too long ago, or the price has moved since), `not_approved`, or the name of the reason that
    binds now (`frozen`, `over_limit`, `arrears` …). Twice is once: the second finds it signed.
    """
    shown = Disclosure.objects.filter(pk=disclosure_id, application=application).first()
    if shown is None:
        raise InputError("disclosure", "missing", "the price has to be shown first")
    if application.state not in SIGNABLE:
        return _signed_before(application)
    if disclosure.seconds_left(shown.shown_at, now):
        raise CommandRefused("read_first", str(disclosure.seconds_left(shown.shown_at, now)))
    if disclosure.is_stale(shown.shown_at, now):
        raise CommandRefused("show_again", "the price was shown too long ago")
    proved_by = _prove(application, proof, now=now)  # its own transaction: a wrong try is counted
    return _sign(application.pk, shown.pk, proved_by, now=now)


def _prove(application: Application, proof: Proof, *, now: datetime) -> str:
    if not needs_code(application, proof.device_token, now=now):
        return "device"
    point = borrowers.point_for(application.borrower_id, "phone")
    if point is not None and point.value and proof.code:
        candidates = borrower_commands.use_code(phone=point.value, code=proof.code, now=now, purpose=PURPOSE)
        if application.borrower_id in candidates:
            return "code"
    raise InputError("code", "wrong", "wrong, old or used")


@transaction.atomic
def _sign(application_id: int, disclosure_id: int, proved_by: str, *, now: datetime) -> Application:
    borrower_id = Application.objects.values_list("borrower_id", flat=True).get(pk=application_id)
    limits.lock(borrower_id)  # before anything is read: two draws on one limit come one after another
    application = applying.locked(application_id)
    if application.state not in SIGNABLE:
        return _signed_before(application)
    binding = decision.still_binding(applying.verdict_on(application, now=now).reasons)
    set_aside = {name for name in application.reasons if application.decided_by.startswith("staff:")}
    binding = tuple(name for name in binding if name not in set_aside or not decision.may_be_set_aside([name]))
    if binding:
        raise CommandRefused(binding[0], f"{application.ref} cannot be signed now: {', '.join(binding)}")
    shown = Disclosure.objects.select_for_update().get(pk=disclosure_id)
    with translation.override(shown.language or None):  # whatever the reader has switched to since
        lines = disclosing.lines(application, on=clock.local_date(now, settings.LENDER_TIME_ZONE))
    if disclosure.fingerprint(lines) != shown.sha256:
        raise CommandRefused("show_again", "the price has moved since it was shown")
    shown.confirmed_at, shown.proof = now, proved_by
    shown.save(update_fields=["confirmed_at", "proof"])
    application.signed_at = now
    actor = f"borrower:{application.borrower_id}"
    applying.move(application, "signed", actor=actor, note=proved_by, now=now)
    transfers.order(application, "out", application.amount_fen, now=now)
    return application


def _signed_before(application: Application) -> Application:
    if application.signed_at is None:
        raise CommandRefused("not_approved", f"{application.ref} cannot be signed")
    return application
