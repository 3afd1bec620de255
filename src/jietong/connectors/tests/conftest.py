"""A core with two loans, and the link to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from jietong.connectors.commands import open_source, process_due, pull
from jietong.connectors.models import Source
from jietong.simulator.fineract import LOGIN, Client, CoreLoan, Period, StandIn
from jietong.simulator.tests.cast import NOW

LENT = date(2026, 6, 15)


def core_loan(number: int, *, client: int = 1, ref: str = "") -> CoreLoan:
    """3 000 yuan over six months; the fourth instalment (15 October) asks for 12 yuan of penalty."""
    periods = [
        Period(
            date(2026, 6 + n, 15), {"principal": 500_00, "interest": 30_00, "penaltyCharges": 12_00 if n == 4 else 0}
        )
        for n in range(1, 7)
    ]
    loan = CoreLoan(number, ref or f"F-{number}", client, 3000_00, "12", LENT, periods)
    for n in range(1, 4):
        loan.pay(date(2026, 6 + n, 15), 530_00)
    return loan


@pytest.fixture
def core() -> Iterator[StandIn]:
    stand_in = StandIn().start()
    stand_in.clients[1] = Client(1, "C-1", "林小满", "19900001111", "lin@mail.example", "110101199001011237")
    stand_in.clients[2] = Client(2, "C-2", "周大年", "19900002222")
    stand_in.loans[1] = core_loan(1)
    stand_in.loans[2] = core_loan(2, client=2)
    yield stand_in
    stand_in.stop()


def link(core: StandIn, mode: str = "mirror", **settings: object) -> Source:
    told = {"base_url": core.base_url, "tenant": "default", "page_size": 2, "timeout": 2, **settings}
    return open_source(
        code="core", name="核心", kind="fineract", mode=mode, secret=LOGIN, creditor="青禾消费金融有限公司",
        settings=told, actor="test", now=NOW,
    )  # fmt: skip


def run(now=NOW, **options: bool):
    """Ask once and book what came."""
    pulled = pull(code="core", now=now, **options)
    process_due(now=now)
    return pulled
