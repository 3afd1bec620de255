"""Money that waits for a person, and one loan's money: the contexts of the console's pages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from jietong.approvals import queries as approvals
from jietong.approvals.rules.waiving import ALONE_MAX_FEN
from jietong.console.parties import DIVISION_WORDS
from jietong.kernel import clock
from jietong.kernel.errors import InputError
from jietong.kernel.money import parse_yuan
from jietong.loans import words
from jietong.loans.queries import book as loans
from jietong.loans.queries import dividing, quotes, suspense
from jietong.loans.rules.periods import add_months
from jietong.staff import queries as staff
from jietong.ui.words import masked_name

COUNT_MAX = 360
SHOWN_MAX = 300


def suspense_page(now: datetime, *, owner: str, reason: str) -> dict[str, Any]:
    """What waits, the oldest first, with how long; the last that were resolved; money to be paid back."""
    rows = list(suspense.waiting(owner=owner, reason=reason)[:SHOWN_MAX])
    told = suspense.summary(now=now)
    return {
        "now": now,
        "rows": [_row(row, now) for row in rows],
        "told": told,
        "reasons": [(code, words.short(code), count) for code, count in told.by_reason],
        "owner": owner,
        "reason": reason,
        "teams": staff.teams(),
        "done": [_row(row, now) for row in suspense.resolved(limit=15)],
        "orders": suspense.credit_orders(),
        "files": suspense.bank_files(limit=8),
    }


def loan_ref(typed: str) -> str:
    """A loan's number as the book writes it; "" when none has it."""
    found = suspense.loan_of_ref(typed)
    return found.ref if found is not None else ""


def _row(item: Any, now: datetime) -> dict[str, Any]:
    raw = item.raw
    team = {one.code: one.shown_name for one in staff.teams()}.get(item.owner, item.owner)
    return {
        "item": item,
        "why": words.short(item.reason),
        "source": words.said(words.SOURCES, item.source),
        "state": words.said(words.ITEM_STATES, item.state),
        "resolution": words.said(words.RESOLUTIONS, item.resolution),
        "team": team,
        "person": _name(item.person_id),
        "days": (now - item.since).days,
        "is_old": now - item.since > suspense.OLD,
        "payer": masked_name(raw.get("payer", "")) if raw.get("payer") else "",
        "text": raw.get("text", ""),
        "ref": raw.get("ref", ""),
    }


def _name(member_id: int | None) -> str:
    return next((str(one) for one in staff.members() if one.pk == member_id), "")


def item_page(item_id: int, now: datetime) -> dict[str, Any] | None:
    """One item as it came, who may be meant, and what can be done."""
    item = suspense.item(item_id)
    if item is None:
        return None
    is_money = item.source != "plan_change" and bool(item.raw.get("receipt")) and item.amount_fen > 0
    on = clock.local_date(item.happened_at, settings.LENDER_TIME_ZONE)
    offered = suspense.offered(item, on=on) if is_money and item.state == "open" else []
    return {
        **_row(item, now),
        "now": now,
        "on": on,
        "sentence": words.said(words.CODES, item.reason),
        "is_money": is_money,
        "is_open": item.state == "open",
        "offered": [
            {
                "one": one,
                "name": masked_name(one.name),
                "speaks": [words.said(words.REASONS, code) for code in one.candidate.reasons],
                "against": [words.said(words.REASONS, code) for code in one.candidate.against],
            }
            for one in offered
        ],
        "teams": staff.teams(),
        "raw": [(label, _plain(item.raw[key])) for key, label in _raw_words().items() if item.raw.get(key)],
        "was_reversed": item.reason == "receipt_reversed",
    }


def _plain(value: Any) -> str:
    return " · ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _raw_words() -> dict[str, str]:
    return {
        "receipt": _("流水号"),
        "text": _("附言"),
        "account_tail": _("付款账号尾号"),
        "ref": _("借据"),
        "file": _("文件"),
        "line": _("第几行"),
        "cells": _("原文"),
    }


@dataclass(slots=True)
class ReplanForm:
    """A new plan as typed. `errors`: field → sentence; money in yuan, the rate in percent a year (as the loan's)."""

    first_on: date | None = None
    count: int = 0
    rate: Decimal | None = None
    waive_penalty_fen: int = 0
    waive_interest_fen: int = 0
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def due_on(self) -> tuple[date, ...]:
        if self.first_on is None:
            return ()
        return tuple(add_months(self.first_on, k) for k in range(self.count))


def read_replan(data: Mapping[str, str]) -> ReplanForm:
    names = ("first_on", "count", "rate", "waive_penalty", "waive_interest", "reason")
    form = ReplanForm(typed={name: data.get(name, "").strip() for name in names})
    try:
        form.first_on = date.fromisoformat(form.typed["first_on"])
    except ValueError:
        form.errors["first_on"] = _("选第一个还款日。")
    typed = form.typed["count"]
    form.count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0
    if not 1 <= form.count <= COUNT_MAX:
        form.errors["count"], form.count = _("期数在 1 到 360 之间。"), 0
    if form.typed["rate"]:
        try:
            form.rate = Decimal(form.typed["rate"]) / 100
        except InvalidOperation:
            form.errors["rate"] = _("这里填数字，例如 14.4。")
    for name in ("waive_penalty", "waive_interest"):
        try:
            setattr(form, f"{name}_fen", parse_yuan(form.typed[name] or "0"))
        except InputError:
            form.errors[name] = _("这里填金额，例如 120.50。")
    return form


def loan_page(ref: str, now: datetime, *, day: str = "", plan: ReplanForm | None = None) -> dict[str, Any] | None:
    """A loan's money: what settles it on a day, repayments, changes of its plan, and a new plan to look at."""
    loan = suspense.loan_of_ref(ref)
    if loan is None:
        return None
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    on = _day(day, today)
    view = loans.loan(loan.pk, on=today)
    context: dict[str, Any] = {
        "now": now,
        "today": today,
        "loan": loan,
        "view": view,
        "state": words.said(words.LOAN_STATES, loan.status),
        "on": on,
        "quote": quotes.quote(loan.pk, on=on),
        "repayments": suspense.money_of(loan.pk),
        "changes": [_change(one) for one in suspense.changes_of(loan.pk)],
        "credit_fen": suspense.credit_fen(loan.pk),
        "asked": next(iter(approvals.waiting_about(f"loan:{loan.ref}")), None),
        "alone_max_fen": ALONE_MAX_FEN,
        "division": _division(loan.pk, today),
        "order": suspense.order_of(loan.pk, on=today),
        "key": uuid.uuid4().hex,
        "plan": plan,
        "preview": None,
    }
    if plan is not None and not plan.errors:
        seen = quotes.preview_replan(
            loan.pk, due_on=plan.due_on, rate=plan.rate, method="equal_instalment",
            waive_penalty_fen=plan.waive_penalty_fen, waive_interest_fen=plan.waive_interest_fen, on=today,
        )  # fmt: skip
        context["preview"] = seen
        context["preview_refusal"] = words.said(words.CODES, seen.code) if seen.code else ""
        context["before_fen"] = sum(line.total_fen for line in seen.before)
        context["after_fen"] = sum(line.total_fen for line in seen.after)
    return context


def _division(loan_id: int, today: date) -> dict[str, Any] | None:
    """Who gets what of the money that comes, where a guarantor has paid a part; None: the creditor gets all of it."""
    found = dividing.of_loan(loan_id, on=today)
    if not found.parts:
        return None
    return {
        "parts": [(one, str(DIVISION_WORDS[one.division])) for one in found.parts],
        "paid": list(reversed(found.paid))[:12],
    }


def _day(typed: str, today: date) -> date:
    try:
        return max(date.fromisoformat(typed), today)
    except ValueError:
        return today


def _change(change: Any) -> dict[str, Any]:
    tones = {"held": "good", "not_held": "warn", "undone": ""}
    return {
        "row": change,
        "kind": words.said(words.KINDS, change.kind),
        "state": words.said(words.CHANGE_STATES, change.state),
        "tone": tones[change.state],
        "why": words.said(words.CODES, change.why) if change.why else "",
        "fen": sum(change.figures.get("amounts", [])) or change.terms.get("amount_fen", 0),
        "can_undo": change.state != "undone",
    }
