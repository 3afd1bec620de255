"""Rebuilding the whole book: the kernel on one machine, on Spark with one and two workers, and a plain loop per loan.

    python -m bench rebuild [--loans 10000 100000 1000000] [--naive 1000]

Loans of 12 instalments with 0 to 12 repayments, some late, as a snapshot of `jietong loans snapshot` would hold them.
Each engine runs as the command does: reading Parquet, telling, writing Parquet; a Spark run includes its start. The
loop tells loan by loan with rules/replay.py in memory, without reading or writing, so it is flattered. Every result is
held against the kernel's on one machine, loan by loan.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jietong.loans.columnar import store
from jietong.loans.columnar.comparing import compare
from jietong.loans.columnar.layout import CHANGES, LOANS
from jietong.loans.columnar.ragged import Ragged
from jietong.loans.columnar.spark import missing

FIRST_DAY, AS_OF = date(2025, 1, 1), date(2026, 12, 1)
PER_FILE, MONTHS, CAP = 25_000, 12, Decimal("0.24")
ENGINES = {"1 worker": "local-cluster[1,1,1024]", "2 workers": "local-cluster[2,1,1024]"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--naive", type=int, default=1000)
    wanted = parser.parse_args()
    lacking = missing()
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}" + f"; no Spark: {', '.join(lacking)}" * bool(lacking)
    )
    print("| loans | engine | seconds | loans/s | against the loop | CPU seconds |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    for count in wanted.loans:
        with tempfile.TemporaryDirectory(prefix="jietong-bench-") as folder:
            measure(Path(folder), count, min(wanted.naive, count), with_spark=not lacking)


def measure(folder: Path, count: int, naive: int, *, with_spark: bool) -> None:
    snapshot = write_snapshot(folder / "snapshot", count)
    seconds, cpu = plain_loop(snapshot, naive)
    loop = naive / seconds
    tell(count, f"plain loop, from {naive:,}", count / loop, loop, cpu * count / naive)
    tell(count, "NumPy, this machine", *rebuild(snapshot, folder / "alone", loop))
    for name, master in ENGINES.items() if with_spark else ():
        out = folder / name.replace(" ", "-")
        seconds, loop, _cpu = rebuild(snapshot, out, loop, "--engine", "spark", "--master", master)
        tell(count, f"Spark, {name}", seconds, loop, None)
        found = compare(out / store.STATES, folder / "alone" / store.STATES)
        assert (found.columns, found.loans) == ({}, count)


def tell(count: int, engine: str, seconds: float, loop: float, cpu: float | None) -> None:
    """One row. cpu: of the process itself, which a busy machine does not stretch; unknown for Spark's workers."""
    rate = count / seconds
    used = "" if cpu is None else f"{cpu:,.1f}"
    print(f"| {count:,} | {engine} | {seconds:,.1f} | {rate:,.0f} | {rate / loop:,.1f} | {used} |", flush=True)


def rebuild(snapshot: Path, out: Path, loop: float, *more: str) -> tuple[float, float, float]:
    """Seconds, the loop's rate as it was given, CPU seconds."""
    command = [sys.executable, "-m", "jietong", "loans", "rebuild", "--snapshot", str(snapshot), "--out", str(out)]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-3000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, loop, cpu


def write_snapshot(folder: Path, count: int) -> Path:
    with store.new_folder(folder) as making:
        for number, start in enumerate(range(0, count, PER_FILE)):
            store.write_part(making, store.LOANS, number, rows(start, min(PER_FILE, count - start)))
        store.write_page(making, store.Contents("snapshot", AS_OF.isoformat(), str(CAP), ""))
    return folder


def rows(start: int, count: int) -> pa.Table:
    """`count` loans with keys from start + 1; a third pays on time, a third late, a third stops."""
    dice = np.random.default_rng(start)
    keys = np.arange(start + 1, start + count + 1)
    lent_on = dice.integers(0, 180, count)
    lines = Ragged.of_lengths(np.full(count, MONTHS))
    n = np.tile(np.arange(1, MONTHS + 1), count)
    due = lent_on[lines.owner] + 30 * n
    principal = dice.integers(20_000, 400_000, count)[lines.owner]
    interest = principal * (MONTHS + 1 - n) // 80
    wanted = dice.integers(0, MONTHS + 1, count)
    paid = n <= wanted[lines.owner]
    late = np.where(dice.integers(0, 3, count)[lines.owner] == 1, dice.integers(0, 90, len(n)), 0)
    paid_on = np.maximum.accumulate((due + late)[paid] + 1000 * lines.owner[paid]) - 1000 * lines.owner[paid]
    money = Ragged.of_lengths(wanted)
    amount = (principal + interest)[paid] - dice.integers(0, 3, int(paid.sum())) * 100
    places = np.arange(len(amount)) - money.starts[money.owner]
    receipts = pa.array([f"R{key}-{k}" for key, k in zip(keys[money.owner].tolist(), places.tolist(), strict=True)])
    zero, no_day = np.zeros(len(n), np.int64), pa.nulls(len(n), pa.date32())
    columns: dict[str, Any] = {
        "loan_id": keys, "ref": pa.array([f"B{key:08d}" for key in keys]), "product": word("JB", count),
        "rate_e10": dice.integers(720, 2400, count) * 10**6, "rate_unit": word("year", count),
        "multiple_e3": np.full(count, 1500), "allocation": word("fee,penalty,interest,principal", count),
        "start_on": days(lent_on), "start_bucket": pa.nulls(count, pa.string()), "as_of": same_day(count),
        "aged_on": same_day(count), "closed_on": same_day(count), "refused": pa.nulls(count, pa.string()),
        "method": word("equal_instalment", count), "day_count": word("period", count), "disbursed_on": days(lent_on),
        "n": (lines, n), "due_on": (lines, days(due)), "principal_fen": (lines, principal),
        "interest_fen": (lines, interest), "penalty_through_on": (lines, no_day),
        "receipt": (money, receipts), "paid_at": (money, moments(paid_on)), "paid_on": (money, days(paid_on)),
        "amount_fen": (money, amount), "of_tape": (money, np.zeros(len(amount), np.bool_)),
    }  # fmt: skip
    columns |= {field.name: pa.nulls(count, field.type) for field in CHANGES}
    return pa.table([column(columns.get(field.name, (lines, zero)), field.type) for field in LOANS], schema=LOANS)


def column(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, tuple):
        where, elements = values
        made = pa.ListArray.from_arrays(pa.array(where.starts, pa.int32()), column(elements, kind.value_type))
        return made.cast(kind)
    return (values if isinstance(values, pa.Array) else pa.array(values)).cast(kind)


def word(text: str, count: int) -> pa.Array:
    return pa.array([text] * count)


def days(since_first: np.ndarray) -> pa.Array:
    return pa.array((since_first + (FIRST_DAY - date(1970, 1, 1)).days).astype(np.int32)).cast(pa.date32())


def same_day(count: int) -> pa.Array:
    return days(np.full(count, (AS_OF - FIRST_DAY).days))


def moments(since_first: np.ndarray) -> pa.Array:
    noon = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(hours=4)
    return pa.array(since_first.astype(np.int64) * 86_400_000_000 + int(noon.timestamp()) * 10**6)


def plain_loop(snapshot: Path, count: int) -> tuple[float, float]:
    """Seconds, and CPU seconds, for `count` loans told one by one by the plain rules, their objects made beforehand."""
    from jietong.loans.rules.opening import Open
    from jietong.loans.rules.penalty import accrued_penalty_fen
    from jietong.loans.rules.replay import Money, history, replay

    some = pq.read_table(store.parts(snapshot, store.LOANS)[0]).slice(0, count).to_pylist()
    loans = []
    for row in some:
        parts = zip(row["n"], row["due_on"], row["principal_fen"], row["interest_fen"], strict=True)
        opening = [Open(n, due_on, [principal, interest, 0, 0]) for n, due_on, principal, interest in parts]
        told = zip(row["receipt"], row["paid_at"], row["paid_on"], row["amount_fen"], strict=True)
        loans.append((row["start_on"], Decimal(row["rate_e10"]) / 10**10, opening, [Money(*one) for one in told]))
    begin, begin_cpu = time.perf_counter(), time.process_time()
    for start_on, rate, opening, moneys in loans:

        def penalty_of(fen: int, span: int, rate: Decimal = rate) -> int:
            return accrued_penalty_fen(fen, rate, days=span, cap_annual=CAP)

        told_loan = replay(opening, moneys, order=(2, 3, 1, 0), penalty_of=penalty_of)
        history(told_loan.points, start="M0", from_on=start_on, as_of=AS_OF)
    return time.perf_counter() - begin, time.process_time() - begin_cpu


if __name__ == "__main__":
    main()
