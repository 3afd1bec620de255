"""Money that is the newest of its loan, one loan or a thousand: read under lock, decided by the rules, written at once.

Called by this room's commands only. A loan on which more than instalments and money has a say (a changed plan, a
person's word on its class, money that came earlier) is left alone, locked, for the ordinary way.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, LiteralString

import psycopg
from django.db import connection, transaction

from jietong.loans import classing, ledger, replay
from jietong.loans.models import Loan, Repayment
from jietong.loans.queries.book import penalty_of_terms
from jietong.loans.rules import posting as rules
from jietong.loans.rules.buckets import bucket_on
from jietong.loans.rules.classes import Profile
from jietong.loans.rules.opening import Open, PenaltyOf
from jietong.loans.rules.replay import oldest_unpaid
from jietong.loans.sql import posting as sql
from jietong.loans.sql.arrays import array, texts


@dataclass(frozen=True, slots=True)
class Line:
    """One line of money received, as `record_repayment` takes it."""

    receipt: str
    loan_ref: str
    amount_fen: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What was booked; split as Repayment.split."""

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


@dataclass(frozen=True, slots=True)
class _Terms:
    order: tuple[int, ...]
    penalty_of: PenaltyOf
    profile: Profile


@dataclass(slots=True)
class _Case:
    """A loan of these lines and how it stands before the money. needs_opening: no money of ours has come yet."""

    line: Line
    paid_on: date
    loan_id: int
    borrower_id: int
    terms: _Terms
    rows: list[rules.Row]
    before: rules.Standing
    needs_opening: bool


@dataclass(frozen=True, slots=True)
class _Booking:
    case: _Case
    done: rules.Booked


class _Pipe:
    """Statements sent one after another without waiting for each, planned once per connection."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self._raw = raw

    def send(self, text: LiteralString, *values: object) -> psycopg.RawCursor[Any]:
        cursor = psycopg.RawCursor(self._raw)
        return cursor.execute(text, values, prepare=True, binary=True)


def book(lines: Mapping[str, Line], *, now: datetime) -> list[Done]:
    """Book what can be booked on top of these lines, one a loan (by its reference), in one transaction."""
    connection.ensure_connection()
    raw = connection.connection
    assert isinstance(raw, psycopg.Connection)
    before, raw.prepare_threshold = raw.prepare_threshold, 0  # Django plans anew each time; here that costs the most
    try:
        with transaction.atomic(savepoint=False):
            pipe = _Pipe(raw)
            cases = _cases(raw, pipe, lines)
            openings = _openings(pipe, [case for case in cases if case.needs_opening])
            today = replay.paid_on(now)
            bookings = [_Booking(case, _book(case, today)) for case in cases]
            return _write(raw, pipe, bookings, openings, now=now) if bookings else []
    finally:
        raw.prepare_threshold = before


def book_one(line: Line, *, now: datetime) -> Done | None:
    """Book one line if it goes on top, else None."""
    done = book({line.loan_ref: line}, now=now)
    return done[0] if done else None


def _book(case: _Case, today: date) -> rules.Booked:
    terms = case.terms
    return rules.book(
        case.rows, case.line.amount_fen, paid_on=case.paid_on, today=today, order=terms.order,
        penalty_of=terms.penalty_of, before=case.before, profile=terms.profile,
    )  # fmt: skip


def _cases(raw: psycopg.Connection[Any], pipe: _Pipe, lines: Mapping[str, Line]) -> list[_Case]:
    """Lock loans, instalments and heads, in this order everywhere; answers those whose money goes on top."""
    day_of = {ref: replay.paid_on(line.paid_at) for ref, line in lines.items()}
    told, refs = lines.values(), texts(lines)
    with raw.pipeline():
        pipe.send(sql.PLAN_ONCE)
        loans = pipe.send(sql.LOANS, refs)
        instalments = pipe.send(sql.INSTALMENTS, refs, min(day_of.values()).isoformat())
        pipe.send(sql.LOCK_HEADS, refs)
        heads = pipe.send(
            sql.HEADS, refs, texts(line.receipt for line in told), array(line.paid_at for line in told),
            array(day_of.values()),
        )  # fmt: skip
        known = loans.fetchall()
        rows_of = _rows_of(instalments)
        facts = {row[0]: row[1:] for row in heads}
    terms_of = _reader_of_terms()
    cases = []
    for loan_id, ref, borrower_id, status, lent_on, *told_terms in known:
        terms, paid_on, rows = terms_of(*told_terms), day_of[ref], rows_of.get(loan_id, [])
        if status != Loan.Status.ACTIVE or paid_on < lent_on or terms is None:
            continue
        *told, has_opening, has_ours, has_any, is_special = facts[loan_id]
        if is_special or told[3] is None or any(_ran_beyond(row, paid_on) for row in rows):
            continue
        is_first = not has_opening and not has_ours
        if is_first and has_any:
            continue  # which of the tape's money its figures contain is found out by a replay
        before = rules.Standing(*told)
        cases.append(_Case(lines[ref], paid_on, loan_id, borrower_id, terms, rows, before, is_first))
    return cases


def _ran_beyond(row: Open, day: date) -> bool:
    return row.penalty_through_on is not None and row.penalty_through_on > day


def _rows_of(found: Iterable[tuple[Any, ...]]) -> dict[int, list[rules.Row]]:
    """Instalments by loan, in order of due date."""
    rows_of: dict[int, list[rules.Row]] = {}
    for loan_id, key, n, due_on, p, i, f, y, paid_p, paid_i, paid_f, paid_y, through, is_booked in found:
        row = rules.Row(n, due_on, [p, i, f, y], [paid_p, paid_i, paid_f, paid_y], through, "", "", key, is_booked)
        rows_of.setdefault(loan_id, []).append(row)
    for rows in rows_of.values():
        rows.sort(key=attrgetter("due_on", "n"))
    return rows_of


def _reader_of_terms() -> Callable[[Decimal, str, str, Decimal, str], _Terms | None]:
    """Many loans have the same few terms. None: of a profile that the rule pack does not class."""
    profiles = classing.profiles()
    known: dict[tuple[Decimal, str, str, Decimal, str], _Terms | None] = {}

    def read(rate: Decimal, unit: str, profile: str, multiple: Decimal, order: str) -> _Terms | None:
        key = (rate, unit, profile, multiple, order)
        if key not in known:
            places = tuple(rules.ORDER_OF[name] for name in json.loads(order))
            days = profiles.get(profile)
            known[key] = _Terms(places, penalty_of_terms(rate, unit, multiple), days) if days is not None else None
        return known[key]

    return read


def _openings(pipe: _Pipe, cases: Sequence[_Case]) -> list[tuple[int, date, str, str]]:
    """Figures that loans came with, kept before their first money of ours (replay.start_of): loan, day, bucket, rows.

    A loan that came with nothing paid needs none.
    """
    if not cases:
        return []
    ids = array(case.loan_id for case in cases)
    rows_of = _rows_of(pipe.send(sql.ALL_ROWS, ids))
    moved = dict(pipe.send(sql.ENTRY_MOVES, ids, array(case.before.entered_on for case in cases)).fetchall())
    found = []
    for case in cases:
        rows, on = rows_of[case.loan_id], case.before.entered_on
        if not rules.is_as_lent(rows):
            bucket = moved.get(case.loan_id) or bucket_on(oldest_unpaid(rows), on)
            found.append((case.loan_id, on, bucket, json.dumps(replay.written(rows))))
    return found


def _write(
    raw: psycopg.Connection[Any], pipe: _Pipe, bookings: Sequence[_Booking], openings: Sequence[tuple[Any, ...]], *,
    now: datetime,
) -> list[Done]:  # fmt: skip
    """Send all that was decided; answers what was booked, in order of the loans' keys."""
    at = now.isoformat()
    with raw.pipeline():
        if openings:
            ids, days, buckets, figures = zip(*openings, strict=True)
            pipe.send(sql.OPEN, array(ids), array(days), texts(buckets), texts(figures))
        _pay(pipe, [row for one in bookings for row in one.done.rows])
        entries, ids, kinds, days, debits, payees, fens = zip(*_postings(bookings), strict=True)
        pipe.send(
            sql.POST, at, array(entries), array(ids), array(kinds), array(days), array(debits), array(payees),
            array(fens),
        )  # fmt: skip
        cases = [one.case for one in bookings]
        keys = pipe.send(
            sql.RECEIVE, at, texts(c.line.receipt for c in cases), array(c.loan_id for c in cases),
            array(c.line.amount_fen for c in cases), array(c.line.paid_at for c in cases),
            array(one.done.credit_fen for one in bookings), texts(json.dumps(one.done.parts) for one in bookings),
        )  # fmt: skip
        _heads(pipe, bookings, at)
        _moves(pipe, bookings)
        key_of = dict(keys.fetchall())
    return [
        Done(
            c.line, c.loan_id, c.borrower_id, key_of[c.loan_id], c.paid_on, one.done.credit_fen,
            [list(part) for part in one.done.parts],
        )
        for one in bookings
        if (c := one.case)
    ]  # fmt: skip


def _pay(pipe: _Pipe, rows: Sequence[rules.Row]) -> None:
    pipe.send(
        sql.PAY, array(r.id for r in rows), array(r.owed[3] for r in rows), array(r.penalty_through_on for r in rows),
        array(r.interest_booked for r in rows), *(array(r.paid[place] for r in rows) for place in range(4)),
    )  # fmt: skip


def _postings(bookings: Sequence[_Booking]) -> Iterable[tuple[object, ...]]:
    """Entry, loan, kind, day, debit, credit, fen: penalty under an entry of its own, then what the money did."""
    for one in bookings:
        done, loan_id, day = one.done, one.case.loan_id, one.case.paid_on
        entry = uuid.uuid4()
        for debit, credit, fen in ledger.income_steps(penalty=done.penalty_fen):
            yield uuid.uuid4(), loan_id, "penalty", day, debit, credit, fen
        for debit, credit, fen in ledger.income_steps(interest=done.interest_fen, fee=done.fee_fen):
            yield entry, loan_id, "interest", day, debit, credit, fen
        for debit, credit, fen in ledger.money_steps(done.parts, done.credit_fen):
            yield entry, loan_id, "repayment", day, debit, credit, fen


def _heads(pipe: _Pipe, bookings: Sequence[_Booking], at: str) -> None:
    ids, heads = [one.case.loan_id for one in bookings], [one.done.head for one in bookings]
    pipe.send(
        sql.WRITE_HEADS, at, array(ids), array(h.outstanding_principal_fen for h in heads),
        array(h.outstanding_fen for h in heads), array(h.oldest_unpaid_due_on for h in heads),
        array(h.next_due_on for h in heads), array(h.bucket for h in heads), array(h.next_change_on for h in heads),
        array(h.on for h in heads), array(h.asset_class for h in heads), array(h.next_class_on for h in heads),
    )  # fmt: skip
    settled = [key for key, head in zip(ids, heads, strict=True) if head.outstanding_fen == 0]
    if settled:
        pipe.send(sql.SETTLE, array(settled))


def _moves(pipe: _Pipe, bookings: Sequence[_Booking]) -> None:
    """Time makes a loan later and its class worse; what makes them better is money."""
    moves = [(one.case.loan_id, move) for one in bookings for move in one.done.moves]
    if moves:
        pipe.send(
            sql.MOVE, array(key for key, _ in moves), array(m.on for _, m in moves),
            array(m.from_bucket for _, m in moves), array(m.to_bucket for _, m in moves),
            array("repayment" if m.is_by_money else "dayend" for _, m in moves),
        )  # fmt: skip
    classed = [(one.case.loan_id, move) for one in bookings for move in one.done.class_moves]
    if classed:
        pipe.send(
            sql.CLASS_MOVE, array(key for key, _ in classed), array(m.on for _, m in classed),
            array(m.from_class for _, m in classed), array(m.to_class for _, m in classed),
            array(classing.natural_cause(m, ()) for _, m in classed),
        )  # fmt: skip
