"""Core against book, a whole portfolio: seconds, and how much memory this process needs for it.

`python -m bench.reconcile --loans 1000000`: an invented book, and a core that tells of every loan, one in 20,000
of them otherwise. Twice: the first comparison names each difference, the second finds them standing.
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import UTC, date, datetime

from bench.book import build, superuser
from bench.site import fresh_site

ON = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
#: the core's side as the book has it, but for one loan in 20,000; three repayments each, one loan in 30 paid that day
CORE = """
INSERT INTO connectors_coreloan (source_id, external_id, ref, loan_id, fingerprint, digest, tellings, seen_at, told_at,
  principal_left_fen, left_fen, is_open, moneys)
SELECT %(source)s, l.id, l.ref, l.id, '', '', 1, %(now)s, %(now)s, h.outstanding_principal_fen,
  h.outstanding_fen + CASE WHEN l.id %% 20000 = 0 THEN 3000 ELSE 0 END, true,
  jsonb_build_array(jsonb_build_array('a' || l.id, '2026-09-20', 30000),
    jsonb_build_array('b' || l.id, '2026-10-20', 30000),
    jsonb_build_array('c' || l.id, CASE WHEN l.id %% 30 = 0 THEN '2026-11-23' ELSE '2026-11-02' END, 30000))
FROM loans_loan l JOIN loans_loanhead h ON h.loan_id = l.id
"""
PAID = """
INSERT INTO loans_repayment (receipt, loan_id, amount_fen, paid_at, booked_at, credit_fen, split)
SELECT 'c' || id, id, 30000, '2026-11-23 12:00+08', %(now)s, 0, '[]' FROM loans_loan
WHERE id %% 30 = 0 AND id %% 60000 <> 0
"""


def measure(loans: int) -> None:
    from jietong.connectors.commands import open_source, reconcile
    from jietong.connectors.models import Source

    build(loans, on=ON, now=NOW)
    source = open_source(code="core", name="核心", kind="files", mode="feed", actor="bench", now=NOW)
    Source.objects.filter(pk=source.pk).update(last_ok_at=NOW)
    with superuser() as connection, connection.cursor() as cursor:
        cursor.execute(CORE, {"source": source.pk, "now": NOW})
        cursor.execute(PAID, {"now": NOW})
        cursor.execute("VACUUM (ANALYZE)")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for turn in ("first", "second"):
        began = time.perf_counter()
        run = reconcile(code="core", on=date(2026, 11, 23), actor="bench", now=NOW)
        took = time.perf_counter() - began
        grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(
            f"{loans:,} loans, {run.core['repayments']:,} repayments of the day, {turn}: {took:.1f} s, "
            f"{run.differences_count} differences, this process grew by {grew:.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000_000)
    wanted = parser.parse_args()
    with fresh_site():
        from jietong.kernel.bootstrap import prepare_django

        prepare_django()
        measure(wanted.loans)


if __name__ == "__main__":
    main()
