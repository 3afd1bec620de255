"""A bank's file of money, many lines a transaction: the simple ones set-based, the others by the ordinary command.

The result is that of `record_repayment` line by line in the order of the file. Nothing is lost: a line that cannot be
booked is answered with the code of its error, and it is the caller's to put it in suspense.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.commands.claiming import book_or_suspend
from jietong.loans.commands.repaying import record_repayment
from jietong.loans.models import Repayment
from jietong.loans.sql import posting_set
from jietong.loans.sql.posting_set import Line

CHUNK = 1000  # lines a transaction: so long others may have to wait for a loan of the file


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a line, by its place in the file (from 0). code "" : booked, now or before; else why not."""

    place: int
    line: Line
    code: str = ""
    field: str = ""
    message: str = ""
    is_set_based: bool = False


def record_repayments(lines: Sequence[Line], *, actor: str, now: datetime) -> list[Answer]:
    """Book the lines in their order, each once; answers one for each line, in the same order.

    Codes are those of `record_repayment`: "unknown" (field loan_ref), "missing", "not_positive", "before_loan",
    "receipt_reused", "receipt_reversed". A line with a code has changed nothing; killed in the middle, the file is
    simply booked again.
    """
    return list(_in_chunks(lines, partial(_one, actor=actor, now=now), actor=actor, now=now))


def book_or_suspend_many(lines: Sequence[Line], *, source: str, actor: str, now: datetime) -> list[Answer]:
    """The same for a file that nobody can be asked about: what is refused waits in suspense with its code as reason.

    As claiming.book_or_suspend line by line: money for a loan that is settled waits too (`loan_settled`).
    """
    return list(_in_chunks(lines, partial(_one_or_wait, source=source, actor=actor, now=now), actor=actor, now=now))


def _in_chunks(
    lines: Sequence[Line], ordinary: Callable[[int, Line], Answer], *, actor: str, now: datetime
) -> Iterator[Answer]:
    for start in range(0, len(lines), CHUNK):
        numbered = list(enumerate(lines[start : start + CHUNK], start))
        known = _known(numbered)
        fresh = [(place, line) for place, line in numbered if place not in known]
        booked = _set_based(dict(_first_of_each(fresh)), actor=actor, now=now) | known
        for place, line in numbered:
            yield Answer(place, line, is_set_based=True) if place in booked else ordinary(place, line)


def _known(numbered: Sequence[tuple[int, Line]]) -> set[int]:
    """Places of lines that are booked already, as they are told: a file that comes twice is read, not booked again."""
    rows = Repayment.objects.filter(receipt__in=[line.receipt for _, line in numbered], reversed_at=None)
    booked = {row[0]: row[1:] for row in rows.values_list("receipt", "loan__ref", "amount_fen", "paid_at")}
    return {
        place for place, line in numbered if booked.get(line.receipt) == (line.loan_ref, line.amount_fen, line.paid_at)
    }


def _first_of_each(numbered: Sequence[tuple[int, Line]]) -> Iterator[tuple[int, Line]]:
    """The first line of each loan, if its receipt was not named before: what comes later has to wait for it."""
    loans: set[str] = set()
    receipts: set[str] = set()
    for place, line in numbered:
        if line.loan_ref not in loans and line.receipt not in receipts and line.receipt and line.amount_fen > 0:
            yield place, line
        loans.add(line.loan_ref)
        receipts.add(line.receipt)


@transaction.atomic
def _set_based(lines: dict[int, Line], *, actor: str, now: datetime) -> set[int]:
    """Book what is simple in a few statements; answers the places that are done."""
    place_of = {line.loan_ref: place for place, line in lines.items()}
    done = posting_set.book({line.loan_ref: line for line in lines.values()}, now=now) if lines else []
    news = [journal.Told(f"loan:{one.loan_id}", one.borrower_id, one.news) for one in done]
    journal.record_many("loans.repayment_booked", news, actor=actor, at=now)
    return {place_of[one.line.loan_ref] for one in done}


def _one_or_wait(place: int, line: Line, *, source: str, actor: str, now: datetime) -> Answer:
    key = (
        "" if line.receipt else f"{source}:line:{now.isoformat()}:{place}"
    )  # without a receipt only its place is known
    _became, why = book_or_suspend(
        receipt=line.receipt, loan_ref=line.loan_ref, amount_fen=line.amount_fen, paid_at=line.paid_at, source=source,
        raw={"place": place}, actor=actor, now=now, key=key,
    )  # fmt: skip
    return Answer(place, line, code=why)


def _one(place: int, line: Line, *, actor: str, now: datetime) -> Answer:
    try:
        record_repayment(
            receipt=line.receipt, loan_ref=line.loan_ref, amount_fen=line.amount_fen, paid_at=line.paid_at,
            actor=actor, now=now,
        )  # fmt: skip
    except InputError as error:
        return Answer(place, line, error.code, error.field, error.message)
    except CommandRefused as error:
        return Answer(place, line, error.code, "", error.message)
    return Answer(place, line)
