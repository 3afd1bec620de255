"""Two workers, two connections: an event is booked by one of them, a difference is named once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from jietong.connectors.commands import open_source, process_due, receive, reconcile
from jietong.connectors.models import CoreLoan, Difference, Discrepancy, InboxEvent, Source
from jietong.connectors.rules.values import dump
from jietong.loans.models import Repayment
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.usefixtures("committed_db")
EVENTS = 12


def test_two_workers_share_the_inbox_and_book_each_event_once() -> None:
    with transaction.atomic():
        loan = make_loan(make_borrower())
        source = open_source(
            code="bank", name="b", kind="webhook", mode="feed", secret="k" * 40, actor="t", now=NOW, settings={}
        )
    data = {"loan_no": loan.ref, "amount": "10", "paid_at": "2026-11-24T09:00:00+08:00"}
    start = Barrier(2)

    def both(worker: int) -> int:
        try:
            start.wait(10)
            for n in range(EVENTS):  # both are told everything
                receive(
                    source=source, external_id=f"e-{n}", kind="repayment", subject=loan.ref,
                    payload=dump({**data, "receipt": f"B-{n}"}), now=NOW,
                )  # fmt: skip
            return process_due(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(both, range(2)))
    assert sum(done) + process_due(now=NOW) == EVENTS
    assert InboxEvent.objects.filter(state="booked").count() == EVENTS
    assert Repayment.objects.filter(loan=loan).count() == EVENTS


def test_two_comparisons_at_once_name_a_difference_once() -> None:
    with transaction.atomic():
        loan = make_loan(make_borrower())
        source = open_source(code="core", name="c", kind="files", mode="feed", actor="t", now=NOW, settings={})
        Source.objects.filter(pk=source.pk).update(last_ok_at=NOW)
        CoreLoan.objects.create(
            source=source, external_id="1", ref=loan.ref, loan=loan, seen_at=NOW, told_at=NOW, left_fen=1,
            principal_left_fen=1,
        )  # fmt: skip
    start = Barrier(2)

    def compare(_worker: int) -> int:
        try:
            start.wait(10)
            return reconcile(code="core", on=TODAY, actor="t", now=NOW).differences_count
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(compare, range(2))) == [2, 2]
    assert sorted(Discrepancy.objects.values_list("code", "state")) == [("left", "open"), ("principal_left", "open")]
    assert Difference.objects.count() == 4
