"""The whole book on Apache Spark against the same on one machine: every loan, every column.

Spark runs in a process of its own, as the command is used; its workers are processes too and end with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from jietong.loans.columnar import rebuilding, store
from jietong.loans.columnar.spark import missing
from jietong.loans.tests.parquet_book import rows_of, table_of, write_folder
from jietong.loans.tests.random_book import random_loans

pytestmark = [pytest.mark.spark, pytest.mark.process, pytest.mark.timeout(900)]
MASTER = "local-cluster[2,1,1024]"


def processes_with(word: str) -> list[str]:
    """Command lines of running processes that name `word`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        if word in line:
            found.append(line)
    return found


def on_spark(folder: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # a run this short is over before a better compiler pays
    environment = dict(os.environ, TMPDIR=str(scratch), _JAVA_OPTIONS=f"-Djava.io.tmpdir={scratch} {quick}")
    command = [sys.executable, "-m", "jietong", "loans", "rebuild", "--engine", "spark", "--master", MASTER]
    command += ["--snapshot", str(folder), "--out", str(out), *more]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=800)
    assert processes_with(str(scratch)) == []
    assert [path.name for path in scratch.iterdir() if not path.name.startswith("hsperfdata")] == []
    return done


def test_ten_thousand_loans_on_two_workers_are_those_of_one_machine(tmp_path: Path) -> None:
    run_and_compare(tmp_path, loans=10_000, drawn=2_500, seed=21)


@pytest.mark.slow
def test_three_hundred_thousand_loans_on_two_workers_are_those_of_one_machine(tmp_path: Path) -> None:
    run_and_compare(tmp_path, loans=300_000, drawn=30_000, seed=22)


def run_and_compare(tmp_path: Path, *, loans: int, drawn: int, seed: int) -> None:
    """`drawn` random loans, each several times: what is compared is where a row goes, not the rules."""
    rows = rows_of(list(random_loans(drawn, seed=seed))).to_pylist()
    rows[7]["refused"] = "plan_changed"
    rows[9]["allocation"] = "fee,fees"
    times = loans // drawn
    folder = write_folder(tmp_path / "snapshot", table_of(rows), times=times, cap=Decimal("0.24"), per_file=loans // 8)
    alone, spread = tmp_path / "alone", tmp_path / "spread"
    rebuilding.rebuild_snapshot(folder, alone, rebuilding.on_this_machine)
    done = on_spark(folder, spread, "--compare", str(alone))
    assert done.returncode == 1, done.stderr[-3000:]  # two loans and their copies cannot be told
    assert done.stdout.strip() == f"equal: {loans - 2 * times:,} loans in every column, {2 * times} not told"
    assert store.open_folder(spread, "states").counts == {"loans": loans, "refused": 2 * times}
    assert len(store.parts(spread, store.STATES)) >= 2
    names = {(rows[7]["ref"], "plan_changed"), (rows[9]["ref"], "unknown_component")}
    assert {(ref.rsplit("-", 1)[0], code) for ref, code in rebuilding.refused(spread)} == names
    assert f"{rows[7]['ref']}-0: not told (plan_changed)" in done.stderr
    assert missing() == []
