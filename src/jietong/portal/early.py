"""Paying early, and money that is the borrower's: the contexts of two pages. What it costs stands in the book."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from jietong.kernel.errors import InputError
from jietong.kernel.money import parse_yuan, yuan
from jietong.loans import words
from jietong.loans.queries import book as loans
from jietong.loans.queries import quotes
from jietong.loans.queries import suspense as money
from jietong.loans.queries.book import LoanView
from jietong.ui import components as c

DAYS_AHEAD = 7  # how far a day can be chosen; the figure is that of the day


def page(view: LoanView, *, now: datetime, day: str = "", amount: str = "", keep: str = "term") -> dict[str, Any]:
    """The page of one loan: settling it on a day; with an amount, what a part of it would change."""
    on = _day(day, view.as_of)
    quote = quotes.quote(view.loan_id, on=on)
    told: dict[str, Any] = {
        "loan": view,
        "on": on,
        "is_today": on == view.as_of,
        "last_day": view.as_of + timedelta(days=DAYS_AHEAD),
        "quote": quote,
        "figure": _figure(quote, now=now),
        **_order(view),
        "account": settings.REPAYMENT_ACCOUNT,
        "amount": amount,
        "keep": keep if keep in {"term", "instalment"} else "term",
        "least": yuan(quote.due_fen + quote.accrued_fen + 1),
        "part": None,
        "part_error": "",
        "can_keep_instalment": view.method not in {"interest_only", "bullet"},
    }
    if amount.strip():
        told |= _part(view, quote, amount, told["keep"], on)
    return told


def _order(view: LoanView) -> dict[str, Any]:
    """What was arranged, with what it takes by now: money that came meanwhile makes it less."""
    order = money.order_of(view.loan_id, on=view.as_of)
    if order is None:
        return {"order": None}
    takes = quotes.quote(view.loan_id, on=order.valid_on).total_fen if order.plan == "pay_off" else order.quoted_fen
    return {"order": order, "order_fen": takes}


def _part(view: LoanView, quote: Any, amount: str, keep: str, on: date) -> dict[str, Any]:
    try:
        fen = parse_yuan(amount)
    except InputError:
        return {"part_error": _("这里填数字，例如 3000。")}
    if fen >= quote.total_fen:
        return {"part_error": _("这个数够全部结清了，用上面的全部结清就行。")}
    if fen <= quote.due_fen + quote.accrued_fen:
        return {"part_error": words.said(words.CODES, "amount_too_small")}
    seen = quotes.preview_prepayment(view.loan_id, amount_fen=fen, keep=keep, on=on)
    if seen.code:
        return {"part_error": words.said(words.CODES, seen.code)}
    later = [line for line in seen.before if line.due_on > on]
    return {
        "part": seen,
        "part_fen": fen,
        "first_before_fen": later[0].total_fen if later else 0,
        "first_after_fen": seen.after[0].total_fen if seen.after else 0,
        "fewer": len(later) - len(seen.after),
        "last_before_on": later[-1].due_on if later else None,
        "last_after_on": seen.after[-1].due_on if seen.after else None,
    }


def _figure(quote: Any, *, now: datetime) -> c.Figure:
    labels = (_("本金"), _("利息，算到这天"), _("费用"), _("罚息"))
    parts = tuple(c.FigurePart(label, fen) for label, fen in zip(labels, quote.amounts, strict=True) if fen)
    return c.Figure(title=_("全部结清要付"), amount_fen=quote.total_fen, as_of_at=now, parts=parts)


def _day(typed: str, today: date) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return today
    return min(max(day, today), today + timedelta(days=DAYS_AHEAD))


def credit_page(borrower_id: int, *, on: date) -> dict[str, Any]:
    """What was paid too much, loan by loan, and where it could go instead."""
    found = money.credits_of(borrower_id)
    views = [view for view in loans.loans_of(borrower_id, on=on) if not view.is_settled]
    return {
        "credits": [(one, [view for view in views if view.loan_id != one.loan_id]) for one in found],
        "total_fen": sum(one.fen for one in found),
    }
