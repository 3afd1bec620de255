"""The book on the real database, its snapshot, the kernel and the plain rules: three tellings, one fen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jietong.kernel.errors import InputError
from jietong.loans.cli.rebuild import rebuild as rebuild_command
from jietong.loans.columnar import rebuilding, store
from jietong.loans.columnar.comparing import compare
from jietong.loans.models import Instalment, Loan, LoanHead
from jietong.loans.queries.products import price_limits
from jietong.loans.snapshot import write_snapshot
from jietong.loans.tests.plain_book import plain
from jietong.loans.tests.random_book import FIRST_DAY, RandomLoan, random_loans
from jietong.loans.tests.random_lives import lend, live, noon

pytestmark = pytest.mark.usefixtures("committed_db")
UNTIL = FIRST_DAY + timedelta(days=500)


def lived(count: int, *, seed: int) -> list[RandomLoan]:
    loans = list(random_loans(count, seed=seed))
    lend(loans)
    assert live(loans, UNTIL) > count
    return loans


def rebuilt(folder: Path, *, per_file: int = 50) -> tuple[Path, Path]:
    snapshot, out = folder / "snapshot", folder / "result"
    write_snapshot(snapshot, now=noon(UNTIL), per_file=per_file)
    rebuilding.rebuild_snapshot(snapshot, out, rebuilding.on_this_machine)
    return snapshot, out


def test_book_kernel_and_plain_rules_agree(tmp_path: Path) -> None:
    loans = lived(40, seed=11)
    snapshot, out = rebuilt(tmp_path, per_file=15)
    found = compare(out / store.STATES, snapshot / store.BOOK)
    assert (found.is_equal, found.loans) == (True, len(loans)), found.differences[:10]
    rows = {row["ref"]: row for path in store.parts(out, store.STATES) for row in pq.read_table(path).to_pylist()}
    assert len(store.parts(out, store.STATES)) == 3
    cap = price_limits().all_in_cap
    for loan in loans:
        agree(rows[loan.ref], plain(loan, cap))


def agree(row: dict, told: dict) -> None:
    assert row["penalty_through_on"] == [through for _n, _owed, _paid, through in told["rows"]]
    paid = zip(
        row["principal_paid_fen"], row["interest_paid_fen"], row["fee_paid_fen"], row["penalty_paid_fen"], strict=True
    )
    assert [list(parts) for parts in paid] == [paid for _n, _owed, paid, _through in told["rows"]]
    assert row["penalty_fen"] == [owed[3] for _n, owed, _paid, _through in told["rows"]]
    assert row["line_penalty_unbooked_fen"] == told["accrued"]
    head = ("outstanding_principal_fen", "outstanding_fen", "oldest_unpaid_due_on", "next_due_on", "next_change_on")
    assert tuple(row[name] for name in head) == told["head"]
    assert (row["days_past_due"], row["bucket"]) == told["late"]
    assert list(zip(row["move_on"], row["move_from"], row["move_to"], strict=True)) == told["moves"]
    assert list(zip(row["receipt"], row["credit_fen"], strict=True)) == [(r, c) for r, _parts, c in told["received"]]
    parts = zip(row["part_receipt"], row["part_n"], row["part_component"], row["part_fen"], strict=True)
    expected = [(k, *part) for k, (_receipt, some, _credit) in enumerate(told["received"]) for part in some]
    assert list(parts) == expected


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(30, 34))
def test_a_thousand_lives_agree(seed: int, tmp_path: Path) -> None:
    loans = lived(250, seed=seed)
    snapshot, out = rebuilt(tmp_path)
    found = compare(out / store.STATES, snapshot / store.BOOK)
    assert (found.is_equal, found.loans) == (True, len(loans)), found.differences[:10]


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_day_ends_sql_ages_a_hundred_thousand_loans_like_the_kernel(tmp_path: Path) -> None:
    aged(100_000, seed=52, folder=tmp_path)


def aged(count: int, *, seed: int, folder: Path) -> None:
    """Loans that nobody pays, closed date by date through more than a year: only SQL has written their heads."""
    loans = [replace(loan, receipts=()) for loan in random_loans(count, seed=seed)]
    lend(loans, with_heads_told=False)
    assert live(loans, UNTIL) == 0
    snapshot, out = rebuilt(folder, per_file=10_000)
    found = compare(out / store.STATES, snapshot / store.BOOK)
    assert (found.columns, found.loans) == ({}, count), found.differences[:10]


def test_money_told_in_files_agrees_as_well(tmp_path: Path) -> None:
    in_files(50, seed=53, folder=tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_hundred_thousand_lives_through_the_database_agree(tmp_path: Path) -> None:
    in_files(100_000, seed=54, folder=tmp_path, receipts=1)


def in_files(count: int, *, seed: int, folder: Path, receipts: int = 9) -> None:
    """Money on time, late, told late and taken back, each day's as one file; at most `receipts` a loan."""
    loans = [replace(loan, receipts=loan.receipts[:receipts]) for loan in random_loans(count, seed=seed)]
    lend(loans)
    assert live(loans, UNTIL, in_files=True) > count // 2
    snapshot, out = rebuilt(folder, per_file=10_000)
    found = compare(out / store.STATES, snapshot / store.BOOK)
    assert (found.columns, found.loans) == ({}, count), found.differences[:10]


def test_what_is_wrong_in_the_book_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A head that somebody changed by hand, a fen moved between parts, a loan without its head."""
    lived(6, seed=12)
    heads = list(LoanHead.objects.order_by("loan_id"))
    LoanHead.objects.filter(pk=heads[0].pk).update(outstanding_fen=heads[0].outstanding_fen + 1)
    LoanHead.objects.filter(pk=heads[2].pk).delete()
    line = Instalment.objects.filter(loan=heads[1].loan, interest_fen__gt=0).earliest("n")
    Instalment.objects.filter(pk=line.pk).update(interest_booked=not line.interest_booked)
    snapshot, out = rebuilt(tmp_path)
    again = tmp_path / "again"
    argv = ["--snapshot", str(snapshot), "--out", str(again), "--compare"]
    assert rebuild_command(argv) == 1
    told = capsys.readouterr()
    assert f"{heads[0].loan.ref} outstanding_fen: here {heads[0].outstanding_fen}, there" in told.out
    assert f"{heads[1].loan.ref} interest_booked: here [" in told.out
    assert "different: outstanding_fen 1, interest_booked 1 (of 5 loans)" in told.out
    assert f"{heads[2].loan.ref}: not told (without_head)" in told.err
    assert rebuild_command([*argv[:3], str(tmp_path / "third"), "--compare", str(out)]) == 1
    assert "equal: 5 loans in every column, 1 not told" in capsys.readouterr().out


def test_loans_whose_story_is_not_ours_are_refused_by_name(tmp_path: Path) -> None:
    lived(4, seed=13)
    loan = Loan.objects.earliest("pk")
    Loan.objects.filter(pk=loan.pk).update(cancelled_on=date(2026, 1, 1))
    snapshot, out = rebuilt(tmp_path)
    assert rebuilding.refused(out) == [(loan.ref, "cancelled")]
    assert store.open_folder(snapshot, "snapshot").counts["refused"] == 1
    assert store.open_folder(out, "states").counts == {"loans": 4, "refused": 1}
    assert compare(out / store.STATES, snapshot / store.BOOK).refused == 1


def test_a_changed_file_or_a_taken_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lived(3, seed=14)
    snapshot, out = rebuilt(tmp_path)
    with pytest.raises(InputError, match="exists"):
        write_snapshot(snapshot, now=noon(UNTIL))
    path = store.parts(snapshot, store.LOANS)[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    argv = ["--snapshot", str(snapshot), "--out", str(tmp_path / "new")]
    assert rebuild_command(argv) == 2
    assert f"{path} is missing or not as it was written (damaged)" in capsys.readouterr().err
    path.write_bytes(whole)
    assert rebuild_command(argv) == 0
    assert rebuild_command(["--snapshot", str(out), "--out", str(tmp_path / "newer")]) == 2
    assert "unknown_format" in capsys.readouterr().err
    assert rebuild_command(["--snapshot", str(tmp_path), "--out", str(tmp_path / "newer")]) == 2
    assert "missing" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["new", "result", "snapshot"]


def test_a_snapshot_needs_a_day(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="say as of which day"):
        write_snapshot(tmp_path / "none", now=noon(UNTIL))
    told = write_snapshot(tmp_path / "one", now=noon(UNTIL), as_of=UNTIL)
    assert told.counts["loans"] == 0
    assert rebuilding.rebuild_snapshot(tmp_path / "one", tmp_path / "out", rebuilding.on_this_machine).counts == {
        "loans": 0,
        "refused": 0,
    }
