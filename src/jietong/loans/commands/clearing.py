"""The bank shows that a payout has left, by its statement or told by a person: its clearing account ends at nothing."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import ledger, replay
from jietong.loans.bank_statement import Line
from jietong.loans.models import Loan, PayoutCleared
from jietong.loans.queries import clearing as queries
from jietong.loans.rules.matching import plain_name, tokens
from jietong.loans.suspense import put_in_suspense

CLEARING = "disbursement_clearing"
CLEARED, DIFFERS, NOT_OURS, KNOWN = "cleared", "differs", "not_ours", "known"
ALIKE_DAYS = timedelta(days=5)  # between our day and the bank's, where only name and sum speak


@transaction.atomic
def clear_payout(
    *, loan_ref: str, serial: str, amount_fen: int, on: date, actor: str, now: datetime, source: str = "person"
) -> PayoutCleared:
    """The bank's line `serial` is the payout of this loan. The same again changes nothing.

    Raises InputError `serial` missing, `loan_ref` unknown, `on` in_future, `amount` differs (what was lent is what
    left); CommandRefused `not_open` (not paid out from here, or cleared by another line), `serial_used`.
    """
    serial = serial.strip()
    if not serial or len(serial) > 80:
        raise InputError("serial", "missing", "the bank's number is 1 to 80 characters")
    loan = replay.lock(loan_ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {loan_ref}")
    known = queries.cleared(loan.pk)
    if known is not None and (known.serial, known.amount_fen) == (serial, amount_fen):
        return known
    if queries.is_open(loan.ref) is None:
        raise CommandRefused("not_open", f"the payout of {loan.ref} is not open")
    if on > replay.paid_on(now):
        raise InputError("on", "in_future", "money that has not left yet is not cleared")
    if amount_fen != loan.principal_fen:
        raise InputError("amount", "differs", f"{loan.principal_fen} fen were lent")
    try:
        with transaction.atomic():
            row = PayoutCleared.objects.create(
                loan=loan, serial=serial, amount_fen=amount_fen, on=on, source=source, at=now, actor=actor
            )
    except IntegrityError:
        raise CommandRefused("serial_used", f"{serial} has cleared another payout") from None
    steps = [(CLEARING, ledger.CASH, amount_fen)]
    ledger.post(loan, steps, "payout_cleared", entry=_entry(row.pk), on=replay.paid_on(now), now=now)
    _tell("loans.payout_cleared", loan, row, actor=actor, now=now)
    return row


@transaction.atomic
def undo_clearing(*, loan_ref: str, reason: str, actor: str, now: datetime) -> PayoutCleared:
    """It was another line: the payout is open again. Raises InputError reason missing; CommandRefused `not_cleared`."""
    reason = reason.strip()
    if not reason:
        raise InputError("reason", "missing", "an undo needs its reason")
    loan = replay.lock(loan_ref)
    row = queries.cleared(loan.pk) if loan is not None else None
    if loan is None or row is None:
        raise CommandRefused("not_cleared", f"no payout of {loan_ref} is cleared")
    row.undone_at, row.undone_by, row.undo_reason = now, actor, reason[:200]
    row.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    steps = [(ledger.CASH, CLEARING, row.amount_fen)]
    ledger.post(loan, steps, "correction", entry=_entry(row.pk), on=replay.paid_on(now), now=now)
    _tell("loans.payout_uncleared", loan, row, actor=actor, now=now)
    return row


@transaction.atomic
def clear_line(line: Line, *, actor: str, now: datetime) -> str:
    """One outgoing line of a statement: CLEARED, KNOWN, DIFFERS (it names a payout, but another sum: it waits with an
    owner), or NOT_OURS: a lender pays out much else from the same account.

    A rule clears only what was said: the text names one open payout; or the name and sum are those of exactly one, lent
    within ALIKE_DAYS.
    """
    if PayoutCleared.objects.filter(serial=line.serial, undone_at=None).exists():
        return KNOWN
    day = replay.paid_on(line.paid_at)
    found = queries.named(tokens(line.text))
    if not found and line.payer:
        name = plain_name(line.payer)
        found = queries.alike(name, line.amount_fen, first=day - ALIKE_DAYS, last=day + ALIKE_DAYS)
    if len(found) != 1:
        return NOT_OURS
    try:
        with transaction.atomic():
            clear_payout(
                loan_ref=found[0].ref, serial=line.serial, amount_fen=line.amount_fen, on=day, source="bank_file",
                actor=actor, now=now,
            )  # fmt: skip
    except (InputError, CommandRefused):
        _wait(line, found[0], actor=actor, now=now)
        return DIFFERS
    return CLEARED


def _wait(line: Line, loan: Loan, *, actor: str, now: datetime) -> None:
    put_in_suspense(
        key=f"payout:{line.serial}", source="payout", reason="payout_differs", amount_fen=line.amount_fen, loan=loan,
        raw={"payer": line.payer, "text": line.text, "line": line.number, "ref": loan.ref, "out": line.serial},
        happened_at=line.paid_at, account_no=line.account, actor=actor, now=now,
    )  # fmt: skip


def _entry(row_id: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"jietong payout {row_id}")


def _tell(kind: str, loan: Loan, row: PayoutCleared, *, actor: str, now: datetime) -> None:
    data = {"ref": loan.ref, "serial": row.serial, "amount_fen": row.amount_fen, "source": row.source}
    journal.record(kind, subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now, data=data)
