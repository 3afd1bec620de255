"""A snapshot of the book in Parquet: what a rebuild starts from, and what the book itself says at the same instant.

Read by COPY in one read-only transaction, so that money booked meanwhile is in all of it or in none; memory holds one
file's loans at a time. docs/spark.md tells the columns. Needs pyarrow (extra `[spark]`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
from django.conf import settings
from django.db import connection, transaction

from jietong.kernel.errors import InputError
from jietong.loans.columnar import store
from jietong.loans.columnar.layout import (
    CHANGES,
    HEAD,
    LINES,
    LOAN_TERMS,
    LOANS,
    MONEY,
    MOVES,
    OPENING_LINES,
    STATES,
    WHERE_MONEY_WENT,
)
from jietong.loans.columnar.ragged import Ints
from jietong.loans.queries import book as queries
from jietong.loans.queries.products import price_limits
from jietong.loans.sql import snapshot as snapshot_sql

LOANS_PER_FILE = 25_000
MICROSECONDS = pa.int64()  # as COPY tells an instant

Told = Callable[[int], None]


def write_snapshot(
    out: Path, *, now: datetime, as_of: date | None = None, per_file: int = LOANS_PER_FILE, told: Told | None = None
) -> store.Contents:
    """Write the book into the new folder `out`, as of a day (default: the book's own date).

    A loan is told for the day or, if the book has come further with it already, for that day. Raises InputError:
    `exists` for the folder, `missing` when no day was ever closed and none is given.
    """
    with store.new_folder(out) as folder, _one_view():
        closed_on = queries.business_date()
        day = as_of or closed_on
        if day is None:
            raise InputError("as_of", "missing", "no business date was closed yet: say as of which day")
        cap = price_limits().all_in_cap
        contents = store.Contents("snapshot", day.isoformat(), "" if cap is None else str(cap), now.isoformat())
        contents.counts = {"loans": 0, "instalments": 0, "repayments": 0, "refused": 0}
        fixed = {"as_of": day, "closed_on": closed_on, "zone": settings.LENDER_TIME_ZONE}
        for number, (first, last) in enumerate(_ranges(per_file)):
            wanted = {**fixed, "first": first, "last": last}
            loans = _loans(wanted)
            store.write_part(folder, store.LOANS, number, loans)
            store.write_part(folder, store.BOOK, number, _book(wanted))
            _count(contents.counts, loans)
            if told is not None:
                told(contents.counts["loans"])
        return store.write_page(folder, contents)


@contextmanager
def _one_view() -> Iterator[None]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _ranges(size: int) -> Iterator[tuple[int, int]]:
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(snapshot_sql.NEXT_KEY, [last, size])
            first, last = cursor.fetchone()
        if last is None:
            return
        yield first, last


def _count(counts: dict[str, int], loans: pa.Table) -> None:
    counts["loans"] += loans.num_rows
    for name, column in (("instalments", "n"), ("repayments", "receipt")):
        counts[name] += sum(len(chunk.flatten()) for chunk in loans.column(column).chunks)
    counts["refused"] += loans.num_rows - loans.column("refused").null_count


def _loans(wanted: Mapping[str, Any]) -> pa.Table:
    terms = _copy(snapshot_sql.LOANS, LOAN_TERMS, wanted)
    keys = _keys(terms)
    columns = {name: terms.column(name) for name in terms.column_names}
    columns |= _as_lists(_copy(snapshot_sql.OPENING_LINES, OPENING_LINES, wanted), keys)
    columns |= _as_lists(_copy(snapshot_sql.MONEY, MONEY, wanted), keys)
    columns |= _as_lists(_copy(snapshot_sql.CHANGES, CHANGES, wanted), keys)
    return pa.table([columns[name] for name in LOANS.names], schema=LOANS)


def _book(wanted: Mapping[str, Any]) -> pa.Table:
    heads = _copy(snapshot_sql.BOOK_HEADS, HEAD, wanted)
    keys = _keys(heads)
    columns = {name: heads.column(name) for name in heads.column_names}
    money = [field for field in WHERE_MONEY_WENT if not field.name.startswith("part_")]
    parts = [field for field in WHERE_MONEY_WENT if field.name.startswith("part_")]
    for text, fields in (
        (snapshot_sql.BOOK_LINES, LINES),
        (snapshot_sql.BOOK_MONEY, money),
        (snapshot_sql.BOOK_PARTS, parts),
        (snapshot_sql.BOOK_MOVES, MOVES),
    ):
        columns |= _as_lists(_copy(text, fields, wanted), keys)
    for field in STATES:  # what the book does not keep
        if field.name not in columns:
            columns[field.name] = pa.nulls(heads.num_rows, field.type)
    return pa.table([columns[name] for name in STATES.names], schema=STATES)


def _copy(text: str, fields: list[pa.Field], wanted: Mapping[str, Any]) -> pa.Table:
    """Rows of a query, typed as the fields of these names; a list's elements come as rows of their own."""
    kinds = {"loan_id": pa.int64()} | {field.name: _element(field.type) for field in fields}
    connection.ensure_connection()
    raw = connection.connection
    buffer = io.BytesIO()
    with (
        raw.cursor() as cursor,
        cursor.copy(f"COPY ({snapshot_sql.STARTS}{text}) TO STDOUT (FORMAT csv, HEADER)", wanted) as copy,
    ):
        for data in copy:
            buffer.write(data)
    buffer.seek(0)
    options = csv.ConvertOptions(
        column_types=kinds, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""],
        true_values=["t"], false_values=["f"],
    )  # fmt: skip
    return csv.read_csv(buffer, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options)


def _element(kind: pa.DataType) -> pa.DataType:
    found = kind.value_type if pa.types.is_list(kind) else kind
    return MICROSECONDS if pa.types.is_timestamp(found) else found


def _keys(rows: pa.Table) -> Ints:
    return rows.column("loan_id").to_numpy()


def _as_lists(rows: pa.Table, keys: Ints) -> dict[str, pa.Array]:
    """Rows by loan → one list per loan and column; keys: the loans, rising."""
    counts = np.bincount(np.searchsorted(keys, _keys(rows)), minlength=len(keys))
    starts = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    found = {}
    for name in rows.column_names:
        if name != "loan_id":
            values = rows.column(name).combine_chunks()
            kind = (LOANS if name in LOANS.names else STATES).field(name).type
            found[name] = pa.ListArray.from_arrays(starts, values.cast(kind.value_type)).cast(kind)
    return found
