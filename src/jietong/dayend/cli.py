"""`jietong dayend run --date D [--until D2]` and `jietong dayend catch-up [--until D]`: close dates, say what moved."""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta

from jietong.kernel.bootstrap import prepare_django
from jietong.kernel.errors import InputError


def run(argv: list[str]) -> int:
    """Exit status 0 when every step is done, 2 for a date that makes no sense."""
    parser = argparse.ArgumentParser(prog="jietong dayend run")
    parser.add_argument("--date", required=True, help="the business date to close, YYYY-MM-DD")
    parser.add_argument("--until", help="go on, date by date, up to this one")
    wanted = parser.parse_args(argv)
    try:
        first = _date("date", wanted.date)
        last = _date("until", wanted.until) if wanted.until else first
        if last < first:
            raise InputError("until", "before_date", "--until lies before --date")
    except InputError as error:
        return _refused(error)
    prepare_django()
    return _close([first + timedelta(days=n) for n in range((last - first).days + 1)])


def catch_up(argv: list[str]) -> int:
    """Close every missed date up to today (or --until). Exit status 0, also when nothing was missed."""
    parser = argparse.ArgumentParser(prog="jietong dayend catch-up")
    parser.add_argument("--until", help="the last date to close, YYYY-MM-DD; today when left out")
    wanted = parser.parse_args(argv)
    prepare_django()
    from django.conf import settings

    from jietong.dayend import commands
    from jietong.kernel import clock

    try:
        today = clock.local_date(clock.now(), settings.LENDER_TIME_ZONE)
        dates = commands.dates_to_close(_date("until", wanted.until) if wanted.until else today)
    except InputError as error:
        return _refused(error)
    if not dates:
        print("nothing was missed")
    return _close(dates)


def _close(dates: list[date]) -> int:
    from jietong.dayend import commands, queries
    from jietong.kernel import clock

    for day in dates:
        if len(dates) > 1:
            print(day.isoformat())
        commands.close_day(day, now=clock.now(), told=_tell)
    out = queries.set_aside()
    if out:
        print(
            f"! {len(out)} loans are set aside and wait for a person: see the console's day-end page", file=sys.stderr
        )
    return 0


def _date(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(field, "not_a_date", f"{text!r} is not a date like 2026-11-23") from None


def _refused(error: InputError) -> int:
    print(f"{error.field}: {error.message} ({error.code})", file=sys.stderr)
    return 2


def _tell(step: str, counts: dict[str, int] | None, seconds: float) -> None:
    if counts is None:
        print(f"  {step} …", end="\r", flush=True)
    else:
        told = "  ".join(f"{name} {value:,}" for name, value in counts.items())
        print(f"✓ {step:<16}{seconds:7.2f} s  {told}", flush=True)
