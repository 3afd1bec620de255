"""From a layout to one reader a column, and from read values to a typed row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jietong.borrowers.rules import credit_code
from jietong.loans.rules.parties import read_names
from jietong.loans.tape import cells, people
from jietong.loans.tape.cells import Reader
from jietong.loans.tape.columns import FILES, Column
from jietong.loans.tape.layout import Layout
from jietong.loans.tape.mapping import FileMapping
from jietong.loans.tape.rows import CellError, InstalmentRow, LoanRow, RepaymentRow
from jietong.loans.tape.text import EMPTY, is_blank

YEARLY_MOST, DAILY_MOST = Decimal(1), Decimal("0.01")
TERMS_MOST = 600  # instalments; fifty years of months
Row = LoanRow | InstalmentRow | RepaymentRow
#: values of a row in column order → the row; raises FieldError
Finish = Callable[[int, list[Any]], Row]


class FieldError(Exception):
    """Cells that are each readable but do not go together."""

    def __init__(self, column: str, code: str) -> None:
        super().__init__(code)
        self.column = column
        self.code = code


def readers(kind: str, layout: Layout, mapping: FileMapping, epoch: date | None) -> list[tuple[int, Reader]]:
    """(cell index, reader) per documented column; where a column is absent, a reader that ignores cell 0."""
    return [_reader(column, layout, mapping, epoch) for column in FILES[kind]]


def _reader(column: Column, layout: Layout, mapping: FileMapping, epoch: date | None) -> tuple[int, Reader]:
    read = _plain_reader(column, layout, mapping, epoch)
    index = layout.indexes.get(column.name)
    if index is None:
        constant = column.default
        if column.name in layout.texts:
            constant = read(layout.texts[column.name])
        elif column.name == "rate_unit" and layout.rate_unit:
            constant = layout.rate_unit
        return 0, lambda _: constant
    whole = _required(read) if column.required else _optional(read, column.default)
    return index, cells.cached(whole) if column.kind in _REPEATING else whole


#: kinds of cell whose spellings repeat down a column; a lender's instalments repeat even their amounts
_REPEATING = frozenset(
    {
        "choice",
        "repeated_code",
        "words",
        "shares",
        "bank_no",
        "language",
        "rate",
        "terms",
        "every",
        "date",
        "moment",
    }
    | {"amount"}
)


def _required(read: Reader) -> Reader:
    def read_or_refuse(raw: str) -> object:
        if raw in EMPTY or ((raw[0] <= " " or raw[0] == "\u3000") and is_blank(raw)):
            raise CellError("missing")
        return read(raw)

    return read_or_refuse


def _optional(read: Reader, default: object) -> Reader:
    def read_or_default(raw: str) -> object:
        if not raw or raw in EMPTY or ((raw[0] <= " " or raw[0] == "\u3000") and is_blank(raw)):
            return default
        return read(raw)

    return read_or_default


def _plain_reader(column: Column, layout: Layout, mapping: FileMapping, epoch: date | None) -> Reader:
    own = mapping.values.get(column.name, {})
    kind = column.kind
    if kind == "choice":
        refusal = "id_type_unknown" if column.name == "id_type" else "value_unknown"
        return cells.choice(_spellings(column, own), refusal)
    read: Reader
    if kind in {"amount", "amount_above_zero"}:
        read = cells.amount(layout.units.get(column.name, mapping.unit or "yuan"), above_zero=kind != "amount")
    else:
        read = _makers(mapping, epoch)[kind]
    if own:
        plain = read
        return lambda raw: plain(own.get(raw.strip(), raw))
    return read


def _spellings(column: Column, own: dict[str, str]) -> dict[str, str]:
    assert column.choices is not None
    known = dict(column.choices)
    for theirs, ours in own.items():
        if ours not in column.choices:
            raise FieldError(column.name, "value_unknown")
        known[theirs] = known["".join(theirs.split()).lower()] = column.choices[ours]
    return known


def _makers(mapping: FileMapping, epoch: date | None) -> dict[str, Reader]:
    form, zone = mapping.date_format, mapping.zone
    return {
        "code": cells.code,
        "repeated_code": cells.code,
        "words": cells.words,
        "raw": str,
        "shares": cells.shares,
        "name": people.name,
        "phone": people.phone,
        "email": people.email,
        "wechat": people.wechat,
        "card": people.card(mapping.card_check),
        "bank_no": people.bank_no,
        "language": people.language,
        "rate": cells.rate(mapping.rate_scale),
        "terms": cells.count(1, TERMS_MOST),
        "every": cells.count(1, 366),
        "date": cells.day(form, zone=zone, epoch=epoch),
        "moment": cells.moment(form, zone=zone, epoch=epoch),
    }


_TWELVE = Decimal(12)


def finish_loan(line: int, values: list[Any]) -> LoanRow:
    row = LoanRow(line, *values)
    try:
        id_no = people.identity(row.id_type, row.id_no)
    except CellError as error:
        raise FieldError("id_no", error.code) from None
    rate, rate_unit = row.rate, row.rate_unit
    if rate_unit == "month":
        rate, rate_unit = rate * _TWELVE, "year"
    if rate > (YEARLY_MOST if rate_unit == "year" else DAILY_MOST):
        raise FieldError("rate", "rate_out_of_range")
    if row.first_due_on is not None and row.first_due_on <= row.disbursed_on:
        raise FieldError("first_due_on", "date_order")
    if id_no is not row.id_no or rate_unit is not row.rate_unit:
        row = row._replace(id_no=id_no, rate=rate, rate_unit=rate_unit)
    if row.id_type == "uscc" or row.borrower_kind or row.representative or row.representative_id or row.guarantor_id:
        return _with_people(row)
    return row


def _with_people(row: LoanRow) -> LoanRow:
    """The kind of borrower, who speaks for a firm, and a guarantor's number: each sound, and all of them together."""
    known = credit_code.kind_of(row.id_no) if row.id_type == "uscc" else None
    kind = row.borrower_kind or known or credit_code.PERSON
    if known not in {None, kind} or (known is None and kind == credit_code.COMPANY):
        raise FieldError("borrower_kind", "kind_disagrees")
    if (row.representative or row.representative_id) and kind == credit_code.PERSON:
        raise FieldError("representative", "kind_disagrees")
    if bool(row.representative) != bool(row.representative_id):
        raise FieldError("representative_id" if row.representative else "representative", "missing")
    if row.guarantor_id and (row.guarantor is None or len(read_names(row.guarantor)) != 1):
        raise FieldError("guarantor_id", "guarantor_not_one")
    return row._replace(
        borrower_kind=kind,
        representative_id=_identity("representative_id", row.representative_id, {"id_card"}),
        guarantor_id=_identity("guarantor_id", row.guarantor_id, {"id_card", "uscc"}),
    )


def _identity(column: str, raw: str | None, kinds: set[str]) -> str | None:
    """An ID card's number or a credit code, in its canonical spelling."""
    if not raw:
        return None
    if "uscc" in kinds and credit_code.fault("".join(raw.split()).upper()) is None:
        return "".join(raw.split()).upper()
    try:
        return people.identity("id_card", raw)
    except CellError as error:
        raise FieldError(column, error.code) from None


def finish_instalment(line: int, values: list[Any]) -> InstalmentRow:
    row = InstalmentRow(line, *values)
    _, _, _, _, principal, interest, fee, penalty, paid_principal, paid_interest, paid_fee, paid_penalty, _ = row
    if paid_principal > principal:
        raise FieldError("paid_principal", "paid_more_than_due")
    if paid_interest > interest:
        raise FieldError("paid_interest", "paid_more_than_due")
    if paid_fee > fee:
        raise FieldError("paid_fee", "paid_more_than_due")
    if paid_penalty > penalty:
        raise FieldError("paid_penalty", "paid_more_than_due")
    return row


def finish_repayment(line: int, values: list[Any]) -> RepaymentRow:
    receipt, loan_no, when, amount_fen, is_reversed = values
    paid_on: date = when[0]
    paid_at: datetime | None = when[1]
    return RepaymentRow(line, receipt, loan_no, paid_on, paid_at, amount_fen, is_reversed == "yes")


FINISH: dict[str, Finish] = {
    "loans": finish_loan,
    "instalments": finish_instalment,
    "repayments": finish_repayment,
}
