"""The events of a webhook: the documented shapes (docs/connectors.md), checked field by field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jietong.connectors.rules import values
from jietong.connectors.rules.people import Person
from jietong.connectors.rules.values import Json, fen, get, rows, text, the_day
from jietong.kernel.errors import InputError
from jietong.loans.rules.mirror import Parts, ToldInstalment, ToldLoan, ToldMoney

KINDS = ("repayment", "reversal", "contact_point", "loan", "heartbeat")
METHODS = ("equal_instalment", "equal_principal", "interest_only", "bullet", "flat")
PARTS = ("principal", "interest", "fee", "penalty")


@dataclass(frozen=True, slots=True)
class Received:
    """One event as the sender numbered it. subject: the loan's or borrower's number, for lists."""

    external_id: str
    kind: str
    subject: str
    data: Json


def events(body: Any) -> list[Received]:
    """One event, or {"events": [...]} of at most 500."""
    if not isinstance(body, dict):
        raise InputError("body", "not_an_object", "an event is an object")
    several = "events" in body
    found = rows(body, "events") if several else [body]
    if not 1 <= len(found) <= 500:
        raise InputError("events", "count", "between 1 and 500 events in one request")
    return [_event(one, f"events.{place}." if several else "") for place, one in enumerate(found)]


def _event(one: Any, where: str) -> Received:
    if not isinstance(one, dict):
        raise InputError(where + "event", "not_an_object", "an event is an object")
    try:
        number, kind = text(one, "id", longest=100), text(one, "kind", longest=30)
    except InputError as error:
        raise InputError(where + error.field, error.code, error.message) from None
    data = one.get("data", {})
    if kind not in KINDS:
        raise InputError(where + "kind", "unknown", f"an event is one of {', '.join(KINDS)}")
    if not isinstance(data, dict):
        raise InputError(where + "data", "not_an_object", "the data of an event is an object")
    subject = data.get("loan_no") or data.get("borrower_no") or ""
    return Received(number, kind, str(subject)[:80], data)


@dataclass(frozen=True, slots=True)
class Paid:
    receipt: str
    loan_no: str
    amount_fen: int
    paid_at: datetime


def repayment(data: Json) -> Paid:
    amount = fen(data, "amount", required=True)
    return Paid(text(data, "receipt"), text(data, "loan_no", longest=40), amount, values.moment(data, "paid_at"))


def reversal(data: Json) -> tuple[str, str]:
    """(receipt, reason)"""
    return text(data, "receipt"), text(data, "reason", longest=200)


def contact_point(data: Json) -> tuple[str, str, str]:
    """(customer number, phone or email, value)"""
    kind = text(data, "kind", longest=10)
    if kind not in {"phone", "email"}:
        raise InputError("kind", "unknown", "a way to reach somebody is a phone or an email")
    return text(data, "borrower_no", longest=40), kind, text(data, "value")


def loan(data: Json, *, source: str, creditor: str, as_of: date) -> ToldLoan:
    """A whole loan as the core has it, with `instalments` and `repayments`; amounts in yuan as texts."""
    method = text(data, "method", longest=24)
    if method not in METHODS:
        raise InputError("method", "unknown", f"a method is one of {', '.join(METHODS)}")
    unit = text(data, "rate_unit", required=False, longest=4) or "year"
    if unit not in {"year", "day"}:
        raise InputError("rate_unit", "unknown", "a rate is per year or per day")
    return ToldLoan(
        ref=text(data, "loan_no", longest=40),
        product_code=f"{source}.{text(data, 'product', longest=30)}"[:40],
        product_name=text(data, "product_name", required=False) or text(data, "product"),
        creditor=text(data, "creditor", required=False) or creditor,
        principal_fen=fen(data, "principal", required=True),
        rate=Decimal(values.number(data, "rate")),
        rate_unit=unit,
        method=method,
        disbursed_on=the_day(data, "disbursed_on"),
        as_of=as_of,
        instalments=tuple(_instalment(row, place) for place, row in enumerate(rows(data, "instalments"))),
        moneys=tuple(_money(row, place) for place, row in enumerate(rows(data, "repayments"))),
        overpaid_fen=fen(data, "overpaid"),
        written_off_fen=fen(data, "written_off"),
    )


def _parts(row: Any, where: str, prefix: str = "") -> Parts:
    principal, interest, fee, penalty = (fen(row, prefix + part, where=where) for part in PARTS)
    return principal, interest, fee, penalty


def _instalment(row: Any, place: int) -> ToldInstalment:
    where = f"instalments.{place}."
    due = the_day(row, "due_on", where=where)
    return ToldInstalment(place + 1, due, _parts(row, where), _parts(row, where, "paid_"))


def _money(row: Any, place: int) -> ToldMoney:
    where = f"repayments.{place}."
    amount = fen(row, "amount", required=True, where=where)
    over = fen(row, "over", where=where)
    on = the_day(row, "paid_on", where=where)
    return ToldMoney(text(row, "receipt"), on, amount, _parts(row, where), over, bool(get(row, "reversed")))


def person(data: Json) -> Person | None:
    """The borrower of a `loan` event; None when it names only the customer's number."""
    if not isinstance(get(data, "borrower"), dict):
        return None
    return Person(
        number=text(data, "borrower.number", longest=40),
        name=text(data, "borrower.name"),
        id_type=text(data, "borrower.id_type", required=False, longest=20),
        id_no=text(data, "borrower.id_no", required=False, longest=40),
        phone=text(data, "borrower.phone", required=False, longest=20),
        email=text(data, "borrower.email", required=False),
    )
