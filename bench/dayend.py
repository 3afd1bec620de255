"""Closing a business date at 10,000, 100,000 and 1,000,000 loans, against a loop that loads each loan by the ORM.

    python -m bench.dayend [--loans 10000,100000,1000000] [--days 30] [--naive 400]

For each size: a fresh book by COPY on the durable embedded server; the first close counts every loan once; a day of
money comes in and the next date is closed by the ordinary command in a process of its own, whose memory is measured;
then so many dates are missed while money comes in, and are caught up. Cases, promises and reminders are part of it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date, timedelta

from bench.site import fresh_site

ON = date(2026, 6, 10)
BOOK = ("check", "fall_due", "age", "accrue")


@dataclass
class Closed:
    """One call of `jietong dayend`. seconds: sum of its steps; wall: with the start of the process; rss in MB."""

    seconds: float = 0.0
    wall: float = 0.0
    rss: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)

    @property
    def book(self) -> float:
        return sum(self.steps.get(name, 0.0) for name in BOOK)


def close(first: date, last: date) -> Closed:
    words = ["dayend", "run", "--date", first.isoformat(), "--until", last.isoformat()]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "jietong", *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    text = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"day-end failed: {text}")
    done = Closed(wall=time.perf_counter() - began, rss=usage.ru_maxrss / 1024)
    for name, seconds, told in re.findall(r"✓ (\w+) +([\d.]+) s(.*)", text):
        done.steps[name] = done.steps.get(name, 0.0) + float(seconds)
        done.seconds += float(seconds)
        done.counts[name] = told.strip()
    return done


def naive(count: int, day: date) -> float:
    """Loans a second of a loop that loads a loan with its instalments, ages it and saves it, each durably."""
    from django.db import transaction

    from jietong.kernel import clock
    from jietong.loans import ledger
    from jietong.loans.models import Loan, LoanHead
    from jietong.loans.rules.buckets import bucket_on

    keys = list(Loan.objects.order_by("?").values_list("pk", flat=True)[:count])
    began = time.perf_counter()
    for key in keys:
        with transaction.atomic():
            loan = Loan.objects.select_related("product").get(pk=key)
            head = LoanHead.objects.select_for_update().get(loan=loan)
            rows = list(loan.instalments.order_by("n"))
            for row in rows:
                if row.due_on <= day and not row.interest_booked:
                    row.interest_booked = True
                    row.save(update_fields=["interest_booked"])
            head.bucket = bucket_on(ledger.oldest_unpaid(rows), day)
            ledger.write_head(loan, head, rows, on=day, now=clock.now())
    return count / (time.perf_counter() - began)


def measure(loans: int, days: int, naive_loans: int) -> list[str]:
    from bench import book
    from jietong.kernel.bootstrap import prepare_django

    prepare_django()
    from jietong.kernel import clock

    began = time.perf_counter()
    book.build(loans, on=ON, now=clock.now())
    built = time.perf_counter() - began
    first = close(ON, ON)
    book.pay(ON, ON, now=clock.now())
    day = close(ON + timedelta(days=1), ON + timedelta(days=1))
    book.pay(ON + timedelta(days=1), ON + timedelta(days=1 + days), now=clock.now())
    missed = close(ON + timedelta(days=2), ON + timedelta(days=1 + days))
    slow = naive(naive_loans, ON + timedelta(days=1 + days))
    load = os.getloadavg()[0]
    print(f"\n{loans:,} loans: built in {built:.0f} s, first close {first.seconds:.2f} s; the day's steps:")
    for name, seconds in day.steps.items():
        print(f"    {name:<16}{seconds:7.2f} s   {day.counts[name]}")
    from jietong.loans.queries.closing import accrual_differences

    found = accrual_differences()
    print(f"    accruals against ledger and instalments: {found or 'equal to the fen'}")
    rate, book_rate = loans / day.seconds, loans / day.book
    return [
        f"{loans:>10,}", f"{day.book:8.2f}", f"{day.seconds:8.2f}", f"{book_rate:10,.0f}", f"{slow:7.0f}",
        f"{book_rate / slow:7,.0f}", f"{rate / slow:7,.0f}", f"{missed.seconds:8.1f}",
        f"{missed.seconds / days / day.seconds:6.2f}", f"{max(day.rss, missed.rss):6.0f}", f"{load:5.1f}",
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", default="10000,100000,1000000")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--naive", type=int, default=400)
    wanted = parser.parse_args()
    sizes = [int(size) for size in wanted.loans.split(",")]
    with fresh_site():
        rows = [measure(size, wanted.days, wanted.naive) for size in sizes]
    print(
        "\n     loans  book s    all s    loans/s   ORM/s  ratio  ratio  days s  a day    MB   load"
        "\n            (book = check, fall_due, age, accrue; ratios to the ORM loop: book, all steps;"
        f"\n             days = {wanted.days} missed dates caught up, and one of them against the single day)"
    )
    for row in rows:
        print(" ".join(row))


if __name__ == "__main__":
    main()
