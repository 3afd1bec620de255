"""Telling the borrower before anything adverse is reported, with evidence that it was told."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from jietong.bureau.models import Notice
from jietong.bureau.policy import Policy, policy_or_none
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.contacts.commands.attempts import Plan
from jietong.kernel import clock, journal
from jietong.loans.queries import standing as loans

TEMPLATE = "bureau_notice"
LASTS = timedelta(days=3)  # a message that has not left by then is tried another way
TRIES_MAX = 6


@transaction.atomic
def plan_notices(*, business_date: date, now: datetime) -> dict[str, int]:
    """Day-end: tell everybody whose loan has been late long enough, once per stretch of being late.

    Takes in first what became of the messages that were on their way; notices of loans that are late no more end.
    Twice changes nothing.
    """
    policy = policy_or_none()
    if policy is None:
        return {"told": 0, "planned": 0, "ended": 0}
    told = gather_evidence(now=now)
    late = loans.late_loans(on=business_date)
    ended = _end_cured(set(late), on=business_date)
    long_enough = business_date - timedelta(days=policy.notice_from_days)
    wanted = {key: who_due for key, who_due in late.items() if who_due[1] <= long_enough}
    planned = _try_again(late, policy, now=now) + tell_before(wanted, policy, now=now)
    return {"told": told, "planned": planned, "ended": ended}


def tell_before(late: dict[int, tuple[int, date]], policy: Policy, *, now: datetime) -> int:
    """Plan a notice for every loan here that has no open one; a borrower's loans share one message.

    late: loan → (borrower, oldest unpaid due date). Answers how many notices were planned.
    """
    have = set(Notice.objects.filter(loan_id__in=list(late), ended_on=None).values_list("loan_id", flat=True))
    fresh = [
        Notice(
            loan_id=key, borrower_id=who, oldest_unpaid_on=due, channel=policy.channels[0], planned_at=now,
            attempt_key=_key(who, 1, now),
        )
        for key, (who, due) in late.items()
        if key not in have
    ]  # fmt: skip
    Notice.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    _plan(fresh, policy, now=now)
    return len(fresh)


def gather_evidence(*, now: datetime) -> int:
    """What became of the messages: sent ones become evidence, others the reason why not. Answers how many were told."""
    waiting = list(Notice.objects.select_for_update().filter(state=Notice.State.PLANNED, ended_on=None).order_by("pk"))
    attempts = contact_queries.attempts_by_key({notice.attempt_key for notice in waiting})
    changed = []
    for notice in waiting:
        attempt = attempts.get(notice.attempt_key)
        if attempt is None or attempt.state in {"planned", "sending"}:
            continue
        is_sent = attempt.state == "sent"
        notice.state = Notice.State.SENT if is_sent else Notice.State.FAILED
        notice.sent_at = attempt.sent_at if is_sent else None
        notice.evidence = {
            "attempt": attempt.pk,
            "channel": attempt.channel,
            "to": attempt.point.display if attempt.point is not None else "",
            "text": attempt.body,
            "provider": attempt.provider_ref,
            "why_not": "" if is_sent else attempt.refusal or attempt.error or attempt.state,
        }
        changed.append(notice)
    Notice.objects.bulk_update(changed, ["state", "sent_at", "evidence"], batch_size=1000)
    sent = [notice for notice in changed if notice.state == Notice.State.SENT]
    for notice in sent:
        journal.record(
            "bureau.notice_given", subject=f"loan:{notice.loan_id}", borrower_id=notice.borrower_id,
            actor="system:bureau", at=now, data={"notice": notice.pk, "channel": notice.channel},
        )  # fmt: skip
    return len(sent)


def _end_cured(late: set[int], *, on: date) -> int:
    """Whose loan is late no more has been told about a stretch that is over."""
    open_rows = Notice.objects.filter(ended_on=None).values_list("pk", "loan_id")
    over = [key for key, loan_id in open_rows if loan_id not in late]
    return Notice.objects.filter(pk__in=over).update(ended_on=on)


def _try_again(late: dict[int, tuple[int, date]], policy: Policy, *, now: datetime) -> int:
    """A notice that did not arrive goes the next way; after some rounds it stays for a person to see."""
    failed = Notice.objects.filter(state=Notice.State.FAILED, ended_on=None, tries__lt=TRIES_MAX)
    again = [notice for notice in failed.order_by("pk") if notice.loan_id in late]
    for notice in again:
        notice.channel = policy.channels[notice.tries % len(policy.channels)]
        notice.tries += 1
        notice.state = Notice.State.PLANNED
        notice.attempt_key = _key(notice.borrower_id, notice.tries, now)
    Notice.objects.bulk_update(again, ["channel", "tries", "state", "attempt_key"], batch_size=1000)
    _plan(again, policy, now=now)
    return len(again)


def _key(borrower_id: int, tries: int, now: datetime) -> str:
    return f"bureau:{borrower_id}:notice:{clock.local_date(now, settings.LENDER_TIME_ZONE).isoformat()}:{tries}"


def _plan(notices: list[Notice], policy: Policy, *, now: datetime) -> None:
    """One message a borrower and channel. It is a service: whether it may leave is asked like for any other."""
    carried: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        carried[notice.attempt_key].append(notice)
    free_on = clock.local_date(now, settings.LENDER_TIME_ZONE) + timedelta(days=policy.timing.waiting_days)
    contacts.plan_many(
        (
            Plan(
                key=key, borrower_id=group[0].borrower_id, channel=group[0].channel, purpose="service",
                template=TEMPLATE, variables={"day": f"{free_on.month}月{free_on.day}日"}, not_before=now,
                expires_at=now + LASTS,
            )
            for key, group in carried.items()
        ),
        now=now,
    )  # fmt: skip
