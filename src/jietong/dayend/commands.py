"""Close a business date: an ordered list of steps, each done once together with its mark.

A rerun starts at the first step without a mark; a process killed in a step leaves neither the step nor its mark.
Dates that were missed are closed one after another, in their order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from procrastinate.contrib.django import app

from jietong.bureau import commands as bureau
from jietong.dayend.models import CatchUp, StepMark
from jietong.deduction import commands as deduction
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import commands as loans
from jietong.loans.queries import book as loan_queries
from jietong.origination import commands as origination
from jietong.recovery import commands as recovery

Step = Callable[..., dict[str, int]]

#: step, its counts (None while it runs) and the seconds that it took
Told = Callable[[str, dict[str, int] | None, float], None]

#: These follow the book as it stands now, so a run for a date before the book's own has nothing to tell them.
PRESENT_ONLY = frozenset(
    {
        "accrue",
        "pass_on",
        "cases",
        "limits",
        "promises",
        "plan_debits",
        "plan_reminders",
        "credit_notices",
        "credit_deadlines",
    }
)

#: the order is the policy: the unsound are left out, interest falls due, loans age, what was earned is booked in total,
#: cases and limits follow, promises are judged, debits and reminders are planned, what may be reported is told before
STEPS: tuple[tuple[str, Step], ...] = (
    ("check", loans.check),
    ("fall_due", loans.fall_due),
    ("age", loans.age),
    ("classify", loans.classify),
    ("accrue", loans.accrue),
    ("pass_on", loans.pass_on_parts),
    ("cases", recovery.move_cases),
    ("limits", origination.watch_limits),
    ("promises", recovery.decide_promises),
    ("plan_debits", deduction.plan_debits),
    ("plan_reminders", recovery.plan_reminders),
    ("credit_notices", bureau.plan_notices),
    ("credit_deadlines", bureau.watch),
)

LOCK = 7_304_001  # one day-end at a time; the second waits for the step and then finds it done
CATCH_UP = "dayend.catch_up"  # the job's name: tasks.py is one line that calls back here
DAYS_AT_ONCE_MAX = 400


def close_day(business_date: date, *, now: datetime, told: Told | None = None) -> dict[str, dict[str, int]]:
    """Run every step of the date that has no mark yet; answers what each did (marked ones: what they did then).

    `told(step, counts, seconds)` is called before a step with None and after it with its counts.
    """
    done: dict[str, dict[str, int]] = {}
    for name, step in STEPS:
        if told is not None:
            told(name, None, 0.0)
        mark = _run_step(name, step, business_date, now=now)
        done[name] = dict(mark.counts)
        if told is not None:
            told(name, done[name], mark.seconds)
    loans.set_business_date(business_date=business_date, now=now)
    return done


@transaction.atomic
def _run_step(name: str, step: Step, business_date: date, *, now: datetime) -> StepMark:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    mark = StepMark.objects.filter(business_date=business_date, name=name).first()
    if mark is not None:
        return mark
    began = time.perf_counter()
    book = loan_queries.business_date()
    is_past = book is not None and business_date < book
    counts = {"past": 1} if is_past and name in PRESENT_ONLY else step(business_date=business_date, now=now)
    mark = StepMark.objects.create(
        business_date=business_date, name=name, finished_at=now, counts=counts, seconds=time.perf_counter() - began
    )
    journal.record(
        "dayend.step_finished",
        subject=f"dayend:{business_date.isoformat()}",
        actor="system:dayend",
        at=now,
        data={"step": name, **counts},
    )
    return mark


def dates_to_close(until: date) -> list[date]:
    """Dates not closed yet up to `until`, in their order: those after the book's date, and it too if it is unfinished.

    A book that was never closed begins with `until`: nobody knows a date before it. Raises InputError `too_many` for
    more than a year, which is a slip of the pen.
    """
    book = loan_queries.business_date()
    half_done = StepMark.objects.order_by("-business_date").values_list("business_date", flat=True).first()
    first = until if book is None else book + timedelta(days=1)
    if half_done is not None and half_done < first and not _is_closed(half_done):
        first = half_done
    if (until - first).days >= DAYS_AT_ONCE_MAX:
        raise InputError("until", "too_many", f"more than {DAYS_AT_ONCE_MAX} days at once; close a nearer date first")
    return list(_days(first, until))


def _is_closed(day: date) -> bool:
    marks = set(StepMark.objects.filter(business_date=day).values_list("name", flat=True))
    return marks >= {name for name, _ in STEPS}


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def ask_catch_up(*, until: date, actor: str, now: datetime) -> CatchUp:
    """Queue the closing of every missed date up to `until` as a job; asked again while one runs, it goes on from there.

    Raises CommandRefused `nothing_missed`; InputError for too many dates.
    """
    dates = dates_to_close(until)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK + 1])
        row = CatchUp.objects.select_for_update().filter(finished_at=None).first()
        if row is not None:
            row.until_on = max(row.until_on, until)
            row.save(update_fields=["until_on"])
        elif dates:
            row = CatchUp.objects.create(asked_at=now, asked_by=actor[:60], from_on=dates[0], until_on=dates[-1])
        else:
            raise CommandRefused("nothing_missed", "every date is closed")
        app.configure_task(CATCH_UP).defer(catch_up_id=row.pk)
        _tell_catch_up("dayend.catch_up_asked", row, actor=actor, now=now)
    return row


def run_catch_up(*, catch_up_id: int, now: datetime) -> None:
    """The job: close the dates in their order. A date that fails ends it, with the error on the row; marks stay."""
    row = CatchUp.objects.filter(pk=catch_up_id, finished_at=None).first()
    if row is None:
        return
    try:
        for day in dates_to_close(row.until_on):
            close_day(day, now=now)
    except Exception as error:
        _end(row, f"{type(error).__name__}: {error}"[:300], now=now)
        raise
    _end(row, "", now=now)


@transaction.atomic
def _end(row: CatchUp, error: str, *, now: datetime) -> None:
    if CatchUp.objects.filter(pk=row.pk, finished_at=None).update(finished_at=now, error=error):
        _tell_catch_up("dayend.catch_up_ended", row, actor="system:dayend", now=now)


def _tell_catch_up(kind: str, row: CatchUp, *, actor: str, now: datetime) -> None:
    journal.record(
        kind,
        subject=f"catch-up:{row.pk}",
        actor=actor,
        at=now,
        data={"from_on": row.from_on.isoformat(), "until_on": row.until_on.isoformat()},
    )
