"""What may be said of a loan for a day: everything, or everything but the adverse item. Pure.

Source: 征信业管理条例 art 15 (whoever supplies adverse information tells the person beforehand; general knowledge,
unverified, rule pack `*.bureau.notice`). How many days lie between notice and report is our own choice
(`*.bureau.notice_timing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

#: classes that are adverse whatever the days say
NON_PERFORMING = frozenset({"substandard", "doubtful", "loss"})


class Withheld(StrEnum):
    """Why an adverse item is left out, gravest first: the first that holds is the one on record."""

    STRUCK = "struck"  # a dispute was upheld, or the fault was ours
    NO_NOTICE = "no_notice"  # nothing was told before
    NOT_DELIVERED = "not_delivered"  # it was tried, and no way works
    WAITING = "waiting"  # told, and the days that we give are not over


@dataclass(frozen=True, slots=True)
class Timing:
    """adverse_from_days: days past due from which it is adverse. waiting_days: whole days between notice and report."""

    adverse_from_days: int
    waiting_days: int


@dataclass(frozen=True, slots=True)
class Facts:
    """How a loan stood at the close of a day, and what the borrower had been told by now.

    told_on: day on which the notice went out, None when none did. not_delivered: it was tried in vain. cured_on: last
    day on which the loan stopped being late: a notice of before covers nothing after.
    """

    days_past_due: int
    overdue_fen: int
    asset_class: str
    told_on: date | None = None
    not_delivered: bool = False
    cured_on: date | None = None
    disputed: bool = False
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """The part of a report that may be adverse. Blank (None, "") where withheld: never said to be good."""

    days_past_due: int | None
    overdue_fen: int | None
    asset_class: str
    adverse: bool
    withheld: Withheld | None
    disputed: bool


def is_adverse(facts: Facts, timing: Timing) -> bool:
    return facts.days_past_due >= timing.adverse_from_days or facts.asset_class in NON_PERFORMING


def covered_from(facts: Facts, timing: Timing) -> date | None:
    """First day on which the adverse item may be reported; None while nothing that counts was told."""
    if facts.told_on is None or (facts.cured_on is not None and facts.told_on <= facts.cured_on):
        return None
    return facts.told_on + timedelta(days=timing.waiting_days + 1)


def withheld_because(facts: Facts, timing: Timing, *, on: date) -> Withheld | None:
    """Why an adverse item may not be said on a day; None when it may."""
    free_on = covered_from(facts, timing)
    checks = {
        Withheld.STRUCK: facts.struck,
        Withheld.NO_NOTICE: free_on is None and not facts.not_delivered,
        Withheld.NOT_DELIVERED: free_on is None and facts.not_delivered,
        Withheld.WAITING: free_on is not None and on < free_on,
    }
    assert list(checks) == list(Withheld)  # every reason has its check, in order of gravity
    return next((reason for reason, holds in checks.items() if holds), None)


def say(facts: Facts, timing: Timing, *, on: date) -> Said:
    """What is reported on a day about the facts of an earlier one."""
    adverse = is_adverse(facts, timing)
    withheld = withheld_because(facts, timing, on=on) if adverse else None
    if withheld is not None:
        return Said(None, None, "", False, withheld, facts.disputed)
    return Said(facts.days_past_due, facts.overdue_fen, facts.asset_class, adverse, None, facts.disputed)
