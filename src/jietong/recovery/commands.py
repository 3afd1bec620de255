"""Cases, promises and the reminders that a case's strategy asks for. Each write is one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from jietong.borrowers import queries as borrowers
from jietong.contacts import commands as contacts
from jietong.contacts.commands.attempts import ManyPlan, Plan
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.kernel.money import show_yuan
from jietong.loans.queries import book as loans
from jietong.recovery.cases_sql import MOVE_CASES
from jietong.recovery.models import Case, Promise
from jietong.recovery.rules import promise as promise_rules
from jietong.recovery.rules import strategy

CASE_OPENS_FROM_DAYS = 1


@transaction.atomic
def move_cases(*, business_date: date, now: datetime) -> dict[str, int]:
    """Open a case for everybody newly late, move open ones with the book, close those that are cured.

    Compares what the heads say with what the cases say and writes only the difference: twice changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(MOVE_CASES, {"day": business_date})
        return dict(zip(("opened", "moved", "cured"), cursor.fetchone(), strict=True))


@transaction.atomic
def record_promise(
    *,
    borrower_id: int,
    amount_fen: int,
    due_on: date,
    actor: str,
    now: datetime,
    contact_id: int | None = None,
    member_id: int | None = None,
) -> Promise:
    """Record what the borrower promises. Until it is due nobody reminds of the debt: it stops outbound contact.

    Raises InputError for an amount that is not owed or a date too early or too late; CommandRefused
    `promise_active` while another promise runs, `nothing_late` when there is no case.
    """
    today = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
    borrowers.lock(borrower_id)  # two specialists at once: the second finds the first one's case and promise
    case = Case.objects.select_for_update(no_key=True).filter(borrower_id=borrower_id, closed_on=None).first()
    owed = sum(view.due_now_fen for view in loans.loans_of(borrower_id, on=today))
    if owed <= 0:
        raise CommandRefused("nothing_late", "nothing is due: there is nothing to promise")
    if case is None:
        case = Case.objects.create(
            borrower_id=borrower_id, opened_on=today, stage=loans.position(borrower_id, on=today).worst_bucket
        )
    _check_promise(amount_fen, owed_fen=owed, due_on=due_on, today=today, stage=case.stage)
    if Promise.objects.filter(borrower_id=borrower_id, state=Promise.State.ACTIVE).exists():
        # also one of an earlier case, running again since its money was taken back
        raise CommandRefused("promise_active", "another promise is still running; end it first")
    try:
        with transaction.atomic():
            promise = Promise.objects.create(
                case=case,
                borrower_id=borrower_id,
                contact_id=contact_id,
                amount_fen=amount_fen,
                due_on=due_on,
                made_at=now,
                made_by_id=member_id,
            )
    except IntegrityError as error:
        raise CommandRefused("promise_active", "another promise is still running; end it first") from error
    _pause(promise, actor=actor, now=now)
    _plan_promise_reminder(promise, now=now)
    _tell(promise, "recovery.promise_made", actor=actor, now=now)
    return promise


def _check_promise(amount_fen: int, *, owed_fen: int, due_on: date, today: date, stage: str) -> None:
    if amount_fen <= 0:
        raise InputError("amount", "not_positive", "a promise is of some amount")
    if amount_fen > owed_fen * 2:
        raise InputError("amount", "too_large", f"only {show_yuan(owed_fen)} is due")
    if due_on < today:
        raise InputError("due_on", "past", "the promised day has passed already")
    latest = promise_rules.latest_date(stage, today)
    if due_on > latest:
        raise InputError("due_on", "too_late", f"in this stage a promise may lie at most until {latest.isoformat()}")


def _plan_promise_reminder(promise: Promise, *, now: datetime) -> None:
    """The day before, as agreed with the borrower when the promise was made: a service, not dunning."""
    day_before = promise.due_on - timedelta(days=1)
    at = datetime.combine(day_before, time(10), ZoneInfo(settings.LENDER_TIME_ZONE))
    if at > now:
        contacts.plan(
            Plan(
                key=f"promise:{promise.pk}:reminder",
                borrower_id=promise.borrower_id,
                channel="sms",
                purpose="service",
                template="promise_reminder",
                not_before=at,
                expires_at=at + timedelta(hours=12),
            ),
            now=now,
        )


@transaction.atomic
def decide_promises(*, business_date: date, now: datetime) -> dict[str, int]:
    """Judge active promises by the book as of the date. Decided ones stop pausing reminders."""
    counts: dict[str, int] = {}
    over = Q(due_on__lt=business_date - timedelta(days=promise_rules.GRACE_DAYS)) | Q(pk__in=_maybe_kept())
    running = Promise.objects.select_for_update().filter(over, state=Promise.State.ACTIVE)
    for promise in running.order_by("pk"):
        found = _judge(promise, today=business_date, now=now)
        if found:
            counts[found] = counts.get(found, 0) + 1
    return counts


def _maybe_kept() -> list[int]:
    """Running promises of borrowers from whom as much has come since the first of them was made; judged one by one."""
    running = Promise.objects.filter(state=Promise.State.ACTIVE)
    rows = list(running.values_list("pk", "borrower_id", "made_at", "amount_fen"))
    starts: dict[int, datetime] = {}
    for _, borrower_id, made_at, _ in rows:
        starts[borrower_id] = min(made_at, starts.get(borrower_id, made_at))
    paid = loans.paid_since(starts)
    return [pk for pk, borrower_id, _, amount_fen in rows if paid.get(borrower_id, 0) >= amount_fen]


def _ends_at(promise: Promise) -> datetime:
    """The first instant after the day of grace."""
    last = promise.due_on + timedelta(days=promise_rules.GRACE_DAYS + 1)
    return datetime.combine(last, time(0), ZoneInfo(settings.LENDER_TIME_ZONE))


def _pause(promise: Promise, *, actor: str, now: datetime) -> None:
    """While a promise runs nobody reminds of the debt."""
    contacts.place_stop(
        borrower_id=promise.borrower_id, reason="promise_active", source=f"promise:{promise.pk}", actor=actor, now=now,
        until=_ends_at(promise),
    )  # fmt: skip


def _verdict(promise: Promise, *, today: date) -> str | None:
    """What the book says of the promise on a day; the money found is set on it, not yet written."""
    promise.paid_fen = loans.paid_between(promise.borrower_id, promise.made_at, _ends_at(promise))
    return promise_rules.outcome(
        amount_fen=promise.amount_fen, paid_fen=promise.paid_fen, due_on=promise.due_on, today=today
    )


def _judge(promise: Promise, *, today: date, now: datetime) -> str | None:
    found = _verdict(promise, today=today)
    if found is None:
        return None
    promise.state, promise.decided_on = found, today
    promise.save(update_fields=["state", "decided_on", "paid_fen"])
    contacts.lift_stops(source=f"promise:{promise.pk}", actor="system:recovery", now=now)
    _tell(promise, "recovery.promise_decided", actor="system:recovery", now=now)
    return found


def on_repayment_booked(event: Event) -> None:
    """News from the book: a promise may be kept by it, also one judged before we heard that the money had come.

    Called twice it judges twice and changes nothing.
    """
    _judge_anew(event)


def on_repayment_reversed(event: Event) -> None:
    """Money was taken back: promises that it had kept are judged again. Called twice it changes nothing."""
    _judge_anew(event)


def _judge_anew(event: Event) -> None:
    assert event.borrower_id is not None  # money belongs to a loan, and a loan to a borrower
    borrowers.lock(event.borrower_id)  # a promise made at this moment waits, or is seen
    today = event.at.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
    paid_on = date.fromisoformat(event.data["paid_on"])
    judged = Promise.objects.select_for_update().filter(borrower_id=event.borrower_id)
    for promise in judged.exclude(state=Promise.State.CANCELLED).order_by("-made_at", "-pk"):
        if promise.state == Promise.State.ACTIVE:
            _judge(promise, today=today, now=event.at)
        elif promise.due_on + timedelta(days=promise_rules.GRACE_DAYS) >= paid_on:
            _rejudge(promise, today=today, now=event.at)


def _rejudge(promise: Promise, *, today: date, now: datetime) -> None:
    """Judge a decided promise again: its state follows the money, or it runs again if its days are not over.

    While it was thought kept another may have been made; that one runs, and this one is cancelled in its favour.
    """
    found = _verdict(promise, today=today)
    if found is not None and found == promise.state:
        promise.save(update_fields=["paid_fen"])
        return
    if found is not None:
        promise.state, promise.decided_on = found, today
    elif Promise.objects.filter(borrower_id=promise.borrower_id, state=Promise.State.ACTIVE).exists():
        promise.state, promise.decided_on = Promise.State.CANCELLED, today
    else:
        promise.state, promise.decided_on = Promise.State.ACTIVE, None
        promise.case = Case.objects.filter(borrower_id=promise.borrower_id, closed_on=None).first() or promise.case
        _pause(promise, actor="system:recovery", now=now)
    promise.save(update_fields=["state", "decided_on", "paid_fen", "case"])
    kind = "recovery.promise_resumed" if promise.state == Promise.State.ACTIVE else "recovery.promise_decided"
    _tell(promise, kind, actor="system:recovery", now=now)


def plan_reminders(*, business_date: date, now: datetime) -> dict[str, int]:
    """Plan the messages that the strategy asks for on the date, each once; whether one leaves is asked later."""
    return {"planned": contacts.plan_for_many(_reminders(business_date, now), now=now)}


def _reminders(business_date: date, now: datetime) -> Iterator[ManyPlan]:
    zone = ZoneInfo(settings.LENDER_TIME_ZONE)
    for due_on, steps in strategy.due_dates(business_date).items():
        borrower_ids = sorted(loans.due_on(due_on))
        if not borrower_ids:
            continue
        for step in steps:
            at = datetime.combine(business_date, step.at, zone)
            yield ManyPlan(
                key=f"strategy:{{}}:{due_on.isoformat()}:{step.code}",
                borrower_ids=borrower_ids,
                channel=step.channel,
                purpose=step.purpose,
                template=step.template,
                variables={"day": f"{due_on.month}月{due_on.day}日"},
                not_before=max(at, now),
                expires_at=datetime.combine(business_date + timedelta(days=step.lasts_days), time(22), zone),
            )


def _tell(promise: Promise, kind: str, *, actor: str, now: datetime) -> None:
    journal.record(
        kind,
        subject=f"promise:{promise.pk}",
        borrower_id=promise.borrower_id,
        actor=actor,
        at=now,
        data={"amount_fen": promise.amount_fen, "due_on": promise.due_on.isoformat(), "state": promise.state},
    )
