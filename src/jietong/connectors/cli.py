"""`jietong connect`: links to cores from the command line. Exit status: 0 well, 1 rows refused or differing, 2 no."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from jietong.kernel.bootstrap import prepare_django
from jietong.kernel.errors import InputError

ACTOR = "operator:cli"


def main(argv: list[str]) -> int:
    wanted = _parser().parse_args(argv)
    prepare_django()
    run: Callable[[argparse.Namespace], int] = wanted.run
    try:
        return run(wanted)
    except InputError as error:
        print(f"{error.field}: {error.message} ({error.code})", file=sys.stderr)
        return 2


def _pull(wanted: argparse.Namespace) -> int:
    from jietong.connectors import commands
    from jietong.kernel import clock

    pulled = commands.pull(code=wanted.source, now=clock.now(), full=wanted.full)
    if pulled is None:
        print(f"{wanted.source}: no such link, or another process is at it", file=sys.stderr)
        return 2
    booked = commands.process_due(now=clock.now(), limit=1_000_000)
    _say(listed=pulled.listed, fetched=pulled.fetched, taken_up=booked, error=pulled.error)
    return 1 if pulled.error else 0


def _files(wanted: argparse.Namespace) -> int:
    from django.conf import settings

    from jietong.connectors import commands
    from jietong.kernel import clock

    now = clock.now()
    filed = commands.import_file(
        code=wanted.source,
        loans=wanted.loans,
        instalments=wanted.instalments,
        repayments=wanted.repayments,
        control=wanted.control,
        mapping=wanted.mapping,
        unit=wanted.unit,
        full=wanted.full,
        as_of=wanted.as_of or clock.local_date(now, settings.LENDER_TIME_ZONE),
        actor=ACTOR,
        now=now,
    )
    told = filed.imported
    _say(already_known=told.already_known, refused=told.refused, kept=filed.kept, **dict(told.counts))
    return 1 if told.refused else 0


def _reconcile(wanted: argparse.Namespace) -> int:
    from django.conf import settings

    from jietong.connectors import commands, queries
    from jietong.kernel import clock

    now = clock.now()
    on = wanted.on or clock.local_date(now, settings.LENDER_TIME_ZONE)
    run = commands.reconcile(code=wanted.source, on=on, actor=ACTOR, now=now)
    _say(on=on.isoformat(), core=run.core, book=run.book, differences=run.differences_count)
    for one in queries.differences(run.pk):
        _say(code=one.code, ref=one.ref, receipt=one.receipt, core_fen=one.core_fen, book_fen=one.book_fen)
    return 0 if run.agrees else 1


def _open(wanted: argparse.Namespace) -> int:
    """The secret comes from standard input, so that it stands in no history of commands."""
    from jietong.connectors import commands
    from jietong.kernel import clock

    given = dict(pair.split("=", 1) for pair in wanted.set)
    settings = {name: int(value) if value.isdigit() else value for name, value in given.items()}
    secret = sys.stdin.readline().strip() if wanted.secret_from_stdin else ""
    source = commands.open_source(
        code=wanted.source, name=wanted.name or wanted.source, kind=wanted.kind, mode=wanted.mode, secret=secret,
        creditor=wanted.creditor, settings=settings, actor=ACTOR, now=clock.now(),
    )  # fmt: skip
    _say(link=source.code, kind=source.kind, mode=source.mode)
    return 0


def _say(**told: Any) -> None:
    print(json.dumps(told, ensure_ascii=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jietong connect", description="Links to lenders' cores; docs/connectors.md")
    verbs = parser.add_subparsers(required=True)
    pull = verbs.add_parser("pull", help="ask a core now, and book what came")
    pull.add_argument("--full", action="store_true", help="fetch every loan, changed or not")
    pull.set_defaults(run=_pull)
    files = verbs.add_parser("files", help="book a core's file: CSV, XLSX or Parquet")
    files.add_argument("loans", type=Path)
    for name in ("instalments", "repayments", "control", "mapping"):
        files.add_argument(f"--{name}", type=Path)
    files.add_argument("--unit", choices=["yuan", "fen"])
    files.add_argument("--as-of", type=date.fromisoformat)
    files.add_argument("--full", action="store_true", help="the file holds all loans of the core")
    files.set_defaults(run=_files)
    reconcile = verbs.add_parser("reconcile", help="compare core and book, and name each difference")
    reconcile.add_argument("--on", type=date.fromisoformat, help="the day whose repayments are compared (today)")
    reconcile.set_defaults(run=_reconcile)
    opening = verbs.add_parser("open", help="set up a link or change it")
    opening.add_argument("--kind", required=True, choices=["fineract", "files", "webhook"])
    opening.add_argument("--mode", required=True, choices=["mirror", "feed"])
    opening.add_argument("--name", default="")
    opening.add_argument("--creditor", default="")
    opening.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="base_url=…, tenant=…")
    opening.add_argument("--secret-from-stdin", action="store_true", help="user:password of a core, key of a webhook")
    opening.set_defaults(run=_open)
    for verb in (pull, files, reconcile, opening):
        verb.add_argument("--source", required=True, help="the link's code")
    return parser
