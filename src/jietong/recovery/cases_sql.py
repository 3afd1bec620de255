"""Cases follow the book in one statement: what the loans' heads say against what the open cases say.

Whoever is late and by how much is the loans room's to tell: its text stands in here as it is.
"""

from __future__ import annotations

from jietong.loans.queries.book import LATE_BORROWERS

#: Writes only the difference, so that twice changes nothing. A case that a promise opened meanwhile is left to it.
MOVE_CASES = f"""
WITH wanted AS ({LATE_BORROWERS}), opened AS (
  INSERT INTO recovery_case (borrower_id, opened_on, stage, close_reason)
  SELECT w.borrower_id, %(day)s, w.bucket, '' FROM wanted w
  WHERE NOT EXISTS (SELECT 1 FROM recovery_case c WHERE c.borrower_id = w.borrower_id AND c.closed_on IS NULL)
  ORDER BY w.borrower_id
  ON CONFLICT (borrower_id) WHERE closed_on IS NULL DO NOTHING RETURNING id, stage
), other AS (
  SELECT c.id, c.stage AS before, w.bucket AS after FROM recovery_case c
  LEFT JOIN wanted w ON w.borrower_id = c.borrower_id
  WHERE c.closed_on IS NULL AND c.stage IS DISTINCT FROM w.bucket ORDER BY c.id FOR UPDATE OF c
), written AS (
  UPDATE recovery_case c SET
    stage = COALESCE(o.after, c.stage),
    closed_on = CASE WHEN o.after IS NULL THEN %(day)s::date END,
    close_reason = CASE WHEN o.after IS NULL THEN 'cured' ELSE '' END
  FROM other o WHERE c.id = o.id RETURNING o.after
), moves AS (
  INSERT INTO recovery_casemove (case_id, "on", from_stage, to_stage)
  SELECT id, %(day)s, '', stage FROM opened
  UNION ALL SELECT id, %(day)s, before, after FROM other WHERE after IS NOT NULL
)
SELECT (SELECT count(*) FROM opened), (SELECT count(*) FROM written WHERE after IS NOT NULL),
  (SELECT count(*) FROM written WHERE after IS NULL)
"""  # noqa: S608
