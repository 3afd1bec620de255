"""Core against book: counts and sums of a day, each difference by name, and what became of the differences before.

All of it is done in the database, so that a portfolio of a million loans needs no memory here; rules/reconcile.py says
the same of small ones, and a property test holds the two equal.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from jietong.connectors.commands import reconciling_sql as sql
from jietong.connectors.models import Discrepancy, ReconciliationRun, Source
from jietong.connectors.rules.reconcile import CODES
from jietong.kernel import journal
from jietong.kernel.errors import InputError

SIDES = ("core", "book")
FIGURES = ("loans", "open", "principal_left_fen", "left_fen", "repayments", "repaid_fen")


@transaction.atomic
def reconcile(*, code: str, on: date, actor: str, now: datetime) -> ReconciliationRun:
    """Compare what the link told last with the book: every loan's figures as they stand, and the day's repayments.

    Each run is kept. A difference that stood before keeps its owner and its explanation while its figures are the
    same; one whose figures moved is open again; one that is found no more is gone. Repayments of former days that
    differed are looked at again. Raises InputError for an unknown link or one that has never told anything.
    """
    source = Source.objects.filter(code=code).first()
    if source is None:
        raise InputError("source", "unknown", f"there is no link {code}")
    if source.last_ok_at is None:
        raise InputError("source", "nothing_told", f"the link {code} has not told anything yet")
    with connection.cursor() as cursor:  # two comparisons of one link would name each difference twice
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reconcile:{source.pk}"])
    standing = Discrepancy.objects.filter(source=source, about_on__isnull=False).exclude(state="gone")
    told: dict[str, Any] = {
        "source": source.code, "source_id": source.pk, "as_of": _listed_since(source), "on": on, "now": now,
        "days": sorted({on, *standing.values_list("about_on", flat=True)}), "codes": list(CODES),
        "zone": settings.LENDER_TIME_ZONE,
    }  # fmt: skip
    told["days_text"] = [day.isoformat() for day in told["days"]]
    run = ReconciliationRun.objects.create(
        source=source, on=on, as_of=source.last_ok_at, started_at=now, started_by=actor[:60]
    )
    told["run_id"] = run.pk
    became = _compare(run, told)
    journal.record(
        "connectors.reconciled",
        subject=f"link:{source.pk}",
        actor=actor[:60],
        at=now,
        data={"source": code, "on": on.isoformat(), "differences": run.differences_count, **became},
    )
    return run


def _listed_since(source: Source) -> datetime | None:
    """A loan that the core's list has not named since then is gone there. A webhook has no list, so silence there is
    no news."""
    return source.created_at if source.kind == Source.Kind.WEBHOOK else source.last_ok_at


def _compare(run: ReconciliationRun, told: dict[str, Any]) -> dict[str, int]:
    """Fills the run; answers how many differences are new, open again, and gone."""
    with connection.cursor() as cursor:
        for statement in sql.PREPARE:
            cursor.execute(statement, told)
        cursor.execute(sql.TOTALS, told)
        whole = cursor.fetchone()
        run.core, run.book = (
            {name: int(whole[2 * place + side]) for place, name in enumerate(FIGURES)} for side in range(2)
        )
        cursor.execute(sql.STAND, told)
        is_new, again = cursor.fetchone()
        cursor.execute(sql.GONE, told)
        gone = cursor.rowcount
        cursor.execute(sql.DIFFERENCES, told)
        run.differences_count = cursor.rowcount
        for statement in sql.CLEAR:
            cursor.execute(statement)
    run.save(update_fields=["core", "book", "differences_count"])
    return {"new": is_new, "again": again, "gone": gone}
