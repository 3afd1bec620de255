"""Files out and answers back: the same bytes each time, sums that check, and no rejected row without an owner."""

from __future__ import annotations

import csv
import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest

from jietong.bureau import queries
from jietong.bureau.commands import acknowledge, export, own_fault, prepare, prepare_corrections, settle_rejected
from jietong.bureau.mapping import load
from jietong.bureau.models import Acknowledgement, Batch, Correction, Rejected, Report
from jietong.bureau.tests.world import DUE, OCTOBER, close, lend, noon
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event

pytestmark = pytest.mark.django_db
FIRST = date(2026, 11, 2)


@pytest.fixture
def batch() -> Batch:
    """Three loans, one of them late."""
    lend()
    lend(paid=4)
    lend(paid=5)
    close(DUE, date(2026, 10, 31))
    return prepare(month=OCTOBER, actor="staff:1", now=noon(FIRST))


def write(batch: Batch, folder: Path, **more: object) -> tuple[Path, Path]:
    return export(batch_name=batch.name, folder=folder, actor="staff:1", now=noon(FIRST), **more)


def answer(batch: Batch, *lines: str, name: str = "ack.csv") -> Acknowledgement:
    content = ("row,result,code,message\n" + "\n".join(lines) + "\n").encode()
    return acknowledge(batch_name=batch.name, content=content, file_name=name, actor="staff:1", now=noon(FIRST))


def test_the_file_has_its_columns_and_its_sums_check(batch: Batch, tmp_path: Path) -> None:
    path, control = write(batch, tmp_path)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    told = dict(line.split("=") for line in control.read_text(encoding="utf-8").split())
    assert list(rows[0]) == [theirs for _ours, theirs in load().columns]
    assert (told["rows"], told["adverse"], told["sha256"]) == ("3", "1", hashlib.sha256(path.read_bytes()).hexdigest())
    balance = sum(round(float(row["balance"]) * 100) for row in rows)
    assert told["balance"] == f"{balance // 100}.{balance % 100:02d}"
    (late,) = [row for row in rows if row["days_past_due"] == "16"]
    assert (late["record"], late["asset_class"], late["disputed"]) == ("month", "special_mention", "0")
    assert late["id_no"] == Report.objects.get(row=int(late["row"])).borrower.id_no


def test_written_again_it_is_the_same_file_and_each_time_is_on_record(batch: Batch, tmp_path: Path) -> None:
    first, _ = write(batch, tmp_path / "a")
    second, _ = write(batch, tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    assert Event.objects.filter(kind="bureau.exported").count() == 2
    report = Report.objects.first()
    report.borrower.name = "改名"
    report.borrower.save(update_fields=["name"])
    with pytest.raises(CommandRefused) as refused:
        write(batch, tmp_path)
    assert refused.value.code == "content_changed"


def test_a_bureaus_own_columns_codes_and_encoding(batch: Batch, tmp_path: Path) -> None:
    mapping = tmp_path / "bureau.toml"
    mapping.write_text(
        'encoding = "gb18030"\ndelimiter = "|"\ncolumns = [{from="loan_ref",to="账号"},{from="disputed",to="异议"}]\n'
        '[codes.disputed]\nno = "否"\nyes = "是"\n',
        encoding="utf-8",
    )
    path, _ = write(batch, tmp_path, mapping=load(mapping))
    assert path.read_bytes().decode("gb18030").splitlines()[0] == "账号|异议"
    assert path.read_bytes().decode("gb18030").splitlines()[1].endswith("|否")


@pytest.mark.parametrize(
    ("text", "field"),
    [("= ", "mapping"), ("a = 1", "columns"), ('columns=[{from="wage",to="x"}]', "columns.0"),
     ('encoding="klingon"\ncolumns=[{from="row",to="x"}]', "encoding"),
     ('delimiter=";;"\ncolumns=[{from="row",to="x"}]', "delimiter")],
)  # fmt: skip
def test_a_broken_mapping_says_where(tmp_path: Path, text: str, field: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load(path)
    assert refused.value.field == field


def test_a_rejected_row_waits_with_an_owner_until_it_is_sent_again(batch: Batch, tmp_path: Path) -> None:
    with pytest.raises(CommandRefused):
        answer(batch, "1,accepted,,")
    write(batch, tmp_path)
    taken = answer(batch, "1,accepted,,", "2,rejected,E07,证件号码校验不过", "3,accepted,,")
    assert (taken.accepted, taken.rejected) == (2, 1)
    assert answer(batch, "1,accepted,,", "2,rejected,E07,证件号码校验不过", "3,accepted,,").pk == taken.pk
    row = Rejected.objects.get()
    assert (row.code, row.owner_team.code, row.due_at) == ("E07", "rights", noon(FIRST) + timedelta(days=5))
    settle_rejected(rejected_id=row.pk, resend=True, note="证件号已核对", actor="staff:1", now=noon(FIRST))
    assert Correction.objects.get().told_open_key == ""
    again = prepare_corrections(actor="staff:1", now=noon(FIRST))
    assert again is not None
    assert again.reports.get().corrects == row.report
    path, _ = write(again, tmp_path)
    (line,) = csv.DictReader(path.open(encoding="utf-8"))  # the bureau has no such line yet: it is not a correction
    assert (line["record"], line["corrects_batch"], line["corrects_row"]) == ("resent", "2026-10", "2")
    assert queries.rejected_by_code(batch.pk) == [("E07", "证件号码校验不过", 1, 0)]
    with pytest.raises(CommandRefused):
        settle_rejected(rejected_id=row.pk, resend=False, note="算了", actor="staff:1", now=noon(FIRST))


def test_a_correction_is_done_when_the_bureau_has_taken_it(batch: Batch, tmp_path: Path) -> None:
    report = Report.objects.get(adverse=True)
    own_fault(report_id=report.pk, note="告知发错了人", strike=True, actor="staff:1", now=noon(FIRST))
    correction = prepare_corrections(actor="staff:1", now=noon(FIRST))
    assert correction is not None
    path, _ = write(correction, tmp_path)
    (line,) = csv.DictReader(path.open(encoding="utf-8"))
    assert (line["record"], line["corrects_batch"], line["corrects_row"]) == ("correction", "2026-10", str(report.row))
    assert line["days_past_due"] == ""
    answer(correction, "1,accepted,,")
    assert Correction.objects.get().state == "done"


@pytest.mark.parametrize(
    "lines",
    [("9,accepted,,",), ("x,accepted,,",), ("1,perhaps,,",), ("1,rejected,,",), ("1,accepted,,", "1,accepted,,"), ()],
)
def test_an_answer_that_makes_no_sense_is_refused_whole(batch: Batch, tmp_path: Path, lines: tuple[str, ...]) -> None:
    write(batch, tmp_path)
    with pytest.raises(InputError):
        answer(batch, *lines)
    assert not Acknowledgement.objects.exists()
