"""`jietong loans snapshot` and `jietong loans rebuild`: the book as Parquet, and its state worked out anew from that.

Exit status: 0 all told (and equal, if compared), 1 loans refused or different, 2 nothing done.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jietong.kernel.errors import InputError

if TYPE_CHECKING:
    from jietong.loans.columnar.comparing import Comparison
    from jietong.loans.columnar.store import Contents

SHOWN_MAX = 20
MISSING = "this needs pyarrow, which comes with the extra: pip install 'jietong[spark]'"


def snapshot(argv: list[str]) -> int:
    """`jietong loans snapshot --out DIR [--as-of DAY] [--loans-per-file N]`"""
    parser = argparse.ArgumentParser(
        prog="jietong loans snapshot", description="Write the book into Parquet files; see docs/spark.md."
    )
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    parser.add_argument("--as-of", help="day of the states, YYYY-MM-DD (default: the book's own date)")
    parser.add_argument("--loans-per-file", type=int, default=25_000)
    wanted = parser.parse_args(argv)
    from jietong.kernel.bootstrap import prepare_django

    prepare_django()
    try:
        from jietong.kernel import clock
        from jietong.loans.snapshot import write_snapshot
    except ModuleNotFoundError as error:
        return _missing(error)
    try:
        as_of = date.fromisoformat(wanted.as_of) if wanted.as_of else None
        told = write_snapshot(
            wanted.out, now=clock.now(), as_of=as_of, per_file=wanted.loans_per_file,
            told=lambda count: print(f"  {count:,} loans", end="\r", file=sys.stderr, flush=True),
        )  # fmt: skip
    except InputError as error:
        return _refuse(error)
    except ValueError:
        return _refuse(InputError("as_of", "not_a_date", f"{wanted.as_of!r} is not a date like 2026-11-23"))
    _tell(wanted.out, told)
    return 0


def rebuild(argv: list[str]) -> int:
    """`jietong loans rebuild --snapshot DIR --out DIR [--engine numpy|spark] [--master URL] [--compare [DIR]]`"""
    parser = argparse.ArgumentParser(
        prog="jietong loans rebuild", description="Work out the state of every loan of a snapshot; see docs/spark.md."
    )
    parser.add_argument("--snapshot", type=Path, required=True, help="a folder of `jietong loans snapshot`")
    parser.add_argument("--out", type=Path, required=True, help="a new folder for the result")
    parser.add_argument("--engine", choices=["numpy", "spark"], default="numpy")
    parser.add_argument("--master", default="local[*]", help="Spark's master, for example local-cluster[2,1,1024]")
    parser.add_argument(
        "--compare", type=Path, nargs="?", const=Path(), metavar="DIR",
        help="hold the result against another one, or (without DIR) against the book as it stood at the snapshot",
    )  # fmt: skip
    wanted = parser.parse_args(argv)
    try:
        from jietong.loans.columnar import rebuilding, spark, store
        from jietong.loans.columnar.comparing import compare

        engine = spark.on_spark(wanted.master) if wanted.engine == "spark" else rebuilding.on_this_machine
    except ModuleNotFoundError as error:
        return _missing(error)
    try:
        told = rebuilding.rebuild_snapshot(wanted.snapshot, wanted.out, engine)
        _tell(wanted.out, told)
        refused = rebuilding.refused(wanted.out)
        for ref, code in refused[:SHOWN_MAX]:
            print(f"{ref}: not told ({code})", file=sys.stderr)
        if wanted.compare is None:
            return 1 if refused else 0
        if wanted.compare == Path():
            theirs = wanted.snapshot / store.BOOK
        else:
            store.open_folder(wanted.compare, "states")
            theirs = wanted.compare / store.STATES
        found = compare(wanted.out / store.STATES, theirs)
    except InputError as error:
        return _refuse(error)
    _tell_differences(found)
    return 0 if found.is_equal and not refused else 1


def _tell(folder: Path, told: Contents) -> None:
    counts = ", ".join(f"{name} {count:,}" for name, count in told.counts.items())
    print(f"{counts} as of {told.as_of} in {folder}; checksum {told.checksum[:16]}", file=sys.stderr)


def _tell_differences(found: Comparison) -> None:
    """Each loan that differs by name; what is left out for length is counted."""
    for side, refs in (("here", found.only_ours), ("there", found.only_theirs)):
        for ref in refs[:SHOWN_MAX]:
            print(f"{ref}: only {side}")
        if len(refs) > SHOWN_MAX:
            print(f"… and {len(refs) - SHOWN_MAX:,} more only {side}")
    for one in found.differences:
        print(f"{one.ref} {one.column}: here {_short(one.ours)}, there {_short(one.theirs)}")
    total = sum(found.columns.values())
    if total > len(found.differences):
        print(f"… and {total - len(found.differences):,} more differences")
    if found.is_equal:
        print(f"equal: {found.loans:,} loans in every column" + (f", {found.refused:,} not told" * bool(found.refused)))
    else:
        columns = ", ".join(f"{name} {count:,}" for name, count in found.columns.items())
        print(f"different: {columns or 'loans only on one side'} (of {found.loans:,} loans)")


def _short(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)


def _refuse(error: InputError) -> int:
    print(f"{error.field}: {error.message} ({error.code})", file=sys.stderr)
    return 2


def _missing(error: ModuleNotFoundError) -> int:
    print(f"{MISSING} ({error.name} is not here)", file=sys.stderr)
    return 2
