"""Proof of phone and person, and what is on record about a borrower."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from jietong.borrowers import queries
from jietong.borrowers.models import Circumstance, ContactPoint, Device, LoginCode, ProofTry
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused
from jietong.kernel.sealing import blind_index

CODE_LIFE = timedelta(minutes=5)
CODE_TRIES_MAX = 5
CODE_PAUSE = timedelta(seconds=60)
CODES_PER_HOUR_MAX = 5
#: One address may stand for many phones (a carrier's shared address): far above what one person needs.
CODES_PER_ADDRESS_PER_HOUR_MAX = 60
PROOF_TRIES_MAX = 5
PROOF_LOCK = timedelta(hours=1)


class TooSoon(CommandRefused):
    """The last code still works and is not a minute old. `seconds`: whole seconds until another one may be sent."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_soon", "a code that still works was sent less than a minute ago")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A fresh code, to be sent to `borrower_id`; None when nobody has this number (the page says the same)."""

    code: str
    login_code_id: int
    borrower_id: int | None


@transaction.atomic
def issue_code(*, phone: str, now: datetime, asked_from: str = "", purpose: str = "login") -> IssuedCode:
    """Make a one-time code for this number, known or not: the answer never tells which numbers have loans.

    `asked_from`: network address of the asker; only its blind index is kept. `purpose`: a code that was sent for one
    thing opens no other. Raises TooSoon within a minute of a code
    that still works (after a used or a void one the next may be asked for at once), CommandRefused `too_many` after
    five in an hour, `too_many_from_here` after sixty from one address.
    """
    index = blind_index(phone, "reach")
    source = blind_index(asked_from, "asked_from") if asked_from else None
    if source is not None:
        from_here = LoginCode.objects.filter(asked_from=source, sent_at__gt=now - timedelta(hours=1)).count()
        if from_here >= CODES_PER_ADDRESS_PER_HOUR_MAX:
            raise CommandRefused("too_many_from_here", "too many codes were asked for from this address within an hour")
    recent = LoginCode.objects.filter(phone_index=index, sent_at__gt=now - timedelta(hours=1)).order_by("-sent_at")
    newest = recent.first()
    if newest is not None and newest.used_at is None and newest.tries < CODE_TRIES_MAX:
        left = newest.sent_at + CODE_PAUSE - now
        if left > timedelta(0):
            raise TooSoon(ceil(left.total_seconds()))
    if recent.count() >= CODES_PER_HOUR_MAX:
        raise CommandRefused("too_many", "too many codes for this number within an hour")
    code = f"{secrets.randbelow(10**6):06d}"
    row = LoginCode.objects.create(
        phone_index=index,
        asked_from=source,
        code_hash=_code_hash(index, code, purpose),
        sent_at=now,
        expires_at=now + CODE_LIFE,
    )
    known = queries.by_phone(phone)
    return IssuedCode(code, row.pk, known[0] if known else None)


def _code_hash(index: bytes, code: str, purpose: str) -> str:
    """Keyed with the site's secret: six digits alone would be guessed from any plain hash in a moment."""
    return salted_hmac(f"jietong.{purpose}_code", index.hex() + code, algorithm="sha256").hexdigest()


@transaction.atomic
def use_code(*, phone: str, code: str, now: datetime, purpose: str = "login") -> list[int]:
    """Borrowers who have this number, if the code is right; else nobody, with no hint whether the code was wrong,
    old or used, or the number unknown. A code works once and survives five wrong tries."""
    index = blind_index(phone, "reach")
    row = (
        LoginCode.objects.select_for_update()
        .filter(phone_index=index, used_at=None, expires_at__gt=now, tries__lt=CODE_TRIES_MAX)
        .order_by("-sent_at")
        .first()
    )
    if row is None or not constant_time_compare(row.code_hash, _code_hash(index, code.strip(), purpose)):
        if row is not None:
            LoginCode.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
        return []
    row.used_at = now
    row.save(update_fields=["used_at"])
    return queries.by_phone(phone)


def code_is_void(*, phone: str, now: datetime) -> bool:
    """Five wrong tries spent the code, and no other one works: only a new one helps. The same for unknown numbers."""
    index = blind_index(phone, "reach")
    tries = LoginCode.objects.filter(phone_index=index, used_at=None, expires_at__gt=now).values_list(
        "tries", flat=True
    )
    return bool(tries) and min(tries) >= CODE_TRIES_MAX


def second_fact_locked(*, phone: str, now: datetime) -> bool:
    """Five wrong second facts within an hour lock the number: whoever holds the phone is perhaps not the borrower."""
    return (
        ProofTry.objects.filter(phone_index=blind_index(phone, "reach"), passed=False, at__gt=now - PROOF_LOCK).count()
        >= PROOF_TRIES_MAX
    )


@transaction.atomic
def prove_person(*, phone: str, candidates: list[int], tail: str, now: datetime) -> tuple[int, str] | None:
    """The candidate whose ID or card ends in `tail`, and by which fact; None if nobody's does. Each try is kept.

    Raises CommandRefused `locked` after too many wrong answers.
    """
    with connection.cursor() as cursor:
        # Guesses of one number come one after another: five at once must not count as none.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [blind_index(phone, "reach").hex()])
    if second_fact_locked(phone=phone, now=now):
        raise CommandRefused("locked", "too many wrong answers; try again in an hour")
    wanted = tail.strip().upper()
    matches = [
        (borrower_id, fact)
        for borrower_id in candidates
        for fact, known in queries.tails(borrower_id, on=_local_day(now)).items()
        if len(wanted) == 4 and wanted in known
    ]
    # Two people on one number with the same tail cannot be told apart: then nobody is let in by it.
    found = matches[0] if len({borrower_id for borrower_id, _ in matches}) == 1 else None
    ProofTry.objects.create(phone_index=blind_index(phone, "reach"), at=now, passed=found is not None)
    return found


def _local_day(now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()


@transaction.atomic
def remember_device(*, borrower_id: int, proven_by: str, now: datetime) -> str:
    """A token for the browser on which the person was proved; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    Device.objects.create(
        borrower_id=borrower_id,
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        proven_at=now,
        proven_by=proven_by,
    )
    journal.record(
        "borrowers.person_proved",
        subject=f"borrower:{borrower_id}",
        borrower_id=borrower_id,
        actor=f"borrower:{borrower_id}",
        at=now,
        data={"by": proven_by},
    )
    return token


@transaction.atomic
def report_wrong_person(*, phone: str, now: datetime) -> int:
    """Whoever holds this phone says that they do not know us: nothing is sent to the number any more, for anybody.

    The caller has checked a one-time code. Answers how many ways to reach somebody were stopped; the page that called
    must not show it. Twice changes nothing.
    """
    stopped = 0
    wrong = ContactPoint.objects.filter(kind="phone", value_index=blind_index(phone, "reach"), stopped_at=None)
    for point in wrong.select_for_update():
        point.stopped_at, point.stop_reason = now, "wrong_person"
        point.save(update_fields=["stopped_at", "stop_reason"])
        stopped += 1
        journal.record(
            "borrowers.wrong_person_reported",
            subject=f"borrower:{point.borrower_id}",
            borrower_id=point.borrower_id,
            actor="phone_holder",
            at=now,
            data={"point": point.pk},
        )
    return stopped


@transaction.atomic
def record_circumstance(*, borrower_id: int, kind: str, source: str, actor: str, now: datetime) -> None:
    """Something about the borrower's life that the contact rules must know. Recording it twice changes nothing."""
    _, is_new = Circumstance.objects.get_or_create(
        borrower_id=borrower_id, kind=kind, ended_at=None, defaults={"source": source, "since": now}
    )
    if is_new:
        journal.record(
            "borrowers.circumstance_recorded",
            subject=f"borrower:{borrower_id}",
            borrower_id=borrower_id,
            actor=actor,
            at=now,
            data={"kind": kind, "source": source},
        )
