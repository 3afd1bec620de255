"""What the assistant says about credit reporting: what was reported, what comes next, and what prevents it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jietong.bureau import queries as bureau
from jietong.bureau.queries import LoanState, Outlook
from jietong.kernel.money import show_yuan
from jietong.loans.queries import book as loans


@dataclass(frozen=True, slots=True)
class Told:
    text: str
    suggestions: tuple[str, ...]


def _credit_report(borrower_id: int, on: date, now: datetime) -> Told | None:
    """What was said of each loan in the newest month, and where to see and dispute it."""
    states = bureau.of_borrower(borrower_id, now=now)
    if not states and not _open_loans(borrower_id, on):
        return None
    reported = [state for state in states if state.months]
    parts = [_said(state) for state in reported[:3]]
    if not parts:
        parts.append(_("您的借款还没有报送过征信。我们每月报一次月底的情况，到月底没有过了还款日没还的，就按正常报。"))
    late = [state for state in states if state.outlook.is_late]
    parts += [_next(state.outlook) for state in late[:1]]
    parts.append(_("报了什么、什么时候报的、为什么，都在「我的信用报送」里；觉得不对可以在那里提异议，不收费。"))
    return Told("".join(parts), ("reporting", "person"))


def _overdue_consequence(borrower_id: int, on: date, now: datetime) -> Told | None:
    """What being late means for this borrower: the late charge by day, and the credit report as it really stands."""
    open_loans = _open_loans(borrower_id, on)
    if not open_loans:
        return None
    states = [state for state in bureau.of_borrower(borrower_id, now=now) if state.outlook.is_late]
    if not states:
        return Told(
            _(
                "您现在没有过了还款日没还的。过了还款日，没还的本金每天会加罚息；到月底还没还上，会如实报征信，报之前会先告知您。"
            )
            + _("还不上的话提前告诉我们，可以一起定办法。"),
            ("schedule", "hardship", "person"),
        )
    each_day = sum(view.penalty_per_day_fen for view in open_loans if view.days_past_due > 0)
    parts = []
    if each_day:
        parts.append(_("过了还款日的本金每天约加罚息 %(amount)s。") % {"amount": show_yuan(each_day)})
    parts.append(_next(states[0].outlook))
    parts.append(_("还不上的话告诉我们，可以一起定办法，不收费。"))
    return Told("".join(parts), ("reporting", "promise", "hardship", "person"))


def _open_loans(borrower_id: int, on: date) -> list[loans.LoanView]:
    return [view for view in loans.loans_of(borrower_id, on=on) if not view.is_settled]


def _said(state: LoanState) -> str:
    report = state.months[0].report
    told = {"ref": state.ref, "month": date_format(report.month, _("Y 年 n 月"))}
    if report.withheld:
        return _("借据 %(ref)s，%(month)s没有报过了还款日的事。") % told
    if report.adverse and report.days_past_due:
        days = report.days_past_due
        words = ngettext(
            "借据 %(ref)s，%(month)s报了已过还款日 %(days)d 天。",
            "借据 %(ref)s，%(month)s报了已过还款日 %(days)d 天。",
            days,
        )
        return words % {**told, "days": days}
    if report.status == "settled":
        return _("借据 %(ref)s，%(month)s报了已结清。") % told
    if report.adverse:
        return _("借据 %(ref)s，%(month)s的报送请看明细。") % told
    return _("借据 %(ref)s，%(month)s报了正常。") % told


def _next(look: Outlook) -> str:
    """What the next report will say, and until when it can be changed. No threat: how it is."""
    last = date_format(look.prevent_by, _("n 月 j 日"))
    if look.notice is None or look.notice.sent_at is None:
        first = _("报对您不利的之前会先告知您，还没告知到就不会报。")
    else:
        first = ""
    return first + _("%(day)s 前把过了还款日的还上，这个月就按正常报；到那天还没还上，会如实报。") % {"day": last}


TOOLS: dict[str, Callable[[int, date, datetime], Told | None]] = {
    "credit_report": _credit_report,
    "overdue_consequence": _overdue_consequence,
}
