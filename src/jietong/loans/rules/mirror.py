"""What a lender's core says of one loan, checked against itself before a row of it is believed (decision 0021).

All money in whole fen; parts in the order of rules/opening.py: principal, interest, fee, penalty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from jietong.kernel.errors import InputError
from jietong.loans.rules.opening import COMPONENTS, Open, receive

Parts = tuple[int, int, int, int]
#: [instalment number, component, fen], as Repayment.split has it
Split = list[list[object]]


@dataclass(frozen=True, slots=True)
class ToldInstalment:
    """One instalment as the core has it: what it asks for (less what was waived or written off) and what is paid."""

    n: int
    due_on: date
    owed: Parts
    paid: Parts

    @property
    def left_fen(self) -> int:
        return sum(self.owed) - sum(self.paid)


@dataclass(frozen=True, slots=True)
class ToldMoney:
    """One repayment of the core: where it went by part, and what was over."""

    receipt: str
    on: date
    amount_fen: int
    parts: Parts
    over_fen: int = 0
    is_reversed: bool = False


@dataclass(frozen=True, slots=True)
class ToldLoan:
    """A loan as the core has it at one moment. rate: a fraction per rate_unit. written_off_fen: of the principal."""

    ref: str
    product_code: str
    product_name: str
    creditor: str
    principal_fen: int
    rate: Decimal
    rate_unit: str
    method: str
    disbursed_on: date
    as_of: date
    instalments: tuple[ToldInstalment, ...]
    moneys: tuple[ToldMoney, ...] = ()
    overpaid_fen: int = 0
    written_off_fen: int = 0
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def principal_left_fen(self) -> int:
        return sum(row.owed[0] - row.paid[0] for row in self.instalments)

    @property
    def left_fen(self) -> int:
        return sum(row.left_fen for row in self.instalments)


def check(told: ToldLoan) -> None:
    """Raises InputError with the field of what contradicts itself: nothing of such a loan is booked."""
    if not told.ref:
        raise InputError("loan_ref", "missing", "the loan has no number")
    if told.principal_fen <= 0:
        raise InputError("principal", "not_positive", "a loan lends something")
    if told.rate < 0:
        raise InputError("rate", "negative", "the rate must not be negative")
    if not told.instalments:
        raise InputError("instalments", "missing", "the core has sent no schedule of this loan")
    if min(told.overpaid_fen, told.written_off_fen) < 0:
        raise InputError("overpaid", "negative", "an amount must not be negative")
    _check_instalments(told)
    _check_moneys(told)


def _check_instalments(told: ToldLoan) -> None:
    before = told.disbursed_on
    for place, row in enumerate(told.instalments):
        if row.n != place + 1:
            raise InputError(
                f"instalments.{place}.n", "instalment_gap", "instalments are numbered 1 to n without a gap"
            )
        if row.due_on < before:
            raise InputError(f"instalments.{place}.due_on", "date_order", "due dates must ascend from the disbursement")
        before = row.due_on
        for part, owed, paid in zip(COMPONENTS, row.owed, row.paid, strict=True):
            if owed < 0 or paid < 0:
                raise InputError(f"instalments.{place}.{part}", "negative", "an amount must not be negative")
            if paid > owed:
                message = f"instalment {row.n} is paid beyond what it asks for"
                raise InputError(f"instalments.{place}.{part}", "paid_more_than_due", message)
    principal = sum(row.owed[0] for row in told.instalments)
    if principal + told.written_off_fen != told.principal_fen:
        message = f"instalments ask for {principal} fen of principal, the loan lent {told.principal_fen}"
        raise InputError("instalments", "instalments_do_not_sum", message)


def _check_moneys(told: ToldLoan) -> None:
    seen: set[str] = set()
    for place, money in enumerate(told.moneys):
        where = f"repayments.{place}"
        if not money.receipt or money.receipt in seen:
            code = "duplicate_receipt" if money.receipt else "missing"
            raise InputError(f"{where}.receipt", code, "each repayment has a number of its own")
        seen.add(money.receipt)
        if money.amount_fen <= 0:
            raise InputError(f"{where}.amount", "not_positive", "a repayment is more than nothing")
        if money.on < told.disbursed_on:
            raise InputError(f"{where}.date", "before_loan", f"the loan was lent on {told.disbursed_on.isoformat()}")
        if money.on > told.as_of:
            raise InputError(f"{where}.date", "in_the_future", "a repayment lies after the core's own date")
        if min(*money.parts, money.over_fen) < 0 or sum(money.parts) + money.over_fen != money.amount_fen:
            raise InputError(f"{where}.amount", "parts_do_not_sum", "the parts of a repayment add up to its amount")


def spread(told: ToldLoan) -> dict[str, Split]:
    """receipt → which instalments it paid: the core tells only the part, so the oldest that is paid takes it first."""
    room = [list(row.paid) for row in told.instalments]
    found: dict[str, Split] = {}
    for money in sorted((m for m in told.moneys if not m.is_reversed), key=lambda m: (m.on, m.receipt)):
        split: Split = []
        for place, left in enumerate(money.parts):
            for row, free in zip(told.instalments, room, strict=True):
                fen = min(left, free[place])
                if fen:
                    split.append([row.n, COMPONENTS[place], fen])
                    free[place] -= fen
                    left -= fen
        found[money.receipt] = split
    return found


@dataclass(frozen=True, slots=True)
class Ours:
    """Money that we booked and the core has not told yet."""

    receipt: str
    on: date
    amount_fen: int


def with_ours(told: ToldLoan, ours: Sequence[Ours], *, order: Sequence[int]) -> ToldLoan:
    """The core's figures with money on top that it does not know yet: a borrower who paid is not shown the debt again.

    order: indexes into opening.COMPONENTS.
    """
    rows = [Open(row.n, row.due_on, list(row.owed), list(row.paid)) for row in told.instalments]
    moneys, over_fen = list(told.moneys), told.overpaid_fen
    for one in sorted(ours, key=lambda m: (m.on, m.receipt)):
        got = receive(rows, one.receipt, one.on, one.amount_fen, order=order, penalty_of=None)
        parts = [sum(fen for _n, name, fen in got.parts if name == part) for part in COMPONENTS]
        moneys.append(ToldMoney(one.receipt, one.on, one.amount_fen, _four(parts), got.credit_fen))
        over_fen += got.credit_fen
    instalments = tuple(ToldInstalment(row.n, row.due_on, _four(row.owed), _four(row.paid)) for row in rows)
    return replace(told, instalments=instalments, moneys=tuple(moneys), overpaid_fen=over_fen)


def _four(values: Sequence[int]) -> Parts:
    principal, interest, fee, penalty = values
    return principal, interest, fee, penalty


@dataclass(frozen=True, slots=True)
class Difference:
    """What the core says otherwise than the book did. Texts, so that dates and money stand beside each other."""

    field: str
    book: str
    core: str

    def as_list(self) -> list[str]:
        return [self.field, self.book, self.core]


def differences(told: ToldLoan, book: Sequence[ToldInstalment]) -> list[Difference]:
    """Every figure in which the core's instalments differ from the book's, by number; book: as it stood before."""
    ours = {row.n: row for row in book}
    found = []
    for row in told.instalments:
        mine = ours.pop(row.n, None)
        if mine is None:
            found.append(Difference(f"instalments.{row.n}", "", f"{row.due_on.isoformat()} {sum(row.owed)}"))
            continue
        if mine.due_on != row.due_on:
            found.append(Difference(f"instalments.{row.n}.due_on", mine.due_on.isoformat(), row.due_on.isoformat()))
        for place, part in enumerate(COMPONENTS):
            if mine.owed[place] != row.owed[place]:
                field_name = f"instalments.{row.n}.{part}"
                found.append(Difference(field_name, str(mine.owed[place]), str(row.owed[place])))
            if mine.paid[place] != row.paid[place]:
                field_name = f"instalments.{row.n}.{part}_paid"
                found.append(Difference(field_name, str(mine.paid[place]), str(row.paid[place])))
    gone = [row for row in ours.values() if sum(row.owed)]
    found += [Difference(f"instalments.{row.n}", f"{row.due_on.isoformat()} {sum(row.owed)}", "") for row in gone]
    return found


#: debit, credit, fen
Step = tuple[str, str, int]
CLEARING, LOSS = "core_clearing", "credit_loss"


def ledger_steps(told: ToldLoan, balances: Mapping[str, int], *, booked: Sequence[bool]) -> list[Step]:
    """Postings after which the loan's accounts agree with what the core tells, whatever stood there before.

    balances: account → debits less credits of this loan so far. booked: which instalments' interest and fees are
    earned. Cash is what came by receipt; what the core counts as paid otherwise (a goodwill credit, say) goes through
    a clearing account.
    """

    def has(account: str) -> int:
        return balances.get(account, 0)

    steps = [_pair("loan_principal", "disbursement_clearing", told.principal_fen + has("disbursement_clearing"))]
    steps.append(_pair(LOSS, "loan_principal", told.written_off_fen - has(LOSS)))
    into_cash = 0
    for place, part in enumerate(COMPONENTS):
        receivable = "loan_principal" if place == 0 else f"{part}_receivable"
        paid = sum(row.paid[place] for row in told.instalments)
        if place == 0:
            paid_before = -has("disbursement_clearing") - has(LOSS) - has(receivable)
        else:
            earned = sum(
                row.owed[place]
                for row, is_booked in zip(told.instalments, booked, strict=True)
                if is_booked or part == "penalty"
            )
            paid_before = -has(f"{part}_income") - has(receivable)
            steps.append(_pair(receivable, f"{part}_income", earned + has(f"{part}_income")))
        steps.append(_pair("cash", receivable, paid - paid_before))
        into_cash += paid - paid_before
    over = told.overpaid_fen + has("borrower_credit")
    steps.append(_pair("cash", "borrower_credit", over))
    received = sum(money.amount_fen for money in told.moneys if not money.is_reversed)
    steps.append(_pair("cash", CLEARING, received - has("cash") - into_cash - over))
    return [step for step in steps if step[2]]


def _pair(debit: str, credit: str, fen: int) -> Step:
    return (debit, credit, fen) if fen >= 0 else (credit, debit, -fen)
