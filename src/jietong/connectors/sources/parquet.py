"""A Parquet file made into the table that the tape reader reads. Needs pyarrow, which is an extra."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jietong.kernel.errors import InputError

MAGIC = b"PAR1"
ROWS_AT_ONCE = 20_000


def is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == MAGIC


def as_csv(path: Path, folder: Path) -> Path:
    """Write the same rows as CSV in UTF-8 into `folder`, under the same stem; cells exactly as they are typed.

    Raises InputError `parquet_missing` without pyarrow, `truncated` for a file without its footer, `nested` for
    columns that are no plain values.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise InputError(
            path.name, "parquet_missing", "reading Parquet needs pyarrow: pip install 'jietong[parquet]', or send CSV"
        ) from None
    try:
        source = parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise InputError(path.name, "truncated", "the Parquet file has no whole footer: ask for it again") from None
    nested = [field.name for field in source.schema_arrow if pa.types.is_nested(field.type)]
    if nested:
        raise InputError(path.name, "nested", f"column {nested[0]} holds no plain values")
    target = folder / f"{path.stem}.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(source.schema_arrow.names)
        try:
            for batch in source.iter_batches(batch_size=ROWS_AT_ONCE):
                columns = [column.to_pylist() for column in batch.columns]
                writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
        except (pa.ArrowInvalid, OSError):
            raise InputError(path.name, "truncated", "the Parquet file is damaged: ask for it again") from None
    return target


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)
