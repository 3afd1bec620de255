"""A month's credit reports over a whole book: seconds to prepare and to write the file, and this process's memory.

`python -m bench.bureau --loans 300000`: an invented book, closed by the date after the month's end.
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import UTC, date, datetime
from pathlib import Path

from bench.book import build
from bench.site import fresh_site

ON = date(2026, 11, 1)
NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)


def peak() -> str:
    return f"our process took {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most"


def measure(loans: int, folder: Path) -> None:
    from jietong.bureau import commands
    from jietong.loans.models import Book
    from jietong.simulator.tests.cast import make_team

    build(loans, on=ON, now=NOW)
    Book.objects.update_or_create(defaults={"business_date": ON})
    make_team("rights", "客户权益组")
    make_team()
    print(f"book built; {peak()}")
    began = time.perf_counter()
    batch = commands.prepare(month=date(2026, 10, 1), actor="bench", now=NOW)
    took = time.perf_counter() - began
    print(f"{loans:,} loans: prepared {batch.counts['rows']:,} reports in {took:.1f} s, {peak()}")
    began = time.perf_counter()
    path, _control = commands.export(batch_name=batch.name, folder=folder, actor="bench", now=NOW)
    took = time.perf_counter() - began
    print(f"written in {took:.1f} s, {path.stat().st_size / 2**20:.0f} MB, {peak()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=300_000)
    wanted = parser.parse_args()
    with fresh_site() as folder:
        from jietong.kernel.bootstrap import prepare_django

        prepare_django()
        measure(wanted.loans, folder / "out")


if __name__ == "__main__":
    main()
