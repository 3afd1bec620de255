"""Files from a core: whole or what changed, in any encoding, once; what is wrong with them has a name and is kept."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from jietong.connectors import queries
from jietong.connectors.commands import import_file, open_source, reconcile
from jietong.connectors.models import CoreLoan, InboxEvent, Source
from jietong.kernel.errors import InputError
from jietong.loans.models import Loan, Repayment
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db
HEADER = "客户号,姓名,证件号码,手机号,借据号,产品,债权人,本金(元),利率,还款方式,期数,放款日期"
PEOPLE = {
    "A1": "C9001,林小满,110101199001011237,19900001111,{},JB,青禾消费金融有限公司,1200.00,12%,等额本息,3,2026-08-20",
    "A2": "C9002,周大年,110101199001011317,19900002222,{},JB,青禾消费金融有限公司,600.00,12%,等额本息,3,2026-08-20",
}
IDS = {"A1": "C9001", "A2": "C9002"}


@pytest.fixture
def files(db: None) -> Source:
    return open_source(code="ftp", name="文件", kind="files", mode="feed", actor="test", now=NOW)


def write(folder: Path, name: str, header: str, rows: list[str], encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(("\n".join([header, *rows]) + "\n").encode(encoding))
    return path


def tape(folder: Path, *refs: str, encoding: str = "utf-8", name: str = "loans.csv") -> Path:
    return write(folder, name, HEADER, [PEOPLE[ref].format(ref) for ref in refs], encoding)


def book(path: Path, **more: Any):
    return import_file(code="ftp", loans=path, as_of=TODAY, actor="test", now=NOW, **more)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_file_is_read_in_whatever_encoding_it_comes(files: Source, tmp_path: Path, encoding: str) -> None:
    book(tape(tmp_path, "A1", "A2", encoding=encoding), full=True)
    assert Loan.objects.get(ref="A1").borrower.name == "林小满"
    assert CoreLoan.objects.filter(source=files).count() == 2
    files.refresh_from_db()
    assert files.last_ok_at == NOW


def test_the_same_file_again_changes_nothing(files: Source, tmp_path: Path) -> None:
    path = tape(tmp_path, "A1")
    assert book(path).imported.counts["loans"] == 1
    again = book(path)
    assert (again.imported.already_known, again.kept, Loan.objects.count()) == (True, 0, 1)


def test_a_file_of_changes_brings_what_is_new_and_money_for_what_is_known(files: Source, tmp_path: Path) -> None:
    book(tape(tmp_path, "A1"), full=True)
    moneys = write(
        tmp_path, "pay.csv", "流水号,借据号,还款时间,还款金额(元)", ["P1,A1,2026-09-20 10:00:00,100.00"], "gbk"
    )
    filed = book(tape(tmp_path, "A1", "A2", name="delta.csv"), repayments=moneys)
    assert (filed.imported.counts["loans"], Repayment.objects.get().receipt) == (1, "P1")
    run = reconcile(code="ftp", on=TODAY.replace(month=9, day=20), actor="test", now=NOW)
    assert (run.agrees, run.core["repayments"], run.book["repaid_fen"]) == (True, 1, 100_00)


def test_refused_rows_are_kept_with_their_reason_and_the_others_are_booked(files: Source, tmp_path: Path) -> None:
    bad = PEOPLE["A2"].format("A2").replace("110101199001011317", "110101199001011310")
    moneys = write(
        tmp_path, "pay.csv", "流水号,借据号,还款时间,还款金额(元)",
        ["P1,NONE,2026-09-20 10:00:00,100.00", "P2,A1,2026-07-01 10:00:00,5"],
    )  # fmt: skip
    path = write(tmp_path, "loans.csv", HEADER, [PEOPLE["A1"].format("A1"), bad])
    filed = book(path, repayments=moneys)
    letters = {(one.error_field, one.error_code) for one in queries.dead_letters()}
    assert letters == {("id_no", "id_check_digit"), ("loan_no", "loan_unknown"), ("paid_on", "out_of_order")}
    assert filed.kept == 3
    shown = str([(one.subject, one.error_detail, one.payload) for one in InboxEvent.objects.all()])
    assert "110101199001011310" not in shown  # masked, even inside the letter
    assert book(path, repayments=moneys).kept == 0


def test_a_truncated_file_books_nothing_and_the_link_says_so(files: Source, tmp_path: Path) -> None:
    path = tape(tmp_path, "A1", "A2")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError) as refused:
        book(path)
    assert (refused.value.field, refused.value.code) == ("loans.csv", "truncated")
    files.refresh_from_db()
    assert (files.error_code, files.failing_since, Loan.objects.count()) == ("truncated", NOW, 0)
    book(tape(tmp_path, "A1", "A2"))
    files.refresh_from_db()
    assert (files.error_code, files.failing_since) == ("", None)


def test_a_file_that_disagrees_with_its_control_file_books_nothing(files: Source, tmp_path: Path) -> None:
    control = tmp_path / "control.txt"
    control.write_text("总笔数=3\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        book(tape(tmp_path, "A1"), control=control)
    assert refused.value.code == "control_rows"
    assert not Loan.objects.exists()


def test_a_loan_that_a_full_file_lacks_is_a_difference_and_one_of_changes_is_not(files: Source, tmp_path: Path) -> None:
    book(tape(tmp_path, "A1", "A2"), full=True)
    later = NOW.replace(hour=NOW.hour + 1)
    import_file(code="ftp", loans=tape(tmp_path, "A1", name="2.csv"), as_of=TODAY, actor="t", now=later)
    assert reconcile(code="ftp", on=TODAY, actor="t", now=later).agrees
    latest = NOW.replace(hour=NOW.hour + 2)
    third = write(tmp_path, "3.csv", HEADER, [PEOPLE["A1"].format("A1"), ""])
    import_file(code="ftp", loans=third, as_of=TODAY, actor="t", now=latest, full=True)
    run = reconcile(code="ftp", on=TODAY, actor="t", now=latest)
    assert [(d.code, d.ref) for d in queries.differences(run.pk)] == [("loan_missing_in_core", "A2")]


def test_the_cores_own_figures_are_compared_with_the_books(files: Source, tmp_path: Path) -> None:
    rows = [f"A1,{n},2026-{8 + n:02d}-20,400.00,8.00,{paid},{inter}" for n, paid, inter in
            ((1, "400.00", "8.00"), (2, "0", "0"), (3, "0", "0"))]  # fmt: skip
    plan = write(tmp_path, "plan.csv", "借据号,期次,应还日期,应还本金(元),应还利息(元),已还本金(元),已还利息(元)", rows)
    book(tape(tmp_path, "A1"), instalments=plan, full=True)
    assert reconcile(code="ftp", on=TODAY, actor="t", now=NOW).agrees
    CoreLoan.objects.update(principal_left_fen=700_00, left_fen=716_00)
    run = reconcile(code="ftp", on=TODAY, actor="t", now=NOW)
    assert [(d.code, d.core_fen, d.book_fen) for d in queries.differences(run.pk)] == [
        ("principal_left", 700_00, 800_00), ("left", 716_00, 816_00),
    ]  # fmt: skip


def test_a_parquet_file_is_booked_like_any_other(files: Source, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    values = PEOPLE["A1"].format("A1").split(",")
    table = pa.table({name: [value] for name, value in zip(HEADER.split(","), values, strict=True)})
    parquet.write_table(table, tmp_path / "loans.parquet")
    book(tmp_path / "loans.parquet")
    assert Loan.objects.get().ref == "A1"
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "loans.parquet").read_bytes()[:-30])
    with pytest.raises(InputError) as refused:
        book(tmp_path / "cut.parquet")
    assert (refused.value.field, refused.value.code) == ("cut.parquet", "truncated")


def test_without_the_extra_parquet_says_what_to_install(
    files: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loans.parquet").write_bytes(b"PAR1 and the rest")
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError) as refused:
        book(tmp_path / "loans.parquet")
    assert refused.value.code == "parquet_missing"
    assert "jietong[parquet]" in refused.value.message


def test_a_link_that_nobody_set_up_takes_no_file(db: None, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        book(tape(tmp_path, "A1"))
    assert (refused.value.field, refused.value.code) == ("source", "unknown")
