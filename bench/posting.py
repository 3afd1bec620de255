"""Booking money: single repayments by the ordinary command, and a bank's file, alone and while day-end runs.

    python -m bench.posting [--loans 150000] [--single 1500] [--file 100000]

Every repayment is durable when it is told. The file has four late borrowers in a hundred, as the book has, some lines
of unknown loans and some that come twice. Day-end closes one date after another in a process of its own meanwhile.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as day_time

from bench.site import fresh_site

ON = date(2026, 6, 10)


def noon(day: date) -> datetime:
    return datetime.combine(day, day_time(4), UTC)


def single(first: int, count: int, *, on: date, mark: str) -> float:
    """Repayments a second by `record_repayment`, one connection, a transaction each."""
    from jietong.loans.commands import record_repayment

    began = time.perf_counter()
    for k in range(first, first + count):
        record_repayment(
            receipt=f"{mark}{k}", loan_ref=f"JT{k}", amount_fen=1000_00, paid_at=noon(on), actor="bank", now=noon(on)
        )
    return count / (time.perf_counter() - began)


def bank_file(count: int, *, on: date, mark: str) -> list[object]:
    from jietong.loans.commands.posting_batch import Line

    lines = [Line(f"{mark}{k}", f"JT{k}", 500_00 + k % 1000, noon(on)) for k in range(1, count + 1)]
    for n in range(0, count, 2000):
        lines[n] = Line(f"{mark}unknown{n}", "JT0", 1_00, noon(on))
        if n:
            lines[n + 1] = lines[n - 1]
    return lines  # type: ignore[return-value]


def book_file(count: int, *, on: date, mark: str) -> tuple[float, str]:
    from jietong.loans.commands.posting_batch import record_repayments

    lines = bank_file(count, on=on, mark=mark)
    began = time.perf_counter()
    answers = record_repayments(lines, actor="bank", now=noon(on))  # type: ignore[arg-type]
    seconds = time.perf_counter() - began
    fast = sum(answer.is_set_based for answer in answers)
    refused = sum(bool(answer.code) for answer in answers)
    return seconds, f"{fast:,} set-based, {count - fast - refused:,} one by one, {refused:,} not booked"


def day_end(first: date, days: int) -> subprocess.Popen[bytes]:
    last = first + timedelta(days=days)
    words = ["dayend", "run", "--date", first.isoformat(), "--until", last.isoformat()]
    return subprocess.Popen([sys.executable, "-m", "jietong", *words], stdout=subprocess.DEVNULL)


def measure(loans: int, count: int, lines: int) -> None:
    from bench import book
    from jietong.kernel import clock
    from jietong.kernel.bootstrap import prepare_django

    prepare_django()
    from jietong.dayend.commands import close_day

    book.build(loans, on=ON, now=clock.now())
    book.open_all()
    close_day(ON, now=noon(ON))
    told = []
    at = single(lines + 1, count, on=ON, mark="S")
    told.append(("single repayments", f"{at:,.0f}/s", ""))
    seconds, what = book_file(lines, on=ON, mark="F")
    told.append((f"file of {lines:,} lines", f"{seconds:.1f} s = {lines / seconds:,.0f}/s", what))
    seconds, what = book_file(lines, on=ON, mark="F")
    told.append(("the same file again", f"{seconds:.1f} s", what))
    book.pay(ON, ON + timedelta(days=28), now=clock.now())  # who is on time has paid by other ways: not all are late
    running = day_end(ON + timedelta(days=1), 27)
    time.sleep(2)
    at = single(lines + count + 1, count, on=ON + timedelta(days=28), mark="T")
    told.append(("single, day-end running", f"{at:,.0f}/s", "" if running.poll() is None else "day-end ended before"))
    seconds, what = book_file(lines, on=ON + timedelta(days=28), mark="G")
    still = running.poll() is None
    told.append(("file, day-end running", f"{seconds:.1f} s = {lines / seconds:,.0f}/s", what))
    running.wait()
    print(f"\n{loans:,} loans, load {os.getloadavg()[0]:.1f}, day-end {'ran to the end' if still else 'ended before'}")
    for name, figure, note in told:
        print(f"{name:<28}{figure:>22}   {note}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", type=int, default=150_000)
    parser.add_argument("--single", type=int, default=1500)
    parser.add_argument("--file", type=int, default=100_000)
    wanted = parser.parse_args()
    with fresh_site():
        measure(wanted.loans, wanted.single, wanted.file)


if __name__ == "__main__":
    main()
