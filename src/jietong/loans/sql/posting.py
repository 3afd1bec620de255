"""The statements of sql/posting_set.py, with numbered parameters: arrays as PostgreSQL writes them, all values as text.

They read under lock and write; what is to be written is decided by rules/posting.py. No value of the outside world is
in these texts.
"""

from __future__ import annotations

from jietong.loans.sql.closing import LEFT

#: Until the transaction ends. The planner cannot know how long an array will be and would plan anew for each.
PLAN_ONCE = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true)"

#: $1 refs. The loans with their terms, locked in order of key like every posting; the loan's key itself is not.
LOANS = """
SELECT l.id, l.ref, l.borrower_id, l.status, l.disbursed_on, l.rate, l.rate_unit, p.class_profile,
  COALESCE(v.penalty_multiple, p.penalty_multiple), COALESCE(v.allocation_order, p.allocation_order)::text
FROM loans_loan l JOIN loans_product p ON p.id = l.product_id LEFT JOIN loans_productversion v ON v.id = l.version_id
WHERE l.ref = ANY($1::text[]) ORDER BY l.id FOR NO KEY UPDATE OF l
"""

#: $1 refs, $2 the first day of payment. Instalments that money or day-end may still touch, and those whose penalty ran
#: beyond that day; locked in the order of day-end, which may be about to mark them.
INSTALMENTS = f"""
SELECT i.loan_id, i.id, i.n, i.due_on, i.principal_fen, i.interest_fen, i.fee_fen, i.penalty_fen, i.principal_paid_fen,
  i.interest_paid_fen, i.fee_paid_fen, i.penalty_paid_fen, i.penalty_through_on, i.interest_booked
FROM loans_instalment i JOIN loans_loan l ON l.id = i.loan_id
WHERE l.ref = ANY($1::text[]) AND ({LEFT} > 0 OR NOT i.interest_booked OR i.penalty_through_on > $2::date)
ORDER BY i.loan_id, i.n FOR UPDATE OF i
"""  # noqa: S608

#: $1 refs. Before they are read: a day-end that is about to commit is waited for, and what it wrote beside is seen.
LOCK_HEADS = """
SELECT h.loan_id FROM loans_loanhead h JOIN loans_loan l ON l.id = h.loan_id WHERE l.ref = ANY($1::text[])
ORDER BY h.loan_id FOR UPDATE OF h
"""

#: $1 refs, $2 receipts, $3 times and $4 days of payment: a line each. The heads, with what decides whether the money
#: goes on top. is_special: the receipt is known, later money or moves are told, or more than instalments and money has
#: a say in how this loan stands.
HEADS = """
SELECT h.loan_id, h.bucket, h.aged_on, h.asset_class, h.classed_on,
  COALESCE(o."on", s.as_of, (SELECT min(m."on") FROM loans_bucketmove m
    WHERE m.loan_id = l.id AND m.superseded_at IS NULL AND m.cause = 'import'), l.disbursed_on) AS entered_on,
  o.loan_id IS NOT NULL, r.has_ours, r.has_any,
  r.has_later OR EXISTS (SELECT 1 FROM loans_repayment k WHERE k.receipt = t.receipt)
  OR EXISTS (SELECT 1 FROM loans_bucketmove m WHERE m.loan_id = l.id AND m.superseded_at IS NULL
    AND m."on" >= LEAST(h.aged_on + 1, t.paid_on) AND m.cause <> 'import')
  OR EXISTS (SELECT 1 FROM loans_assetclassmove m WHERE m.loan_id = l.id AND m.superseded_at IS NULL
    AND m."on" >= LEAST(h.classed_on + 1, t.paid_on))
  OR EXISTS (SELECT 1 FROM loans_classoverride v WHERE v.loan_id = l.id)
  OR EXISTS (SELECT 1 FROM loans_mirror m WHERE m.loan_id = l.id)
  OR EXISTS (SELECT 1 FROM loans_planchange c WHERE c.loan_id = l.id)
  OR EXISTS (SELECT 1 FROM loans_prepayorder e WHERE e.loan_id = l.id AND e.state = 'open') AS is_special
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::date[]) AS t(ref, receipt, paid_at, paid_on)
JOIN loans_loan l ON l.ref = t.ref JOIN loans_loanhead h ON h.loan_id = l.id
LEFT JOIN loans_opening o ON o.loan_id = l.id LEFT JOIN loans_importrun s ON s.id = l.source_id
CROSS JOIN LATERAL (
  SELECT count(*) > 0 AS has_any,
    COALESCE(bool_or(l.source_id IS NULL OR r.booked_at <> l.booked_at), false) AS has_ours,
    COALESCE(bool_or(r.reversed_at IS NULL
      AND (r.paid_at, r.receipt COLLATE "C") >= (t.paid_at, t.receipt COLLATE "C")), false) AS has_later
  FROM loans_repayment r WHERE r.loan_id = l.id
) r
"""

#: $1 keys. All instalments of loans whose first money of ours this is.
ALL_ROWS = """
SELECT i.loan_id, i.id, i.n, i.due_on, i.principal_fen, i.interest_fen, i.fee_fen, i.penalty_fen, i.principal_paid_fen,
  i.interest_paid_fen, i.fee_paid_fen, i.penalty_paid_fen, i.penalty_through_on, i.interest_booked
FROM loans_instalment i WHERE i.loan_id = ANY($1::bigint[])
"""

#: $1 keys, $2 days. The bucket in which a loan came into the day on which it entered, if it moved on it.
ENTRY_MOVES = """
SELECT DISTINCT ON (m.loan_id) m.loan_id, m.from_bucket
FROM unnest($1::bigint[], $2::date[]) AS t(loan_id, day)
JOIN loans_bucketmove m ON m.loan_id = t.loan_id AND m."on" = t.day
WHERE m.superseded_at IS NULL AND m.cause <> 'import' ORDER BY m.loan_id, m.id
"""

PAY = """
UPDATE loans_instalment i SET penalty_fen = v.penalty, penalty_through_on = v.through, interest_booked = v.booked,
  principal_paid_fen = v.p, interest_paid_fen = v.i, fee_paid_fen = v.f, penalty_paid_fen = v.y
FROM unnest($1::bigint[], $2::bigint[], $3::date[], $4::bool[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
  AS v(id, penalty, through, booked, p, i, f, y)
WHERE i.id = v.id
"""

POST = """
INSERT INTO loans_posting (entry, loan_id, kind, booked_on, at, debit, credit, amount_fen)
SELECT v.entry, v.loan_id, v.kind, v.day, $1::timestamptz, v.debit, v.credit, v.fen
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::date[], $6::text[], $7::text[], $8::bigint[])
  AS v(entry, loan_id, kind, day, debit, credit, fen)
"""

RECEIVE = """
INSERT INTO loans_repayment (receipt, loan_id, amount_fen, paid_at, booked_at, credit_fen, split, reverse_reason)
SELECT v.receipt, v.loan_id, v.fen, v.at, $1::timestamptz, v.credit, v.split::jsonb, ''
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::text[])
  AS v(receipt, loan_id, fen, at, credit, split)
RETURNING loan_id, id
"""

WRITE_HEADS = """
UPDATE loans_loanhead h SET outstanding_principal_fen = v.principal, outstanding_fen = v.fen,
  oldest_unpaid_due_on = v.oldest, next_due_on = v.next_due, bucket = v.bucket, next_change_on = v.change,
  aged_on = v.day, asset_class = v.class, classed_on = v.day, next_class_on = v.next_class,
  updated_at = $1::timestamptz, accrual_stale = true
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::date[], $6::date[], $7::text[], $8::date[], $9::date[],
  $10::text[], $11::date[])
  AS v(loan_id, principal, fen, oldest, next_due, bucket, change, day, class, next_class)
WHERE h.loan_id = v.loan_id
"""

SETTLE = "UPDATE loans_loan SET status = 'settled' WHERE id = ANY($1::bigint[])"

MOVE = """
INSERT INTO loans_bucketmove (loan_id, "on", from_bucket, to_bucket, cause)
SELECT * FROM unnest($1::bigint[], $2::date[], $3::text[], $4::text[], $5::text[])
"""

CLASS_MOVE = """
INSERT INTO loans_assetclassmove (loan_id, "on", from_class, to_class, cause)
SELECT * FROM unnest($1::bigint[], $2::date[], $3::text[], $4::text[], $5::text[])
"""

OPEN = """
INSERT INTO loans_opening (loan_id, "on", start_bucket, through_repayment_id, instalments)
SELECT v.loan_id, v.day, v.bucket, 0, v.rows::jsonb
FROM unnest($1::bigint[], $2::date[], $3::text[], $4::text[]) AS v(loan_id, day, bucket, rows)
"""
