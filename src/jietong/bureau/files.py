"""A batch as the file that leaves us, with its control file, and the file that comes back (docs/bureau-feed.md)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from jietong.borrowers import queries as borrowers
from jietong.bureau.mapping import BureauMapping
from jietong.bureau.models import Batch, Report
from jietong.kernel.errors import InputError
from jietong.kernel.money import yuan
from jietong.loans.queries import standing as loans

AT_ONCE = 2000
ACK_COLUMNS = ("row", "result", "code", "message")


@dataclass(frozen=True, slots=True)
class Written:
    """control: lines `name=value` by which the receiver checks that the file is whole. sha256: of the file's bytes."""

    control: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Answer:
    row: int
    accepted: bool
    code: str
    message: str


def write(batch: Batch, mapping: BureauMapping, into: BinaryIO | None = None) -> Written:
    """Write the batch's lines into an open file, or only reckon what they would be. The same batch gives the same
    bytes, whenever it is written: its reports cannot change. A part at a time: memory does not grow with the file."""
    digest = hashlib.sha256()
    for part in _parts(batch, mapping):
        content = part.encode(mapping.encoding, "xmlcharrefreplace")
        digest.update(content)
        if into is not None:
            into.write(content)
    counts = batch.counts
    lines = {
        "batch": batch.name,
        "kind": batch.kind,
        "rows": counts["rows"],
        "adverse": counts["adverse"],
        "balance": yuan(counts["balance_fen"]),
        "overdue": yuan(counts["overdue_fen"]),
        "sha256": digest.hexdigest(),
    }
    return Written("".join(f"{name}={value}\n" for name, value in lines.items()), digest.hexdigest())


def _parts(batch: Batch, mapping: BureauMapping) -> Iterator[str]:
    text = io.StringIO(newline="")
    sheet = csv.writer(text, delimiter=mapping.delimiter, lineterminator=mapping.line_end)
    sheet.writerow([theirs for _ours, theirs in mapping.columns])
    for number, told in enumerate(_rows(batch), start=1):
        sheet.writerow(mapping.row(told))
        if number % AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _rows(batch: Batch) -> Iterator[dict[str, str]]:
    rows = (
        batch.reports.select_related("corrects__batch", "corrects__rejection")
        .order_by("row")
        .iterator(chunk_size=AT_ONCE)
    )
    while part := list(islice(rows, AT_ONCE)):
        people = borrowers.identities({report.borrower_id for report in part})
        refs = loans.refs({report.loan_id for report in part})
        for report in part:
            yield _told(report, people[report.borrower_id], refs[report.loan_id])


def _told(report: Report, who: tuple[str, str, str], ref: str) -> dict[str, str]:
    name, id_type, id_no = who
    before = report.corrects
    return {
        "row": str(report.row),
        "record": "month" if before is None else "resent" if hasattr(before, "rejection") else "correction",
        "corrects_row": str(before.row) if before is not None else "",
        "corrects_batch": before.batch.name if before is not None else "",
        "month": f"{report.month:%Y-%m}",
        "as_of": report.as_of.isoformat(),
        "name": name,
        "id_type": id_type,
        "id_no": id_no,
        "loan_ref": ref,
        "creditor": report.creditor,
        "status": report.status,
        "balance": yuan(report.balance_fen),
        "days_past_due": "" if report.days_past_due is None else str(report.days_past_due),
        "overdue": "" if report.overdue_fen is None else yuan(report.overdue_fen),
        "asset_class": report.asset_class,
        "disputed": "yes" if report.disputed else "no",
    }


def read_answers(content: bytes, *, rows: int) -> list[Answer]:
    """A bureau's answer: columns row, result (accepted, rejected), code, message; a row at most once.

    rows: how many the batch has. Raises InputError with the line and column.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            raise InputError("file", "encoding", "the file is neither UTF-8 nor GB18030") from None
    sheet = csv.DictReader(io.StringIO(text, newline=""))
    if sheet.fieldnames is None or not set(ACK_COLUMNS[:2]) <= set(sheet.fieldnames):
        raise InputError("file", "columns", f"the first line names {', '.join(ACK_COLUMNS)}")
    answers: dict[int, Answer] = {}
    for line in sheet:
        answer = _answer(line, sheet.line_num, rows=rows)
        if answer.row in answers:
            raise InputError(f"line {sheet.line_num}: row", "twice", f"row {answer.row} is answered twice")
        answers[answer.row] = answer
    if not answers:
        raise InputError("file", "empty", "the file answers no row")
    return list(answers.values())


def _answer(line: dict[str, str], number: int, *, rows: int) -> Answer:
    where = f"line {number}"
    row, result = (line.get("row") or "").strip(), (line.get("result") or "").strip().lower()
    if not (row.isascii() and row.isdigit() and 1 <= int(row) <= rows):
        raise InputError(f"{where}: row", "unknown", f"a row of this batch, 1 to {rows}")
    if result not in {"accepted", "rejected"}:
        raise InputError(f"{where}: result", "unknown", "accepted or rejected")
    code = (line.get("code") or "").strip()[:40]
    if result == "rejected" and not code:
        raise InputError(f"{where}: code", "missing", "a rejected row says why")
    return Answer(int(row), result == "accepted", code, (line.get("message") or "").strip()[:200])
