"""Two operators in the same moment, on two connections: one change, or one refusal, never two creditors of the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from jietong.kernel.errors import InputError
from jietong.loans.commands import transfer_claim
from jietong.loans.models import ClaimChange, Loan
from jietong.loans.queries.parties import parties_on
from jietong.loans.tests.replay_world import LENT_ON, lend, noon
from jietong.loans.tests.test_replay_races import waits

pytestmark = pytest.mark.usefixtures("committed_db")
DAY = LENT_ON + timedelta(days=30)
FIRST = "青禾消费金融有限公司"


def sell(loan: Loan, taker: str, reference: str) -> ClaimChange:
    return transfer_claim(
        loan_ref=loan.ref, taker=taker, giver=FIRST, effective_on=DAY, reference=reference, hotline="400",
        actor="staff:1", now=noon(DAY),
    )  # fmt: skip


def elsewhere(loan: Loan, taker: str, reference: str) -> object:
    try:
        return sell(loan, taker, reference).pk
    except InputError as refused:
        return refused.field, refused.code
    finally:
        connection.close()


@pytest.mark.parametrize("same", [True, False])
def test_a_claim_that_is_sold_twice_at_once_is_sold_once(same: bool) -> None:
    with transaction.atomic():
        loan = lend()
    second = ("甲资产管理有限公司", "ZR-1") if same else ("乙资产管理有限公司", "ZR-2")
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            made = sell(loan, "甲资产管理有限公司", "ZR-1")
            running = other.submit(elsewhere, loan, *second)
            while not waits():
                assert not running.done(), running.result()
        answer = running.result(30)
    assert answer == (made.pk if same else ("giver", "holds_nothing"))
    assert parties_on(loan.pk, DAY).creditors == ("甲资产管理有限公司",)
    assert ClaimChange.objects.count() == 1
