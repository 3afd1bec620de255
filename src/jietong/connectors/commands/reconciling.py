"""Core against book: counts and sums of a day, and each difference by name."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from jietong.connectors.models import CoreLoan, Difference, ReconciliationRun, Source
from jietong.connectors.rules import reconcile as rules
from jietong.kernel import journal
from jietong.kernel.errors import InputError
from jietong.loans.queries import mirror as book_of


@transaction.atomic
def reconcile(*, code: str, on: date, actor: str, now: datetime) -> ReconciliationRun:
    """Compare what the link told last with the book: every loan's figures as they stand, and the day's repayments.

    Each run is kept. Raises InputError for an unknown link or one that has never told anything.
    """
    source = Source.objects.filter(code=code).first()
    if source is None:
        raise InputError("source", "unknown", f"there is no link {code}")
    if source.last_ok_at is None:
        raise InputError("source", "nothing_told", f"the link {code} has not told anything yet")
    rows = list(CoreLoan.objects.filter(source=source).iterator(chunk_size=5000))
    theirs = {
        row.ref: rules.Side(row.principal_left_fen, row.left_fen, row.is_open)
        for row in rows
        if row.seen_at >= source.last_ok_at
    }
    figures = book_of.figures({row.ref for row in rows} | book_of.mirrored_refs(source.code))
    ours = {ref: rules.Side(one.principal_left_fen, one.left_fen, not one.is_settled) for ref, one in figures.items()}
    theirs_paid = {
        str(receipt): rules.Paid(row.ref, int(fen))
        for row in rows
        for receipt, day, fen in row.moneys
        if day == on.isoformat()
    }
    received = book_of.received_on(on, [one.loan_id for one in figures.values()])
    ours_paid = {receipt: rules.Paid(ref, fen) for receipt, (ref, fen) in received.items()}
    found = rules.in_order([*rules.loans(theirs, ours), *rules.repayments(theirs_paid, ours_paid)])
    run = ReconciliationRun.objects.create(
        source=source,
        on=on,
        as_of=source.last_ok_at,
        started_at=now,
        started_by=actor[:60],
        core=rules.totals(theirs, theirs_paid),
        book=rules.totals(ours, ours_paid),
        differences_count=len(found),
    )
    Difference.objects.bulk_create(
        Difference(
            run=run, code=one.code, ref=one.ref, receipt=one.receipt, core_fen=one.core_fen, book_fen=one.book_fen
        )
        for one in found
    )
    journal.record(
        "connectors.reconciled",
        subject=f"link:{source.pk}",
        actor=actor[:60],
        at=now,
        data={"source": code, "on": on.isoformat(), "differences": len(found)},
    )
    return run
