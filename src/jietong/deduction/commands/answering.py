"""What the channel says, taken once per truth: every answer is kept, and only what can be right moves anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from jietong.borrowers import queries as borrowers
from jietong.deduction import gathering
from jietong.deduction.channels import Reply
from jietong.deduction.commands.finishing import book, fail, order_refund
from jietong.deduction.models import Answer, Debit
from jietong.deduction.policies import policy
from jietong.deduction.rules.judging import Judged, Known, Outcome, Told, Worth, judge
from jietong.deduction.rules.refusals import Reason
from jietong.deduction.rules.states import State
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError

#: answers that name money which was taken, and its number
MONEY = (Worth.TAKEN, Worth.TAKEN_AFTER_ALL, Worth.DOUBLE)
#: a person has to look; shown on the console until somebody has
ODD = (Worth.WRONG_AMOUNT, Worth.CONTRADICTS)


def take_reply(reply: Reply, *, key: str, source: str, now: datetime) -> list[Worth]:
    """All answers of one reply about `key`. One that names another key is believed for neither of the two."""
    return [
        take_answer(told, source=source, raw=reply.raw, now=now, about=key, last=at == len(reply.told))
        for at, told in enumerate(reply.told, start=1)
    ]


@transaction.atomic
def take_answer(
    told: Told, *, source: str, raw: str = "", now: datetime, about: str | None = None, last: bool = True
) -> Worth:
    """Take one answer, however often it comes; `about`: the key we asked for. Answers what it was worth.

    Money that was taken is booked through the loan's book once, under the debit's own receipt; what the loan cannot use
    and what was taken twice becomes a refund order in the same transaction. Raises InputError without a policy.
    """
    debit = lock_debit(about or told.key)
    if debit is None or (about is not None and told.key != about):
        _keep(debit, told, Worth.NOT_OURS, source=source, raw=raw, now=now)
        if debit is not None and debit.state in (State.CLAIMED, State.ASKED) and last:
            ask_later(debit, now=now)
        return Worth.NOT_OURS
    judged = judge(told, known(debit), now=now, policy=policy())
    _keep(debit, told, judged.worth, source=source, raw=raw, now=now)
    _act(debit, told, judged, now=now)
    return judged.worth


def _act(debit: Debit, told: Told, judged: Judged, *, now: datetime) -> None:
    if judged.worth in (Worth.TAKEN, Worth.TAKEN_AFTER_ALL):
        assert told.amount_fen is not None
        assert told.paid_at is not None
        book(debit, fen=told.amount_fen, ref=told.channel_ref, paid_at=told.paid_at, worth=judged.worth, now=now)
    elif judged.worth is Worth.DOUBLE:
        assert told.amount_fen is not None
        order_refund(debit, fen=told.amount_fen, of_ref=told.channel_ref, reason="double", now=now)
    elif judged.worth is Worth.FAILED:
        assert judged.reason is not None
        fail(debit, judged.reason, code=told.code, now=now)
    elif judged.state in (State.SENT, State.UNKNOWN):
        if judged.worth in ODD:
            debit.odd = judged.worth
        ask_later(debit, now=now, state=judged.state)
    elif judged.worth in ODD and debit.odd != judged.worth:
        debit.odd = judged.worth
        debit.save(update_fields=["odd"])
        _tell_odd(debit, now=now)


def ask_later(debit: Debit, *, now: datetime, state: State = State.UNKNOWN) -> None:
    """No certain answer yet: it is asked again after the policy's pause. The caller holds the debit."""
    newly_unknown = state == State.UNKNOWN and debit.state in (State.CLAIMED, State.SENT)
    debit.state, debit.ask_at = state, now + policy().ask_pause(debit.asked)
    debit.sent_at = debit.sent_at or now
    debit.save(update_fields=["state", "ask_at", "sent_at", "odd"])
    if newly_unknown:
        journal.record(
            "deduction.unknown", subject=f"debit:{debit.pk}", borrower_id=debit.borrower_id,
            actor="system:deduction", at=now, data={"key": debit.key, "odd": debit.odd},
        )  # fmt: skip


@transaction.atomic
def unsure(*, key: str, source: str, why: str, raw: str, now: datetime) -> None:
    """No answer, or one that cannot be read: kept as such; an open debit becomes unknown and is asked about."""
    debit = lock_debit(key)
    told = Told(key, Outcome.UNREADABLE, why[:40])
    _keep(debit, told, Worth.WAITS, source=source, raw=raw or why, now=now)
    if debit is not None and debit.state in (State.CLAIMED, State.SENT, State.UNKNOWN, State.ASKED):
        ask_later(debit, now=now)


@transaction.atomic
def fail_unsent(*, key: str, why: str, now: datetime) -> None:
    """No connection was made, so certainly nothing was sent: the one case in which silence means "no"."""
    debit = lock_debit(key)
    assert debit is not None  # claimed by us a moment ago; debits are never deleted
    if debit.state == State.CLAIMED:
        _keep(debit, Told(key, Outcome.FAILED, "not_sent"), Worth.FAILED, source="reply", raw=why, now=now)
        fail(debit, Reason.CHANNEL_DOWN, code="not_sent", now=now)


@transaction.atomic
def resolve(*, key: str, taken_fen: int, channel_ref: str, reason: str, actor: str, now: datetime) -> Debit:
    """A person has looked at the channel's statement: so much was taken under this number, or nothing.

    For debits whose answers cannot all be right, or that nobody can ask about. Kept as an answer of a person, with the
    reason. Raises InputError for a missing reason, number or key; CommandRefused `not_open` when it is decided.
    """
    if not reason.strip():
        raise InputError("reason", "missing", "say what the channel's statement shows")
    if taken_fen < 0 or (taken_fen > 0 and not channel_ref.strip()):
        raise InputError("channel_ref", "missing", "money that was taken has the channel's number")
    debit = lock_debit(key)
    if debit is None:
        raise InputError("key", "unknown", f"there is no debit {key}")
    if debit.state not in (State.CLAIMED, State.SENT, State.UNKNOWN, State.ASKED):
        raise CommandRefused("not_open", f"{key} is decided: {debit.state}")
    outcome = Outcome.SUCCEEDED if taken_fen else Outcome.FAILED
    told = Told(key, outcome, actor, taken_fen or None, channel_ref.strip(), now if taken_fen else None)
    _keep(debit, told, Worth.TAKEN if taken_fen else Worth.FAILED, source="person", raw=reason, now=now)
    debit.odd = ""
    if taken_fen:
        book(debit, fen=taken_fen, ref=channel_ref.strip(), paid_at=now, worth=Worth.TAKEN, now=now)
    else:
        fail(debit, Reason.BANK_REFUSED, code="person", now=now)
    journal.record(
        "deduction.resolved", subject=f"debit:{debit.pk}", borrower_id=debit.borrower_id, actor=actor, at=now,
        data={"key": key, "taken_fen": taken_fen, "reason": reason.strip()[:200]},
    )  # fmt: skip
    return debit


@transaction.atomic
def mark_seen(*, key: str, reason: str, actor: str, now: datetime) -> None:
    """A person has looked at an answer that contradicts a decided debit; nothing is moved by it."""
    if not reason.strip():
        raise InputError("reason", "missing", "say what was found")
    debit = lock_debit(key)
    if debit is None:
        raise InputError("key", "unknown", f"there is no debit {key}")
    debit.odd = ""
    debit.save(update_fields=["odd"])
    journal.record(
        "deduction.resolved", subject=f"debit:{debit.pk}", borrower_id=debit.borrower_id, actor=actor, at=now,
        data={"key": key, "reason": reason.strip()[:200]},
    )  # fmt: skip


def lock_debit(key: str) -> Debit | None:
    """The debit under the locks that every write takes, in the same order: borrower, debit (and then the loan)."""
    owner = Debit.objects.filter(key=key).values_list("borrower_id", flat=True).first()
    if owner is None:
        return None
    borrowers.lock(owner)
    return Debit.objects.select_for_update(of=("self",)).select_related("loan", "mandate").get(key=key)


def known(debit: Debit) -> Known:
    refs = Answer.objects.filter(debit=debit, worth__in=[w.value for w in MONEY]).values_list("channel_ref", flat=True)
    claimed_at = debit.claimed_at or debit.planned_at
    return Known(State(debit.state), debit.amount_fen, claimed_at, frozenset(refs))


def known_refs(keys: Iterable[str]) -> set[tuple[str, str]]:
    """(key, channel's number) of all money under these keys that was spoken of and judged before, ours or not."""
    judged = [w.value for w in (*MONEY, Worth.NOT_OURS)]
    rows = Answer.objects.filter(key__in=list(keys), worth__in=judged)
    return set(rows.values_list("key", "channel_ref"))


def _keep(debit: Debit | None, told: Told, worth: Worth, *, source: str, raw: str, now: datetime) -> None:
    Answer.objects.create(
        debit=debit, at=now, source=source, key=told.key[:80], outcome=told.outcome, code=told.code[:40],
        amount_fen=told.amount_fen, channel_ref=told.channel_ref[:60], paid_at=told.paid_at, worth=worth,
        raw=raw.replace("\x00", "")[:4000],
    )  # fmt: skip
    if worth in (Worth.NOT_OURS, Worth.DOUBLE, *ODD):
        journal.record(
            "deduction.odd_answer", subject=f"debit:{debit.pk if debit else 0}",
            borrower_id=debit.borrower_id if debit else None, actor="channel", at=now,
            data={"key": told.key[:80], "worth": worth, "day": now.astimezone(gathering.zone()).date().isoformat()},
        )  # fmt: skip


def _tell_odd(debit: Debit, *, now: datetime) -> None:
    journal.record(
        "deduction.contradicted", subject=f"debit:{debit.pk}", borrower_id=debit.borrower_id,
        actor="channel", at=now, data={"key": debit.key},
    )  # fmt: skip
