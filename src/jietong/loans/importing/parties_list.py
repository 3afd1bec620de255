"""One transfer, compensation or arrangement for a list of loans: every line tried by itself, bad ones named.

The list is text: a line a loan, its number first, then for a compensation the amount in yuan; comma, tab or semicolon
between; a heading line is recognised. All good lines are entered in one transaction; a dry run enters nothing.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import parse_yuan
from jietong.loans.commands.arranging import Around, arrange
from jietong.loans.commands.parties import compensate, transfer_claim
from jietong.loans.rules.parties import COMPENSATION, TRANSFER

ARRANGEMENT = "arrangement"
WHATS = (TRANSFER, COMPENSATION, ARRANGEMENT)
LINES_MAX = 1000
_GROUPED = re.compile(r"[¥￥]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)
HEADINGS = frozenset({"ref", "loan_ref", "loan_no", "借据号", "借据编号", "借据", "合同号"})


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with every loan of the list. `on`: effective, paid or since that day."""

    what: str
    on: date
    taker: str = ""
    reference: str = ""
    hotline: str = ""
    pay_to: str = ""
    whole: bool = False
    division: str = ""
    around: Around = field(default_factory=Around)


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one line. code: "" when it was (or, in a dry run, could be) entered."""

    number: int
    ref: str
    amount: str
    field: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    lines: tuple[Line, ...]
    dry_run: bool

    @property
    def good(self) -> int:
        return sum(1 for line in self.lines if not line.code)

    @property
    def bad(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.code)


class _UndoError(Exception):
    """Ends a dry run: everything was tried, nothing stays."""


def decode(raw: bytes) -> str:
    """The text of a file as Chinese offices write it: UTF-8, else GB18030. Raises InputError file encoding_unknown."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("file", "encoding_unknown", "the file is neither UTF-8 nor GBK")


def read_list(text: str) -> list[tuple[int, str, str]]:
    """(line number, loan number, amount as written) of every line that says something.

    Raises InputError list `missing`, `too_long`.
    """
    found: list[tuple[int, str, str]] = []
    for number, line in enumerate(text.replace("\x00", "").splitlines(), start=1):
        plain = line.replace("，", ",").replace("\t", ",").replace(";", ",").replace("；", ",")
        cells = [cell.strip() for cell in next(csv.reader([plain]), [])]
        if not any(cells) or cells[0].lower() in HEADINGS:
            continue
        # a figure written 1,234.50 was cut at its comma: what stands behind the number belongs together
        found.append((number, cells[0], ",".join(cell for cell in cells[1:] if cell)))
    if not found:
        raise InputError("list", "missing", "the list names no loan")
    if len(found) > LINES_MAX:
        raise InputError("list", "too_long", f"at most {LINES_MAX} loans at once")
    return found


def carry_out(order: Order, text: str, *, actor: str, now: datetime, dry_run: bool) -> Outcome:
    """Try every line; enter the good ones, unless it is a dry run. Raises InputError for a list that cannot be read."""
    rows = read_list(text)
    seen: set[str] = set()
    lines: list[Line] = []
    try:
        with transaction.atomic():
            for number, ref, amount in rows:
                lines.append(_one(order, Line(number, ref, amount), seen, actor=actor, now=now))
            if dry_run:
                raise _UndoError
    except _UndoError:
        pass
    return Outcome(tuple(lines), dry_run)


def _one(order: Order, line: Line, seen: set[str], *, actor: str, now: datetime) -> Line:
    try:
        if line.ref in seen:
            raise InputError("loan_ref", "repeated", "this loan stands in the list twice")
        seen.add(line.ref)
        with transaction.atomic():
            _enter(order, line, actor=actor, now=now)
    except InputError as error:
        return Line(line.number, line.ref, line.amount, error.field, error.code, error.message)
    except CommandRefused as refused:
        return Line(line.number, line.ref, line.amount, "", refused.code, refused.message)
    return line


def _fen(amount: str) -> int:
    """Whole fen of an amount in yuan. Raises InputError amount: a comma only groups thousands, nothing is guessed."""
    if "," in amount and not _GROUPED.fullmatch(amount):
        raise InputError("amount", "not_a_number", f"{amount!r} is not an amount")
    return parse_yuan(amount)


def _enter(order: Order, line: Line, *, actor: str, now: datetime) -> None:
    if order.what == ARRANGEMENT:
        arrange(loan_ref=line.ref, around=order.around, since_on=order.on, actor=actor, now=now)
    elif order.what == TRANSFER:
        price_fen = _fen(line.amount) if line.amount else 0
        transfer_claim(
            loan_ref=line.ref, taker=order.taker, effective_on=order.on, reference=order.reference, price_fen=price_fen,
            hotline=order.hotline, pay_to=order.pay_to, actor=actor, now=now,
        )  # fmt: skip
    else:
        if not line.amount:
            raise InputError("amount", "missing", "what was paid stands behind the loan's number")
        compensate(
            loan_ref=line.ref, guarantor=order.taker, amount_fen=_fen(line.amount), paid_on=order.on,
            reference=order.reference, whole=order.whole, division="" if order.whole else order.division,
            hotline=order.hotline, pay_to=order.pay_to, actor=actor, now=now,
        )  # fmt: skip
