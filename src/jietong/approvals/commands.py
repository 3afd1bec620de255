"""Asked by one, agreed to by another: what is done is what the second one saw, or nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction

from jietong.approvals import queries
from jietong.approvals.kinds import KINDS, Doing, Kind, Terms
from jietong.approvals.models import Request
from jietong.approvals.rules.rows import Row, digest, packed
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import may
from jietong.loans.queries import suspense
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.staff.models import Member


class _UndoError(Exception):
    """Ends a look: everything was carried out, nothing stays."""


@transaction.atomic
def put_forward(*, kind: str, terms: Terms, by: int, key: str, now: datetime, reason: str = "") -> Request | None:
    """Have an act done that may need a second person. None: it was within the limit and is done. key: of the form.

    terms: see kinds.py. by: the member who asks. Raises what the act itself raises (it is tried first); CommandRefused
    `not_yours`, `already_waiting` (the same about the same thing), `nobody_else` (a request that nobody may answer
    would wait for ever), `key_reused`.
    """
    one = KINDS[kind]
    _member(by, one.asks)
    subject, reason = one.subject(terms), reason.strip()[:200]
    _one_at_a_time(subject)
    known = Request.objects.filter(key=key[:80]).first()
    if known is not None:
        if (known.kind, known.terms, known.asked_by_id) != (kind, terms, by):
            raise CommandRefused("key_reused", "this form was used for something else")
        return known
    doing = Doing(f"staff:{by}", reason, f"form:{key[:60]}", now)
    if suspense.is_done(doing.key):
        return None
    if one.alone(terms, now):
        one.carry_out(terms, doing)
        return None
    if Request.objects.filter(kind=kind, subject=subject, state="waiting").exists():
        raise CommandRefused("already_waiting", "this waits for a second person already")
    rows = _look(one, terms, doing)
    owner = _owner(kind, but=by)
    row = Request.objects.create(
        kind=kind, subject=subject, terms=terms, rows=packed(rows), reason=reason, key=key[:80], asked_by_id=by,
        asked_at=now, owner=owner,
    )  # fmt: skip
    _tell("approvals.asked", row, by=by, now=now, owner=owner.pk)
    return row


def preview(*, request_id: int, now: datetime) -> tuple[list[Row], str, CommandRefused | InputError | None]:
    """What it would change if it were confirmed now, its digest, and what stands in the way. Nothing stays."""
    row = _request(request_id)
    try:
        with transaction.atomic():
            rows = _look(KINDS[row.kind], row.terms, _doing(row, now))
    except (CommandRefused, InputError) as refused:
        return [], "", refused
    return rows, digest(rows), None


@transaction.atomic
def confirm(*, request_id: int, by: int, seen: str, now: datetime) -> Request:
    """Agree: the act is carried out in this transaction, in the name of whoever asked.

    seen: the digest of what `preview` showed; if the book has moved since, nothing is done and CommandRefused
    `changed_since` says so. Raises CommandRefused `not_yours`, `own_request`, `already_decided`, and what the act
    raises (the request then goes on waiting).
    """
    row = _request(request_id)
    one = KINDS[row.kind]
    _second(row, by)
    # Two confirmers meet here: the second one waits for the first one's row, and then finds it decided.
    won = Request.objects.filter(pk=row.pk, state="waiting").exclude(asked_by_id=by)
    if not won.update(state="confirmed", decided_by_id=by, decided_at=now):
        raise CommandRefused("already_decided", "somebody has answered this")
    rows = one.carry_out(row.terms, _doing(row, now))
    if digest(rows) != seen:
        raise CommandRefused("changed_since", "the book has moved since this was shown: look again")
    Request.objects.filter(pk=row.pk).update(done=packed(rows))
    _tell("approvals.confirmed", row, by=by, now=now, asked_by=row.asked_by_id)
    return _request(row.pk)


@transaction.atomic
def refuse(*, request_id: int, by: int, reason: str, now: datetime) -> Request:
    """Disagree, with a reason that the asker reads. Raises as confirm, and InputError reason missing."""
    row, reason = _request(request_id), reason.strip()
    if not reason:
        raise InputError("reason", "missing", "a refusal says why")
    _second(row, by)
    won = Request.objects.filter(pk=row.pk, state="waiting").exclude(asked_by_id=by)
    if not won.update(state="refused", decided_by_id=by, decided_at=now, answer=reason[:200]):
        raise CommandRefused("already_decided", "somebody has answered this")
    _tell("approvals.refused", row, by=by, now=now, asked_by=row.asked_by_id)
    return _request(row.pk)


@transaction.atomic
def withdraw(*, request_id: int, by: int, now: datetime) -> Request:
    """Whoever asked takes it back. Raises CommandRefused `not_yours`, `already_decided`."""
    row = _request(request_id)
    if row.asked_by_id != by:
        raise CommandRefused("not_yours", "only who asked takes it back")
    won = Request.objects.filter(pk=row.pk, state="waiting")
    if not won.update(state="withdrawn", decided_by_id=by, decided_at=now):
        raise CommandRefused("already_decided", "somebody has answered this")
    _tell("approvals.withdrawn", row, by=by, now=now)
    return _request(row.pk)


@transaction.atomic
def take(*, request_id: int, by: int, now: datetime) -> Request:
    """Somebody who may answer it makes it theirs. Raises as confirm."""
    row = _request(request_id)
    _second(row, by)
    if not Request.objects.filter(pk=row.pk, state="waiting").update(owner_id=by):
        raise CommandRefused("already_decided", "somebody has answered this")
    _tell("approvals.taken", row, by=by, now=now)
    return _request(row.pk)


def _look(one: Kind, terms: Terms, doing: Doing) -> list[Row]:
    """Carry it out and undo it: what comes out is what it would do."""
    rows: Sequence[Row] = ()
    try:
        with transaction.atomic():
            rows = one.carry_out(terms, doing)
            raise _UndoError
    except _UndoError:
        return list(rows)


def _doing(row: Request, now: datetime) -> Doing:
    return Doing(f"staff:{row.asked_by_id}", row.reason, f"form:{row.key[:60]}", now)


def _request(request_id: int) -> Request:
    row = queries.request(request_id)
    if row is None:
        raise InputError("request", "unknown", f"there is no request {request_id}")
    return row


def _second(row: Request, by: int) -> None:
    if row.asked_by_id == by:
        raise CommandRefused("own_request", "a second person has to look at this")
    _member(by, KINDS[row.kind].confirms)


def _member(member_id: int, permission: str) -> Member:
    found = staff.member(member_id)
    if found is None or not may(found, permission):
        raise CommandRefused("not_yours", f"this needs the right {permission}")
    return found


def _owner(kind: str, *, but: int) -> Member:
    """Of those who may answer, whoever has the least to look at."""
    others = queries.confirmers(kind, but=but)
    if not others:
        raise CommandRefused("nobody_else", "there is no second person who may agree to this")
    loads = queries.loads([one.pk for one in others])
    return min(others, key=lambda one: (loads[one.pk], one.pk))


def _one_at_a_time(subject: str) -> None:
    """Two slices of one waiver, sent at once, are added up one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"approval:{subject}"])


def _tell(kind: str, row: Request, *, by: int, now: datetime, **more: int) -> None:
    data = {"request": row.pk, "kind": row.kind, "subject": row.subject, **more}
    journal.record(kind, subject=f"request:{row.pk}", actor=f"staff:{by}", at=now, data=data)
