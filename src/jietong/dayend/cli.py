"""`jietong dayend run --date D`: close a business date and say what moved."""

from __future__ import annotations

import argparse
import sys
from datetime import date

from jietong.kernel.bootstrap import prepare_django


def run(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="jietong dayend run")
    parser.add_argument("--date", required=True, help="the business date to close, YYYY-MM-DD")
    wanted = parser.parse_args(argv)
    try:
        business_date = date.fromisoformat(wanted.date)
    except ValueError:
        print(f"date: {wanted.date!r} is not a date like 2026-11-23 (not_a_date)", file=sys.stderr)
        return 2
    prepare_django()
    from jietong.dayend import commands
    from jietong.kernel import clock

    commands.close_day(business_date, now=clock.now(), told=_tell)
    return 0


def _tell(step: str, counts: dict[str, int] | None) -> None:
    if counts is None:
        print(f"  {step} …", end="\r", flush=True)
    else:
        print(f"✓ {step:<16}" + "  ".join(f"{name} {value:,}" for name, value in counts.items()))
