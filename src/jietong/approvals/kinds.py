"""The acts that need a second person: who may ask, who may agree, and how each is carried out.

Each is carried out in the caller's transaction and answers before and after. Looked at first, the same code runs and is
undone, so what a person sees is what the book would do, not what a second description of it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings

from jietong.approvals.rules import waiving
from jietong.approvals.rules.rows import Row
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import commands as loans
from jietong.loans.importing.parties_list import Order, carry_out, read_list
from jietong.loans.queries import book, parties, products, suspense
from jietong.loans.rules.products import ProductTerms
from jietong.origination import commands as origination

if TYPE_CHECKING:
    from jietong.loans.models import Loan
    from jietong.loans.queries.book import LoanView

Terms = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Doing:
    """Who has it done, why, under which key, and when."""

    actor: str
    reason: str
    key: str
    now: datetime

    @property
    def today(self) -> date:
        return clock.local_date(self.now, settings.LENDER_TIME_ZONE)


def _never(terms: Terms, now: datetime) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Kind:
    """asks, confirms: permissions. subject: what it is about, of which one request waits at a time. alone: within a
    limit one person does it."""

    asks: str
    confirms: str
    subject: Callable[[Terms], str]
    carry_out: Callable[[Terms, Doing], list[Row]]
    alone: Callable[[Terms, datetime], bool] = _never


def _product_in_force(terms: Terms, doing: Doing) -> list[Row]:
    """terms: version_id, from_on (ISO)."""
    from_on = date.fromisoformat(terms["from_on"])
    version = products.version(terms["version_id"])
    if version is None:
        raise InputError("version", "unknown", f"there is no product version {terms['version_id']}")
    before = products.version_in_force(version.product.code, on=from_on)
    loans.put_in_force(version_id=version.pk, from_on=from_on, actor=doing.actor, now=doing.now)
    old, new = (before.terms if before is not None else None), version.terms
    return [
        Row("from_on", "", terms["from_on"], "date"),
        *(
            Row(one.name, _said(old, one.name), _said(new, one.name), "term")
            for one in fields(ProductTerms)
            if _said(old, one.name) != _said(new, one.name)
        ),
    ]


def _said(terms: ProductTerms | None, name: str) -> str:
    if terms is None:
        return ""
    value = getattr(terms, name)
    return ",".join(str(one) for one in value) if isinstance(value, tuple) else str(value)


def _write_off(terms: Terms, doing: Doing) -> list[Row]:
    """terms: ref."""
    before, loan = _view(terms["ref"], doing)
    change = loans.write_off(
        loan_ref=terms["ref"], reason=doing.reason, key=doing.key, actor=doing.actor, now=doing.now
    )
    after = book.loan(loan.pk, on=doing.today)
    names = ("principal", "interest", "fee", "penalty")
    return [
        Row("state", "active", "written_off", "loan_state"),
        *(Row(name, fen, 0) for name, fen in zip(names, change.figures["amounts"], strict=True) if fen),
        Row("assets", sum(change.figures["amounts"]), 0),
        Row("owed", before.outstanding_fen, after.outstanding_fen),
    ]


def _waive(terms: Terms, doing: Doing) -> list[Row]:
    """terms: ref, penalty_fen."""
    before, loan = _view(terms["ref"], doing)
    loans.waive_penalty(
        loan_ref=terms["ref"], penalty_fen=terms["penalty_fen"], reason=doing.reason, key=doing.key, actor=doing.actor,
        now=doing.now,
    )  # fmt: skip
    after = book.loan(loan.pk, on=doing.today)
    return [
        Row("penalty", before.penalty_now_fen, after.penalty_now_fen),
        Row("due_now", before.due_now_fen, after.due_now_fen),
        Row("owed", before.outstanding_fen, after.outstanding_fen),
    ]


def _replan(terms: Terms, doing: Doing) -> list[Row]:
    """terms: ref, due_on (ISO dates), rate (text or None), waive_penalty_fen, waive_interest_fen."""
    before, loan = _view(terms["ref"], doing)
    plan = loans.NewPlan(
        tuple(date.fromisoformat(day) for day in terms["due_on"]),
        rate=Decimal(terms["rate"]) if terms["rate"] is not None else None,
        waive_penalty_fen=terms["waive_penalty_fen"], waive_interest_fen=terms["waive_interest_fen"],
    )  # fmt: skip
    loans.replan(loan_ref=terms["ref"], plan=plan, reason=doing.reason, key=doing.key, actor=doing.actor, now=doing.now)
    after = book.loan(loan.pk, on=doing.today)
    return [
        Row("waived_penalty", 0, terms["waive_penalty_fen"]),
        Row("waived_interest", 0, terms["waive_interest_fen"]),
        Row("owed", before.outstanding_fen, after.outstanding_fen),
        Row("due_now", before.due_now_fen, after.due_now_fen),
        Row("instalments", _left(before), _left(after), "count"),
        Row("last_due_on", _last(before), _last(after), "date"),
    ]


def _left(view: LoanView) -> int:
    return sum(1 for one in view.instalments if one.left_fen > 0)


def _last(view: LoanView) -> str:
    return max((one.due_on.isoformat() for one in view.instalments if one.left_fen > 0), default="")


def _creditor_list(terms: Terms, doing: Doing) -> list[Row]:
    """terms: what, on (ISO), taker, reference, hotline, pay_to, whole, division, list (text). Every line, or none."""
    order = order_of(terms)
    refs = [ref for _number, ref, _amount in read_list(terms["list"])]
    before = parties.holders_on(refs, order.on)
    outcome = carry_out(order, terms["list"], actor=doing.actor, now=doing.now, dry_run=False)
    if outcome.bad:
        line = outcome.bad[0]
        raise CommandRefused("line_changed", f"line {line.number}, {line.ref}: {line.message}")
    after = parties.holders_on(refs, order.on)
    return [Row(ref, _claims(before[ref]), _claims(after[ref]), "claims") for ref in refs]


def order_of(terms: Terms) -> Order:
    names = ("what", "taker", "reference", "hotline", "pay_to", "whole", "division")
    return Order(on=date.fromisoformat(terms["on"]), **{name: terms[name] for name in names})


def _claims(held: tuple[parties.Claim, ...]) -> list[list[Any]]:
    return [[claim.holder, claim.amount_fen] for claim in held]


def _limit_list(terms: Terms, doing: Doing) -> list[Row]:
    """terms: numbers, to_fen, reason, note. Every number, or none."""
    by = origination.By(actor=doing.actor, reason=terms["reason"], note=terms["note"])
    lines = origination.on_list(
        numbers=terms["numbers"], kind="cut", to_fen=terms["to_fen"], by=by, now=doing.now, dry_run=False
    )
    bad = next((line for line in lines if line.problem), None)
    if bad is not None:
        raise CommandRefused("line_changed", f"{bad.number}: {bad.problem}")
    return [Row(line.number, line.granted_fen, line.after_fen) for line in lines]


def _view(ref: str, doing: Doing) -> tuple[LoanView, Loan]:
    loan = suspense.loan_of_ref(ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {ref}")
    return book.loan(loan.pk, on=doing.today), loan


def _alone(terms: Terms, now: datetime) -> bool:
    """Within the written limit, together with what was waived of the loan lately."""
    loan = suspense.loan_of_ref(terms["ref"])
    if loan is None:
        return True  # the command says what is wrong
    wanted = terms.get("penalty_fen", 0) + terms.get("waive_penalty_fen", 0) + terms.get("waive_interest_fen", 0)
    lately = suspense.waived_fen(loan.pk, since=now - timedelta(days=waiving.WINDOW_DAYS))
    return wanted == 0 or waiving.is_alone(wanted, lately)


def _of_loan(terms: Terms) -> str:
    return f"loan:{terms['ref']}"


def _of_list(text: str) -> str:
    return f"list:{hashlib.sha256(text.encode()).hexdigest()[:40]}"


KINDS: dict[str, Kind] = {
    "product_in_force": Kind(
        "console.operate", "approve.terms", lambda terms: f"version:{terms['version_id']}", _product_in_force
    ),
    "write_off": Kind("money.plan", "approve.money", _of_loan, _write_off),
    "waive": Kind("money.plan", "approve.money", _of_loan, _waive, _alone),
    "replan": Kind("money.plan", "approve.money", _of_loan, _replan, _alone),
    "creditor_list": Kind(
        "console.operate", "approve.money", lambda terms: _of_list(f"{terms['reference']}\n{terms['list']}"),
        _creditor_list,
    ),
    "limit_list": Kind(
        "credit.change", "approve.terms", lambda terms: _of_list(f"{terms['to_fen']}\n{terms['numbers']}"), _limit_list
    ),
}  # fmt: skip
