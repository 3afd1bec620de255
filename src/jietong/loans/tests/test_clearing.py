"""A payout is open until the bank has shown it: by its statement or told by a person, once, never for another sum."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.bank_statement import read_statement
from jietong.loans.commands import claim_statement, clear_payout, undo_clearing
from jietong.loans.models import Loan, PayoutCleared, Repayment, SuspenseItem
from jietong.loans.queries import clearing
from jietong.loans.tests.replay_world import balance, lend
from jietong.origination.tests.world import offer
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower

pytestmark = pytest.mark.django_db
DAY = TODAY - timedelta(days=1)
BY = {"actor": "staff:1", "now": NOW}


def paid_out(name: str = "王霞", on: date = DAY, fen: int = 3000_00, ref: str = "A260001") -> Loan:
    from jietong.loans.commands import book_loan

    version = offer()
    return book_loan(
        ref=ref, borrower_id=make_borrower(name).pk, version_id=version.pk, creditor="青禾消费金融有限公司",
        principal_fen=fen, instalments=6, disbursed_on=on, **BY,
    )  # fmt: skip


def read(folder: Path, *lines: str, name: str = "out.csv") -> object:
    path = folder / name
    head = "流水号,交易日期,借方金额,贷方金额,对方户名,摘要\n"
    path.write_bytes((head + "".join(f"{line}\n" for line in lines)).encode("gbk"))
    return claim_statement(read_statement(path), **BY)


def test_it_is_open_with_age_and_owner_until_a_person_names_the_banks_line() -> None:
    loan = paid_out()
    (one,) = clearing.open_payouts(today=TODAY + timedelta(days=4))
    assert (one.ref, one.amount_fen, one.days, one.is_old, one.owner) == (loan.ref, 3000_00, 5, True, "desk")
    assert balance(loan, "disbursement_clearing") == -3000_00
    made = clear_payout(loan_ref=loan.ref, serial="P1", amount_fen=3000_00, on=DAY, **BY)
    assert clear_payout(loan_ref=loan.ref, serial="P1", amount_fen=3000_00, on=DAY, **BY) == made
    assert balance(loan, "disbursement_clearing") == 0
    assert balance(loan, "cash") == -3000_00
    assert clearing.open_totals() == (0, 0)
    undo_clearing(loan_ref=loan.ref, reason="是另一笔", **BY)
    assert balance(loan, "disbursement_clearing") == -3000_00
    assert clearing.open_totals() == (1, 3000_00)
    clear_payout(loan_ref=loan.ref, serial="P1", amount_fen=3000_00, on=DAY, **BY)
    assert PayoutCleared.objects.count() == 2


def test_another_sum_another_day_and_another_loans_line_are_refused() -> None:
    loan = paid_out()
    for wrong, field, code in (
        ({"serial": " "}, "serial", "missing"),
        ({"loan_ref": "JT-nobody"}, "loan_ref", "unknown"),
        ({"amount_fen": 2999_99}, "amount", "differs"),
        ({"on": TODAY + timedelta(days=1)}, "on", "in_future"),
    ):
        with pytest.raises(InputError) as refused:
            clear_payout(**({"loan_ref": loan.ref, "serial": "P1", "amount_fen": 3000_00, "on": DAY} | wrong), **BY)
        assert (refused.value.field, refused.value.code) == (field, code)
    clear_payout(loan_ref=loan.ref, serial="P1", amount_fen=3000_00, on=DAY, **BY)
    other = Loan.objects.get(pk=loan.pk)
    with pytest.raises(CommandRefused, match="not open"):
        clear_payout(loan_ref=other.ref, serial="P2", amount_fen=3000_00, on=DAY, **BY)
    with pytest.raises(CommandRefused, match="no payout"):
        undo_clearing(loan_ref="JT-nobody", reason="x", **BY)


def test_a_statement_clears_what_it_names_and_passes_over_what_is_not_ours(tmp_path: Path) -> None:
    loan = paid_out()
    done = read(
        tmp_path, f"P1,{DAY},3000.00,,王霞,放款 {loan.ref}-1", f"P2,{DAY},88.00,,物业公司,水电费",
        f"B1,{DAY},,10.00,赵六,{loan.ref}",
    )  # fmt: skip
    assert done.payouts == {"cleared": 1, "differs": 0, "not_ours": 1, "known": 0}
    assert done.counts["booked"] == 1
    assert Repayment.objects.get().receipt == "B1"
    assert balance(loan, "disbursement_clearing") == 0
    again = read(tmp_path, f"P1,{DAY},3000.00,,王霞,放款 {loan.ref}-1", name="again.csv")
    assert again.payouts["known"] == 1


def test_name_and_sum_of_one_payout_are_enough_and_of_two_are_not(tmp_path: Path) -> None:
    loan = paid_out()
    assert read(tmp_path, f"P1,{DAY},3000.00,,王霞,代付").payouts["cleared"] == 1
    undo_clearing(loan_ref=loan.ref, reason="再看", **BY)
    assert (
        read(tmp_path, f"P9,{TODAY - timedelta(days=30)},3000.00,,王霞,代付", name="far.csv").payouts["not_ours"] == 1
    )


def test_a_line_that_names_a_payout_of_another_sum_waits_with_an_owner(tmp_path: Path) -> None:
    loan = paid_out()
    assert read(tmp_path, f"P1,{DAY},2900.00,,王霞,{loan.ref}").payouts["differs"] == 1
    item = SuspenseItem.objects.get()
    assert (item.reason, item.owner, item.amount_fen, item.loan) == ("payout_differs", "desk", 2900_00, loan)
    assert clearing.open_totals() == (1, 3000_00)


def test_a_column_of_directions_is_read_and_a_loan_paid_out_elsewhere_is_never_open(tmp_path: Path) -> None:
    lend()  # its ledger began with an opening, as a tape's does
    loan = paid_out()
    path = tmp_path / "one.csv"
    path.write_text(
        f"流水号,交易日期,金额,借贷标志,对方户名,摘要\nP1,{DAY},3000.00,借,王霞,{loan.ref}\n", encoding="utf-8"
    )
    assert [one.ref for one in clearing.open_payouts(today=TODAY)] == [loan.ref]
    assert claim_statement(read_statement(path), **BY).payouts["cleared"] == 1
    assert clearing.open_payouts(today=TODAY) == []
