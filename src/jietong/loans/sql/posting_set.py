"""The simple case of booking money, set-based: for a file's chunk, and for one repayment by prepared statements.

Called by this room's commands only. Whatever is not simple is left alone, locked, for the ordinary way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.db import connection, transaction

from jietong.loans import classing
from jietong.loans.models import Repayment
from jietong.loans.sql import posting as sql


@dataclass(frozen=True, slots=True)
class Line:
    """One line of money received, as `record_repayment` takes it."""

    receipt: str
    loan_ref: str
    amount_fen: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What was booked. split: as Repayment.split; on: the day as of which the head was written."""

    line: Line
    loan_id: int
    borrower_id: int
    repayment_id: int
    paid_on: date
    credit_fen: int
    split: list[list[Any]]

    @property
    def news(self) -> dict[str, Any]:
        """What `loans.repayment_booked` tells."""
        return {
            "receipt": self.line.receipt, "amount_fen": self.line.amount_fen, "ref": self.line.loan_ref,
            "paid_on": self.paid_on.isoformat(),
        }  # fmt: skip

    def as_row(self, *, now: datetime) -> Repayment:
        row = Repayment(
            id=self.repayment_id, receipt=self.line.receipt, loan_id=self.loan_id, amount_fen=self.line.amount_fen,
            paid_at=self.line.paid_at, booked_at=now, credit_fen=self.credit_fen, split=self.split,
        )  # fmt: skip
        row._state.adding, row._state.db = False, connection.alias
        return row


class _Cursor(Protocol):
    def execute(self, text: str, values: dict[str, Any], /) -> object: ...

    def fetchall(self) -> list[Any]: ...


def book(lines: Mapping[str, Line], *, now: datetime) -> list[Done]:
    """Book what is simple of these lines, one a loan (by its reference), in the caller's transaction."""
    with connection.cursor() as cursor:
        return _book(cursor, lines, now=now)


def book_one(line: Line, *, now: datetime) -> Done | None:
    """Book one line if it is simple, else None. Planned once per connection: planning would cost more than booking."""
    connection.ensure_connection()
    raw = connection.connection
    assert isinstance(raw, psycopg.Connection)
    before, raw.prepare_threshold = raw.prepare_threshold, 0
    try:
        with transaction.atomic(savepoint=False), psycopg.Cursor(raw) as cursor:
            done = _book(cursor, {line.loan_ref: line}, now=now)
    finally:
        raw.prepare_threshold = before
    return done[0] if done else None


def _book(cursor: _Cursor, lines: Mapping[str, Line], *, now: datetime) -> list[Done]:
    cursor.execute(sql.LOCK_LOANS, {"refs": list(lines)})
    of_loan = {loan_id: lines[ref] for ref, loan_id in cursor.fetchall()}
    if not of_loan:
        return []
    days_of = {name: days[0] for name, days in classing.profiles().items() if days}
    profiles = {"profiles": list(days_of), "leasts": list(days_of.values())}
    told = list(of_loan.values())
    loans = {"loans": list(of_loan)}
    amounts = loans | {"fens": [line.amount_fen for line in told]}
    cursor.execute(sql.LOCK_INSTALMENTS, amounts)
    cursor.execute(sql.LOCK_HEADS, loans)
    values: dict[str, Any] = {
        "receipts": [line.receipt for line in told], "ats": [line.paid_at for line in told], "now": now,
        "zone": settings.LENDER_TIME_ZONE, "profiles": profiles["profiles"],
    }  # fmt: skip
    cursor.execute(sql.BOOK, amounts | values)
    rows: Sequence[Any] = cursor.fetchall()
    if rows:
        heads = {"loans": [row[0] for row in rows], "days": [row[3] for row in rows], "now": now}
        cursor.execute(sql.WRITE_HEADS, heads | profiles)
    return [Done(of_loan[row[0]], row[0], row[1], row[4], row[2], row[5], row[6]) for row in rows]
