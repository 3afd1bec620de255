"""Signing in: each try is kept, and wrong ones slow the next."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused
from jietong.staff.models import SignInTry

WRONG_TRIES_MAX = 5
WINDOW = timedelta(minutes=15)


@transaction.atomic
def begin_sign_in(*, username: str, now: datetime) -> int:
    """Note a try before the password is looked at, so that many at once cannot outrun the count. Answers its key.

    Raises CommandRefused `too_many` after five wrong tries for this name within 15 minutes, known name or not.
    """
    name = _plain(username)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sign-in:{name}"])
    recent = SignInTry.objects.filter(username=name, at__gt=now - WINDOW)
    last_right = recent.filter(passed=True).order_by("-at", "-pk").first()
    wrong = recent.filter(passed=False, pk__gt=last_right.pk if last_right else 0)
    if wrong.count() >= WRONG_TRIES_MAX:
        raise CommandRefused("too_many", "too many wrong passwords for this name; try again in a quarter of an hour")
    return SignInTry.objects.create(username=name, at=now).pk


@transaction.atomic
def finish_sign_in(*, try_id: int, member_id: int, now: datetime) -> None:
    """The password was right: earlier wrong tries no longer count, and the journal knows who came in."""
    SignInTry.objects.filter(pk=try_id).update(passed=True)
    journal.record("staff.signed_in", subject=f"staff:{member_id}", actor=f"staff:{member_id}", at=now)


def _plain(username: str) -> str:
    return username.strip().lower()[:60]
