"""Rebuild a whole snapshot: on this machine, file by file, or on Spark (spark.py). Needs pyarrow (extra `[spark]`)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jietong.loans.columnar import store
from jietong.loans.columnar.arrow import rebuild_rows
from jietong.loans.columnar.layout import STATES

#: loans that the kernel is given at once: their columns stay in the processor's cache
ROWS = 10_000

#: fills a folder with files of STATES, from (snapshot folder, its contents)
Engine = Callable[[Path, store.Contents, Path], None]


def rebuild_snapshot(snapshot: Path, out: Path, engine: Engine) -> store.Contents:
    """Write the state of every loan of the snapshot into a new folder. Raises InputError as store.py says."""
    contents = store.open_folder(snapshot, "snapshot")
    with store.new_folder(out) as folder:
        engine(snapshot, contents, folder)
        counts = {"loans": 0, "refused": 0}
        for path in store.parts(folder, store.STATES):
            codes = pq.read_table(path, columns=["refused"]).column(0)
            counts["loans"] += len(codes)
            counts["refused"] += pc.sum(codes.is_valid()).as_py() or 0
        page = store.Contents("states", contents.as_of, contents.cap_annual, contents.written_at, counts=counts)
        return store.write_page(folder, page)


def on_this_machine(snapshot: Path, contents: store.Contents, folder: Path) -> None:
    cap = cap_of(contents)
    (folder / store.STATES).mkdir()
    for number, rows in enumerate(store.read_parts(snapshot, store.LOANS)):
        told = [rebuild_rows(batch, cap) for batch in rows.combine_chunks().to_batches(max_chunksize=ROWS)]
        store.write_part(folder, store.STATES, number, pa.Table.from_batches(told, schema=STATES))


def cap_of(contents: store.Contents) -> Decimal | None:
    return Decimal(contents.cap_annual) if contents.cap_annual else None


def refused(folder: Path) -> list[tuple[str, str]]:
    """Number and reason of every loan that was not told, by number."""
    found: list[tuple[str, str]] = []
    for path in store.parts(folder, store.STATES):
        rows = pq.read_table(path, columns=["ref", "refused"])
        rows = rows.filter(rows.column("refused").is_valid())
        found += zip(rows.column("ref").to_pylist(), rows.column("refused").to_pylist(), strict=True)
    return sorted(found)
