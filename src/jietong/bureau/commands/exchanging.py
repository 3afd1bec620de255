"""Files out to the bureau and its answers back in."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from jietong.bureau import files
from jietong.bureau.commands.correcting import note_of, open_correction
from jietong.bureau.commands.telling import close_correction
from jietong.bureau.mapping import BureauMapping, load
from jietong.bureau.models import Acknowledgement, Batch, Correction, Rejected
from jietong.bureau.policy import policy
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.staff import queries as staff


@transaction.atomic
def export(
    *, batch_name: str, folder: Path, actor: str, now: datetime, mapping: BureauMapping | None = None
) -> tuple[Path, Path]:
    """Write a batch's file and its control file into a folder; every export is on the journal.

    The first export keeps the neutral file's checksum; a later one that would differ is refused. Raises InputError for
    an unknown batch, CommandRefused `content_changed`.
    """
    batch = _batch(batch_name)
    folder.mkdir(parents=True, exist_ok=True)
    path, control = folder / f"{batch.name}.csv", folder / f"{batch.name}.ctl"
    half = folder / f"{batch.name}.part"  # a reader of the folder never finds half a file under its name
    with half.open("wb") as file:
        chosen = told = files.write(batch, load(), file if mapping is None else None)
        if mapping is not None:
            chosen = files.write(batch, mapping, file)
    if batch.sha256 and batch.sha256 != told.sha256:
        half.unlink()
        raise CommandRefused("content_changed", "the file would differ from the one exported before")
    half.replace(path)
    control.write_text(chosen.control, encoding="utf-8")
    if not batch.sha256:
        batch.sha256, batch.file_name, batch.exported_at = told.sha256, path.name, now
        batch.state = Batch.State.EXPORTED
        batch.save(update_fields=["sha256", "file_name", "exported_at", "state"])
    journal.record(
        "bureau.exported", subject=f"batch:{batch.pk}", actor=actor, at=now,
        data={"name": batch.name, "rows": batch.counts["rows"], "sha256": chosen.sha256},
    )  # fmt: skip
    return path, control


@transaction.atomic
def acknowledge(*, batch_name: str, content: bytes, file_name: str, actor: str, now: datetime) -> Acknowledgement:
    """Take in what the bureau answered: rejected rows get an owner and a time, accepted corrections are done.

    The same file again is the same answer. Raises InputError naming line and column (nothing is taken in then),
    CommandRefused `not_exported`, `answered_already` for a row that another file has rejected.
    """
    batch = _batch(batch_name)
    digest = hashlib.sha256(content).hexdigest()
    known = Acknowledgement.objects.filter(sha256=digest).first()
    if known is not None:
        if known.batch_id != batch.pk:
            raise CommandRefused("other_batch", "this file answered another batch")
        return known
    if not batch.sha256:
        raise CommandRefused("not_exported", "this batch has not been exported yet")
    rules_now = policy()
    answers = files.read_answers(content, rows=batch.counts["rows"])
    refused = {answer.row: answer for answer in answers if not answer.accepted}
    taken = Acknowledgement.objects.create(
        batch=batch, sha256=digest, file_name=file_name[:80], received_at=now, accepted=len(answers) - len(refused),
        rejected=len(refused),
    )  # fmt: skip
    rows = list(batch.reports.filter(row__in=list(refused)))
    if Rejected.objects.filter(report__in=rows).exists():
        raise CommandRefused("answered_already", "a row was rejected by an earlier file")
    team = staff.team(staff.RIGHTS)
    Rejected.objects.bulk_create(
        Rejected(
            acknowledgement=taken, report=report, code=refused[report.row].code, message=refused[report.row].message,
            owner_team=team, due_at=now + rules_now.settle_rejected,
        )
        for report in rows
    )  # fmt: skip
    fine = [answer.row for answer in answers if answer.accepted]
    reported = Correction.objects.filter(state=Correction.State.REPORTED, answers__batch=batch, answers__row__in=fine)
    for correction in reported:
        close_correction(correction, state=Correction.State.DONE, now=now)
    batch.state = Batch.State.ANSWERED
    batch.save(update_fields=["state"])
    journal.record(
        "bureau.acknowledged", subject=f"batch:{batch.pk}", actor=actor, at=now,
        data={"name": batch.name, "accepted": taken.accepted, "rejected": taken.rejected},
    )  # fmt: skip
    return taken


@transaction.atomic
def settle_rejected(*, rejected_id: int, resend: bool, note: str, actor: str, now: datetime) -> Rejected:
    """What becomes of a rejected row: said again in the next file of corrections, or left. Raises CommandRefused
    `closed`, InputError for a missing note."""
    words = note_of(note)
    row = Rejected.objects.select_for_update(of=("self",)).filter(pk=rejected_id, closed_at=None).first()
    if row is None:
        raise CommandRefused("closed", "this one has been settled meanwhile")
    row.closed_at, row.closed_by, row.note = now, actor, words
    row.outcome = "resent" if resend else "dropped"
    row.save(update_fields=["closed_at", "closed_by", "note", "outcome"])
    if resend:
        open_correction(
            row.report, cause=Correction.Cause.REJECTED, note=words, actor=actor, now=now, rules_now=policy()
        )
    return row


def _batch(name: str) -> Batch:
    batch = Batch.objects.select_for_update().filter(name=name).first()
    if batch is None:
        raise InputError("batch", "unknown", f"there is no batch {name}")
    return batch
