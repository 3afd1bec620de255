"""Bank transfers find their loans: a line is booked once, or waits in suspense with its candidates (来账认领)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import replay
from jietong.loans.bank_statement import Line, Statement, Unread
from jietong.loans.commands.clearing import CLEARED, DIFFERS, NOT_OURS, clear_line
from jietong.loans.commands.repaying import record_repayment
from jietong.loans.models import BankFile, Loan, Repayment
from jietong.loans.queries import suspense as queries
from jietong.loans.rules.matching import TAIL, Match, Transfer, match
from jietong.loans.suspense import put_in_suspense

BOOKED, WAITING, KNOWN = "booked", "waiting", "known"
SOURCE = "bank_file"
RUNNING = (Loan.Status.ACTIVE, Loan.Status.WRITTEN_OFF)


@dataclass(slots=True)
class Claimed:
    """What became of a statement: counts by BOOKED, WAITING, KNOWN, and by reason for those that wait; sums in fen.
    payouts: outgoing lines, by what commands/clearing.py made of them."""

    already_known: bool = False
    counts: dict[str, int] = field(default_factory=lambda: {BOOKED: 0, WAITING: 0, KNOWN: 0})
    totals_fen: dict[str, int] = field(default_factory=lambda: {BOOKED: 0, WAITING: 0, KNOWN: 0})
    reasons: dict[str, int] = field(default_factory=dict)
    payouts: dict[str, int] = field(default_factory=lambda: {CLEARED: 0, DIFFERS: 0, NOT_OURS: 0, KNOWN: 0})


class _UndoError(Exception):
    """Ends a dry run."""


def claim_statement(
    statement: Statement, *, actor: str, now: datetime, dry_run: bool = False,
    told: Callable[[int, int], None] | None = None,
) -> Claimed:  # fmt: skip
    """Book every transfer of a statement that says whose it is; let the others wait. The same file changes nothing.

    Each line is a transaction of its own: killed half-way, the next run books the rest. A dry run tries and undoes.
    """
    result = Claimed()
    if BankFile.objects.filter(sha256=statement.sha256).exists():
        result.already_known = True
        return result
    try:
        with transaction.atomic() if dry_run else nullcontext():
            _claim(statement, result, actor=actor, now=now, told=told)
            if dry_run:
                raise _UndoError
    except _UndoError:
        pass
    return result


@transaction.atomic
def claim_line(line: Line, *, actor: str, now: datetime) -> tuple[str, str]:
    """Book one transfer or let it wait; once per serial number. Answers BOOKED, WAITING or KNOWN, and why it waits."""
    if queries.is_known(f"bank:{line.serial}"):
        return KNOWN, ""
    booked = Repayment.objects.filter(receipt=line.serial, amount_fen=line.amount_fen, reversed_at=None).first()
    if booked is not None and replay.paid_on(booked.paid_at) == replay.paid_on(line.paid_at):
        return KNOWN, ""
    transfer = Transfer(line.amount_fen, line.payer, line.account[-TAIL:], line.text)
    claimants = queries.claimants(transfer, account=line.account)
    found = match(transfer, claimants)
    if not found.sure:
        return _wait(line, _unsure(found, transfer), actor=actor, now=now)
    return book_or_suspend(
        receipt=line.serial, loan_ref=found.sure, amount_fen=line.amount_fen, paid_at=line.paid_at, source=SOURCE,
        key=f"bank:{line.serial}", raw=_raw(line), account_no=line.account, actor=actor, now=now,
    )  # fmt: skip


def book_or_suspend(
    *, receipt: str, loan_ref: str, amount_fen: int, paid_at: datetime, source: str, raw: dict[str, Any], actor: str,
    now: datetime, key: str = "", account_no: str = "", owner: str = "",
) -> tuple[str, str]:  # fmt: skip
    """record_repayment for those who cannot ask back: what it refuses waits in suspense instead of being lost.

    key: of the suspense item, `source:receipt` by default. Money for a settled loan waits too (`loan_settled`): it was
    meant for something else. Answers BOOKED or WAITING and, when it waits, why.
    """
    loan = Loan.objects.filter(ref=loan_ref).first()
    why = ""
    if loan is not None and loan.status not in RUNNING and not Repayment.objects.filter(receipt=receipt).exists():
        why = "loan_settled"
    else:
        try:
            with transaction.atomic():
                record_repayment(
                    receipt=receipt, loan_ref=loan_ref, amount_fen=amount_fen, paid_at=paid_at, actor=actor, now=now
                )
        except InputError as error:
            why = f"{error.field}_{error.code}"
        except CommandRefused as error:
            why = error.code
    if not why:
        return BOOKED, ""
    put_in_suspense(
        key=key or f"{source}:{receipt}", source=source, reason=why, raw={"receipt": receipt, "ref": loan_ref, **raw},
        happened_at=paid_at, amount_fen=max(amount_fen, 0), loan=loan, account_no=account_no, owner=owner, actor=actor,
        now=now,
    )  # fmt: skip
    return WAITING, why


def _claim(
    statement: Statement, result: Claimed, *, actor: str, now: datetime, told: Callable[[int, int], None] | None
) -> None:
    for done, line in enumerate(statement.lines, start=1):
        became, why = claim_line(line, actor=actor, now=now)
        _count(result, became, line.amount_fen, why)
        if told is not None and done % 100 == 0:
            told(done, len(statement.lines))
    for out in statement.outgoing:
        result.payouts[clear_line(out, actor=actor, now=now)] += 1
    for one in statement.unread:
        became, why = _wait_unread(statement, one, actor=actor, now=now)
        _count(result, became, 0, why)
    with transaction.atomic():
        row = BankFile.objects.create(
            sha256=statement.sha256, name=statement.name[:200], read_at=now, actor=actor,
            lines=len(statement.lines) + len(statement.unread), total_fen=statement.total_fen,
            booked=result.counts[BOOKED], waiting=result.counts[WAITING], known=result.counts[KNOWN],
        )  # fmt: skip
        journal.record(
            "loans.bank_file_read", subject=f"bank_file:{row.pk}", actor=actor, at=now,
            data={
                "name": statement.name, **result.counts, "total_fen": statement.total_fen,
                "payouts": result.payouts[CLEARED],
            },
        )  # fmt: skip


def _count(result: Claimed, became: str, fen: int, why: str) -> None:
    result.counts[became] += 1
    result.totals_fen[became] += fen
    if why:
        result.reasons[why] = result.reasons.get(why, 0) + 1


def _unsure(found: Match, transfer: Transfer) -> str:
    if not found.candidates:
        return queries.why_nobody(transfer)
    return "several_match" if len(found.candidates) > 1 else "weak_match"


def _wait(line: Line, reason: str, *, actor: str, now: datetime) -> tuple[str, str]:
    put_in_suspense(
        key=f"bank:{line.serial}", source=SOURCE, reason=reason, raw={"receipt": line.serial, **_raw(line)},
        happened_at=line.paid_at, amount_fen=line.amount_fen, account_no=line.account, actor=actor, now=now,
    )  # fmt: skip
    return WAITING, reason


@transaction.atomic
def _wait_unread(statement: Statement, one: Unread, *, actor: str, now: datetime) -> tuple[str, str]:
    _item, is_new = put_in_suspense(
        key=f"bank:{statement.sha256[:16]}:{one.number}", source=SOURCE, reason="line_unreadable",
        raw={
            "file": statement.name, "line": one.number, "column": one.column, "code": one.code,
            "cells": _tails(one.cells),
        },
        happened_at=now, actor=actor, now=now,
    )  # fmt: skip
    return (WAITING, "line_unreadable") if is_new else (KNOWN, "")


def _raw(line: Line) -> dict[str, Any]:
    return {"payer": line.payer, "account_tail": line.account[-TAIL:], "text": line.text, "line": line.number}


def _tails(raw: Iterable[str]) -> list[str]:
    """Long numbers are accounts: only their tail is kept readable."""
    return [f"…{cell[-TAIL:]}" if len(cell) >= 12 and cell.isdigit() else cell for cell in raw]
