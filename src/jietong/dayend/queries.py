"""What the nightly run has done, for the operator's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from jietong.dayend.commands import STEPS, dates_to_close
from jietong.dayend.models import CatchUp, StepMark
from jietong.loans import queries_closing as closing
from jietong.loans.queries_closing import OutLoan


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


def missed(until: date) -> list[date]:
    """Dates up to `until` that are not closed, in their order."""
    return dates_to_close(until)


def catch_up() -> CatchUp | None:
    """The catch-up that runs, else the last one; None when nobody has asked for one."""
    return CatchUp.objects.order_by("-asked_at", "-pk").first()


def set_aside() -> list[OutLoan]:
    """Loans that day-end left out and that wait for a person, the longest first."""
    return closing.set_aside()
