"""A bank's statement into the book: each line once, the rest waits with an owner, nothing half-booked, nothing lost."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.bank_statement import Statement, Totals, read_statement
from jietong.loans.cli.bank_file import bank_file
from jietong.loans.commands import (
    ask_credit_back,
    assign_item,
    book_item,
    book_or_suspend,
    claim_statement,
    confirm_credit_paid,
    dismiss_item,
    record_repayment,
    return_item,
    reverse_repayment,
    take_item,
    use_credit,
)
from jietong.loans.models import BankFile, CreditOrder, Loan, PlanChange, Repayment, SuspenseItem
from jietong.loans.queries import suspense as queries
from jietong.loans.tape import TapeRefused
from jietong.loans.tests.replay_world import agree, day, lend, noon
from jietong.simulator.tests.cast import make_borrower, make_loan, make_team

pytestmark = pytest.mark.django_db
HEAD = "交易流水号,交易时间,贷方金额(元),对方户名,对方账号,摘要\n"
NOW = noon(day(40))


def written(folder: Path, *lines: str, encoding: str = "utf-8", footer: str = "", name: str = "bank.csv") -> Path:
    path = folder / name
    path.write_bytes((HEAD + "".join(f"{line}\n" for line in lines) + footer).encode(encoding))
    return path


def line(serial: str, fen: int, *, text: str = "", payer: str = "赵六", account: str = "") -> str:
    return f"{serial},{day(40).isoformat()} 10:00:00,{fen // 100}.{fen % 100:02d},{payer},{account},{text}"


def claim(path: Path, **more: object) -> object:
    return claim_statement(read_statement(path), actor="operator:wu", now=NOW, **more)


def test_a_transfer_that_names_its_loan_is_booked_and_another_waits(tmp_path: Path) -> None:
    loan = lend()
    path = written(tmp_path, line("B1", 100_00, text=f"还 {loan.ref}"), line("B2", 77_00, text="还款"), encoding="gbk")
    done = claim(path)
    assert (done.counts, done.reasons) == ({"booked": 1, "waiting": 1, "known": 0}, {"no_match": 1})
    assert Repayment.objects.get().receipt == "B1"
    item = SuspenseItem.objects.get()
    assert (item.reason, item.owner, item.amount_fen, item.raw["payer"]) == ("no_match", "desk", 77_00, "赵六")
    agree(loan)


def test_the_same_file_and_the_same_lines_change_nothing(tmp_path: Path) -> None:
    loan = lend()
    lines = [line("B1", 100_00, text=loan.ref), line("B2", 77_00)]
    claim(written(tmp_path, *lines))
    assert claim(written(tmp_path, *lines)).already_known
    more = claim(written(tmp_path, *lines, line("B3", 1_00, text=loan.ref)))
    assert more.counts == {"booked": 1, "waiting": 0, "known": 2}
    assert (Repayment.objects.count(), SuspenseItem.objects.count(), BankFile.objects.count()) == (2, 1, 2)


def test_a_dry_run_leaves_nothing(tmp_path: Path) -> None:
    loan = lend()
    done = claim(written(tmp_path, line("B1", 100_00, text=loan.ref), line("B2", 1_00)), dry_run=True)
    assert done.counts == {"booked": 1, "waiting": 1, "known": 0}
    assert not Repayment.objects.exists()
    assert not SuspenseItem.objects.exists()
    assert not BankFile.objects.exists()


def test_name_and_card_find_the_loan_and_a_serial_with_other_content_waits(tmp_path: Path) -> None:
    who = make_borrower("钱多多")
    loan = make_loan(who, disbursed_on=day(0), as_of=day(5))
    card = who.cards.get().number
    claim(written(tmp_path, line("B1", 100_00, payer="钱多多", account=card)))
    assert Repayment.objects.get().loan == loan
    done = claim(written(tmp_path, line("B1", 200_00, payer="钱多多", account=card)))
    assert done.reasons == {"receipt_reused": 1}
    assert card not in str(SuspenseItem.objects.get().raw)
    assert queries.account_of(SuspenseItem.objects.get()) == card


def test_money_for_a_loan_that_is_over_waits(tmp_path: Path) -> None:
    loan = lend(instalments=1, principal_fen=1000_00)
    record_repayment(
        receipt="A", loan_ref=loan.ref, amount_fen=2000_00, paid_at=noon(day(31)), actor="x", now=noon(day(31))
    )
    assert claim(written(tmp_path, line("B1", 5_00, text=loan.ref))).reasons == {"loan_settled": 1}


def test_a_line_that_cannot_be_read_waits_as_it_came(tmp_path: Path) -> None:
    path = written(tmp_path, "B1,昨天,12.00,赵六,6222020000001234567,还款", line("B2", 1_00))
    done = claim(path)
    assert done.reasons == {"line_unreadable": 1, "no_match": 1}
    raw = SuspenseItem.objects.get(reason="line_unreadable").raw
    assert (raw["code"], raw["column"], raw["cells"][4]) == ("not_a_date", "paid_at", "…4567")


@pytest.mark.parametrize(
    ("footer", "told", "code"),
    [
        ("合计,3,178.00,,,\n", None, "control_rows"),
        ("合计,2,178.00,,,\n", None, "control_sum"),
        ("", Totals(2, 177_00 + 1), "control_sum"),
        ("", Totals(1), "control_rows"),
        ("B3,2026-02-24 10:0", None, "truncated"),
    ],
)
def test_a_file_that_was_cut_off_is_refused_by_name(
    tmp_path: Path, footer: str, told: Totals | None, code: str
) -> None:
    path = written(tmp_path, line("B1", 100_00), line("B2", 77_00), footer=footer)
    with pytest.raises(TapeRefused) as refused:
        read_statement(path, told=told)
    assert refused.value.code == code


def test_a_workbook_and_totals_that_agree_are_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["流水号", "交易日期", "收入金额", "支出", "付款人", "附言"])
    sheet.append(["B1", date(2026, 2, 24), 100.5, None, "赵六", "JT-1"])
    sheet.append(["B2", date(2026, 2, 24), None, 9.0, "赵六", "付货款"])
    sheet.append(["合计", "1笔", 100.5, None, None, None])
    path = tmp_path / "bank.xlsx"
    book.save(path)
    found: Statement = read_statement(path)
    assert [(one.serial, one.amount_fen, one.payer, one.text) for one in found.lines] == [
        ("B1", 100_50, "赵六", "JT-1")
    ]


def test_the_command_line_says_what_became_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loan = lend()
    path = written(tmp_path, line("B1", 100_00, text=loan.ref), line("B2", 77_00), footer="合计,2,177.00,,,\n")
    assert bank_file([str(path), "--dry-run"]) == 1
    assert "would be booked" in capsys.readouterr().err
    assert bank_file([str(path)]) == 1
    assert bank_file([str(path)]) == 0
    assert "nothing changed" in capsys.readouterr().err
    path.write_bytes(path.read_bytes()[:-20])
    assert bank_file([str(path)]) == 2
    assert Repayment.objects.count() == 1


def test_a_person_books_what_waits_once_and_sees_who_may_be_meant(tmp_path: Path) -> None:
    who = make_borrower("钱多多")
    loan = make_loan(who, disbursed_on=day(0), as_of=day(5))
    claim(written(tmp_path, line("B1", loan.instalments.get(n=1).interest_fen, payer="钱多多")))
    item = SuspenseItem.objects.get()
    offered = queries.offered(item, on=day(40))
    assert [(one.candidate.ref, one.candidate.reasons, one.name) for one in offered] == [
        (loan.ref, ("payer_name",), "钱多多")
    ]
    take_item(item_id=item.pk, member_id=7, actor="staff:7", now=NOW)
    book_item(item_id=item.pk, loan_ref=loan.ref, actor="staff:7", now=NOW)
    item.refresh_from_db()
    assert (item.state, item.loan, item.receipt, item.person_id) == ("booked", loan, "B1", 7)
    with pytest.raises(CommandRefused) as refused:
        book_item(item_id=item.pk, loan_ref=loan.ref, actor="staff:8", now=NOW)
    assert refused.value.code == "already_resolved"
    assert Repayment.objects.count() == 1


def test_what_waits_can_be_handed_on_returned_or_dismissed_with_a_word(tmp_path: Path) -> None:
    make_team("rights", "客户权益组")
    claim(written(tmp_path, line("B1", 5_00), line("B2", 6_00), line("B3", 7_00)))
    first, second, third = SuspenseItem.objects.order_by("key")
    assert assign_item(item_id=first.pk, team="rights", actor="x", now=NOW).owner == "rights"
    with pytest.raises(InputError):
        assign_item(item_id=first.pk, team="nobody", actor="x", now=NOW)
    assert return_item(item_id=second.pk, payout="P9", reason="付错", actor="x", now=NOW).state == "returned"
    with pytest.raises(InputError):
        dismiss_item(item_id=third.pk, reason=" ", actor="x", now=NOW)
    assert dismiss_item(item_id=third.pk, reason="内部划转", actor="x", now=NOW).resolution == "内部划转"
    told = queries.summary(now=NOW + timedelta(days=5))
    assert (told.items, told.fen, told.old, told.by_reason) == (1, 5_00, 1, (("no_match", 1),))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"loan_ref": "JT-none"}, "loan_ref_unknown"),
        ({"amount_fen": 0}, "amount_not_positive"),
        ({"paid_at": noon(date(2025, 1, 1))}, "paid_at_before_loan"),
        ({"receipt": "gone"}, "receipt_reversed"),
    ],
)
def test_what_a_machine_cannot_book_waits_under_its_code(change: dict, why: str) -> None:
    loan = lend()
    record_repayment(receipt="gone", loan_ref=loan.ref, amount_fen=5_00, paid_at=NOW, actor="x", now=NOW)
    reverse_repayment(receipt="gone", reason="退票", actor="x", now=NOW)
    told = {"receipt": "Z", "loan_ref": loan.ref, "amount_fen": 5_00, "paid_at": NOW, **change}
    for _twice in range(2):
        assert book_or_suspend(**told, source="core", raw={}, actor="x", now=NOW) == ("waiting", why)
    assert SuspenseItem.objects.get().reason == why
    agree(loan)


def over(loan: Loan, fen: int) -> None:
    """Pay the loan whole and `fen` too much."""
    owed = sum(row.principal_fen + row.interest_fen for row in loan.instalments.all())
    record_repayment(receipt=f"X{loan.ref}", loan_ref=loan.ref, amount_fen=owed + fen, paid_at=noon(day(20)), actor="x", now=NOW)  # fmt: skip  # noqa: E501


def test_credit_is_asked_back_once_and_paid_out_once() -> None:
    loan = lend(instalments=1, principal_fen=1000_00)
    over(loan, 30_00)
    assert [(one.ref, one.fen, one.free_fen) for one in queries.credits_of(loan.borrower_id)] == [
        (loan.ref, 30_00, 30_00)
    ]
    order = ask_credit_back(loan_ref=loan.ref, actor="borrower", now=NOW)
    assert ask_credit_back(loan_ref=loan.ref, actor="borrower", now=NOW) == order
    assert queries.credits_of(loan.borrower_id)[0].free_fen == 0
    for _twice in range(2):
        confirm_credit_paid(order_id=order.pk, payout="P1", actor="staff:1", now=NOW)
    assert (queries.credit_fen(loan.pk), CreditOrder.objects.get().state) == (0, "done")
    agree(loan)
    with pytest.raises(CommandRefused) as refused:
        ask_credit_back(loan_ref=loan.ref, actor="borrower", now=NOW)
    assert refused.value.code == "no_credit"
    reverse_repayment(receipt=f"X{loan.ref}", reason="退票", actor="bank", now=NOW)
    assert (PlanChange.objects.get().why, SuspenseItem.objects.get().reason) == ("credit_short", "credit_short")
    assert queries.credit_fen(loan.pk) == -30_00
    agree(loan)


def test_credit_pays_another_loan_of_the_same_borrower_only() -> None:
    loan = lend(instalments=1, principal_fen=1000_00)
    over(loan, 30_00)
    other, stranger = lend(), lend()
    Loan.objects.filter(pk=other.pk).update(borrower=loan.borrower)
    with pytest.raises(CommandRefused) as refused:
        use_credit(loan_ref=loan.ref, to_ref=stranger.ref, actor="borrower", now=NOW)
    assert refused.value.code == "other_borrower"
    use_credit(loan_ref=loan.ref, to_ref=other.ref, actor="borrower", now=NOW)
    assert (queries.credit_fen(loan.pk), Repayment.objects.get(loan=other).amount_fen) == (0, 30_00)
    agree(loan)
    agree(other)
