"""Rebuild a snapshot on Apache Spark: the same kernel through `mapInArrow`, one loan a row, so nothing is shuffled.

Needs the extra `[spark]` and Java 17. A local master (`local[…]`, `local-cluster[…]`) listens on the loopback address
only and keeps its files in a folder that goes away; any other master is reached as Spark's own settings say, and has to
have this package and see the folders of snapshot and result.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import jietong
from jietong.kernel.errors import InputError
from jietong.loans.columnar import store
from jietong.loans.columnar.arrow import rebuild_rows
from jietong.loans.columnar.layout import LOANS, MOMENT, STATES
from jietong.loans.columnar.rebuilding import ROWS, Engine, cap_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOOPBACK = "127.0.0.1"
NEWEST_PYTHON = (3, 12)
PARTITION_BYTES = 16 * 1024 * 1024  # one or two files of a snapshot: small enough to keep every worker busy


def missing() -> list[str]:
    """What a run on Spark lacks here, in words; empty when nothing is missing."""
    # mapInArrow asks for pandas, though no row goes through it
    found = [f"{name} (jietong[spark])" for name in ("pyspark", "pandas") if importlib.util.find_spec(name) is None]
    if sys.version_info >= NEWEST_PYTHON and found:
        found.append(f"Python below {NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]} (Spark 3.5 runs on no newer)")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        found.append("Java 17 (Debian: openjdk-17-jre-headless)")
    return found


def on_spark(master: str) -> Engine:
    """An engine for rebuilding.rebuild_snapshot. Raises InputError `missing` when Spark cannot run here."""

    def engine(snapshot: Path, contents: store.Contents, folder: Path) -> None:
        lacking = missing()
        if lacking:
            raise InputError("engine", "missing", "not here: " + ", ".join(lacking))
        with _session(master) as spark:
            rows = spark.read.schema(_spark_schema(LOANS)).parquet(_address(snapshot / store.LOANS))
            told = rows.mapInArrow(_by_kernel(cap_of(contents)), _spark_schema(STATES))
            told.write.option("compression", "zstd").parquet(_address(folder / store.STATES))
        for leftover in (folder / store.STATES).glob("*"):
            if leftover.suffix != ".parquet":
                leftover.unlink()  # marks and checksums of Spark's own

    return engine


def _by_kernel(cap: Decimal | None) -> Any:
    def tell(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield rebuild_rows(batch, cap)

    return tell


def _address(folder: Path) -> str:
    return folder.resolve().as_uri()


@contextmanager
def _session(master: str) -> Iterator[SparkSession]:
    with tempfile.TemporaryDirectory(prefix="jietong-spark-", ignore_cleanup_errors=True) as scratch:
        os.environ.update(_environment(master, Path(scratch)))
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master(master).appName("jietong loans rebuild")
        for name, value in _settings(master, Path(scratch)).items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        try:
            spark.sparkContext.setLogLevel("ERROR")
            yield spark
        finally:
            spark.stop()


def _is_local(master: str) -> bool:
    return master.startswith("local")


def _environment(master: str, scratch: Path) -> dict[str, str]:
    """Workers run this very Python. A local cluster's workers keep their logs in SPARK_HOME: that is made a copy."""
    found = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    if _is_local(master):
        found |= {"SPARK_LOCAL_IP": LOOPBACK, "SPARK_LOCAL_HOSTNAME": LOOPBACK}
    if master.startswith("local-cluster"):
        import pyspark

        home = scratch / "home"
        home.mkdir()
        for entry in Path(pyspark.__file__).parent.iterdir():
            if entry.name != "work":
                (home / entry.name).symlink_to(entry)
        found["SPARK_HOME"] = str(home)
    return found


def _settings(master: str, scratch: Path) -> dict[str, str]:
    found = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(ROWS),
        "spark.sql.files.maxPartitionBytes": str(PARTITION_BYTES),
        "spark.sql.files.openCostInBytes": "0",
        "spark.ui.showConsoleProgress": "false",
    }
    if _is_local(master):
        ours = str(Path(jietong.__file__).resolve().parent.parent)
        path = [ours, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        found |= {
            "spark.driver.bindAddress": LOOPBACK,
            "spark.driver.host": LOOPBACK,
            "spark.local.dir": str(scratch / "local"),
            "spark.sql.warehouse.dir": str(scratch / "warehouse"),
            "spark.executorEnv.PYTHONPATH": os.pathsep.join(dict.fromkeys(path)),
        }
    return found


def _spark_schema(schema: pa.Schema) -> Any:
    from pyspark.sql import types

    plain = {
        pa.int64(): types.LongType(),
        pa.int32(): types.IntegerType(),
        pa.string(): types.StringType(),
        pa.date32(): types.DateType(),
        pa.bool_(): types.BooleanType(),
        MOMENT: types.TimestampType(),
    }

    def kind(arrow: pa.DataType) -> Any:
        return types.ArrayType(plain[arrow.value_type]) if pa.types.is_list(arrow) else plain[arrow]

    return types.StructType([types.StructField(field.name, kind(field.type)) for field in schema])
