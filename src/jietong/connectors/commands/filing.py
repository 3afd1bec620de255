"""A file from a core, whole or what changed: read by the tape reader, booked by its importer, refused rows kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from jietong.connectors.commands.mirroring_files import mirror_tape
from jietong.connectors.commands.receiving import receive
from jietong.connectors.models import CoreLoan, InboxEvent, Source
from jietong.connectors.rules import values
from jietong.connectors.sources import parquet
from jietong.kernel import journal
from jietong.kernel.errors import InputError
from jietong.loans.importing.tapes import Imported, fingerprint, import_tape
from jietong.loans.queries import mirror as book_of
from jietong.loans.tape import InstalmentRow, LoanRow, RowError, Tape, TapeRefused, read


@dataclass(frozen=True, slots=True)
class Filed:
    """imported: counts and refused rows. kept: refused rows that wait in the inbox for a person."""

    imported: Imported
    kept: int


def import_file(
    *, code: str, loans: Path, as_of: date, actor: str, now: datetime, instalments: Path | None = None,
    repayments: Path | None = None, control: Path | None = None, mapping: Path | None = None, unit: str | None = None,
    full: bool = False,
) -> Filed:  # fmt: skip
    """Book a core's file in one transaction; the same file again changes nothing, each refused row is kept.

    full: the file holds all loans of the core, so a loan that it lacks is gone there. Otherwise only what changed.
    A link in mirror mode gives each loan the file's own schedule, paid figures and receipts, as they stand there.
    Raises InputError (field: the file's name) for a file that cannot be used as a whole; nothing of it is booked, and
    the link says so until a good one comes.
    """
    source = Source.objects.filter(code=code).first()
    if source is None:
        raise InputError("source", "unknown", f"there is no link {code}")
    try:
        with TemporaryDirectory(prefix="jietong-") as folder:
            paths = [_readable(path, Path(folder)) for path in (loans, instalments, repayments)]
            assert paths[0] is not None
            tape = read(
                paths[0], instalments=paths[1], repayments=paths[2], control=control, mapping=mapping, unit=unit
            )
            return _book(source, tape, name=loans.name, as_of=as_of, full=full, actor=actor, now=now)
    except TapeRefused as refused:
        error = InputError(refused.file, refused.code, refused.message)
    except InputError as refused:
        error = refused
    _refused(source, error, now=now)
    raise error


def _readable(path: Path | None, folder: Path) -> Path | None:
    if path is None or not path.is_file() or not parquet.is_parquet(path):
        return path
    return parquet.as_csv(path, folder)


@transaction.atomic
def _book(
    source: Source, tape: Tape, *, name: str, as_of: date, full: bool, actor: str, now: datetime
) -> Filed:  # fmt: skip
    keeps = source.mode == Source.Mode.MIRROR
    imported = import_tape(tape, file_name=name, as_of=as_of, actor=actor, now=now, only_new=keeps)
    kept = 0
    if not imported.already_known:
        if keeps:
            mirror_tape(source, tape, imported, as_of=as_of, full=full, now=now)
        digest = fingerprint(tape)
        kept = sum(_keep(source, error, digest, now=now) for error in imported.errors if not error.note)
        if not keeps:
            _remember(source, tape, now=now)
    if source.failing_since is not None:
        _tell("connectors.link_mended", source, now=now)
    alive = {"last_seen_at": now, "last_ok_at": now, "failing_since": None, "tries": 0}
    Source.objects.filter(pk=source.pk).update(**alive, error_code="", error_detail="")
    if not full:  # what a file of changes does not name has not changed
        CoreLoan.objects.filter(source=source).update(seen_at=now)
    return Filed(imported, kept)


def _keep(source: Source, error: RowError, digest: str, *, now: datetime) -> bool:
    """A row that was not taken, as a dead letter: file, line and what about it; no whole number of a person."""
    told = {
        "file": error.file, "line": error.line, "column": error.column, "code": error.code,
        "message": error.message, "value": error.value_masked,
    }  # fmt: skip
    number = hashlib.sha256(f"{digest} {values.dump(told)}".encode()).hexdigest()[:40]
    subject = f"{error.file}:{error.line}"
    receipt = receive(
        source=source, external_id=f"row:{number}", kind="file_row", subject=subject[-80:],
        payload=values.dump(told), now=now,
    )  # fmt: skip
    InboxEvent.objects.filter(source=source, external_id=f"row:{number}", state="waiting").update(
        state=InboxEvent.State.DEAD,
        next_try_at=None,
        error_field=(error.column or "row")[:80],
        error_code=error.code[:40],
        error_detail=error.message[:300],
    )
    return receipt.state == "received"


def _remember(source: Source, tape: Tape, *, now: datetime) -> None:
    """The core's side of the comparison: what its instalments file says is left of each loan, and its receipts."""
    left: dict[str, list[int]] = {}
    for told in tape.instalment_rows():
        if isinstance(told, InstalmentRow):
            whole = left.setdefault(told.loan_no, [0, 0])
            principal = told.principal_fen - told.paid_principal_fen
            others = told.interest_fen + told.fee_fen + told.penalty_fen
            whole[0] += principal
            whole[1] += principal + others - told.paid_interest_fen - told.paid_fee_fen - told.paid_penalty_fen
    moneys: dict[str, list[list[object]]] = {}
    taken_back: set[str] = set()
    for paid in tape.repayment_rows():
        if isinstance(paid, RowError):
            continue
        if paid.reversed:
            taken_back.add(paid.receipt)
        else:
            moneys.setdefault(paid.loan_no, []).append([paid.receipt, paid.paid_on.isoformat(), paid.amount_fen])
    refs = [row.loan_no for row in tape.loan_rows() if isinstance(row, LoanRow)]
    book = book_of.figures(refs)
    known = {row.ref: row for row in CoreLoan.objects.filter(source=source, ref__in=refs)}
    fresh = []
    for ref in dict.fromkeys(refs):
        ours = book.get(ref)
        row = known.get(ref) or CoreLoan(source=source, external_id=ref, ref=ref)
        row.loan_id, row.seen_at, row.told_at = (ours.loan_id if ours else None), now, now
        # without an instalments file the core says nothing about what is left: the book's own figure cannot differ
        figures = left.get(ref) or ([ours.principal_left_fen, ours.left_fen] if ours else [0, 0])
        row.principal_left_fen, row.left_fen, row.is_open = figures[0], figures[1], figures[1] > 0
        known_moneys = [m for m in row.moneys or [] if m[0] not in taken_back]
        row.moneys = [*known_moneys, *(m for m in moneys.get(ref, []) if m not in known_moneys)]
        fresh.append(row)
    CoreLoan.objects.bulk_create([row for row in fresh if row.pk is None], batch_size=2000)
    fields = ["loan", "seen_at", "told_at", "principal_left_fen", "left_fen", "is_open", "moneys"]
    CoreLoan.objects.bulk_update([row for row in fresh if row.pk is not None], fields, batch_size=2000)


def _refused(source: Source, error: InputError, *, now: datetime) -> None:
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        is_news = row.failing_since is None
        row.failing_since, row.last_seen_at = row.failing_since or now, now
        row.error_code, row.error_detail = error.code[:40], f"{error.field}: {error.message}"[:200]
        row.save(update_fields=["failing_since", "last_seen_at", "error_code", "error_detail"])
        if is_news:
            _tell("connectors.link_broken", row, now=now)


def _tell(kind: str, source: Source, *, now: datetime) -> None:
    actor = f"link:{source.code}"[:60]
    journal.record(kind, subject=f"link:{source.pk}", actor=actor, at=now, data={"source": source.code})
