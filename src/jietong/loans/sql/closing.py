"""The statements of commands/closing.py. No value of the outside world is in these texts: all come as parameters.

Each works on the loans of `%(ids)s`, which the caller has chosen (and locked, where it says so) beforehand, in order of
their keys: whoever locks many loans takes them in that order, so nobody waits in a circle.
"""

from __future__ import annotations

#: Repeats rules/buckets.py in SQL; a property test holds the two equal.
BUCKET = """CASE WHEN {dpd} <= 0 THEN 'M0' WHEN {dpd} > 180 THEN 'M7+' ELSE 'M' || (({dpd} + 29) / 30) END"""

LEFT = """i.principal_fen + i.interest_fen + i.fee_fen + i.penalty_fen
  - i.principal_paid_fen - i.interest_paid_fen - i.fee_paid_fen - i.penalty_paid_fen"""

_NOT_SET_ASIDE = "NOT EXISTS (SELECT 1 FROM loans_setaside s WHERE s.loan_id = h.loan_id AND s.ended_at IS NULL)"

#: Loans of which something changes by time alone on or before the date.
COME = f"""SELECT h.loan_id FROM loans_loanhead h
WHERE h.next_change_on <= %(day)s AND {_NOT_SET_ASIDE} ORDER BY h.loan_id"""  # noqa: S608

#: The same, and those whose share of the accruals may have moved; locked, so that no repayment comes in between.
COME_OR_STALE = f"""SELECT h.loan_id FROM loans_loanhead h
WHERE (h.next_change_on <= %(day)s OR h.accrual_stale) AND {_NOT_SET_ASIDE}
ORDER BY h.loan_id FOR UPDATE OF h"""  # noqa: S608

#: Repeats rules/soundness.py in SQL; a property test holds the two equal. Loans that are out are looked at again.
CHECK = f"""
WITH judged AS (
  SELECT h.loan_id, CASE
    WHEN f.n = 0 THEN 'no_instalments'
    WHEN f.negative THEN 'negative_amount'
    WHEN f.beyond THEN 'paid_beyond_owed'
    WHEN f.first_due < l.disbursed_on THEN 'due_before_lent'
    WHEN h.outstanding_fen <> f.owed OR h.outstanding_principal_fen <> f.principal THEN 'head_disagrees'
    WHEN h.oldest_unpaid_due_on IS DISTINCT FROM f.first_due THEN 'oldest_disagrees'
    WHEN h.bucket NOT IN ('M0', 'M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M7+') THEN 'unknown_bucket' END AS reason
  FROM loans_loanhead h JOIN loans_loan l ON l.id = h.loan_id CROSS JOIN LATERAL (
    SELECT count(*) AS n, COALESCE(sum(i.rest), 0) AS owed,
      COALESCE(sum(i.principal_fen - i.principal_paid_fen), 0) AS principal,
      min(i.due_on) FILTER (WHERE i.rest > 0) AS first_due,
      bool_or(LEAST(i.principal_fen, i.interest_fen, i.fee_fen, i.penalty_fen, i.principal_paid_fen,
        i.interest_paid_fen, i.fee_paid_fen, i.penalty_paid_fen) < 0) AS negative,
      bool_or(i.principal_paid_fen > i.principal_fen OR i.interest_paid_fen > i.interest_fen
        OR i.fee_paid_fen > i.fee_fen OR i.penalty_paid_fen > i.penalty_fen) AS beyond
    FROM (SELECT *, {LEFT} AS rest FROM loans_instalment i WHERE i.loan_id = h.loan_id) i
  ) f
  WHERE h.next_change_on <= %(day)s AND (%(loan)s::bigint IS NULL OR h.loan_id = %(loan)s)
), fresh AS (
  INSERT INTO loans_setaside (loan_id, business_date, step, reason, at)
  SELECT loan_id, %(day)s, 'check', reason, %(now)s FROM judged WHERE reason IS NOT NULL
  ON CONFLICT (loan_id) WHERE ended_at IS NULL DO NOTHING RETURNING 1
), mended AS (
  UPDATE loans_setaside s SET ended_at = %(now)s, ended_by = %(by)s FROM judged j
  WHERE s.loan_id = j.loan_id AND s.ended_at IS NULL AND s.step = 'check' AND j.reason IS NULL RETURNING 1
)
SELECT (SELECT count(*) FROM judged), (SELECT count(*) FROM fresh), (SELECT count(*) FROM mended)
"""  # noqa: S608

#: One statement, so that an instalment is marked exactly when its postings exist.
FALL_DUE = """
WITH come AS (
  SELECT i.id FROM unnest(%(ids)s::bigint[]) AS c(loan_id) JOIN loans_instalment i ON i.loan_id = c.loan_id
  WHERE i.due_on <= %(day)s AND NOT i.interest_booked ORDER BY i.loan_id, i.n FOR UPDATE OF i
), due AS (
  UPDATE loans_instalment i SET interest_booked = true FROM come WHERE i.id = come.id
  RETURNING i.loan_id, i.due_on, i.interest_fen, i.fee_fen
), posted AS (
  INSERT INTO loans_posting (entry, loan_id, kind, booked_on, at, debit, credit, amount_fen)
  SELECT gen_random_uuid(), loan_id, 'interest', due_on, %(now)s, account || '_receivable', account || '_income', fen
  FROM due, LATERAL (VALUES ('interest', interest_fen), ('fee', fee_fen)) AS part(account, fen)
  WHERE fen > 0
  RETURNING amount_fen
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM posted), (SELECT COALESCE(sum(amount_fen), 0) FROM posted)
"""

#: Buckets and accruals of loans whose heads are locked. Money booked in the meantime may have brought a loan further
#: than this date: no head goes back. A loan's share is the interest of its first instalment that is not posted yet.
AGE = f"""
WITH come AS (
  SELECT h.*, h.ctid AS place, h.next_change_on <= %(day)s AS is_due, GREATEST(%(day)s, h.aged_on) AS day
  FROM unnest(%(ids)s::bigint[]) AS c(loan_id) JOIN loans_loanhead h ON h.loan_id = c.loan_id
), figures AS (
  SELECT c.*, l.product_id, l.disbursed_on, GREATEST(c.day - c.oldest_unpaid_due_on, 0) AS dpd, f.next_due, f.earned,
    DATE '1970-01-01' + f.unposted[1]::integer AS due_on, COALESCE(f.unposted[2], 0) AS interest_fen
  FROM come c JOIN loans_loan l ON l.id = c.loan_id CROSS JOIN LATERAL (
    SELECT min(i.due_on) FILTER (WHERE i.due_on > c.day AND {LEFT} > 0) AS next_due,
      COALESCE(sum(i.interest_fen) FILTER (WHERE i.interest_booked), 0)::bigint AS earned,
      min(ARRAY[(i.due_on - DATE '1970-01-01')::bigint, i.interest_fen])
        FILTER (WHERE NOT i.interest_booked AND i.interest_fen > 0) AS unposted
    FROM loans_instalment i WHERE i.loan_id = c.loan_id
  ) f
), now_is AS (
  SELECT f.*, {BUCKET.format(dpd="COALESCE(dpd, 0)")} AS fresh,
    (SELECT min(oldest_unpaid_due_on + d) FROM unnest(ARRAY[1, 31, 61, 91, 121, 151, 181]) AS d
       WHERE oldest_unpaid_due_on + d > day) AS next_move,
    CASE WHEN due_on = share_due_on THEN share_from_on ELSE LEAST(due_on - 1, COALESCE((
       SELECT max(p.due_on) FROM loans_instalment p WHERE p.loan_id = f.loan_id AND p.due_on < f.due_on
    ), disbursed_on)) END AS from_on
  FROM figures f
), written AS (
  UPDATE loans_loanhead h SET
    bucket = CASE WHEN n.is_due THEN n.fresh ELSE h.bucket END,
    aged_on = CASE WHEN n.is_due THEN n.day ELSE h.aged_on END,
    next_due_on = CASE WHEN n.is_due THEN n.next_due ELSE h.next_due_on END,
    next_change_on = CASE WHEN n.is_due THEN LEAST(n.next_move, n.next_due) ELSE h.next_change_on END,
    updated_at = CASE WHEN n.is_due THEN %(now)s ELSE h.updated_at END,
    accrual_stale = false, earned_fen = n.earned, share_fen = n.interest_fen,
    share_from_on = CASE WHEN n.due_on IS NOT NULL THEN n.from_on END, share_due_on = n.due_on
  FROM now_is n WHERE n.place = h.ctid RETURNING n.is_due  -- the row is locked: it stays where it is
), moves AS (
  INSERT INTO loans_bucketmove (loan_id, "on", from_bucket, to_bucket, cause)
  SELECT loan_id, day, bucket, fresh, 'dayend' FROM now_is WHERE is_due AND bucket <> fresh RETURNING 1
), shares AS (
  INSERT INTO loans_accrualcohort AS k (product_id, from_on, due_on, interest_fen)
  SELECT product_id, starts, ends, sum(fen) FROM (
    SELECT product_id, share_from_on AS starts, share_due_on AS ends, -share_fen AS fen FROM now_is WHERE share_fen <> 0
    UNION ALL SELECT product_id, from_on, due_on, interest_fen FROM now_is WHERE interest_fen <> 0
  ) moved GROUP BY product_id, starts, ends HAVING sum(fen) <> 0 ORDER BY product_id, starts, ends
  ON CONFLICT (product_id, from_on, due_on) DO UPDATE SET interest_fen = k.interest_fen + EXCLUDED.interest_fen
), stands AS (
  INSERT INTO loans_accrualstand AS k (product_id, posted_fen, brought_fen)
  SELECT product_id, sum(earned - COALESCE(earned_fen, 0)), COALESCE(sum(earned) FILTER (WHERE earned_fen IS NULL), 0)
  FROM now_is GROUP BY product_id ORDER BY product_id
  ON CONFLICT (product_id) DO UPDATE
    SET posted_fen = k.posted_fen + EXCLUDED.posted_fen, brought_fen = k.brought_fen + EXCLUDED.brought_fen
)
SELECT (SELECT count(*) FROM written WHERE is_due), (SELECT count(*) FROM moves)
"""  # noqa: S608

#: Repeats rules/accrual.py in SQL; a property test holds the two equal. Rows before are those of earlier dates.
ACCRUE = """
WITH open AS (
  SELECT product_id, sum(div(interest_fen::numeric * LEAST(GREATEST(%(day)s - from_on, 0), due_on - from_on),
    due_on - from_on)) AS fen
  FROM loans_accrualcohort GROUP BY product_id
), told AS (
  SELECT s.product_id, COALESCE(o.fen, 0) AS open_fen, s.posted_fen AS posted_total, s.brought_fen AS brought_total,
    s.posted_fen - COALESCE(b.posted_total_fen, 0) AS posted,
    s.brought_fen - COALESCE(b.brought_total_fen, 0) AS brought, COALESCE(b.open_fen, 0) AS open_before
  FROM loans_accrualstand s LEFT JOIN open o ON o.product_id = s.product_id LEFT JOIN LATERAL (
    SELECT * FROM loans_productaccrual p WHERE p.product_id = s.product_id AND p.business_date < %(day)s
    ORDER BY p.business_date DESC LIMIT 1
  ) b ON true
), booked AS (
  INSERT INTO loans_productaccrual (product_id, business_date, accrued_fen, posted_fen, brought_fen, open_fen,
    posted_total_fen, brought_total_fen, at)
  SELECT product_id, %(day)s, posted + open_fen - open_before, posted, brought, open_fen, posted_total, brought_total,
    %(now)s
  FROM told RETURNING accrued_fen - brought_fen AS earned_fen, open_fen
), empty AS (
  DELETE FROM loans_accrualcohort WHERE interest_fen = 0
)
SELECT count(*), COALESCE(sum(earned_fen), 0), COALESCE(sum(open_fen), 0) FROM booked
"""

#: Interest in the ledger of loans that were counted since they last moved, against what was counted of them.
LEDGER_AGAINST_ACCRUALS = """
WITH ledger AS (
  SELECT p.loan_id, sum(CASE WHEN p.credit = 'interest_income' THEN p.amount_fen ELSE -p.amount_fen END) AS fen
  FROM loans_posting p WHERE 'interest_income' IN (p.debit, p.credit) GROUP BY p.loan_id
), book AS (
  SELECT l.product_id, sum(CASE WHEN h.accrual_stale THEN COALESCE(h.earned_fen, 0) ELSE COALESCE(g.fen, 0) END) AS fen
  FROM loans_loanhead h JOIN loans_loan l ON l.id = h.loan_id LEFT JOIN ledger g ON g.loan_id = h.loan_id
  GROUP BY l.product_id
)
SELECT COALESCE(b.product_id, s.product_id), COALESCE(b.fen, 0), COALESCE(s.posted_fen, 0)
FROM book b FULL JOIN loans_accrualstand s ON s.product_id = b.product_id
WHERE COALESCE(b.fen, 0) <> COALESCE(s.posted_fen, 0)
"""

#: The loans' shares as the instalments have them (as counted where they moved since), against the cohorts.
SHARES_AGAINST_COHORTS = """
WITH share AS (
  SELECT l.product_id, CASE WHEN h.accrual_stale THEN h.share_fen ELSE COALESCE((
    SELECT i.interest_fen FROM loans_instalment i
    WHERE i.loan_id = h.loan_id AND NOT i.interest_booked AND i.interest_fen > 0
    ORDER BY i.due_on, i.interest_fen LIMIT 1
  ), 0) END AS fen
  FROM loans_loanhead h JOIN loans_loan l ON l.id = h.loan_id
), book AS (
  SELECT product_id, sum(fen) AS fen FROM share GROUP BY product_id
), told AS (
  SELECT product_id, sum(interest_fen) AS fen FROM loans_accrualcohort GROUP BY product_id
)
SELECT COALESCE(b.product_id, t.product_id), COALESCE(b.fen, 0), COALESCE(t.fen, 0)
FROM book b FULL JOIN told t ON t.product_id = b.product_id WHERE COALESCE(b.fen, 0) <> COALESCE(t.fen, 0)
"""
