"""A bank's result file of debits: lines a second, the book's loans and their locks included.

`python -m bench.debit_file --lines 2000`: one order a late loan, nine in ten debited, taken by the ordinary command.
The book is twenty-five times as large, as four loans in a hundred of it are late.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, date, datetime, timedelta

from bench.book import build, superuser
from bench.site import fresh_site

ON = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
MANDATES = """
INSERT INTO deduction_mandate (borrower_id, kind, provider, tail, agreement, channel, rank, signed_at, end_reason,
  out_reason)
SELECT id, 'card', '工商银行', '0001', 'A' || id, 'file', 0, %(now)s, '', '' FROM borrowers_borrower
"""
ORDERS = """
INSERT INTO deduction_debit (key, borrower_id, loan_id, business_date, cause, consent, state, planned_at, not_before,
  expires_at, mandate_id, batch_id, amount_fen, claimed_at, sent_at, asked, reason, route, because, odd, channel_ref,
  taken_fen, booked_fen)
SELECT 'K' || l.id, l.borrower_id, l.id, %(on)s, 'due', '', 'sent', %(now)s, %(now)s, %(until)s, m.id, %(batch)s, 100,
  %(now)s, %(now)s, 0, '', 'file', '', '', '', 0, 0
FROM loans_loan l JOIN deduction_mandate m ON m.borrower_id = l.borrower_id JOIN loans_loanhead h ON h.loan_id = l.id
WHERE h.oldest_unpaid_due_on < %(on)s
"""


def measure(count: int) -> None:
    from jietong.deduction import commands
    from jietong.deduction.models import Batch, Debit
    from jietong.deduction.rules.judging import Outcome, Told
    from jietong.deduction.rules.lines import write_results
    from jietong.loans.models import Book

    build(25 * count, on=ON, now=NOW)
    Book.objects.update_or_create(defaults={"business_date": ON})
    batch = Batch.objects.create(
        number="Q1", channel="file", business_date=ON, made_at=NOW, count=count, sum_fen=100 * count, content=b""
    )
    with superuser() as connection, connection.cursor() as cursor:
        told = {"now": NOW, "until": NOW + timedelta(hours=8), "on": ON, "batch": batch.pk}
        cursor.execute(MANDATES, told)
        cursor.execute(ORDERS, told)
        cursor.execute("VACUUM (ANALYZE)")
    keys = list(Debit.objects.order_by("key").values_list("key", flat=True))
    results = [
        Told(key, Outcome.SUCCEEDED, "00", 100, f"C{key}", NOW) if n % 10 else Told(key, Outcome.FAILED, "51")
        for n, key in enumerate(keys, start=1)
    ]
    raw = write_results("A1", "Q1", ON, results)
    began = time.perf_counter()
    file = commands.take_result_file(name="a.txt", raw=raw, actor="bench", now=NOW + timedelta(minutes=5))
    took = time.perf_counter() - began
    print(f"{len(keys):,} lines in {took:.1f} s: {len(keys) / took:.0f} lines/s, {file.worth}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2000)
    wanted = parser.parse_args()
    with fresh_site():
        from jietong.kernel.bootstrap import prepare_django

        prepare_django()
        measure(wanted.lines)


if __name__ == "__main__":
    main()
