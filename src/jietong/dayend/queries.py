"""What the nightly run has done, for the operator's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from jietong.dayend.commands import STEPS, dates_to_close
from jietong.dayend.models import CatchUp, StepMark
from jietong.loans.queries import closing
from jietong.loans.queries.closing import OutLoan


@dataclass(frozen=True, slots=True)
class StepDone:
    """One finished step. counts: what it did, by name; `fen` is money in whole fen."""

    name: str
    finished_at: datetime
    counts: dict[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Day:
    """One business date: the steps that are done, in their order, and the names of those that are still missing."""

    business_date: date
    steps: tuple[StepDone, ...]
    missing: tuple[str, ...]

    @property
    def is_closed(self) -> bool:
        return not self.missing

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)


def last_days(*, limit: int = 7) -> list[Day]:
    """The last business dates with any finished step, the newest first."""
    dates = StepMark.objects.order_by("-business_date").values_list("business_date", flat=True).distinct()[:limit]
    marks = StepMark.objects.filter(business_date__in=list(dates)).order_by("-business_date", "finished_at", "pk")
    order = [name for name, _ in STEPS]
    days = []
    for business_date, rows in groupby(marks, key=lambda mark: mark.business_date):
        done = tuple(StepDone(mark.name, mark.finished_at, mark.counts, mark.seconds) for mark in rows)
        names = {step.name for step in done}
        days.append(Day(business_date, done, tuple(name for name in order if name not in names)))
    return days


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the catch-up is that was asked for last. `now_on` and `now_step`: what comes next while it runs."""

    from_on: date
    until_on: date
    asked_at: datetime
    finished_at: datetime | None
    error: str
    done: int
    total: int
    now_on: date | None
    now_step: str

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total


def progress() -> Progress | None:
    """The catch-up that runs, else the last one; None when nobody has asked for one."""
    row = CatchUp.objects.order_by("-asked_at", "-pk").first()
    if row is None:
        return None
    marks = StepMark.objects.filter(business_date__range=(row.from_on, row.until_on)).values_list(
        "business_date", "name"
    )
    told: dict[date, set[str]] = {}
    for day, name in marks:
        told.setdefault(day, set()).add(name)
    names = [name for name, _ in STEPS]
    dates = [row.from_on + timedelta(days=n) for n in range((row.until_on - row.from_on).days + 1)]
    open_dates = [day for day in dates if not told.get(day, set()) >= set(names)]
    now_on = open_dates[0] if open_dates and row.finished_at is None else None
    step = next((name for name in names if now_on and name not in told.get(now_on, set())), "")
    return Progress(
        row.from_on, row.until_on, row.asked_at, row.finished_at, row.error, len(dates) - len(open_dates), len(dates),
        now_on, step,
    )  # fmt: skip


def missed(until: date) -> list[date]:
    """Dates up to `until` that are not closed, in their order."""
    return dates_to_close(until)


def set_aside() -> list[OutLoan]:
    """Loans that day-end left out and that wait for a person, the longest first."""
    return closing.set_aside()
