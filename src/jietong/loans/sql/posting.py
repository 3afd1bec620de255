"""The statements of commands/posting_batch.py. No value of the outside world is in these texts: all come as parameters.

They repeat for many loans what commands/repaying.py does for one in its simplest case; a property test holds the two
equal.
"""

from __future__ import annotations

from jietong.loans.sql.closing import LEFT

#: Whose loan a line means, locked in order of key like every posting; the loan's key itself is not.
LOCK_LOANS = """
SELECT l.ref, l.id FROM loans_loan l WHERE l.ref = ANY(%(refs)s::text[]) ORDER BY l.id FOR NO KEY UPDATE
"""

#: What day-end may be about to mark: the instalments that the money reaches, and the heads; in the order of day-end.
LOCK_INSTALMENTS = f"""
SELECT i.id FROM loans_instalment i JOIN (
  SELECT id, sum(rest) OVER (PARTITION BY loan_id ORDER BY due_on, n) - rest AS before, rest, fen FROM (
    SELECT i.id, i.loan_id, i.due_on, i.n, t.fen, {LEFT} AS rest
    FROM unnest(%(loans)s::bigint[], %(fens)s::bigint[]) AS t(loan_id, fen)
    JOIN loans_instalment i ON i.loan_id = t.loan_id
  ) each
) reached ON reached.id = i.id WHERE reached.before < reached.fen AND reached.rest > 0
ORDER BY i.loan_id, i.n FOR UPDATE OF i
"""  # noqa: S608

LOCK_HEADS = (
    "SELECT h.loan_id FROM loans_loanhead h WHERE h.loan_id = ANY(%(loans)s::bigint[]) ORDER BY h.loan_id FOR UPDATE"
)

#: The simple case: a loan that is not late, never was planned anew nor classed worse, and whose newest money this is.
#: Answers the loans that were booked; the others are left to the ordinary command. What it pays: instalment by
#: instalment by due date, in each by the product's order (rules/allocate.py).
BOOK = """
WITH line AS MATERIALIZED (
  SELECT * FROM unnest(%(loans)s::bigint[], %(receipts)s::text[], %(fens)s::bigint[], %(ats)s::timestamptz[])
    AS t(loan_id, receipt, fen, paid_at)
), chosen AS MATERIALIZED (
  SELECT t.*, l.borrower_id, d.paid_on, GREATEST(d.paid_on, d.today, h.aged_on) AS "on", p.allocation_order,
    gen_random_uuid() AS entry
  FROM line t JOIN loans_loan l ON l.id = t.loan_id JOIN loans_loanhead h ON h.loan_id = t.loan_id
  JOIN loans_product p ON p.id = l.product_id
  CROSS JOIN LATERAL (SELECT (t.paid_at AT TIME ZONE %(zone)s::text)::date AS paid_on,
    (%(now)s::timestamptz AT TIME ZONE %(zone)s::text)::date AS today) d
  WHERE l.status = 'active' AND h.bucket = 'M0' AND h.oldest_unpaid_due_on >= d.paid_on AND d.paid_on >= l.disbursed_on
    AND h.asset_class = 'normal' AND h.classed_on IS NOT NULL AND p.class_profile = ANY(%(profiles)s::text[])
    AND NOT EXISTS (SELECT 1 FROM loans_repayment r WHERE r.receipt = t.receipt)
    AND NOT EXISTS (SELECT 1 FROM loans_repayment r WHERE r.loan_id = t.loan_id AND r.reversed_at IS NULL
      AND (r.paid_at, r.receipt COLLATE "C") >= (t.paid_at, t.receipt COLLATE "C"))
    AND NOT EXISTS (SELECT 1 FROM loans_bucketmove m WHERE m.loan_id = t.loan_id AND m.superseded_at IS NULL
      AND m."on" >= d.paid_on AND m.cause <> 'import')
    AND (EXISTS (SELECT 1 FROM loans_opening o WHERE o.loan_id = t.loan_id) OR EXISTS (
      SELECT 1 FROM loans_repayment r
      WHERE r.loan_id = t.loan_id AND (l.source_id IS NULL OR r.booked_at <> l.booked_at)))
    AND NOT EXISTS (SELECT 1 FROM loans_instalment i WHERE i.loan_id = t.loan_id AND i.penalty_through_on > d.paid_on)
    AND NOT EXISTS (SELECT 1 FROM loans_classoverride v WHERE v.loan_id = t.loan_id)
    AND NOT EXISTS (SELECT 1 FROM loans_mirror m WHERE m.loan_id = t.loan_id)
    AND NOT EXISTS (SELECT 1 FROM loans_planchange c WHERE c.loan_id = t.loan_id)
    AND NOT EXISTS (SELECT 1 FROM loans_prepayorder o WHERE o.loan_id = t.loan_id AND o.state = 'open')
), parts AS (
  SELECT c.*, i.id, i.n, i.due_on, i.interest_booked, i.interest_fen, i.fee_fen, o.place, o.part, q.rest,
    sum(q.rest) OVER (PARTITION BY c.loan_id ORDER BY i.due_on, i.n, o.place) - q.rest AS before,
    sum(q.rest) OVER (PARTITION BY c.loan_id) AS owed
  FROM chosen c JOIN loans_instalment i ON i.loan_id = c.loan_id
  CROSS JOIN LATERAL jsonb_array_elements_text(c.allocation_order) WITH ORDINALITY AS o(part, place)
  CROSS JOIN LATERAL (SELECT CASE o.part WHEN 'principal' THEN i.principal_fen - i.principal_paid_fen
    WHEN 'interest' THEN i.interest_fen - i.interest_paid_fen WHEN 'fee' THEN i.fee_fen - i.fee_paid_fen
    ELSE i.penalty_fen - i.penalty_paid_fen END AS rest) q
  WHERE q.rest > 0
), taken AS MATERIALIZED (  -- everything of a loan travels along: a join here would be planned for one row
  SELECT p.*, LEAST(rest, fen - before)::bigint AS took, GREATEST(fen - owed, 0)::bigint AS credit_fen
  FROM (SELECT *, min(due_on) FILTER (WHERE before + rest > fen) OVER (PARTITION BY loan_id) AS oldest FROM parts) p
  WHERE before < fen AND (oldest IS NULL OR oldest >= "on")
), reached AS MATERIALIZED (
  SELECT id, loan_id, entry, paid_on, interest_booked, interest_fen, fee_fen,
    COALESCE(sum(took) FILTER (WHERE part = 'principal'), 0) AS principal,
    COALESCE(sum(took) FILTER (WHERE part = 'interest'), 0) AS interest,
    COALESCE(sum(took) FILTER (WHERE part = 'fee'), 0) AS fee,
    COALESCE(sum(took) FILTER (WHERE part = 'penalty'), 0) AS penalty
  FROM taken GROUP BY id, loan_id, entry, paid_on, interest_booked, interest_fen, fee_fen
), paid AS (
  UPDATE loans_instalment i SET principal_paid_fen = i.principal_paid_fen + r.principal,
    interest_paid_fen = i.interest_paid_fen + r.interest, fee_paid_fen = i.fee_paid_fen + r.fee,
    penalty_paid_fen = i.penalty_paid_fen + r.penalty, interest_booked = true
  FROM reached r WHERE i.id = r.id
), posted AS (
  INSERT INTO loans_posting (entry, loan_id, kind, booked_on, at, debit, credit, amount_fen)
  SELECT entry, loan_id, 'interest', paid_on, %(now)s::timestamptz, account || '_receivable', account || '_income',
    v.fen
  FROM (
    SELECT entry, loan_id, paid_on, sum(interest_fen) AS interest, sum(fee_fen) AS fee
    FROM reached WHERE NOT interest_booked GROUP BY entry, loan_id, paid_on
  ) e, LATERAL (VALUES ('interest', interest), ('fee', fee)) AS v(account, fen)
  WHERE v.fen > 0
  UNION ALL
  SELECT entry, loan_id, 'repayment', paid_on, %(now)s::timestamptz, 'cash',
    CASE WHEN part = 'principal' THEN 'loan_principal' ELSE part || '_receivable' END, sum(took)
  FROM taken GROUP BY entry, loan_id, paid_on, part
  UNION ALL
  SELECT DISTINCT entry, loan_id, 'repayment', paid_on, %(now)s::timestamptz, 'cash', 'borrower_credit', credit_fen
  FROM taken WHERE credit_fen > 0
), money AS (
  INSERT INTO loans_repayment (receipt, loan_id, amount_fen, paid_at, booked_at, credit_fen, split, reverse_reason)
  SELECT receipt, loan_id, fen, paid_at, %(now)s::timestamptz, credit_fen,
    jsonb_agg(jsonb_build_array(n, part, took) ORDER BY due_on, n, place), ''
  FROM taken GROUP BY receipt, loan_id, fen, paid_at, credit_fen
  RETURNING loan_id, id, credit_fen, split
)
SELECT t.*, m.id, m.credit_fen, m.split
FROM (SELECT DISTINCT loan_id, borrower_id, paid_on, "on" FROM taken) t JOIN money m ON m.loan_id = t.loan_id
"""

#: Heads after BOOK, as ledger.write_head writes them for a loan that is not late: what changes next is a due date.
WRITE_HEADS = f"""
WITH fresh AS (
  SELECT t.loan_id, t.day, c.least, f.* FROM unnest(%(loans)s::bigint[], %(days)s::date[]) AS t(loan_id, day)
  JOIN loans_loan l ON l.id = t.loan_id JOIN loans_product p ON p.id = l.product_id
  JOIN unnest(%(profiles)s::text[], %(leasts)s::int[]) AS c(profile, least) ON c.profile = p.class_profile
  CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.principal_fen - i.principal_paid_fen), 0) AS principal, COALESCE(sum({LEFT}), 0) AS fen,
      min(i.due_on) FILTER (WHERE {LEFT} > 0) AS oldest,
      min(i.due_on) FILTER (WHERE {LEFT} > 0 AND i.due_on > t.day) AS next_due,
      min(i.due_on) FILTER (WHERE NOT i.interest_booked) AS unbooked
    FROM loans_instalment i WHERE i.loan_id = t.loan_id
  ) f
), heads AS (
  UPDATE loans_loanhead h SET outstanding_principal_fen = f.principal, outstanding_fen = f.fen,
    oldest_unpaid_due_on = f.oldest, next_due_on = f.next_due, aged_on = f.day, updated_at = %(now)s::timestamptz,
    next_change_on = LEAST(f.oldest + 1, f.next_due, f.unbooked),
    accrual_stale = true, classed_on = f.day,
    next_class_on = f.oldest + f.least
  FROM fresh f WHERE f.loan_id = h.loan_id
)
UPDATE loans_loan l SET status = 'settled' FROM fresh f WHERE f.loan_id = l.id AND f.fen = 0
"""  # noqa: S608
