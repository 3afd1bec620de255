"""The comparison of core and book in the database. What the book says is the loans room's text, as it stands there."""

from __future__ import annotations

from jietong.loans.queries.mirror import FIGURES, MIRRORED, RECEIVED

#: tables of this comparison only; they go with its transaction
CLEAR = tuple(f"DROP TABLE IF EXISTS reconcile_{name}" for name in ("loans", "moneys", "found"))

#: one row a loan number: both sides side by side, NULL where one has no such loan. Of a number that the core has twice
#: the loan told of last counts.
_LOANS = f"""
CREATE TEMPORARY TABLE reconcile_loans AS
WITH core AS (
  SELECT DISTINCT ON (ref) ref, principal_left_fen, left_fen, is_open FROM connectors_coreloan
  WHERE source_id = %(source_id)s AND seen_at >= %(as_of)s ORDER BY ref, told_at DESC, id DESC
), concerned AS (
  SELECT ref FROM connectors_coreloan WHERE source_id = %(source_id)s UNION ({MIRRORED})
), book AS (
  SELECT f.* FROM ({FIGURES}) f JOIN concerned USING (ref)
)
SELECT ref, b.loan_id, c.principal_left_fen AS core_principal, b.principal_left_fen AS book_principal,
  c.left_fen AS core_left, b.left_fen AS book_left, c.is_open AS core_open, b.is_open AS book_open
FROM core c FULL JOIN book b USING (ref)
"""  # noqa: S608

#: one row a receipt and day: which loan and how much on either side
_MONEYS = f"""
CREATE TEMPORARY TABLE reconcile_moneys AS
WITH core AS (
  SELECT DISTINCT ON (m ->> 0) m ->> 0 AS receipt, (m ->> 1)::date AS paid_on, c.ref, (m ->> 2)::bigint AS fen
  FROM connectors_coreloan c CROSS JOIN LATERAL jsonb_array_elements(c.moneys) m
  WHERE c.source_id = %(source_id)s AND m ->> 1 = ANY(%(days_text)s) ORDER BY m ->> 0, c.told_at DESC, c.id DESC
), book AS (
  SELECT r.receipt, r.paid_on, l.ref, r.amount_fen AS fen
  FROM ({RECEIVED}) r JOIN reconcile_loans l USING (loan_id)
)
SELECT receipt, paid_on, c.ref AS core_ref, b.ref AS book_ref, c.fen AS core_fen, b.fen AS book_fen
FROM core c FULL JOIN book b USING (receipt, paid_on)
"""  # noqa: S608

_FOUND = """
CREATE TEMPORARY TABLE reconcile_found AS
SELECT array_position(%(codes)s, v.code) AS rank, v.code, l.ref, '' AS receipt, NULL::date AS about_on,
  v.core_fen, v.book_fen
FROM reconcile_loans l CROSS JOIN LATERAL (VALUES
  ('loan_missing_in_book', l.book_left IS NULL, l.core_left, NULL::bigint),
  ('loan_missing_in_core', l.core_left IS NULL, NULL, l.book_left),
  ('principal_left', l.core_principal <> l.book_principal, l.core_principal, l.book_principal),
  ('left', l.core_left <> l.book_left, l.core_left, l.book_left),
  ('closed_in_core', l.book_open AND NOT l.core_open, l.core_left, l.book_left),
  ('closed_in_book', l.core_open AND NOT l.book_open, l.core_left, l.book_left)
) v(code, holds, core_fen, book_fen)
WHERE (l.core_principal, l.core_left, l.core_open) IS DISTINCT FROM (l.book_principal, l.book_left, l.book_open)
  AND v.holds
UNION ALL
SELECT array_position(%(codes)s, v.code), v.code, COALESCE(m.book_ref, m.core_ref), m.receipt, m.paid_on,
  v.core_fen, v.book_fen
FROM reconcile_moneys m CROSS JOIN LATERAL (VALUES
  ('repayment_missing_in_book', m.book_fen IS NULL, m.core_fen, NULL::bigint),
  ('repayment_missing_in_core', m.core_fen IS NULL, NULL, m.book_fen),
  ('repayment_amount', (m.core_ref, m.core_fen) <> (m.book_ref, m.book_fen), m.core_fen, m.book_fen)
) v(code, holds, core_fen, book_fen)
WHERE v.holds
"""

PREPARE = (*CLEAR, _LOANS, _MONEYS, _FOUND)

#: core and book in turn for loans, open, principal left, left, repayments, repaid
TOTALS = """
SELECT l.*, m.* FROM (SELECT count(core_left), count(book_left), count(*) FILTER (WHERE core_open),
  count(*) FILTER (WHERE book_open), COALESCE(sum(core_principal), 0), COALESCE(sum(book_principal), 0),
  COALESCE(sum(core_left), 0), COALESCE(sum(book_left), 0) FROM reconcile_loans) l,
 (SELECT count(core_fen), count(book_fen), COALESCE(sum(core_fen), 0), COALESCE(sum(book_fen), 0)
  FROM reconcile_moneys WHERE paid_on = %(on)s) m
"""

#: What was found stands from now on, or goes on standing. An explanation holds for the figures that it was given for.
STAND = """
WITH stood AS (
  INSERT INTO connectors_discrepancy AS d (source_id, code, ref, receipt, about_on, core_fen, book_fen, state,
    found_at, last_run_id)
  SELECT %(source_id)s, code, ref, receipt, about_on, core_fen, book_fen, 'open', %(now)s, %(run_id)s
  FROM reconcile_found ORDER BY rank, ref, receipt
  ON CONFLICT (source_id, code, ref, receipt) WHERE state <> 'gone' DO UPDATE SET
    last_run_id = EXCLUDED.last_run_id, core_fen = EXCLUDED.core_fen, book_fen = EXCLUDED.book_fen,
    state = CASE WHEN (d.core_fen, d.book_fen) IS DISTINCT FROM (EXCLUDED.core_fen, EXCLUDED.book_fen)
      THEN 'open' ELSE d.state END
  RETURNING (xmax = 0) AS is_new, state = 'open' AND explained_at IS NOT NULL AS was_explained
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE was_explained) FROM stood
"""

GONE = """
UPDATE connectors_discrepancy SET state = 'gone', gone_at = %(now)s
WHERE source_id = %(source_id)s AND state <> 'gone' AND last_run_id <> %(run_id)s
"""

#: of this run: the loans as they stand, and the repayments of its own day
DIFFERENCES = """
INSERT INTO connectors_difference (run_id, code, ref, receipt, core_fen, book_fen, discrepancy_id)
SELECT %(run_id)s, f.code, f.ref, f.receipt, f.core_fen, f.book_fen, d.id
FROM reconcile_found f JOIN connectors_discrepancy d ON d.source_id = %(source_id)s AND d.code = f.code
  AND d.ref = f.ref AND d.receipt = f.receipt AND d.state <> 'gone'
WHERE f.about_on IS NULL OR f.about_on = %(on)s
ORDER BY f.rank, f.ref, f.receipt
"""
