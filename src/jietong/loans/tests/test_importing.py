"""A tape in the book: totals to the fen, each bad row named and never half-booked, twice changes nothing.

The tape is written by this file's own few lines and its sums are computed here in plain decimals, independently of the
reader and the writer.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Sum

from jietong.borrowers import queries as borrowers
from jietong.borrowers.models import Borrower, ContactPoint
from jietong.loans.importing.tapes import Imported, import_tape
from jietong.loans.models import ImportRun, Instalment, Loan, LoanHead, Posting, Repayment
from jietong.loans.queries.book import loans_of
from jietong.loans.tape import read

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
AS_OF = date(2026, 11, 24)
HEADER = [
    "客户号",
    "姓名",
    "证件类型",
    "证件号码",
    "手机号",
    "银行卡号",
    "借据号",
    "产品",
    "债权人",
    "本金(元)",
    "年利率",
    "还款方式",
    "期数",
    "放款日期",
]

pytestmark = pytest.mark.django_db


def identity(number: int) -> str:
    """An 18-digit number with the right check digit (GB 11643), region 110101, born on 1 January 1990."""
    body = f"11010119900101{number:03d}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def luhn(body: str) -> str:
    digits = [int(d) * (2 if k % 2 == 0 else 1) for k, d in enumerate(reversed(body))]
    return body + str(-sum(d - 9 if d > 9 else d for d in digits) % 10)


def loan_line(number: int, **changes: str) -> dict[str, str]:
    line = dict(
        zip(
            HEADER,
            [
                f"C{number:05d}",
                f"张{'伟芳秀英娜敏静丽强磊'[number % 10]}",
                "身份证",
                identity(number),
                f"1990000{number:04d}",
                luhn(f"62220200000{number:07d}"),
                f"JT{number:06d}",
                "JB",
                "青禾消费金融有限公司",
                f"{1000 + number * 100}.00",
                "14.4%",
                "等额本息",
                "12",
                "2026-06-15",
            ],
            strict=True,
        )
    )
    return {**line, **changes}


def write(path: Path, lines: list[dict[str, str]], encoding: str = "gb18030") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return path


def book(path: Path, *, repayments: Path | None = None, dry_run: bool = False) -> Imported:
    tape = read(path, repayments=repayments)
    return import_tape(tape, file_name=path.name, as_of=AS_OF, actor="test", now=NOW, dry_run=dry_run)


def level(principal: Decimal) -> Decimal:
    """等额本息 at 1.2 % a month over 12 months, from the textbook formula."""
    rate = Decimal("0.012")
    return (principal * rate * (1 + rate) ** 12 / ((1 + rate) ** 12 - 1)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_totals_agree_to_the_fen(tmp_path: Path) -> None:
    result = book(write(tmp_path / "tape.csv", [loan_line(n) for n in range(1, 21)]))
    principal = sum(100_000 + n * 10_000 for n in range(1, 21))
    assert result.refused == 0
    assert Loan.objects.aggregate(s=Sum("principal_fen"))["s"] == principal
    assert Instalment.objects.aggregate(s=Sum("principal_fen"))["s"] == principal
    assert LoanHead.objects.aggregate(s=Sum("outstanding_principal_fen"))["s"] == principal
    first = Instalment.objects.filter(loan__ref="JT000002", n=1).get()
    assert Decimal(first.principal_fen + first.interest_fen) / 100 == level(Decimal(1200))
    assert balance("loan_principal") == principal


def balance(account: str) -> int:
    debit = Posting.objects.filter(debit=account).aggregate(s=Sum("amount_fen"))["s"] or 0
    credit = Posting.objects.filter(credit=account).aggregate(s=Sum("amount_fen"))["s"] or 0
    return debit - credit


def test_the_heads_know_who_is_late(tmp_path: Path) -> None:
    book(write(tmp_path / "tape.csv", [loan_line(1)]))
    head = LoanHead.objects.get()
    assert head.oldest_unpaid_due_on == date(2026, 7, 15)
    assert head.bucket == "M5"  # 132 days
    assert head.next_due_on == date(2026, 12, 15)


def test_a_bad_row_is_named_and_the_rest_is_booked(tmp_path: Path) -> None:
    lines = [loan_line(1), loan_line(2, 证件号码="1.10101E+17"), loan_line(3, 期数="0"), loan_line(4)]
    result = book(write(tmp_path / "tape.csv", lines))
    assert sorted(Loan.objects.values_list("ref", flat=True)) == ["JT000001", "JT000004"]
    assert Borrower.objects.count() == 2
    assert {(error.line, error.code) for error in result.errors} >= {(3, "id_ruined_by_excel")}
    assert {error.line for error in result.errors} == {3, 4}


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "tape.csv", [loan_line(n) for n in range(1, 6)])
    book(path)
    before = snapshot()
    assert book(path).already_known
    again = book(write(tmp_path / "other.csv", [loan_line(n) for n in range(1, 6)], encoding="utf-8-sig"))
    assert again.counts["loans_known"] == 5
    after = snapshot()
    assert {**after, "import_runs": 1} == before


def snapshot() -> dict[str, int]:
    tables = {"loans": Loan, "instalments": Instalment, "postings": Posting, "people": Borrower, "ways": ContactPoint}
    return {**{name: table.objects.count() for name, table in tables.items()}, "import_runs": ImportRun.objects.count()}


def test_a_booked_loan_with_other_terms_is_refused(tmp_path: Path) -> None:
    book(write(tmp_path / "one.csv", [loan_line(1)]))
    result = book(write(tmp_path / "two.csv", [loan_line(1, **{"本金(元)": "9999.00"})]))
    assert [error.code for error in result.errors] == ["loan_booked_with_other_terms"]
    assert Loan.objects.get().principal_fen == 110_000


def test_a_customer_with_another_id_is_not_merged(tmp_path: Path) -> None:
    book(write(tmp_path / "one.csv", [loan_line(1)]))
    result = book(write(tmp_path / "two.csv", [loan_line(1, 借据号="JT000009", 证件号码=identity(77))]))
    assert [error.code for error in result.errors] == ["borrower_has_other_id"]


def test_a_dry_run_reports_and_leaves_nothing(tmp_path: Path) -> None:
    result = book(write(tmp_path / "tape.csv", [loan_line(1), loan_line(2, 期数="-3")]), dry_run=True)
    assert result.counts["loans"] == 1
    assert result.refused == 1
    assert snapshot() == dict.fromkeys(snapshot(), 0)


def test_repayments_pay_the_oldest_first_with_penalty(tmp_path: Path) -> None:
    path = write(tmp_path / "tape.csv", [loan_line(1)])
    money = tmp_path / "repayments.csv"
    money.write_text(
        "流水号,借据号,还款日期,还款金额(元)\nR1,JT000001,2026-07-15,100.00\nR2,JT000001,2026-07-25,20.00\n", "utf-8"
    )
    result = book(path, repayments=money)
    assert result.refused == 0, result.errors
    first = Instalment.objects.get(n=1)
    # 1,100.00 at 1.2 %: interest 13.20, level 98.99 (last digits by the formula), so 100.00 pays all of the first one.
    assert first.principal_fen + first.interest_fen == first.principal_paid_fen + first.interest_paid_fen
    assert first.penalty_fen == 0
    assert sum(Repayment.objects.values_list("amount_fen", flat=True)) == 120_00
    paid = Instalment.objects.aggregate(
        s=Sum("principal_paid_fen") + Sum("interest_paid_fen") + Sum("penalty_paid_fen")
    )["s"]
    assert paid == 120_00
    assert balance("cash") == 120_00


def test_every_loan_of_a_customer_with_another_id_is_named(tmp_path: Path) -> None:
    book(write(tmp_path / "one.csv", [loan_line(1)]))
    others = [loan_line(1, 借据号=f"JT00009{n}", 证件号码=identity(77)) for n in range(3)]
    result = book(write(tmp_path / "two.csv", others))
    assert [(error.line, error.code) for error in result.errors] == [(n, "borrower_has_other_id") for n in (2, 3, 4)]


def test_receipts_that_come_later_are_booked_once(tmp_path: Path) -> None:
    path = write(tmp_path / "tape.csv", [loan_line(1)])
    book(path)
    money = tmp_path / "repayments.csv"
    money.write_text("流水号,借据号,还款日期,还款金额(元)\nR1,JT000001,2026-11-20,100.00\n", "utf-8")
    result = book(path, repayments=money)
    assert (result.counts["repayments"], result.refused) == (1, 0)
    assert book(path, repayments=money).already_known
    money.write_text("流水号,借据号,还款日期,还款金额(元)\nR1,JT000001,2026-11-20,101.00\n", "utf-8")
    assert [error.code for error in book(path, repayments=money).errors] == ["receipt_reused"]
    assert balance("cash") == 100_00


def test_the_lenders_own_figures_stand_on_the_day_of_the_tape(tmp_path: Path) -> None:
    path = write(tmp_path / "tape.csv", [loan_line(1, 期数="2", **{"本金(元)": "1000.00"})])
    own = tmp_path / "instalments.csv"
    own.write_text(
        "借据号,期次,应还日期,应还本金(元),应还利息(元),应还罚息(元),已还利息(元)\n"
        "JT000001,1,2026-07-15,500.00,12.00,0.00,12.00\nJT000001,2,2026-08-15,500.00,6.00,0.00,0.00\n",
        "utf-8",
    )
    result = import_tape(read(path, instalments=own), file_name="tape.csv", as_of=AS_OF, actor="test", now=NOW)
    assert result.refused == 0, result.errors
    view = loans_of(Borrower.objects.get().pk, on=AS_OF)[0]
    assert view.penalty_now_fen == 0
    assert view.due_now_fen == 1006_00


def test_a_masked_phone_is_shown_and_never_dialled(tmp_path: Path) -> None:
    book(write(tmp_path / "tape.csv", [loan_line(1, 手机号="138****1234")]))
    point = ContactPoint.objects.get(kind="phone")
    assert (point.display, point.is_dialable, point.value) == ("138****1234", False, None)


def test_numbers_are_sealed_and_found_again(tmp_path: Path) -> None:
    book(write(tmp_path / "tape.csv", [loan_line(7)]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_no, id_no_index FROM borrowers_borrower")
        sealed, _index = cursor.fetchone()
    assert identity(7).encode() not in bytes(sealed)
    assert borrowers.by_phone("19900000007") == [Borrower.objects.get().pk]
    assert Borrower.objects.get().id_no == identity(7)
    assert borrowers.tails(Borrower.objects.get().pk)["id_tail"] == {identity(7)[-4:]}


def test_postings_cannot_be_edited_by_the_application(tmp_path: Path) -> None:
    book(write(tmp_path / "tape.csv", [loan_line(1)]))
    with pytest.raises(Exception, match="permission denied"):
        Posting.objects.update(amount_fen=1)
