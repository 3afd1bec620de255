"""Apache Fineract's shapes made into ours. Written from its public REST description (loans with the associations
repaymentSchedule and transactions, clients, client identifiers); dates come as [year, month, day] or ISO text, amounts
as decimal numbers of the loan's currency.

An amount that was waived or written off is not asked for any more: due less waived less written off.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from jietong.connectors.rules import values
from jietong.connectors.rules.people import Person
from jietong.connectors.rules.values import Json, dump, fen, get, rows, text, the_day
from jietong.kernel.errors import InputError
from jietong.loans.rules.mirror import ToldInstalment, ToldLoan, ToldMoney

#: status.id: below, the loan was never paid out; from CLOSED on nothing is owed any more
DISBURSED, CLOSED, WRITTEN_OFF, OVERPAID = 300, 600, 601, 700
WITHDRAWN, REJECTED = 400, 500
#: type.code of transactions that are money received
MONEY = frozenset(
    f"loanTransactionType.{name}"
    for name in ("repayment", "repaymentAtDisbursement", "downPayment", "chargePayment", "recoveryRepayment")
)
RECOVERY = "loanTransactionType.recoveryRepayment"
#: interestType.id 1 is flat; amortizationType.id 0 repays equal principal
FLAT, EQUAL_PRINCIPAL = 1, 0
#: words of documentType.name → our kind of ID
ID_TYPES = (
    ("身份证", "id_card"), ("resident", "id_card"), ("national", "id_card"), ("护照", "passport"),
    ("passport", "passport"), ("统一社会信用代码", "uscc"),
)  # fmt: skip


def ref(loan: Json) -> str:
    """The lender's own number if the core has one, else the account number."""
    return text(loan, "externalId", required=False, longest=40) or text(loan, "accountNo", longest=40)


def is_disbursed(loan: Json) -> bool:
    status = int(values.number(loan, "status.id"))
    return status >= DISBURSED and status not in {WITHDRAWN, REJECTED}


def is_open(loan: Json) -> bool:
    return DISBURSED <= int(values.number(loan, "status.id")) < WITHDRAWN


def fingerprint(listed: Json) -> str:
    """Of one row of the core's list: what moves with money, status or terms. Equal means nothing to fetch."""
    told = {name: get(listed, name) for name in ("id", "status", "summary", "timeline", "externalId", "accountNo")}
    told |= {name: get(listed, name) for name in ("numberOfRepayments", "annualInterestRate", "totalOverpaid")}
    return hashlib.sha256(dump(told).encode()).hexdigest()


def loan(data: Json, *, source: str, creditor: str, as_of: date) -> ToldLoan:
    """One loan with its schedule and transactions. Raises InputError with the field in Fineract's own words."""
    if fen(data, "currency.decimalPlaces") > 200:
        raise InputError("currency.decimalPlaces", "too_precise", "a currency with parts smaller than a fen")
    periods = [row for row in rows(data, "repaymentSchedule.periods") if get(row, "period") is not None]
    product = text(data, "loanProductId", longest=20)
    return ToldLoan(
        ref=ref(data),
        product_code=f"{source}.{product}"[:40],
        product_name=text(data, "loanProductName", required=False) or product,
        creditor=creditor,
        principal_fen=fen(data, "summary.principalDisbursed", required=True),
        rate=values.number(data, "annualInterestRate") / 100,
        rate_unit="year",
        method=_method(data),
        disbursed_on=the_day(data, "timeline.actualDisbursementDate"),
        as_of=as_of,
        instalments=tuple(_instalment(row, place) for place, row in enumerate(periods)),
        moneys=tuple(_moneys(data, source)),
        overpaid_fen=fen(data, "totalOverpaid"),
        written_off_fen=fen(data, "summary.principalWrittenOff"),
    )


def _method(data: Json) -> str:
    if get(data, "interestType.id") == FLAT:
        return "flat"
    return "equal_principal" if get(data, "amortizationType.id") == EQUAL_PRINCIPAL else "equal_instalment"


def _instalment(row: Json, place: int) -> ToldInstalment:
    where = f"repaymentSchedule.periods.{place}."

    def told(name: str) -> int:
        return fen(row, name, where=where)

    def asked(part: str) -> int:
        return told(f"{part}Due") - told(f"{part}Waived") - told(f"{part}WrittenOff")

    parts = ("principal", "interest", "feeCharges", "penaltyCharges")
    owed = (asked(parts[0]), asked(parts[1]), asked(parts[2]), asked(parts[3]))
    paid = (told("principalPaid"), told("interestPaid"), told("feeChargesPaid"), told("penaltyChargesPaid"))
    return ToldInstalment(place + 1, the_day(row, "dueDate", where=where), owed, paid)


def _moneys(data: Json, source: str) -> list[ToldMoney]:
    found = []
    for place, row in enumerate(rows(data, "transactions")):
        where = f"transactions.{place}."
        code = get(row, "type.code")
        if code not in MONEY or code == RECOVERY:
            continue  # money after a write-off pays no instalment; it is the core's income
        parts = (
            fen(row, "principalPortion", where=where),
            fen(row, "interestPortion", where=where),
            fen(row, "feeChargesPortion", where=where),
            fen(row, "penaltyChargesPortion", where=where),
        )
        reversed_ = bool(get(row, "manuallyReversed"))
        amount = fen(row, "amount", required=True, where=where)
        over = fen(row, "overpaymentPortion", where=where)
        if reversed_:  # its portions may be gone already; it pays nothing
            parts, over = (amount, 0, 0, 0), 0
        receipt = text(row, "externalId", required=False) or f"{source}-{text(row, 'id', longest=20)}"
        on = the_day(row, "date", where=where)
        found.append(ToldMoney(receipt, on, amount, parts, over, is_reversed=reversed_))
    return found


def person(client: Json, identifiers: list[Any]) -> Person:
    """The borrower: the lender's own customer number if the core has one, else the client's account number."""
    id_type, id_no = _identity(identifiers)
    return Person(
        number=text(client, "externalId", required=False, longest=40) or text(client, "accountNo", longest=40),
        name=text(client, "displayName"),
        id_type=id_type,
        id_no=id_no,
        phone=text(client, "mobileNo", required=False, longest=20),
        email=text(client, "emailAddress", required=False),
    )


def _identity(identifiers: list[Any]) -> tuple[str, str]:
    for row in identifiers:
        name = text(row, "documentType.name", required=False).lower()
        kind = next((kind for word, kind in ID_TYPES if word in name), None)
        if kind is not None:
            return kind, text(row, "documentKey", longest=40)
    return "", ""
