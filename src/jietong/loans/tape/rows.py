"""What the reader hands on: typed rows, named errors, and the refusal of a whole file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from jietong.loans.tape.codes import MESSAGES

#: called now and then with (file label, bytes read, bytes in all); one file may be read twice (survey, then rows)
Progress = Callable[[str, int, int], None]


class Phone(NamedTuple):
    """number: national digits, or "+" and digits from abroad; a masked one as given (138****1234), never dialled."""

    number: str
    dialable: bool


class LoanRow(NamedTuple):
    """One loan of the tape with its borrower; fields 1 to 16 belong to the borrower and agree on all of their rows."""

    line: int
    borrower_no: str
    name: str
    id_type: str
    id_no: str
    phone: Phone | None
    phone2: Phone | None
    email: str | None
    wechat: str | None
    card_no: str | None  # may be masked (622848******1234): good for a last-four check, not for a debit
    bank_no: str | None
    province: str | None
    city: str | None
    borrower_kind: str | None  # person | sole_trader | company; None: a person
    representative: str | None  # of a firm; of a shop its operator
    representative_id: str | None
    language: str | None
    loan_no: str
    product: str
    creditor: str
    principal_fen: int
    rate: Decimal  # a fraction per rate_unit: 0.24 a year, 0.0005 a day
    rate_unit: str  # year | day; a monthly rate arrives as twelve times itself a year
    method: str
    day_count: str | None  # None: the product says
    instalments: int
    every: int
    unit: str
    disbursed_on: date
    platform: str | None  # names, ；between
    funders: tuple[tuple[str, int], ...] | None  # (name, parts per million), adding up to a whole
    guarantor: str | None  # names, ；between
    guarantor_id: str | None  # of the one guarantor: ID card or credit code
    first_due_on: date | None


class InstalmentRow(NamedTuple):
    """One instalment as the lender's own books have it; it replaces the generated one."""

    line: int
    loan_no: str
    n: int
    due_on: date
    principal_fen: int
    interest_fen: int
    fee_fen: int
    penalty_fen: int
    paid_principal_fen: int
    paid_interest_fen: int
    paid_fee_fen: int
    paid_penalty_fen: int
    settled_on: date | None


class RepaymentRow(NamedTuple):
    """One receipt. `paid_on` is the date in the tape's time zone; `paid_at` is UTC when the file has a time of day."""

    line: int
    receipt: str
    loan_no: str
    paid_on: date
    paid_at: datetime | None
    amount_fen: int
    reversed: bool = False  # taken back since (冲正): it pays nothing


class RowError(NamedTuple):
    """Why a row (or one cell of it) was not taken; a row with several bad cells yields several errors in turn.

    `note` is True when nothing is wrong that anyone must mend (an identical repeat that was left out).
    `value_masked` never holds a whole ID number, phone or card.
    """

    file: str
    line: int
    column: str
    code: str
    message: str
    value_masked: str
    note: bool = False


class TapeRefused(Exception):  # noqa: N818  an answer, named like CommandRefused
    """The file as a whole cannot be used; no row of it may be booked."""

    def __init__(self, file: str, code: str, detail: str = "") -> None:
        self.file = file
        self.code = code
        self.message = f"{MESSAGES[code]}: {detail}" if detail else MESSAGES[code]
        super().__init__(f"{file}: {self.message} ({code})")


class CellError(ValueError):
    """A cell that cannot be read; the code names the ruin."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
