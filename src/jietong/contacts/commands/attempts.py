"""What we send. Planned by upper rooms, asked of the contact rules, then sent at most once.

The rules' decision and the attempt's next state are written in one transaction, under a lock on the borrower, so that
two workers cannot together exceed a cap. Sending comes after: a process killed in the middle may leave a message
unsent, never sent twice.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError, connection, transaction
from procrastinate.contrib.django import app

from jietong.borrowers import queries as borrowers
from jietong.compliance.rules.decision import decide
from jietong.compliance.rules.facts import Facts
from jietong.contacts import queries, texts
from jietong.contacts.channels import ChannelError, Outgoing, channel_for
from jietong.contacts.commands.contact import say
from jietong.contacts.models import Attempt, Contact, Decision
from jietong.kernel import journal
from jietong.loans import commands as loans
from jietong.loans.queries import parties
from jietong.packs.queries import pack

log = logging.getLogger(__name__)

RELEASE_BATCH = 100
AWAITED = "service"  # the purpose of what a borrower asked for and waits for
DECISION_HOLDS = timedelta(minutes=2)  # a yes older than this is asked for again
STUCK_AFTER = timedelta(minutes=5)
SEND = "contacts.send_attempt"  # the job's name: contacts/tasks.py is one line that calls back here
#: texts by which a borrower is told that the creditor of a loan has changed
NOTICES = frozenset({"claim_transferred", "claim_compensated", "claim_compensated_in_part"})
UNKNOWN = "unknown_whether_sent"  # claimed by a process that died: it may have gone out, and counts as if it had


@dataclass(frozen=True, slots=True)
class Plan:
    """One message to be sent once. `key` is the outside reason for it; the same key again changes nothing."""

    key: str
    borrower_id: int
    channel: str
    purpose: str
    template: str
    not_before: datetime
    expires_at: datetime
    variables: dict[str, Any] = field(default_factory=dict)
    point_id: int | None = None
    contact_id: int | None = None


def plan(wanted: Plan, *, now: datetime) -> None:
    """Plan one message; it leaves on the next tick if the rules allow."""
    plan_many([wanted], now=now)


@transaction.atomic
def plan_many(wanted: Iterable[Plan], *, now: datetime) -> int:
    """Plan messages in bulk, each key at most once. Answers how many rows were offered to the table."""
    rows = [
        Attempt(
            key=p.key,
            borrower_id=p.borrower_id,
            channel=p.channel,
            purpose=p.purpose,
            template=p.template,
            variables=p.variables,
            planned_at=now,
            not_before=p.not_before,
            expires_at=p.expires_at,
            point_id=p.point_id,
            contact_id=p.contact_id,
        )
        for p in wanted
    ]
    Attempt.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)


@dataclass(frozen=True, slots=True)
class ManyPlan:
    """One message to many borrowers, each once: the key of one is `key` with the borrower's number in place of {}."""

    key: str
    borrower_ids: Sequence[int]
    channel: str
    purpose: str
    template: str
    not_before: datetime
    expires_at: datetime
    variables: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def plan_for_many(wanted: Iterable[ManyPlan], *, now: datetime) -> int:
    """Plan messages for whole groups, a statement each; the same rows as `plan_many`. Answers how many were offered."""
    offered = 0
    with connection.cursor() as cursor:
        for p in wanted:
            before, _, after = p.key.partition("{}")
            values = [before, after, p.channel, p.purpose, p.template, json.dumps(p.variables, ensure_ascii=False)]
            cursor.execute(_PLAN_FOR_MANY, [*values, now, p.not_before, p.expires_at, list(p.borrower_ids)])
            offered += len(p.borrower_ids)
    return offered


_PLAN_FOR_MANY = """
INSERT INTO contacts_attempt (key, borrower_id, channel, purpose, template, variables, state, planned_at, not_before,
  expires_at, refusal, rule, subject, body, provider_ref, error)
SELECT %s || b || %s, b, %s, %s, %s, %s::jsonb, 'planned', %s, %s, %s, '', '', '', '', '', ''
FROM unnest(%s::bigint[]) AS b ON CONFLICT DO NOTHING
"""


def release_due(*, now: datetime, limit: int = RELEASE_BATCH) -> int:
    """Decide on planned attempts whose time has come. Answers how many were decided; two workers share the work.

    What a borrower waits for (a login code, an answer) goes before reminders, however many of those are due.
    """
    due = Attempt.objects.filter(state=Attempt.State.PLANNED, not_before__lte=now).order_by("not_before", "id")
    asked_for, others = due.filter(purpose=AWAITED), due.exclude(purpose=AWAITED)
    keys = list(asked_for.values_list("pk", flat=True)[:limit])
    keys += others.values_list("pk", flat=True)[: limit - len(keys)]
    return sum(_release_or_set_aside(key, now=now) for key in keys)


def _release_or_set_aside(attempt_id: int, *, now: datetime) -> bool:
    """One broken attempt must not hold up the others: it is set aside with its reason, unsent."""
    try:
        return _release(attempt_id, now=now)
    except OperationalError:
        raise  # the database, not the attempt: the next tick tries again
    except Exception as error:
        log.exception("attempt %s cannot be decided", attempt_id)
        reason = f"cannot_be_decided: {type(error).__name__} {error}"[:200]
        waiting = Attempt.objects.filter(pk=attempt_id, state=Attempt.State.PLANNED)
        return bool(waiting.update(state=Attempt.State.FAILED, error=reason))


@transaction.atomic
def _release(attempt_id: int, *, now: datetime) -> bool:
    attempt = (
        Attempt.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("borrower")
        .filter(pk=attempt_id, state=Attempt.State.PLANNED)
        .first()
    )
    if attempt is None:
        return False
    borrower = borrowers.lock(attempt.borrower_id)
    if attempt.expires_at <= now:
        attempt.state = Attempt.State.EXPIRED
        attempt.save(update_fields=["state"])
        return True
    point = attempt.point if attempt.point is not None and attempt.point.stopped_at is None else None
    point = point or queries.point_for(borrower.pk, attempt.channel)
    facts = _facts(attempt, point_id=point.pk if point else None, time_zone=borrower.time_zone, now=now)
    rules = pack(settings.RULE_PACK)
    verdict = decide(facts, rules)
    Decision.objects.create(
        attempt=attempt,
        at=now,
        allowed=verdict.allowed,
        refusal=verdict.refusal or "",
        rule=verdict.rule or "",
        source=verdict.source or "",
        retry_at=verdict.retry_at,
        pack=f"{rules.name} {rules.version}",
    )
    if not verdict.allowed:
        _refuse(attempt, str(verdict.refusal), verdict.rule or "", verdict.retry_at, now=now)
    elif point is None:
        _refuse(attempt, "no_way_to_reach", "", None, now=now)
    else:
        _let_go(attempt, point.pk, language=borrower.language, now=now)
    return True


def _facts(attempt: Attempt, *, point_id: int | None, time_zone: str, now: datetime) -> Facts:
    return queries.contact_facts(
        attempt.borrower_id,
        now=now,
        time_zone=time_zone,
        channel=attempt.channel,
        purpose=attempt.purpose,
        point_id=point_id,
    )


def _refuse(attempt: Attempt, refusal: str, rule: str, retry_at: datetime | None, *, now: datetime) -> None:
    """Named, kept, shown. It waits for the time at which it becomes possible, unless it would be pointless by then."""
    first_time = not attempt.refusal
    waits = retry_at is not None and retry_at < attempt.expires_at
    attempt.refusal, attempt.rule, attempt.retry_at = refusal, rule, retry_at
    attempt.state = Attempt.State.PLANNED if waits else Attempt.State.REFUSED
    if waits:
        assert retry_at is not None
        attempt.not_before = retry_at
    attempt.save(update_fields=["refusal", "rule", "retry_at", "state", "not_before"])
    if first_time or not waits:
        _tell("contacts.attempt_refused", attempt, now=now, refusal=refusal, rule=rule)


def _let_go(attempt: Attempt, point_id: int, *, language: str, now: datetime) -> None:
    variables = dict(attempt.variables)
    if texts.names_creditor(attempt.template) and "creditor" not in variables:
        variables["creditor"] = _creditors(attempt.borrower_id, now=now)
    rendered = texts.render(attempt.template, variables, language=language)
    attempt.point_id = point_id
    attempt.subject, attempt.body = rendered.subject, rendered.body
    attempt.state = Attempt.State.SENDING
    attempt.sent_at = now
    attempt.save(update_fields=["point", "subject", "body", "state", "sent_at"])
    app.configure_task(SEND, priority=int(attempt.purpose == AWAITED)).defer(attempt_id=attempt.pk)


def _creditors(borrower_id: int, *, now: datetime) -> str:
    """Whose claim it is on the day on which the message leaves; our own name when nothing is open."""
    today = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
    return "、".join(parties.creditors_named(borrower_id, today)) or settings.LENDER_NAME


def send_attempt(*, attempt_id: int, now: datetime) -> None:
    """Hand one released attempt to its channel. Claimed first, in its own transaction: whoever finds the claim taken
    leaves it alone, because nobody can know whether the borrower has heard it already.

    A job that comes late does not send on an old yes: what was allowed at 21:58 may be forbidden at 22:03.
    """
    claim = f"jt-{uuid.uuid4().hex}"
    fresh = Attempt.objects.filter(
        pk=attempt_id, state=Attempt.State.SENDING, provider_ref="", sent_at__gt=now - DECISION_HOLDS
    )
    if not fresh.update(provider_ref=claim):
        return
    attempt = Attempt.objects.select_related("point").get(pk=attempt_id)
    assert attempt.point is not None
    outgoing = Outgoing(
        ref=claim,
        channel=attempt.channel,
        address=attempt.point.value or "",
        shown=attempt.point.display,
        subject=attempt.subject,
        body=attempt.body,
    )
    try:
        channel_for(attempt.channel).send(outgoing, now=now)
    except ChannelError as error:
        _finish(attempt, Attempt.State.FAILED, now=now, error=str(error))
    else:
        _finish(attempt, Attempt.State.SENT, now=now)


@transaction.atomic
def _finish(attempt: Attempt, state: str, *, now: datetime, error: str = "") -> None:
    attempt.state, attempt.error = state, error[:200]
    shown = attempt.body
    if texts.is_secret(attempt.template):
        # A one-time code opens the borrower's pages: it is for the borrower's eyes, not for a colleague's screen.
        shown, attempt.body, attempt.variables = attempt.template, "", {}
    attempt.save(update_fields=["state", "error", "body", "variables"])
    if state == Attempt.State.SENT and attempt.template in NOTICES:
        change_id = int(attempt.variables["change"])
        loans.record_notice(change_id=change_id, how=attempt.channel, actor="system:sender", now=now)
    _tell("contacts.attempt_sent" if state == Attempt.State.SENT else "contacts.attempt_failed", attempt, now=now)
    say(
        borrower_id=attempt.borrower_id,
        channel=attempt.channel,
        author="system",
        text=shown,
        actor="system:sender",
        now=now,
        contact=Contact.objects.filter(pk=attempt.contact_id).first() if attempt.contact_id else None,
        kind="attempt",
        data={"attempt": attempt.pk, "state": state, "template": attempt.template},
        for_borrower=False,
    )


def sweep_unsent(*, now: datetime) -> int:
    """Attempts released and not sent: unclaimed ones are decided anew; claimed ones may have gone out: given up."""
    waiting = Attempt.objects.filter(state=Attempt.State.SENDING)
    unclaimed = waiting.filter(provider_ref="", sent_at__lte=now - DECISION_HOLDS)
    unclaimed.update(state=Attempt.State.PLANNED, not_before=now, sent_at=None)
    claimed = waiting.exclude(provider_ref="").filter(sent_at__lt=now - STUCK_AFTER)
    return sum(_give_up(key, now=now) for key in list(claimed.values_list("pk", flat=True)[:RELEASE_BATCH]))


@transaction.atomic
def _give_up(attempt_id: int, *, now: datetime) -> bool:
    attempt = (
        Attempt.objects.select_for_update(skip_locked=True).filter(pk=attempt_id, state=Attempt.State.SENDING).first()
    )
    if attempt is None:
        return False
    _finish(attempt, Attempt.State.FAILED, now=now, error=UNKNOWN)
    return True


def tick(now: datetime) -> None:
    """Called by the worker about once a second."""
    release_due(now=now)
    sweep_unsent(now=now)


def _tell(kind: str, attempt: Attempt, *, now: datetime, **data: Any) -> None:
    journal.record(
        kind,
        subject=f"attempt:{attempt.pk}",
        borrower_id=attempt.borrower_id,
        actor="system:outreach",
        at=now,
        data={"channel": attempt.channel, "template": attempt.template, "state": attempt.state, **data},
    )
