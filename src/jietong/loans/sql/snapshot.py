"""What a snapshot reads of the book: one text a list of columns, for the loans with a key between first and last.

Where a replay begins is decided as replay.start_of does: the loan's Opening if it has one; nothing paid, if money of
ours was booked and no Opening was needed for it; otherwise the figures as they stand, which then no money of ours has
touched.
"""

from __future__ import annotations

#: goes before each of the others
STARTS = """
WITH starts AS (
  SELECT l.id AS loan_id, o.loan_id IS NOT NULL AS has_opening, COALESCE(o.through_repayment_id, 0) AS through,
    l.source_id, l.booked_at, EXISTS (
      SELECT 1 FROM loans_repayment r WHERE r.loan_id = l.id AND (l.source_id IS NULL OR r.booked_at <> l.booked_at)
    ) AS has_ours
  FROM loans_loan l LEFT JOIN loans_opening o ON o.loan_id = l.id
  WHERE l.id BETWEEN %(first)s AND %(last)s
), replayed AS (
  SELECT r.*, NOT (s.source_id IS NULL OR r.booked_at <> s.booked_at) AS of_tape,
    row_number() OVER (PARTITION BY r.loan_id ORDER BY r.paid_at, r.receipt COLLATE "C") - 1 AS place
  FROM loans_repayment r JOIN starts s ON s.loan_id = r.loan_id
  WHERE r.reversed_at IS NULL AND r.id > s.through AND (s.has_opening OR s.has_ours)
)
"""

LOANS = """
SELECT l.id AS loan_id, l.ref, p.code AS product, (l.rate * 10000000000)::bigint AS rate_e10, l.rate_unit,
  (COALESCE(v.penalty_multiple, p.penalty_multiple) * 1000)::bigint AS multiple_e3,
  (SELECT string_agg(name, ',' ORDER BY place)
   FROM jsonb_array_elements_text(COALESCE(v.allocation_order, p.allocation_order)) WITH ORDINALITY AS o(name, place)
  ) AS allocation, l.method, l.day_count, l.disbursed_on,
  COALESCE(o."on", t.as_of, (
    SELECT min(m."on") FROM loans_bucketmove m
    WHERE m.loan_id = l.id AND m.cause = 'import' AND m.superseded_at IS NULL
  ), l.disbursed_on) AS start_on,
  o.start_bucket,
  GREATEST(h.aged_on, %(as_of)s::date) AS as_of, h.aged_on,
  GREATEST(%(closed_on)s::date, t.as_of) AS closed_on,
  CASE WHEN h.loan_id IS NULL THEN 'without_head'
    WHEN EXISTS (SELECT 1 FROM loans_mirror c WHERE c.loan_id = l.id) THEN 'kept_by_core'
    WHEN l.cancelled_on IS NOT NULL THEN 'cancelled'
    WHEN EXISTS (SELECT 1 FROM loans_setaside a WHERE a.loan_id = l.id AND a.ended_at IS NULL) THEN 'set_aside'
  END AS refused
FROM loans_loan l
JOIN loans_product p ON p.id = l.product_id
LEFT JOIN loans_productversion v ON v.id = l.version_id
LEFT JOIN loans_loanhead h ON h.loan_id = l.id
LEFT JOIN loans_opening o ON o.loan_id = l.id
LEFT JOIN loans_importrun t ON t.id = l.source_id
WHERE l.id BETWEEN %(first)s AND %(last)s
ORDER BY l.id
"""

OPENING_LINES = """
SELECT loan_id, n, due_on, principal_fen, interest_fen, fee_fen, penalty_fen,
  principal_paid_fen, interest_paid_fen, fee_paid_fen, penalty_paid_fen, penalty_through_on
FROM (
  SELECT i.loan_id, i.n, i.due_on, i.principal_fen, i.interest_fen, i.fee_fen,
    CASE WHEN s.has_ours THEN 0 ELSE i.penalty_fen END AS penalty_fen,
    CASE WHEN s.has_ours THEN 0 ELSE i.principal_paid_fen END AS principal_paid_fen,
    CASE WHEN s.has_ours THEN 0 ELSE i.interest_paid_fen END AS interest_paid_fen,
    CASE WHEN s.has_ours THEN 0 ELSE i.fee_paid_fen END AS fee_paid_fen,
    CASE WHEN s.has_ours THEN 0 ELSE i.penalty_paid_fen END AS penalty_paid_fen,
    CASE WHEN s.has_ours THEN NULL ELSE i.penalty_through_on END AS penalty_through_on
  FROM loans_instalment i JOIN starts s ON s.loan_id = i.loan_id WHERE NOT s.has_opening
  UNION ALL
  SELECT o.loan_id, (e->>0)::int, (e->>1)::date,
    (e->2->>0)::bigint, (e->2->>1)::bigint, (e->2->>2)::bigint, (e->2->>3)::bigint,
    (e->3->>0)::bigint, (e->3->>1)::bigint, (e->3->>2)::bigint, (e->3->>3)::bigint, (e->>4)::date
  FROM loans_opening o, jsonb_array_elements(o.instalments) AS e
  WHERE o.loan_id BETWEEN %(first)s AND %(last)s
) lines
ORDER BY loan_id, n
"""

MONEY = """
SELECT loan_id, receipt, (extract(epoch FROM paid_at) * 1000000)::bigint AS paid_at,
  (paid_at AT TIME ZONE %(zone)s)::date AS paid_on, amount_fen, of_tape
FROM replayed ORDER BY loan_id, place
"""

#: plan changes in force; their names order those of one instant
CHANGES = """
SELECT loan_id, id AS change_id, kind AS change_kind, (extract(epoch FROM at) * 1000000)::bigint AS change_at,
  "on" AS change_on, first_n AS change_first_n, receipt AS change_receipt, keep AS change_keep,
  terms::text AS change_terms
FROM loans_planchange
WHERE loan_id BETWEEN %(first)s AND %(last)s AND undone_at IS NULL
ORDER BY loan_id, at, id
"""

#: the book's own answer, in the words of a result
BOOK_HEADS = """
SELECT l.id AS loan_id, l.ref, GREATEST(h.aged_on, %(as_of)s::date) AS as_of, l.status, h.bucket,
  h.outstanding_principal_fen, h.outstanding_fen, h.oldest_unpaid_due_on, h.next_due_on, h.next_change_on
FROM loans_loan l LEFT JOIN loans_loanhead h ON h.loan_id = l.id
WHERE l.id BETWEEN %(first)s AND %(last)s
ORDER BY l.id
"""

BOOK_LINES = """
SELECT loan_id, n, principal_paid_fen, interest_paid_fen, fee_paid_fen, penalty_fen, penalty_paid_fen,
  penalty_through_on, interest_booked
FROM loans_instalment
WHERE loan_id BETWEEN %(first)s AND %(last)s AND NOT (
  -- rows of a change that was taken back ask for nothing, and stay
  opened_by_id IS NOT NULL AND principal_fen + interest_fen + fee_fen + penalty_fen
    + principal_paid_fen + interest_paid_fen + fee_paid_fen + penalty_paid_fen = 0
)
ORDER BY loan_id, n
"""

BOOK_MONEY = """
SELECT loan_id, receipt, credit_fen FROM replayed ORDER BY loan_id, place
"""

BOOK_PARTS = """
SELECT r.loan_id, r.place AS part_receipt, (e.part->>0)::int AS part_n, e.part->>1 AS part_component,
  (e.part->>2)::bigint AS part_fen
FROM replayed r, jsonb_array_elements(r.split) WITH ORDINALITY AS e(part, position)
ORDER BY r.loan_id, r.place, e.position
"""

BOOK_MOVES = """
SELECT loan_id, "on" AS move_on, from_bucket AS move_from, to_bucket AS move_to
FROM loans_bucketmove
WHERE loan_id BETWEEN %(first)s AND %(last)s AND superseded_at IS NULL AND cause <> 'import'
ORDER BY loan_id, "on", id
"""

#: the last key of the next so many loans; null when there are none
NEXT_KEY = """
SELECT min(id), max(id) FROM (SELECT id FROM loans_loan WHERE id > %s ORDER BY id LIMIT %s) AS batch
"""
