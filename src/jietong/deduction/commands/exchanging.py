"""Request files out, result files in. A file is taken whole or refused by name; refused ones are kept in the list."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import connection, transaction

from jietong.deduction import gathering
from jietong.deduction.commands.answering import lock_debit, take_answer
from jietong.deduction.commands.sending import claim
from jietong.deduction.models import Batch, Debit, Mandate, ResultFile
from jietong.deduction.policies import policy
from jietong.deduction.rules import lines
from jietong.deduction.rules.states import State
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError

FILE_BYTES_MAX = 200 * 1024 * 1024
FILE = Mandate.Channel.FILE
CHUNK = 500  # lines a transaction: so long others may have to wait for a borrower of the file
LOCK = 7_304_019


@transaction.atomic
def make_request_file(*, actor: str, now: datetime) -> Batch | None:
    """Claim all planned debits of cards that are debited by file and write them into one request; None for none.

    Amounts are those of this moment, under each loan's lock. The claims and the file are one transaction: after a crash
    there are both or neither, and the bytes that are handed out are those that were kept.
    """
    _one_at_a_time()
    day = now.astimezone(gathering.zone()).date()
    batch = Batch.objects.create(
        number=f"Q{day:%Y%m%d}{Batch.objects.filter(business_date=day).count() + 1:03d}", channel=FILE,
        business_date=day, made_at=now, count=0, sum_fen=0, content=b"",
    )  # fmt: skip
    waiting = Debit.objects.filter(state=State.PLANNED, not_before__lte=now, route=FILE).order_by("borrower_id", "pk")
    orders = []
    for debit_id in list(waiting.values_list("pk", flat=True)):
        claimed = claim(debit_id, now=now, channel_is_set=True, via=FILE, batch=batch)
        if claimed is not None:
            orders.append(claimed.order)
    if not orders:
        batch.delete()
        return None
    rows = [lines.Line(one.key, one.agreement, one.amount_fen, one.words) for one in orders]
    batch.content = lines.write_request(batch.number, day, FILE, rows)
    batch.count, batch.sum_fen = len(rows), sum(row.amount_fen for row in rows)
    batch.save(update_fields=["content", "count", "sum_fen"])
    late = now + policy().late_after
    Debit.objects.filter(batch=batch).update(state=State.SENT, sent_at=now, ask_at=late)
    journal.record(
        "deduction.file_made", subject=f"batch:{batch.pk}", actor=actor, at=now,
        data={"number": batch.number, "count": batch.count, "sum_fen": batch.sum_fen},
    )  # fmt: skip
    return batch


def hand_out(*, number: str, now: datetime) -> tuple[str, bytes]:
    """The request's name and bytes. Handed out as often as asked: the keys in it make a second reading harmless."""
    batch = Batch.objects.filter(number=number).first()
    if batch is None:
        raise InputError("number", "unknown", f"there is no request file {number}")
    if batch.handed_out_at is None:
        batch.handed_out_at = now
        batch.save(update_fields=["handed_out_at"])
    return f"{batch.number}.req.txt", bytes(batch.content)


def take_result_file(*, name: str, raw: bytes, actor: str, now: datetime) -> ResultFile:
    """Take the results of a request. Raises InputError (`truncated`, `wrong_check`, `wrong_sum` …) or CommandRefused
    (`duplicate_file`, `duplicate_number`, `unknown_request`) after the refusal is on record: nothing of it is booked.

    Lines go to `take_answer` in the order of their keys, CHUNK of them a transaction; what a crash leaves, the worker
    goes on with. Orders of the request that the file does not name become unknown at its end.
    """
    name = name.strip()[-200:] or "-"
    try:
        if len(raw) > FILE_BYTES_MAX:
            raise InputError("file", "too_long", "larger than any result file")
        results = lines.read_results(raw)
        file = _accept(name, raw, results, actor=actor, now=now)
    except InputError as wrong:
        _refuse(name, raw, wrong.code, wrong.field, actor=actor, now=now)
        raise
    except CommandRefused as refused:
        _refuse(name, raw, refused.code, "", actor=actor, now=now)
        raise
    while apply_next(file_id=file.pk, now=now, results=results):
        pass
    file.refresh_from_db()
    return file


def go_on(*, now: datetime) -> None:
    """By the worker: the next lines of a file whose taking was cut off; nothing when there is none."""
    first = ResultFile.objects.filter(content__isnull=False).order_by("pk").values_list("pk", flat=True).first()
    if first is not None:
        apply_next(file_id=first, now=now)


def _one_at_a_time() -> None:
    """A file locks many borrowers in one transaction: two files in different orders would wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def _accept(name: str, raw: bytes, results: lines.Results, *, actor: str, now: datetime) -> ResultFile:
    """The file is right and new: it is ours from here on, none of its lines is taken yet."""
    _one_at_a_time()
    digest = hashlib.sha256(raw).hexdigest()
    taken = ResultFile.objects.filter(refusal="")
    if taken.filter(sha256=digest).exists():
        raise CommandRefused("duplicate_file", "these bytes were taken before")
    if taken.filter(number=results.number).exists():
        raise CommandRefused("duplicate_number", f"a file {results.number} with other content was taken before")
    if not Batch.objects.filter(number=results.answers).exists():
        raise CommandRefused("unknown_request", f"we sent no request {results.answers}")
    return ResultFile.objects.create(
        name=name, sha256=digest, received_at=now, actor=actor, size=len(raw), number=results.number,
        count=len(results.lines), taken_fen=results.taken_fen, content=raw,
    )  # fmt: skip


@transaction.atomic
def apply_next(*, file_id: int, now: datetime, results: lines.Results | None = None) -> bool:
    """Take the next CHUNK lines of an accepted file; answers whether there are more. Whoever else does the same waits,
    and then takes those behind. results: the file as it was read, if the caller has it."""
    _one_at_a_time()
    under_way = ResultFile.objects.select_for_update().filter(pk=file_id, content__isnull=False)
    file = (under_way if results is None else under_way.defer("content")).first()
    if file is None:
        return False
    if results is None:
        assert file.content is not None  # it is under way
        results = lines.read_results(bytes(file.content))
    told = sorted(results.lines, key=lambda one: one.key)
    for one in told[file.applied : file.applied + CHUNK]:
        found = take_answer(one, source="file", raw=f"{results.number}: {one}", now=now)
        file.worth[found] = file.worth.get(found, 0) + 1
    file.applied = min(file.applied + CHUNK, len(told))
    is_whole = file.applied == len(told)
    if is_whole:
        silent = _not_named(Batch.objects.get(number=results.answers), {one.key for one in told}, now=now)
        file.worth |= {"not_named": silent} if silent else {}
        file.content = None
        journal.record(
            "deduction.file_taken", subject=f"result:{file.pk}", actor=file.actor, at=now,
            data={"name": file.name, "number": results.number, "count": file.count, "taken_fen": file.taken_fen},
        )  # fmt: skip
    file.save(update_fields=["worth", "applied", "content"])
    return not is_whole


def _not_named(batch: Batch, named: set[str], *, now: datetime) -> int:
    """Orders that the results do not speak of: unknown, for a person and the channel's statement to decide."""
    silent = 0
    for key in (
        batch.debits.filter(state=State.SENT)
        .exclude(key__in=named)
        .order_by("borrower_id")
        .values_list("key", flat=True)
    ):
        debit = lock_debit(key)
        if debit is not None and debit.state == State.SENT:
            debit.state = State.UNKNOWN
            debit.save(update_fields=["state"])
            silent += 1
    return silent


@transaction.atomic
def _refuse(name: str, raw: bytes, code: str, field: str, *, actor: str, now: datetime) -> None:
    row = ResultFile.objects.create(
        name=name, sha256=hashlib.sha256(raw).hexdigest(), received_at=now, actor=actor, size=len(raw), refusal=code,
        refusal_field=field[:40],
    )  # fmt: skip
    journal.record(
        "deduction.file_refused", subject=f"result:{row.pk}", actor=actor, at=now, data={"name": name, "refusal": code}
    )
