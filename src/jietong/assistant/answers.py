"""What the assistant may answer, from the borrower's own loan, each figure with its date. No tool, no answer.

An answer is found by intent. An intent without a tool here goes to a person: nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jietong.assistant import answers_credit, answers_debits, reporting
from jietong.kernel.money import show_yuan
from jietong.loans.queries import book as loans
from jietong.loans.queries import quotes
from jietong.loans.queries.book import LoanView


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` in the reader's language; `figure`, when there is one, as the figure card wants it (fen, ISO instants)."""

    text: str
    figure: dict[str, Any] | None = None
    suggestions: tuple[str, ...] = field(default=("promise", "hardship", "person"))


def answer_for(intent: str, *, borrower_id: int, on: date, now: datetime) -> Answer | None:
    """The answer to this intent for this borrower, or None when a person has to give it."""
    if intent in reporting.TOOLS:
        told = reporting.TOOLS[intent](borrower_id, on, now)
        return Answer(told.text, suggestions=told.suggestions) if told is not None else None
    if intent in DEBITS:
        said = DEBITS[intent](borrower_id, now)
        return Answer(said, suggestions=("repay_failed", "person")) if said else None
    if intent in CREDIT:
        said = CREDIT[intent](borrower_id, on, now)
        return Answer(said, suggestions=("person",)) if said else None
    tool = TOOLS.get(intent)
    if tool is None:
        return None
    open_loans = [view for view in loans.loans_of(borrower_id, on=on) if not view.is_settled]
    return tool(open_loans, now) if open_loans else None


def _amount_due(open_loans: list[LoanView], now: datetime) -> Answer:
    due = sum(view.due_now_fen for view in open_loans)
    if due == 0:
        coming = _next(open_loans)
        if coming is None:
            return Answer(_("您现在没有要还的款。"), suggestions=("person",))
        day, fen = coming
        text = _("您现在没有到期的款。下一期 %(day)s 到期，要还 %(amount)s。")
        return Answer(text % {"day": _day(day), "amount": show_yuan(fen)}, suggestions=("schedule", "person"))
    lines = [i for view in open_loans for i in view.due_now]
    parts = {
        _("本金"): sum(i.principal_left_fen for i in lines),
        _("利息"): sum(i.interest_left_fen for i in lines),
        _("费用"): sum(i.fee_left_fen for i in lines),
        _("罚息"): sum(i.penalty_left_fen for i in lines),
    }
    days = max(view.days_past_due for view in open_loans)
    figure = {
        "title": _("今天还清到期的部分"),
        "amount_fen": due,
        "as_of_at": now.isoformat(),
        "parts": [{"label": label, "amount_fen": fen} for label, fen in parts.items() if fen],
        "tag": ngettext("已过还款日 %(days)d 天", "已过还款日 %(days)d 天", days) % {"days": days} if days else "",
    }
    return Answer(_("今天要还的一共是 %(amount)s，明细在下面。") % {"amount": show_yuan(due)}, figure)


def _due_date(open_loans: list[LoanView], now: datetime) -> Answer:
    late = [view for view in open_loans if view.days_past_due > 0]
    coming = _next(open_loans)
    text = ""
    if late:
        first = min(view.oldest_late_on for view in late if view.oldest_late_on)
        text = _("最早一期没还的是 %(day)s 到期的。") % {"day": _day(first)}
    if coming is not None:
        day, fen = coming
        text += _("下一个还款日是 %(day)s，要还 %(amount)s。想改还款日，可以找专员一起定。") % {
            "day": _day(day),
            "amount": show_yuan(fen),
        }
    return Answer(text or _("您没有后面的还款日了。"), suggestions=("schedule", "person"))


def _interest_fee(open_loans: list[LoanView], now: datetime) -> Answer:
    view = open_loans[0]
    annual = view.rate * 365 if view.rate_unit == "day" else view.rate
    text = _("借据 %(ref)s 的年利率是 %(rate)s%%，利息按合同每期计算。") % {
        "ref": view.ref,
        "rate": f"{float(annual) * 100:.2f}".rstrip("0").rstrip("."),
    }
    if view.penalty_now_fen:
        text += _("过了还款日的本金每天约加罚息 %(fen)s，到今天一共 %(sum)s。") % {
            "fen": show_yuan(view.penalty_per_day_fen),
            "sum": show_yuan(view.penalty_now_fen),
        }
    return Answer(text, suggestions=("schedule", "person"))


def _repay_how(open_loans: list[LoanView], now: datetime) -> Answer:
    due = sum(view.due_now_fen for view in open_loans)
    text = _("可以从绑定的银行卡自动扣，也可以在 App「我的借款」里自己还，还一期或一部分都可以。")
    if due:
        text += _("今天到期要还的是 %(amount)s。") % {"amount": show_yuan(due)}
    creditors = _("、").join(dict.fromkeys(view.creditor for view in open_loans))
    text += _("出借人是%(creditors)s。") % {"creditors": creditors}
    return Answer(text + _("请不要转账到任何个人账户。"))


def _repay_early(open_loans: list[LoanView], now: datetime) -> Answer:
    """What ends each loan today, from the book; the largest three by name."""
    told = []
    for view in open_loans[:3]:
        quote = quotes.quote(view.loan_id, on=view.as_of)
        line = _("借据 %(ref)s 今天全部结清一共 %(sum)s，其中到今天的利息 %(interest)s")
        figures = {"ref": view.ref, "sum": show_yuan(quote.total_fen), "interest": show_yuan(quote.amounts[1])}
        told.append(line % figures)
        if quote.saved_fen > 0:
            told[-1] += _("，以后的利息 %(saved)s 就不用还了") % {"saved": show_yuan(quote.saved_fen)}
    text = _("；").join(told) + _("。先付利息再还本金，没有提前还款的手续费；这个数当天有效。")
    if len(open_loans) == 1:
        view = open_loans[0]
        figure = {
            "title": _("今天全部结清"),
            "amount_fen": quote.total_fen,
            "as_of_at": now.isoformat(),
            "parts": [
                {"label": label, "amount_fen": fen}
                for label, fen in zip((_("本金"), _("利息"), _("费用"), _("罚息")), quote.amounts, strict=True)
                if fen
            ],
            "tag": "",
        }
        text += _("在借款的「提前还款」页面可以看只还一部分会怎样，也可以约好今天还。")
        return Answer(text, figure, suggestions=("schedule", "person"))
    return Answer(text, suggestions=("schedule", "person"))


def _next(open_loans: list[LoanView]) -> tuple[date, int] | None:
    coming = [(view.next_due.due_on, view.next_due.left_fen) for view in open_loans if view.next_due is not None]
    if not coming:
        return None
    day = min(day for day, _fen in coming)
    return day, sum(fen for due_on, fen in coming if due_on == day)


def _day(day: date) -> str:
    return date_format(day, _("n 月 j 日"))


#: answered from the debits themselves; empty when a person has to look
DEBITS: dict[str, Callable[[int, datetime], str]] = {
    "auto_deduct": answers_debits.auto_deduct,
    "repay_failed": answers_debits.repay_failed,
}

#: answered from the limit and the application; empty when a person has to look
CREDIT: dict[str, Callable[[int, date, datetime], str]] = {
    "borrow_how": answers_credit.application,
    "limit_eligibility": answers_credit.limit,
}

TOOLS: dict[str, Callable[[list[LoanView], datetime], Answer]] = {
    "amount_due": _amount_due,
    "due_date": _due_date,
    "interest_fee": _interest_fee,
    "repay_early": _repay_early,
    "repay_how": _repay_how,
}
