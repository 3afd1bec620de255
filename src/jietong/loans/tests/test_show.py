"""A loan's life as text: everything that happened to it stands there, names are masked, and a bad number says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.config.cli import usage
from jietong.loans.cli.show import show
from jietong.loans.commands import (
    Around,
    Named,
    arrange,
    compensate,
    record_repayment,
    reverse_repayment,
    waive_penalty,
)
from jietong.loans.models import Loan
from jietong.loans.tests.replay_world import LENT_ON, balance, day, lend, live_until, noon

pytestmark = pytest.mark.django_db
TODAY = day(75)
BY = {"actor": "staff:1", "now": noon(TODAY)}
GUARD = "恒信融资担保有限公司"


@pytest.fixture
def loan() -> Loan:
    made = lend()
    arrange(loan_ref=made.ref, around=Around(guarantors=(Named(GUARD),)), since_on=LENT_ON, **BY)
    live_until(made, TODAY)
    return made


def printed(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert show(list(argv)) == 0
    return capsys.readouterr().out


def test_what_happened_to_a_loan_stands_there(loan: Loan, capsys: pytest.CaptureFixture[str]) -> None:
    compensate(
        loan_ref=loan.ref, guarantor=GUARD, amount_fen=500_00, paid_on=TODAY - timedelta(days=3), reference="DC-1",
        division="guarantor", hotline="400", **BY,
    )  # fmt: skip
    record_repayment(
        receipt="R1", loan_ref=loan.ref, amount_fen=200_00, paid_at=noon(TODAY), actor="bank", now=noon(TODAY)
    )
    record_repayment(
        receipt="R2", loan_ref=loan.ref, amount_fen=50_00, paid_at=noon(TODAY), actor="bank", now=noon(TODAY)
    )
    reverse_repayment(receipt="R2", reason="退票 [bold]", **BY)
    waive_penalty(loan_ref=loan.ref, penalty_fen=1, reason="系统出错", key="k", **BY)
    text = printed(capsys, loan.ref.lower(), "--on", TODAY.isoformat())
    for said in (
        loan.ref, "creditor", "青禾消费金融有限公司", GUARD, "DC-1", "not told", "¥500.00", "R1",
        "reversed: 退票 [bold]",
        "系统出错", "waive", "loan_principal", "partner_clearing", "M1", "compensation",
    ):  # fmt: skip
        assert said in text, said
    assert loan.borrower.name not in text
    assert loan.borrower.id_no not in text
    lines = [line.split() for line in text.split("balances (debit less credit)")[1].splitlines() if "¥" in line]
    told = {cells[0]: cells[1] for cells in lines}
    fen = balance(loan, "loan_principal")
    assert told["loan_principal"] == f"¥{fen // 100:,}.{fen % 100:02d}"


def test_the_plan_of_a_day_and_empty_parts_say_none(capsys: pytest.CaptureFixture[str]) -> None:
    loan = lend()
    text = printed(capsys, loan.ref, "--on", LENT_ON.isoformat())
    assert f"as of {LENT_ON}" in text
    assert text.count("coming") == 6
    assert text.split("\nrepayments")[1].lstrip().startswith("(none)")


@pytest.mark.parametrize(("argv", "code"), [(["JT-nobody"], "(unknown)"), (["JT-1", "--on", "soon"], "(not_a_date)")])
def test_a_bad_number_and_a_bad_day_are_named(argv: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(argv) == 2
    assert code in capsys.readouterr().err


def test_the_command_is_listed() -> None:
    assert "jietong loans show" in usage()
