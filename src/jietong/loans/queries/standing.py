"""How loans stood at the close of a past day: what a report about that day may say. Reads only; money in fen.

Most loans have seen no money since, so their head still tells that day. For the others the money that came later is
taken off the instalments again. The book rewrites itself when money is told late, so the same day asked later may
answer otherwise: that difference is what a correction is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from jietong.loans import classing, replay
from jietong.loans.models import ClassOverride, Loan, LoanHead, PlanChange, Repayment, SetAside
from jietong.loans.plan_changes import as_rule
from jietong.loans.queries.parties import creditor_of
from jietong.loans.replay import paid_on
from jietong.loans.rules import classes as class_rules
from jietong.loans.rules.opening import PENALTY

AT_ONCE = 5000  # loans looked at together


@dataclass(frozen=True, slots=True)
class Standing:
    """One loan at the close of a day. `oldest_unpaid_on`, `overdue_fen`: of what was due before that day; without late
    charges. `settled_on`: the day on which the last of it was paid. `cured_on`: the last day, until then, on which it
    stopped being late."""

    loan_id: int
    ref: str
    borrower_id: int
    creditor: str
    disbursed_on: date
    principal_fen: int
    status: str  # "active", "written_off" (still owed) or "settled" on that day
    settled_on: date | None
    balance_fen: int
    oldest_unpaid_on: date | None
    days_past_due: int
    overdue_fen: int
    asset_class: str
    cured_on: date | None


def standings(
    on: date, *, since: date, loan_ids: Iterable[int] | None = None, at_once: int = AT_ONCE
) -> Iterator[Standing]:
    """Loans lent until `on`, as they stood at its close, by loan; those settled before `since` are left out, and those
    that day-end has set aside: their figures are not sound. Read `at_once` at a time: memory does not grow with the
    book, and the caller may use the connection between two."""
    zone = ZoneInfo(settings.LENDER_TIME_ZONE)
    told: dict[str, Any] = {
        "on": on,
        "since": datetime.combine(since, time(0), zone),
        "after": datetime.combine(on + timedelta(days=1), time(0), zone),
        "ids": None if loan_ids is None else list(loan_ids),
        "behind": 0,
        "at_once": at_once,
    }
    profiles = classing.profiles()
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_STANDINGS, told)
            rows = cursor.fetchall()
        yield from _page(rows, profiles, on=on, after=told["after"])
        if len(rows) < at_once:
            return
        told["behind"] = rows[-1][0]


def _page(
    rows: list[tuple[Any, ...]], profiles: dict[str, class_rules.Profile], *, on: date, after: datetime
) -> Iterator[Standing]:
    keys = [row[0] for row in rows]
    later = _before_later_money([row[0] for row in rows if row[11]], on=on, after=after)
    later |= _before_later_changes(on, keys)
    said, creditors, gone = _floors(keys), _creditors_changed(on, keys), _written_off(on, keys)
    for row in rows:
        one = _standing(row, later.get(row[0]), said.get(row[0], ()), profiles, on=on)
        if one.loan_id in gone and one.status == "active":
            one = replace(one, status="written_off")
        yield replace(one, creditor=creditors[one.loan_id]) if one.loan_id in creditors else one


_STANDINGS = """
SELECT l.id, l.ref, l.borrower_id, l.creditor, l.disbursed_on, l.principal_fen, h.outstanding_principal_fen,
  h.oldest_unpaid_due_on, p.class_profile, h.classed_on, money.last_at, COALESCE(money.last_at >= %(after)s, false),
  CASE WHEN h.oldest_unpaid_due_on < %(on)s THEN (
    SELECT sum(i.principal_fen + i.interest_fen + i.fee_fen
      - i.principal_paid_fen - i.interest_paid_fen - i.fee_paid_fen)
    FROM loans_instalment i WHERE i.loan_id = l.id AND i.due_on < %(on)s) END,
  (SELECT m.to_class FROM loans_assetclassmove m WHERE m.loan_id = l.id AND m.superseded_at IS NULL AND m."on" <= %(on)s
    ORDER BY m."on" DESC, m.id DESC LIMIT 1),
  (SELECT max(m."on") FROM loans_bucketmove m WHERE m.loan_id = l.id AND m.superseded_at IS NULL AND m."on" <= %(on)s
    AND m.to_bucket = 'M0'), r.as_of
FROM loans_loan l JOIN loans_loanhead h ON h.loan_id = l.id JOIN loans_product p ON p.id = l.product_id
LEFT JOIN loans_importrun r ON r.id = l.source_id
LEFT JOIN LATERAL (
  SELECT max(r.paid_at) AS last_at FROM loans_repayment r WHERE r.loan_id = l.id AND r.reversed_at IS NULL
) money ON true
WHERE l.id > %(behind)s AND l.disbursed_on <= %(on)s AND (l.cancelled_on IS NULL OR l.cancelled_on > %(on)s)
  AND (%(ids)s::bigint[] IS NULL OR l.id = ANY(%(ids)s))
  AND (h.outstanding_fen > 0 OR money.last_at >= %(since)s)
  AND NOT EXISTS (SELECT 1 FROM loans_setaside s WHERE s.loan_id = l.id AND s.ended_at IS NULL)
ORDER BY l.id LIMIT %(at_once)s
"""


@dataclass(frozen=True, slots=True)
class _Then:
    balance_fen: int
    oldest_on: date | None
    overdue_fen: int
    settled_on: date | None


def _before_later_money(loan_ids: list[int], *, on: date, after: datetime) -> dict[int, _Then]:
    """Loans with money after the day: their instalments without that money, summed where they lie."""
    if not loan_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT, {"on": on, "after": after, "ids": loan_ids})
        rows = cursor.fetchall()
    return {
        key: _Then(int(balance), oldest, int(overdue or 0), paid_on(last_at) if oldest is None and last_at else None)
        for key, balance, oldest, overdue, last_at in rows
    }


_WITHOUT = """
WITH taken AS (
  SELECT r.loan_id, (e->>0)::int AS n,
    sum((e->>2)::bigint) FILTER (WHERE e->>1 = 'principal') AS principal, sum((e->>2)::bigint) AS whole,
    sum((e->>2)::bigint) FILTER (WHERE e->>1 <> 'penalty') AS without_penalty
  FROM loans_repayment r, jsonb_array_elements(r.split) e
  WHERE r.loan_id = ANY(%(ids)s) AND r.reversed_at IS NULL AND r.paid_at >= %(after)s GROUP BY 1, 2
), left_over AS (
  SELECT i.loan_id, i.due_on, i.principal_fen - i.principal_paid_fen + COALESCE(t.principal, 0) AS principal,
    i.principal_fen + i.interest_fen + i.fee_fen + i.penalty_fen - i.principal_paid_fen - i.interest_paid_fen
      - i.fee_paid_fen - i.penalty_paid_fen + COALESCE(t.whole, 0) AS whole,
    i.principal_fen + i.interest_fen + i.fee_fen - i.principal_paid_fen - i.interest_paid_fen - i.fee_paid_fen
      + COALESCE(t.without_penalty, 0) AS without_penalty
  FROM loans_instalment i LEFT JOIN taken t ON t.loan_id = i.loan_id AND t.n = i.n WHERE i.loan_id = ANY(%(ids)s)
)
SELECT loan_id, sum(principal), min(due_on) FILTER (WHERE whole > 0),
  sum(without_penalty) FILTER (WHERE due_on < %(on)s),
  (SELECT max(r.paid_at) FROM loans_repayment r WHERE r.loan_id = l.loan_id AND r.reversed_at IS NULL
    AND r.paid_at < %(after)s)
FROM left_over l GROUP BY loan_id
"""


def _before_later_changes(on: date, loan_ids: list[int]) -> dict[int, _Then]:
    """Loans whose plan was changed after the day: told again up to that day, since their instalments are others now."""
    changed = PlanChange.objects.filter(on__gt=on, undone_at=None, loan_id__in=loan_ids)
    keys = set(changed.values_list("loan_id", flat=True))
    loans = Loan.objects.filter(pk__in=keys, disbursed_on__lte=on).select_related("product", "version", "source")
    return {loan.pk: _told_until(loan, on) for loan in loans}


def _told_until(loan: Loan, on: date) -> _Then:
    account = replay.load(loan, locked=False)
    start, _is_plain = replay.find_start(account)
    in_force = [one for one in account.repayments if one.reversed_at is None and one.pk > start.through_id]
    moneys = [one for one in in_force if paid_on(one.paid_at) <= on]
    changes = [as_rule(change) for change in account.changes if change.on <= on]
    rows = replay.tell(loan, start.instalments, moneys, changes).instalments
    unpaid = [row for row in rows if row.left > 0]
    oldest = min((row.due_on for row in unpaid), default=None)
    overdue = sum(sum(row.owed[:PENALTY]) - sum(row.paid[:PENALTY]) for row in unpaid if row.due_on < on)
    last = max((paid_on(one.paid_at) for one in moneys), default=None)
    balance = sum(row.owed[0] - row.paid[0] for row in unpaid)
    return _Then(balance, oldest, overdue, last if oldest is None else None)


def _written_off(on: date, loan_ids: list[int]) -> set[int]:
    """Loans that were out of the assets on the day; they are still owed."""
    kind, held = PlanChange.Kind.WRITE_OFF, PlanChange.State.HELD
    rows = PlanChange.objects.filter(kind=kind, state=held, undone_at=None, on__lte=on, loan_id__in=loan_ids)
    return set(rows.values_list("loan_id", flat=True))


def _creditors_changed(on: date, loan_ids: list[int]) -> dict[int, str]:
    """The creditor of that day, of the loans whose creditor ever changed."""
    rows = Loan.objects.filter(pk__in=loan_ids, claim_changes__isnull=False).distinct()
    rows = rows.prefetch_related("claim_changes")
    return {loan.pk: creditor_of(loan, on) for loan in rows}


def _floors(loan_ids: list[int]) -> dict[int, tuple[class_rules.Floor, ...]]:
    found: dict[int, tuple[class_rules.Floor, ...]] = {}
    for row in ClassOverride.objects.filter(loan_id__in=loan_ids).order_by("pk"):
        floor = class_rules.Floor(row.asset_class, row.since, row.ended_on)
        found[row.loan_id] = (*found.get(row.loan_id, ()), floor)
    return found


def _standing(
    row: tuple[Any, ...], then: _Then | None, said: tuple[class_rules.Floor, ...],
    profiles: dict[str, class_rules.Profile], *, on: date,
) -> Standing:  # fmt: skip
    key, ref, borrower, creditor, lent_on, principal, balance, oldest, profile, classed_on, last_at, *rest = row
    _has_later_money, overdue, told_class, cured_on, entered_on = rest
    settled_on = paid_on(last_at) if oldest is None and last_at is not None else None
    if then is not None:
        balance, oldest, overdue, settled_on = then.balance_fen, then.oldest_on, then.overdue_fen, then.settled_on
    days = profiles.get(profile)
    asset_class = told_class or class_rules.NORMAL
    is_told = classed_on is not None and on <= classed_on and (entered_on is None or entered_on <= on)
    if days is not None and not is_told:
        asset_class = class_rules.class_on(oldest, on, days, said)
    late_since = oldest if oldest is not None and oldest < on else None
    return Standing(
        loan_id=key,
        ref=ref,
        borrower_id=borrower,
        creditor=creditor,
        disbursed_on=lent_on,
        principal_fen=principal,
        status="settled" if oldest is None else "active",
        settled_on=settled_on,
        balance_fen=balance,
        oldest_unpaid_on=late_since,
        days_past_due=(on - late_since).days if late_since else 0,
        overdue_fen=int(overdue or 0) if late_since else 0,
        asset_class=asset_class,
        cured_on=cured_on,
    )


def late_loans(*, on: date, at_least_days: int = 1) -> dict[int, tuple[int, date]]:
    """loan → (borrower, oldest unpaid due date) of everything late by that many days. From heads: one index scan."""
    rows = LoanHead.objects.filter(oldest_unpaid_due_on__lte=on - timedelta(days=at_least_days))
    found = rows.values_list("loan_id", "borrower_id", "oldest_unpaid_due_on")
    return {key: (who, due) for key, who, due in found.iterator(chunk_size=5000) if due is not None}


def loan_of(loan_id: int) -> tuple[str, int]:
    """Number and borrower of a loan."""
    head = LoanHead.objects.select_related("loan").get(pk=loan_id)
    return head.loan.ref, head.borrower_id


def borrower_loans(borrower_id: int) -> dict[int, str]:
    """loan → number of all of a borrower's loans."""
    rows = LoanHead.objects.filter(borrower_id=borrower_id).select_related("loan")
    return {head.loan_id: head.loan.ref for head in rows}


def was_reversed(receipt: str) -> bool:
    """Whether this receipt's money has been taken back."""
    return Repayment.objects.filter(receipt=receipt).exclude(reversed_at=None).exists()


def set_aside_count() -> int:
    """Loans that day-end keeps out at this moment."""
    return SetAside.objects.filter(ended_at=None).count()


def late_of(borrower_id: int, *, on: date) -> dict[int, int]:
    """loan → days past due, of the borrower's late loans."""
    rows = LoanHead.objects.filter(borrower_id=borrower_id, oldest_unpaid_due_on__lt=on)
    found = rows.values_list("loan_id", "oldest_unpaid_due_on")
    return {key: (on - due).days for key, due in found if due is not None}


def refs(loan_ids: Iterable[int]) -> dict[int, str]:
    """loan → its number."""
    return dict(Loan.objects.filter(pk__in=list(loan_ids)).values_list("pk", "ref"))
