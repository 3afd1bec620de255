"""A core that keeps the loans and tells them by file: its schedule, re-planned or not, is the book's to the fen."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from jietong.connectors import queries
from jietong.connectors.commands import import_file, open_source, reconcile
from jietong.connectors.models import CoreLoan, Source
from jietong.connectors.tests.test_files import HEADER, PEOPLE, write
from jietong.loans.models import Loan, MirrorVersion, Repayment
from jietong.loans.tests.replay_world import agree
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db
PLAN = "借据号,期次,应还日期,应还本金(元),应还利息(元),应还罚息(元),已还本金(元),已还利息(元),已还罚息(元)"
PAY = "流水号,借据号,还款日期,还款金额(元),冲正标志"


@pytest.fixture
def core(db: None) -> Source:
    return open_source(code="ftp", name="文件", kind="files", mode="mirror", actor="test", now=NOW - timedelta(days=9))


def send(folder: Path, loans: list[str], plan: list[str], pay: list[str] | None = None, **more: Any):
    """One delivery: each file under a new name, in the encoding that Chinese cores write."""
    number = len(list(folder.iterdir()))
    paths: dict[str, Path] = {"instalments": write(folder, f"plan{number}.csv", PLAN, plan, "gbk")}
    if pay is not None:
        paths["repayments"] = write(folder, f"pay{number}.csv", PAY, pay, "gbk")
    tape = write(folder, f"loans{number}.csv", HEADER, loans, "gbk")
    told = {"as_of": TODAY, "actor": "test", "now": NOW} | more
    return import_file(code="ftp", loans=tape, **paths, **told)


def rows(ref: str, *dues: tuple[str, str, str, str, str]) -> list[str]:
    """(due on, principal, interest, principal paid, interest paid)"""
    return [f"{ref},{n},{on},{p},{i},0,{pp},{ip},0" for n, (on, p, i, pp, ip) in enumerate(dues, start=1)]


FIRST = [
    ("2026-09-20", "400.00", "12.00", "400.00", "12.00"),
    ("2026-10-20", "400.00", "8.00", "0", "0"),
    ("2026-11-20", "400.00", "4.00", "0", "0"),
]
LOAN = PEOPLE["A1"].format("A1")


def first(folder: Path, **more: Any):
    return send(folder, [LOAN], rows("A1", *FIRST), ["P1,A1,2026-09-20,412.00,否"], **{"full": True, **more})


def plan_of(ref: str) -> list[tuple[date, int, int, int]]:
    found = Loan.objects.get(ref=ref).instalments.order_by("n")
    return [(one.due_on, one.principal_fen, one.interest_fen, one.principal_paid_fen) for one in found]


def test_the_cores_own_schedule_and_money_stand_in_the_book(core: Source, tmp_path: Path) -> None:
    assert first(tmp_path).imported.counts["mirrored"] == 1
    loan = Loan.objects.get(ref="A1")
    agree(loan)
    assert (loan.head.outstanding_fen, loan.product.penalty_multiple) == (812_00, 0)
    assert Repayment.objects.get(receipt="P1").split == [[1, "principal", 400_00], [1, "interest", 12_00]]
    assert reconcile(code="ftp", on=date(2026, 9, 20), actor="t", now=NOW).agrees


def test_a_new_schedule_replaces_the_old_one_whatever_its_length(core: Source, tmp_path: Path) -> None:
    first(tmp_path)
    longer = [FIRST[0], ("2026-12-20", "300.00", "9.00", "0", "0"), ("2027-01-20", "300.00", "6.00", "0", "0"),
              ("2027-02-20", "200.00", "3.00", "0", "0")]  # fmt: skip
    filed = send(tmp_path, [LOAN.replace(",3,2026", ",4,2026")], rows("A1", *longer))
    assert (filed.imported.refused, filed.imported.counts["mirrored"]) == (0, 1)
    loan = Loan.objects.get(ref="A1")
    agree(loan)
    assert [one[0] for one in plan_of("A1")][1:] == [date(2026, 12, 20), date(2027, 1, 20), date(2027, 2, 20)]
    assert (loan.head.outstanding_fen, loan.head.bucket, loan.instalment_count) == (818_00, "M0", 4)
    told = MirrorVersion.objects.filter(loan=loan).order_by("-version")[0].differences
    assert ["instalments.2.due_on", "2026-10-20", "2026-12-20"] in told  # what moved has a name
    assert Repayment.objects.get(receipt="P1").reversed_at is None  # a file without receipts says nothing of them


def test_a_receipt_marked_reversed_is_taken_back_and_a_delta_leaves_the_others(core: Source, tmp_path: Path) -> None:
    first(tmp_path)
    two = [FIRST[0], (*FIRST[1][:3], "400.00", "8.00"), FIRST[2]]
    send(tmp_path, [LOAN], rows("A1", *two), ["P2,A1,2026-10-20,408.00,否"])
    assert Repayment.objects.filter(reversed_at=None).count() == 2
    send(tmp_path, [LOAN], rows("A1", *FIRST), ["P2,A1,2026-10-20,408.00,是"], now=NOW + timedelta(hours=1))
    loan = Loan.objects.get(ref="A1")
    agree(loan)
    assert {one.receipt: one.reversed_at is None for one in Repayment.objects.all()} == {"P1": True, "P2": False}
    assert loan.head.outstanding_fen == 812_00
    again = NOW + timedelta(hours=1)
    assert reconcile(code="ftp", on=date(2026, 10, 20), actor="t", now=again).agrees


def test_a_full_file_that_lacks_a_receipt_takes_it_back(core: Source, tmp_path: Path) -> None:
    first(tmp_path)
    unpaid = [(*FIRST[0][:3], "0", "0"), *FIRST[1:]]
    other = PEOPLE["A2"].format("A2")
    plan = [*rows("A1", *unpaid), *rows("A2", ("2026-09-20", "200", "6", "200", "6"),
            ("2026-10-20", "200", "4", "0", "0"), ("2026-11-20", "200", "2", "0", "0"))]  # fmt: skip
    send(tmp_path, [LOAN, other], plan, ["Q1,A2,2026-09-20,206.00,否"], full=True)
    assert Repayment.objects.get(receipt="P1").reversed_at is not None
    agree(Loan.objects.get(ref="A1"))
    agree(Loan.objects.get(ref="A2"))


def test_what_is_told_as_before_costs_no_version_and_what_contradicts_itself_is_named(
    core: Source, tmp_path: Path
) -> None:
    first(tmp_path)
    same = send(tmp_path, [LOAN], rows("A1", *FIRST), ["P1,A1,2026-09-20,412.00,否"], full=True)
    assert same.imported.already_known  # the same bytes
    filed = send(tmp_path, [LOAN + " "], rows("A1", *FIRST), ["P1,A1,2026-09-20,412.00,否"])
    assert (filed.imported.counts["unchanged"], MirrorVersion.objects.count()) == (1, 1)
    wrong = send(tmp_path, [LOAN], rows("A1", *FIRST), ["P1,A1,2026-09-20,400.00,否"])
    assert [(one.column, one.code) for one in wrong.imported.errors] == [("receipt", "receipt_reused")]
    assert [(one.error_field, one.error_code) for one in queries.dead_letters()] == [("receipt", "receipt_reused")]
    moved = (
        LOAN.replace("C9001", "C9002").replace("林小满", "周大年").replace("110101199001011237", "110101199001011317")
    )
    send(tmp_path, [PEOPLE["A2"].format("A2")], rows("A2", *[("2026-09-20", "600", "1", "0", "0")]))
    theirs = send(tmp_path, [moved], rows("A1", *FIRST))
    assert [one.code for one in theirs.imported.errors] == ["other_borrower"]


def test_a_loan_without_its_schedule_is_refused_by_name(core: Source, tmp_path: Path) -> None:
    path = write(tmp_path, "loans.csv", HEADER, [LOAN])
    filed = import_file(code="ftp", loans=path, as_of=TODAY, actor="test", now=NOW)
    assert [(one.column, one.code) for one in filed.imported.errors] == [("loan_no", "schedule_missing")]
    assert not CoreLoan.objects.exists()
