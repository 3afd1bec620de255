"""`jietong loans import FILE`: book a lender's loan tape.

Exit status: 0 all booked, 1 some rows refused, 2 file refused.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from jietong.kernel.bootstrap import prepare_django
from jietong.kernel.money import show_yuan
from jietong.loans.tape import TapeRefused, read, write_error_report

ERRORS_SHOWN_MAX = 20
LABELS = {"loans": "loans", "companions": "instalments and repayments"}


def import_tape(argv: list[str]) -> int:
    wanted = _parser().parse_args(argv)
    try:
        as_of = date.fromisoformat(wanted.as_of) if wanted.as_of else None
    except ValueError:
        print(f"as_of: {wanted.as_of!r} is not a date like 2026-11-23 (not_a_date)", file=sys.stderr)
        return 2
    console = Console(stderr=True)
    with _bar(console) as bar:
        reading = bar.add_task("reading", total=None)
        try:
            tape = read(
                wanted.file,
                instalments=wanted.instalments,
                repayments=wanted.repayments,
                mapping=wanted.mapping,
                control=wanted.control,
                unit=wanted.unit,
                progress=lambda label, done, of: bar.update(
                    reading, completed=done, total=of, description=f"reading {label}"
                ),
            )
        except TapeRefused as refused:
            bar.stop()
            console.print(f"{refused.file}: {refused.message} ({refused.code}). Nothing was booked.", highlight=False)
            return 2
        bar.update(reading, visible=False)
        return _book(wanted, tape, as_of, bar, console)


def _book(wanted: argparse.Namespace, tape: object, as_of: date | None, bar: Progress, console: Console) -> int:
    prepare_django()
    from django.conf import settings

    from jietong.kernel import clock
    from jietong.loans.importing.tapes import import_tape as book

    now = clock.now()
    tasks = {what: bar.add_task(label, total=None) for what, label in LABELS.items()}
    result = book(
        tape,  # type: ignore[arg-type]
        file_name=wanted.file.name,
        as_of=as_of or clock.local_date(now, settings.LENDER_TIME_ZONE),
        actor="operator:cli",
        now=now,
        dry_run=wanted.dry_run,
        told=lambda what, done, of: bar.update(tasks[what], completed=done, total=of),
    )
    bar.stop()
    if result.already_known:
        console.print("This very file was imported before: nothing changed.")
        return 0
    done = "would be booked" if wanted.dry_run else "booked"
    console.print(", ".join(f"{name} {count:,}" for name, count in sorted(result.counts.items())) + f": {done}")
    console.print(
        ", ".join(f"{name} {show_yuan(fen)}" for name, fen in sorted(result.totals_fen.items())), highlight=False
    )
    for error in result.errors[:ERRORS_SHOWN_MAX]:
        kind = "note" if error.note else "refused"
        print(f"{error.file}:{error.line} {error.column}: {error.message} ({error.code}, {kind})", file=sys.stderr)
    if result.errors:
        path = wanted.errors or wanted.file.with_suffix(wanted.file.suffix + ".errors.csv")
        write_error_report(path, result.errors)
        console.print(f"{len(result.errors):,} lines of report in {path}", highlight=False)
    return 1 if result.refused else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jietong loans import", description="Book a lender's loan tape; see docs/loan-tape.md."
    )
    parser.add_argument("file", type=Path, help="one row per loan: CSV, bar, tab or fixed width, or XLSX")
    parser.add_argument("--instalments", type=Path, help="one row per instalment, with what is paid of it")
    parser.add_argument("--repayments", type=Path, help="one row per receipt")
    parser.add_argument("--mapping", type=Path, help="TOML: other column names, encoding, unit, widths, values")
    parser.add_argument("--control", type=Path, help="the lender's row counts and sums")
    parser.add_argument("--unit", choices=["yuan", "fen"], help="of amounts whose heading does not say")
    parser.add_argument("--as-of", help="the tape's date, YYYY-MM-DD (default: today)")
    parser.add_argument("--dry-run", action="store_true", help="do everything, then undo it")
    parser.add_argument("--errors", type=Path, help="where to write the report of refused rows")
    return parser


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
