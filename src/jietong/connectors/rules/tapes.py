"""A loan as a lender's files tell it, made into what a core says: schedule, what is paid, each receipt.

A file names a receipt's amount, not its parts: which part of what is paid it explains follows from the order in which
money came, oldest instalment first. What is paid without a receipt stays paid; the ledger names it (core_clearing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jietong.kernel.errors import InputError
from jietong.loans.rules.mirror import Parts, ToldInstalment, ToldLoan, ToldMoney
from jietong.loans.rules.opening import COMPONENTS, Open, receive
from jietong.loans.tape.rows import InstalmentRow, LoanRow, RepaymentRow

#: as rules/products.py: fee, penalty, interest, principal
ORDER = tuple(COMPONENTS.index(part) for part in ("fee", "penalty", "interest", "principal"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money by its number in the core. A reversed one pays nothing."""

    receipt: str
    on: date
    amount_fen: int
    is_reversed: bool = False


def receipts(before: Sequence[Receipt], told: Iterable[RepaymentRow], *, whole: bool) -> list[Receipt]:
    """All receipts of a loan after a file. whole: the file has all of them, so one that it lacks was taken back;
    otherwise what it does not name is as it was. Raises InputError for a receipt told with another amount."""
    known = {} if whole else {one.receipt: one for one in before}
    amounts = {one.receipt: one.amount_fen for one in before}
    for row in told:
        if amounts.get(row.receipt, row.amount_fen) != row.amount_fen:
            raise InputError("receipt", "receipt_reused", f"{row.receipt} was told with another amount")
        known[row.receipt] = Receipt(row.receipt, row.paid_on, row.amount_fen, row.reversed)
    return sorted(known.values(), key=lambda one: (one.on, one.receipt))


def told(
    row: LoanRow, instalments: Sequence[InstalmentRow], moneys: Sequence[Receipt], *, source: str, as_of: date
) -> ToldLoan:
    """The loan as the core has it. Raises InputError `schedule_missing` without its instalments."""
    if not instalments:
        raise InputError("loan_no", "schedule_missing", "a loan that the core keeps comes with its instalments")
    rows = tuple(_instalment(one) for one in sorted(instalments, key=lambda one: one.n))
    paid = [Open(one.n, one.due_on, list(one.paid)) for one in rows]
    found = tuple(_money(one, paid) for one in moneys)
    return ToldLoan(
        ref=row.loan_no,
        product_code=f"{source}.{row.product}"[:40],
        product_name=row.product,
        creditor=row.creditor,
        principal_fen=row.principal_fen,
        rate=row.rate,
        rate_unit=row.rate_unit,
        method=row.method,
        disbursed_on=row.disbursed_on,
        as_of=as_of,
        instalments=rows,
        moneys=found,
        overpaid_fen=sum(one.over_fen for one in found if not one.is_reversed),
    )


def _instalment(one: InstalmentRow) -> ToldInstalment:
    owed = (one.principal_fen, one.interest_fen, one.fee_fen, one.penalty_fen)
    paid = (one.paid_principal_fen, one.paid_interest_fen, one.paid_fee_fen, one.paid_penalty_fen)
    return ToldInstalment(one.n, one.due_on, owed, paid)


def _money(one: Receipt, paid: Sequence[Open]) -> ToldMoney:
    if one.is_reversed:
        return ToldMoney(one.receipt, one.on, one.amount_fen, (one.amount_fen, 0, 0, 0), is_reversed=True)
    got = receive(paid, one.receipt, one.on, one.amount_fen, order=ORDER, penalty_of=None)
    sums: Mapping[str, int] = {
        part: sum(fen for _n, name, fen in got.parts if name == part) for part in COMPONENTS
    }  # fmt: skip
    parts: Parts = (sums["principal"], sums["interest"], sums["fee"], sums["penalty"])
    return ToldMoney(one.receipt, one.on, one.amount_fen, parts, got.credit_fen)
