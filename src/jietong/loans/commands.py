"""Money moves only here. Every booking is one transaction of postings, instalment figures and the loan's head."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.models import Book, BucketMove, Instalment, Loan, LoanHead, Posting, Repayment
from jietong.loans.queries import unbooked_penalty_fen
from jietong.loans.rules import buckets
from jietong.loans.rules.allocate import Instalment as Owed
from jietong.loans.rules.allocate import Repayment as Money
from jietong.loans.rules.allocate import allocate

#: part of an instalment → the account it is owed on
RECEIVABLE = {
    "principal": "loan_principal",
    "interest": "interest_receivable",
    "fee": "fee_receivable",
    "penalty": "penalty_receivable",
}
INCOME = {"interest": "interest_income", "fee": "fee_income", "penalty": "penalty_income"}
CASH, CREDIT = "cash", "borrower_credit"
HEAD_FIELDS = (
    "outstanding_principal_fen",
    "outstanding_fen",
    "oldest_unpaid_due_on",
    "next_due_on",
    "bucket",
    "next_change_on",
    "aged_on",
    "updated_at",
)


class ReceiptReused(CommandRefused):
    """The same receipt came again with another loan, amount or time: one of the two is wrong, and a person decides."""

    def __init__(self, receipt: str) -> None:
        super().__init__("receipt_reused", f"receipt {receipt} was booked with other content")


@transaction.atomic
def record_repayment(
    *, receipt: str, loan_ref: str, amount_fen: int, paid_at: datetime, actor: str, now: datetime
) -> Repayment:
    """Book money received, once per receipt however often we are told; penalty first accrues up to the day of payment.

    Raises InputError for a missing receipt, an amount that is not positive or an unknown loan; ReceiptReused for the
    same receipt with other content. What the loan cannot take becomes the borrower's credit.
    """
    if not receipt:
        raise InputError("receipt", "missing", "a repayment needs the receipt number of the bank or channel")
    if amount_fen <= 0:
        raise InputError("amount", "not_positive", "a repayment is more than nothing")
    loan = Loan.objects.select_for_update().select_related("product").filter(ref=loan_ref).first()
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {loan_ref}")
    known = Repayment.objects.filter(receipt=receipt).first()
    if known is not None:
        if (known.loan_id, known.amount_fen, known.paid_at) != (loan.pk, amount_fen, paid_at):
            raise ReceiptReused(receipt)
        return known
    paid_on = paid_at.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
    book_penalty(loan, on=paid_on, now=now)
    repayment = _allocate(loan, receipt=receipt, amount_fen=amount_fen, paid_at=paid_at, paid_on=paid_on, now=now)
    refresh_head(loan, on=max(paid_on, _today(now)), now=now, cause="repayment")
    journal.record(
        "loans.repayment_booked",
        subject=f"loan:{loan.pk}",
        borrower_id=loan.borrower_id,
        actor=actor,
        at=now,
        data={"receipt": receipt, "amount_fen": amount_fen, "ref": loan.ref, "paid_on": paid_on.isoformat()},
    )
    return repayment


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()


def _allocate(
    loan: Loan, *, receipt: str, amount_fen: int, paid_at: datetime, paid_on: date, now: datetime
) -> Repayment:
    rows = list(loan.instalments.order_by("n"))
    owed = [
        Owed(
            due_on=row.due_on,
            principal_fen=row.principal_fen - row.principal_paid_fen,
            interest_fen=row.interest_fen - row.interest_paid_fen,
            fee_fen=row.fee_fen - row.fee_paid_fen,
            penalty_fen=row.penalty_fen - row.penalty_paid_fen,
        )
        for row in rows
    ]
    split = allocate(owed, [Money(paid_on, amount_fen)], order=loan.product.allocation_order).repayments[0]
    entry = uuid.uuid4()
    _recognise(loan, [rows[k] for k in {part.instalment for part in split.parts}], entry=entry, on=paid_on, now=now)
    for part in split.parts:
        row = rows[part.instalment]
        field = f"{part.component}_paid_fen"
        setattr(row, field, getattr(row, field) + part.amount_fen)
    touched = [rows[k] for k in sorted({part.instalment for part in split.parts})]
    paid_fields = [f"{part}_paid_fen" for part in RECEIVABLE]
    Instalment.objects.bulk_update(touched, paid_fields)
    totals: dict[str, int] = {}
    for part in split.parts:
        totals[RECEIVABLE[part.component]] = totals.get(RECEIVABLE[part.component], 0) + part.amount_fen
    if split.left_over_fen:
        totals[CREDIT] = split.left_over_fen
    _post(
        loan, [(CASH, account, fen) for account, fen in totals.items()], "repayment", entry=entry, on=paid_on, now=now
    )
    return Repayment.objects.create(
        receipt=receipt,
        loan=loan,
        amount_fen=amount_fen,
        paid_at=paid_at,
        booked_at=now,
        credit_fen=split.left_over_fen,
        split=[[rows[part.instalment].n, part.component, part.amount_fen] for part in split.parts],
    )


def _recognise(loan: Loan, rows: list[Instalment], *, entry: uuid.UUID, on: date, now: datetime) -> None:
    """Interest and fees paid before they fall due are income from then on: the ledger owes the receivable first."""
    fresh = [row for row in rows if not row.interest_booked]
    moves = [(RECEIVABLE[p], INCOME[p], sum(getattr(row, f"{p}_fen") for row in fresh)) for p in ("interest", "fee")]
    _post(loan, [m for m in moves if m[2] > 0], "interest", entry=entry, on=on, now=now)
    for row in fresh:
        row.interest_booked = True
    Instalment.objects.bulk_update(fresh, ["interest_booked"])


def book_penalty(loan: Loan, *, on: date, now: datetime) -> int:
    """Book the penalty accrued on overdue principal up to `on`; answers the fen booked. Twice on one day books once."""
    booked = 0
    for row in loan.instalments.filter(due_on__lt=on).order_by("n"):
        accrued = unbooked_penalty_fen(row, loan, on=on)
        if row.principal_fen > row.principal_paid_fen and on > (row.penalty_through_on or row.due_on):
            row.penalty_fen += accrued
            row.penalty_through_on = on
            row.save(update_fields=["penalty_fen", "penalty_through_on"])
            booked += accrued
    if booked:
        moves = [(RECEIVABLE["penalty"], INCOME["penalty"], booked)]
        _post(loan, moves, "penalty", entry=uuid.uuid4(), on=on, now=now)
    return booked


def _post(
    loan: Loan, moves: list[tuple[str, str, int]], kind: str, *, entry: uuid.UUID, on: date, now: datetime
) -> None:
    Posting.objects.bulk_create(
        Posting(entry=entry, loan=loan, kind=kind, booked_on=on, at=now, debit=debit, credit=credit, amount_fen=fen)
        for debit, credit, fen in moves
    )


def refresh_head(loan: Loan, *, on: date, now: datetime, cause: str) -> LoanHead:
    """Bring the head in line with the instalments; a move between buckets is kept with its cause."""
    rows = list(loan.instalments.order_by("n"))
    unpaid = [row for row in rows if _left(row) > 0]
    oldest = unpaid[0].due_on if unpaid else None
    head = LoanHead.objects.select_for_update().get(loan=loan)
    bucket = buckets.bucket_on(oldest, on)
    if bucket != head.bucket:
        BucketMove.objects.create(loan=loan, on=on, from_bucket=head.bucket, to_bucket=bucket, cause=cause)
    head.outstanding_principal_fen = sum(row.principal_fen - row.principal_paid_fen for row in unpaid)
    head.outstanding_fen = sum(_left(row) for row in unpaid)
    head.oldest_unpaid_due_on = oldest
    head.next_due_on = next((row.due_on for row in unpaid if row.due_on > on), None)
    head.bucket = bucket
    # Day-end comes back for interest that has not entered the ledger yet, due today or later, and on the next due date.
    unbooked = next((row.due_on for row in rows if not row.interest_booked), None)
    dates = [day for day in (buckets.next_move_on(oldest, on), head.next_due_on, unbooked) if day is not None]
    head.next_change_on = min(dates, default=None)
    head.aged_on = on
    head.updated_at = now
    head.save(update_fields=HEAD_FIELDS)
    status = Loan.Status.ACTIVE if unpaid else Loan.Status.SETTLED
    if loan.status != status:
        loan.status = status
        loan.save(update_fields=["status"])
    return head


def _left(row: Instalment) -> int:
    owed = row.principal_fen + row.interest_fen + row.fee_fen + row.penalty_fen
    return owed - row.principal_paid_fen - row.interest_paid_fen - row.fee_paid_fen - row.penalty_paid_fen


@transaction.atomic
def fall_due(*, business_date: date, now: datetime) -> dict[str, int]:
    """Interest and fees of instalments due on or before the date enter the ledger, each once, set-based.

    Touches only loans whose head says that something changes by this date.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FALL_DUE, {"day": business_date, "now": now})
        instalments, postings, fen = cursor.fetchone()
    return {"instalments": instalments, "postings": postings, "fen": int(fen or 0)}


#: One statement, so that an instalment is marked exactly when its postings exist.
_FALL_DUE = """
WITH due AS (
  UPDATE loans_instalment i SET interest_booked = true
  FROM loans_loanhead h
  WHERE h.loan_id = i.loan_id AND h.next_change_on <= %(day)s AND i.due_on <= %(day)s AND NOT i.interest_booked
  RETURNING i.loan_id, i.due_on, i.interest_fen, i.fee_fen
), posted AS (
  INSERT INTO loans_posting (entry, loan_id, kind, booked_on, at, debit, credit, amount_fen)
  SELECT gen_random_uuid(), loan_id, 'interest', due_on, %(now)s, account || '_receivable', account || '_income', fen
  FROM due, LATERAL (VALUES ('interest', interest_fen), ('fee', fee_fen)) AS part(account, fen)
  WHERE fen > 0
  RETURNING amount_fen
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM posted), (SELECT sum(amount_fen) FROM posted)
"""


@transaction.atomic
def age(*, business_date: date, now: datetime) -> dict[str, int]:
    """Move loans into the bucket of the date. Set-based over the heads whose date has come, nothing else is read."""
    with connection.cursor() as cursor:
        cursor.execute(_AGE, {"day": business_date, "now": now})
        heads, moved = cursor.fetchone()
    return {"heads": heads, "moved": moved}


#: Repeats rules/buckets.py in SQL; a property test holds the two equal.
_BUCKET_SQL = """CASE WHEN {dpd} <= 0 THEN 'M0' WHEN {dpd} > 180 THEN 'M7+' ELSE 'M' || (({dpd} + 29) / 30) END"""

_AGE = f"""  -- no value of the outside world is in this text: the day comes as a parameter
WITH come AS (
  SELECT h.loan_id, h.bucket AS old, GREATEST(%(day)s - h.oldest_unpaid_due_on, 0) AS dpd,
    h.oldest_unpaid_due_on AS oldest,
    (SELECT min(i.due_on) FROM loans_instalment i WHERE i.loan_id = h.loan_id AND i.due_on > %(day)s
       AND i.principal_fen + i.interest_fen + i.fee_fen + i.penalty_fen
         > i.principal_paid_fen + i.interest_paid_fen + i.fee_paid_fen + i.penalty_paid_fen) AS next_due
  FROM loans_loanhead h WHERE h.next_change_on <= %(day)s
), now_is AS (
  SELECT *, {_BUCKET_SQL.format(dpd="COALESCE(dpd, 0)")} AS fresh,
    (SELECT min(oldest + d) FROM unnest(ARRAY[1, 31, 61, 91, 121, 151, 181]) AS d
       WHERE oldest + d > %(day)s) AS next_move
  FROM come
), written AS (
  UPDATE loans_loanhead h SET bucket = n.fresh, aged_on = %(day)s, next_due_on = n.next_due,
    next_change_on = LEAST(n.next_move, n.next_due), updated_at = %(now)s
  FROM now_is n WHERE n.loan_id = h.loan_id RETURNING h.loan_id
), moves AS (
  INSERT INTO loans_bucketmove (loan_id, "on", from_bucket, to_bucket, cause)
  SELECT loan_id, %(day)s, old, fresh, 'dayend' FROM now_is WHERE old <> fresh RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM moves)
"""  # noqa: S608


@transaction.atomic
def set_business_date(*, business_date: date, now: datetime) -> None:
    """Move the book's date forward; an earlier date leaves it where it is (a run for a past date)."""
    book = Book.objects.select_for_update().order_by("pk").first()
    if book is None:
        Book.objects.create(business_date=business_date, closed_at=now)
    elif book.business_date <= business_date:
        book.business_date, book.closed_at = business_date, now
        book.save(update_fields=["business_date", "closed_at"])
