"""Close a business date: an ordered list of steps, each done once together with its mark.

A rerun starts at the first step without a mark; a process killed in a step leaves neither the step nor its mark.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.db import connection, transaction

from jietong.dayend.models import StepMark
from jietong.kernel import journal
from jietong.loans import commands as loans
from jietong.loans import queries as loan_queries
from jietong.recovery import commands as recovery

Step = Callable[..., dict[str, int]]

#: These follow the book as it stands now, so a run for a date before the book's own has nothing to tell them.
PRESENT_ONLY = frozenset({"cases", "promises", "plan_reminders"})

#: the order is the policy: interest falls due, loans age, cases follow, promises are judged, reminders are planned
STEPS: tuple[tuple[str, Step], ...] = (
    ("fall_due", loans.fall_due),
    ("age", loans.age),
    ("classify", loans.classify),
    ("cases", recovery.move_cases),
    ("promises", recovery.decide_promises),
    ("plan_reminders", recovery.plan_reminders),
)

LOCK = 7_304_001  # one day-end at a time; the second waits for the step and then finds it done


def close_day(
    business_date: date, *, now: datetime, told: Callable[[str, dict[str, int] | None], None] | None = None
) -> dict[str, dict[str, int]]:
    """Run every step of the date that has no mark yet; answers what each did (marked ones: what they did then).

    `told(step, counts)` is called before a step with None and after it with its counts.
    """
    done: dict[str, dict[str, int]] = {}
    for name, step in STEPS:
        if told is not None:
            told(name, None)
        done[name] = _run_step(name, step, business_date, now=now)
        if told is not None:
            told(name, done[name])
    loans.set_business_date(business_date=business_date, now=now)
    return done


@transaction.atomic
def _run_step(name: str, step: Step, business_date: date, *, now: datetime) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    mark = StepMark.objects.filter(business_date=business_date, name=name).first()
    if mark is not None:
        return dict(mark.counts)
    book = loan_queries.business_date()
    is_past = book is not None and business_date < book
    counts = {"past": 1} if is_past and name in PRESENT_ONLY else step(business_date=business_date, now=now)
    StepMark.objects.create(business_date=business_date, name=name, finished_at=now, counts=counts)
    journal.record(
        "dayend.step_finished",
        subject=f"dayend:{business_date.isoformat()}",
        actor="system:dayend",
        at=now,
        data={"step": name, **counts},
    )
    return counts
