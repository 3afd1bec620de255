"""`jietong bureau prepare, corrections, export, acknowledge`: the month's feed from a shell or a timer."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from jietong.kernel.bootstrap import prepare_django
from jietong.kernel.errors import CommandRefused, InputError


def _told(act: Callable[[str], str]) -> int:
    """Run with the shell's user as the actor; what is refused goes to standard error with exit status 2."""
    prepare_django()
    try:
        print(act(f"cli:{getpass.getuser()}"))
    except InputError as error:
        print(f"{error.field}: {error.message} ({error.code})", file=sys.stderr)
        return 2
    except CommandRefused as error:
        print(f"{error.message} ({error.code})", file=sys.stderr)
        return 2
    return 0


def prepare(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="jietong bureau prepare")
    parser.add_argument("--month", required=True, help="the month that is over, YYYY-MM")
    raw = parser.parse_args(argv).month
    try:
        month = date.fromisoformat(f"{raw}-01")
    except ValueError:
        print(f"month: {raw!r} is not a month like 2026-10 (not_a_month)", file=sys.stderr)
        return 2

    def act(actor: str) -> str:
        from jietong.bureau import commands
        from jietong.kernel import clock

        batch = commands.prepare(month=month, actor=actor, now=clock.now())
        return f"{batch.name}  " + "  ".join(f"{name} {value:,}" for name, value in batch.counts.items())

    return _told(act)


def corrections(argv: list[str]) -> int:
    argparse.ArgumentParser(prog="jietong bureau corrections").parse_args(argv)

    def act(actor: str) -> str:
        from jietong.bureau import commands
        from jietong.kernel import clock

        batch = commands.prepare_corrections(actor=actor, now=clock.now())
        return f"{batch.name}  rows {batch.counts['rows']:,}" if batch is not None else "nothing to correct"

    return _told(act)


def export(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="jietong bureau export")
    parser.add_argument("batch", help="its name, e.g. 2026-10")
    parser.add_argument("--to", required=True, type=Path, help="folder for the file and its control file")
    parser.add_argument("--mapping", type=Path, help="the bureau's own columns (docs/bureau-feed.md)")
    wanted = parser.parse_args(argv)

    def act(actor: str) -> str:
        from jietong.bureau import commands
        from jietong.bureau.mapping import load
        from jietong.kernel import clock

        mapping = load(wanted.mapping) if wanted.mapping is not None else None
        paths = commands.export(
            batch_name=wanted.batch, folder=wanted.to, actor=actor, now=clock.now(), mapping=mapping
        )
        return "\n".join(str(path) for path in paths)

    return _told(act)


def acknowledge(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="jietong bureau acknowledge")
    parser.add_argument("batch", help="its name, e.g. 2026-10")
    parser.add_argument("file", type=Path, help="the bureau's answer: row, result, code, message")
    wanted = parser.parse_args(argv)

    def act(actor: str) -> str:
        from jietong.bureau import commands
        from jietong.kernel import clock

        try:
            content = wanted.file.read_bytes()
        except OSError as error:
            raise InputError("file", "unreadable", str(error)) from error
        taken = commands.acknowledge(
            batch_name=wanted.batch, content=content, file_name=wanted.file.name, actor=actor, now=clock.now()
        )
        return f"accepted {taken.accepted:,}  rejected {taken.rejected:,}"

    return _told(act)
