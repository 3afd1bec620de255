"""What a closed business date does to the book: set-based, over the heads that moved or whose date has come.

A loan that cannot be handled is set aside with its reason and the others go on: what makes no sense is found by the
step `check` before anything is written, what the database refuses is found by halving.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, OperationalError, connection, transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused
from jietong.loans import ledger
from jietong.loans.models import Book, Loan, LoanHead, SetAside
from jietong.loans.sql import closing as sql

log = logging.getLogger(__name__)

#: faults of the head alone, which making it anew from the instalments mends
HEAD_FAULTS = frozenset({"head_disagrees", "oldest_disagrees", "unknown_bucket"})
CHUNK = 50_000  # loans a statement, so that memory does not follow the size of the book


@transaction.atomic
def check(*, business_date: date, now: datetime) -> dict[str, int]:
    """Set aside loans whose figures make no sense, before anything of the date is written; take mended ones in again.

    Looks at the loans of which something changes by the date, nothing else is read.
    """
    return _checked(business_date, now=now, by="system:dayend")


def _checked(day: date, *, now: datetime, by: str, loan_id: int | None = None) -> dict[str, int]:
    row = _row(sql.CHECK, {"day": day, "now": now, "by": by, "loan": loan_id})
    return dict(zip(("checked", "set_aside", "mended"), row, strict=True))


@transaction.atomic
def fall_due(*, business_date: date, now: datetime) -> dict[str, int]:
    """Interest and fees of instalments due on or before the date enter the ledger, each once, set-based.

    Touches only loans whose head says that something changes by this date.
    """
    return _fall_due(_ids(sql.COME, business_date), business_date, now=now)


def _fall_due(ids: Sequence[int], day: date, *, now: datetime) -> dict[str, int]:
    return _over(ids, sql.FALL_DUE, ("instalments", "postings", "fen"), step="fall_due", day=day, now=now)


@transaction.atomic
def age(*, business_date: date, now: datetime) -> dict[str, int]:
    """Move loans into the bucket of the date, and count what loans that moved add to their product's accruals.

    The heads are locked first and read after: a repayment that is being booked is waited for, and seen.
    """
    return _age(_ids(sql.COME_OR_STALE, business_date), business_date, now=now)


def _age(ids: Sequence[int], day: date, *, now: datetime) -> dict[str, int]:
    return _over(ids, sql.AGE, ("heads", "moved"), step="age", day=day, now=now)


@transaction.atomic
def accrue(*, business_date: date, now: datetime) -> dict[str, int]:
    """Book the interest that each product's loans have earned by the date, in total; from the cohorts alone."""
    row = _row(sql.ACCRUE, {"day": business_date, "now": now})
    return dict(zip(("products", "fen", "open_fen"), row, strict=True))


@transaction.atomic
def set_business_date(*, business_date: date, now: datetime) -> None:
    """Move the book's date forward; an earlier date leaves it where it is (a run for a past date)."""
    book = Book.objects.select_for_update().order_by("pk").first()
    if book is None:
        Book.objects.create(business_date=business_date, closed_at=now)
    elif book.business_date <= business_date:
        book.business_date, book.closed_at = business_date, now
        book.save(update_fields=["business_date", "closed_at"])


@transaction.atomic
def try_again(*, set_aside_id: int, actor: str, now: datetime, recompute: bool = False) -> SetAside:
    """Take a loan that was set aside in again and do with it what it missed, date by date, up to the book's date.

    recompute: make its head anew from its instalments first, where the head is what is wrong; the journal keeps both.
    When nothing has become better the row stays open (`ended_at` None) and says when we tried and why not. Raises
    CommandRefused `not_set_aside` when the loan is in already.
    """
    row = SetAside.objects.select_for_update().select_related("loan").filter(pk=set_aside_id, ended_at=None).first()
    if row is None:
        raise CommandRefused("not_set_aside", "the loan is in already")
    row.ended_at, row.ended_by, row.tried_at = now, actor[:60], now
    row.save(update_fields=["ended_at", "ended_by", "tried_at"])
    if recompute and row.reason in HEAD_FAULTS:
        _recompute(row.loan, actor=actor, now=now)
    book = Book.objects.order_by("pk").first()
    until = max(book.business_date if book else row.business_date, row.business_date)
    if _checked(until, now=now, by=actor[:60], loan_id=row.loan_id)["set_aside"] == 0:
        _catch_up(row.loan_id, until, now=now)
    again = SetAside.objects.filter(loan_id=row.loan_id, ended_at=None).first()
    if again is not None:  # the row of before goes on with the new reason: since when it is out must not be lost
        SetAside.objects.filter(pk=again.pk).delete()
        row.step, row.reason, row.detail, row.ended_at, row.ended_by = again.step, again.reason, again.detail, None, ""
        row.save(update_fields=["step", "reason", "detail", "ended_at", "ended_by"])
    else:
        journal.record("loans.taken_in_again", subject=f"loan:{row.loan_id}", actor=actor, at=now)
    return row


def _recompute(loan: Loan, *, actor: str, now: datetime) -> None:
    """Instalments are what is owed; the head only repeats them."""
    told = ("outstanding_fen", "outstanding_principal_fen", "oldest_unpaid_due_on", "bucket")
    Loan.objects.select_for_update(no_key=True).get(pk=loan.pk)
    list(loan.instalments.select_for_update().values_list("pk"))
    before = LoanHead.objects.select_for_update().get(loan=loan)
    after = ledger.refresh_head(loan, on=before.aged_on, now=now, cause="dayend")
    data = {name: [str(getattr(before, name)), str(getattr(after, name))] for name in told}
    journal.record("loans.head_recomputed", subject=f"loan:{loan.pk}", actor=actor, at=now, data=data)


def _catch_up(loan_id: int, until: date, *, now: datetime) -> None:
    """The dates on which something changes, one after another: a move is kept with its own date."""
    while True:
        come_on = LoanHead.objects.get(pk=loan_id).next_change_on
        if come_on is None or come_on > until:
            return
        LoanHead.objects.select_for_update().get(pk=loan_id)
        _fall_due([loan_id], come_on, now=now)
        _age([loan_id], come_on, now=now)
        if SetAside.objects.filter(loan_id=loan_id, ended_at=None).exists():
            return


def _over(
    ids: Sequence[int], text: str, names: tuple[str, ...], *, step: str, day: date, now: datetime
) -> dict[str, int]:
    """Run a statement over the loans; sums what it answers by name, and `set_aside` if a loan had to be left out."""
    totals = dict.fromkeys(names, 0)

    def run(some: Sequence[int]) -> None:
        row = _row(text, {"ids": list(some), "day": day, "now": now})
        for name, figure in zip(names, row, strict=True):
            totals[name] += figure

    def refuse(loan_id: int, error: DatabaseError) -> None:
        detail = " ".join(str(error).split())[:300]
        SetAside.objects.create(loan_id=loan_id, business_date=day, step=step, reason="error", detail=detail, at=now)
        totals["set_aside"] = totals.get("set_aside", 0) + 1

    for start in range(0, len(ids), CHUNK):
        _halving(ids[start : start + CHUNK], run, refuse)
    return totals


def _halving(
    ids: Sequence[int], run: Callable[[Sequence[int]], None], refuse: Callable[[int, DatabaseError], None]
) -> None:
    """Run it for all; what the database refuses is halved until the loan that it cannot take stands alone."""
    try:
        with transaction.atomic():
            run(ids)
    except OperationalError:
        raise  # the database itself, or a lock: no loan's fault
    except DatabaseError as error:
        if len(ids) == 1:
            log.warning("day-end leaves out loan %s: %s", ids[0], error)
            refuse(ids[0], error)
            return
        middle = len(ids) // 2
        _halving(ids[:middle], run, refuse)
        _halving(ids[middle:], run, refuse)


def _ids(text: str, day: date) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(text, {"day": day})
        return [loan_id for (loan_id,) in cursor.fetchall()]


def _row(text: str, values: dict[str, Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return tuple(int(figure) for figure in cursor.fetchone())
