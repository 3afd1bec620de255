"""Loans whose plan was changed: what the snapshot's events tell is what the book says, to the fen and the day."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jietong.loans.columnar import store
from jietong.loans.columnar.arrow import rebuild_rows
from jietong.loans.columnar.comparing import compare
from jietong.loans.columnar.layout import LOANS
from jietong.loans.models import PlanChange
from jietong.loans.tests.random_book import random_loans
from jietong.loans.tests.random_lives import lend, live, plan_acts
from jietong.loans.tests.test_rebuild import UNTIL, rebuilt

pytestmark = pytest.mark.usefixtures("committed_db")


def changed_lives(count: int, *, seed: int, folder: Path) -> tuple[Path, Path]:
    loans = list(random_loans(count, seed=seed))
    lend(loans)
    live(loans, UNTIL, plans=plan_acts(loans, UNTIL, seed=seed))
    return rebuilt(folder)


def test_changed_and_undone_plans_agree_with_the_book(tmp_path: Path) -> None:
    snapshot, out = changed_lives(60, seed=21, folder=tmp_path)
    changes = list(PlanChange.objects.all())
    assert {change.kind for change in changes} == {"pay_off", "prepay", "replan", "waive", "write_off"}
    assert {change.undone_at is None for change in changes} == {True, False}
    found = compare(out / store.STATES, snapshot / store.BOOK)
    assert (found.is_equal, found.loans, found.refused) == (True, 60, 0), found.differences[:10]
    states = pq.read_table(out / store.STATES, columns=["status"]).column(0).to_pylist()
    assert {"active", "settled", "written_off"} <= set(states)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(60, 64))
def test_a_thousand_changed_lives_agree(seed: int, tmp_path: Path) -> None:
    snapshot, out = changed_lives(250, seed=seed, folder=tmp_path)
    found = compare(out / store.STATES, snapshot / store.BOOK)
    assert (found.is_equal, found.loans) == (True, 250), found.differences[:10]


def test_a_loan_comes_out_the_same_in_any_company(tmp_path: Path) -> None:
    """Among others or alone, in whatever order: changed loans and the kernel's own go back to their places."""
    snapshot, _out = changed_lives(12, seed=23, folder=tmp_path)
    table = pq.read_table(snapshot / store.LOANS)
    (batch,) = table.combine_chunks().to_batches()
    whole = rebuild_rows(batch, None).to_pylist()
    turned = batch.take(pa.array(range(11, -1, -1)))
    assert rebuild_rows(turned, None).to_pylist() == whole[::-1]
    assert [rebuild_rows(batch.slice(k, 1), None).to_pylist()[0] for k in range(12)] == whole


def test_an_event_that_nobody_knows_is_refused_by_name(tmp_path: Path) -> None:
    snapshot, _out = changed_lives(6, seed=24, folder=tmp_path)
    rows = pq.read_table(snapshot / store.LOANS).to_pylist()
    changed = next(row for row in rows if row["change_kind"])
    changed["change_kind"][0] = "holiday"
    other = next(row for row in rows if row["change_kind"] and row is not changed)
    other["change_terms"][0] = json.dumps({})
    other["change_kind"][0] = "waive"
    (batch,) = pa.Table.from_pylist(rows, schema=LOANS).to_batches()
    told = {row["ref"]: row["refused"] for row in rebuild_rows(batch, None).to_pylist()}
    assert {ref for ref, why in told.items() if why} == {changed["ref"], other["ref"]}
    assert set(told.values()) == {None, "unknown_change"}
