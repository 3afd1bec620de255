"""What a closed business date does to the book: set-based, over the heads whose date has come."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction

from jietong.loans.models import Book


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
  SELECT loan_id, bucket AS old, day, oldest_unpaid_due_on AS oldest,
    GREATEST(day - oldest_unpaid_due_on, 0) AS dpd,
    (SELECT min(i.due_on) FROM loans_instalment i WHERE i.loan_id = h.loan_id AND i.due_on > day
       AND i.principal_fen + i.interest_fen + i.fee_fen + i.penalty_fen
         > i.principal_paid_fen + i.interest_paid_fen + i.fee_paid_fen + i.penalty_paid_fen) AS next_due
  FROM (  -- money booked in the meantime may have brought a loan further than this date: no head goes back, and
          -- none is aged by what it was before a repayment that is being booked at this moment
    SELECT *, GREATEST(%(day)s, aged_on) AS day FROM loans_loanhead WHERE next_change_on <= %(day)s FOR UPDATE
  ) h
), now_is AS (
  SELECT *, {_BUCKET_SQL.format(dpd="COALESCE(dpd, 0)")} AS fresh,
    (SELECT min(oldest + d) FROM unnest(ARRAY[1, 31, 61, 91, 121, 151, 181]) AS d
       WHERE oldest + d > day) AS next_move
  FROM come
), written AS (
  UPDATE loans_loanhead h SET bucket = n.fresh, aged_on = n.day, next_due_on = n.next_due,
    next_change_on = LEAST(n.next_move, n.next_due), updated_at = %(now)s
  FROM now_is n WHERE n.loan_id = h.loan_id RETURNING h.loan_id
), moves AS (
  INSERT INTO loans_bucketmove (loan_id, "on", from_bucket, to_bucket, cause)
  SELECT loan_id, day, old, fresh, 'dayend' FROM now_is WHERE old <> fresh RETURNING 1
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
