"""A loan's credit reporting beside the loan: its state in a line, and what a specialist may truthfully say."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jietong.bureau import words
from jietong.bureau.queries import LoanState
from jietong.kernel import clock


def block(state: LoanState | None, *, today: date) -> dict[str, Any]:
    """state: the last report in a phrase. tags: (words, tone) of what is under way. say: true sentences."""
    if state is None:
        return {"state": _("还没报过"), "tags": [], "say": [_("这笔按时，还没有报过；月底后按正常报。")]}
    newest = state.months[0] if state.months else None
    said = _("还没报过")
    if newest is not None:
        report = newest.report
        told = {"month": f"{report.month:%Y-%m}", "said": _phrase(report)}
        said = _("%(month)s 报了：%(said)s") % told
    return {"state": said, "tags": _tags(state), "say": _say(state, today=today)}


def _phrase(report: Any) -> str:
    if report.withheld:
        return _("不良信息空着（%(why)s）") % {"why": words.named(words.WITHHELD, report.withheld)}
    if report.days_past_due:
        return ngettext("逾期 %(days)d 天", "逾期 %(days)d 天", report.days_past_due) % {"days": report.days_past_due}
    return words.named(words.STATUSES, "settled") if report.status == "settled" else _("正常")


def _tags(state: LoanState) -> list[tuple[str, str]]:
    tags: list[tuple[str, str]] = []
    notice = state.outlook.notice
    if notice is not None:
        label = words.named(words.NOTICE_STATES, notice.state)
        if notice.sent_at is not None:
            label = f"{label} {_local(notice.sent_at):%m-%d}"
        tags.append((label, "info" if notice.state == "sent" else "warn"))
    for month in state.months:
        if month.correction is not None and month.correction.state in {"open", "reported"}:
            due = f"{_local(month.correction.due_at):%m-%d}"
            tags.append((_("更正，%(day)s 前") % {"day": due}, "warn"))
        if month.dispute is not None and month.dispute.state == "open":
            due = f"{_local(month.dispute.due_at):%m-%d}"
            tags.append((_("异议，%(day)s 前答复") % {"day": due}, "warn"))
    return tags[:4]


def _say(state: LoanState, *, today: date) -> list[str]:
    """No threat and no promise: what is reported when, what prevents it, and that it costs nothing to object."""
    look = state.outlook
    last = f"{look.prevent_by:%m-%d}"
    if not look.is_late:
        lines = [_("您现在没有过了还款日没还的，%(day)s 的情况会按正常报。") % {"day": last}]
    elif look.notice is None or look.notice.sent_at is None:
        lines = [_("报对您不利的之前会先告知您，还没告知到就不会报。%(day)s 前还上，这个月按正常报。") % {"day": last}]
    elif look.adverse_from is not None and look.adverse_from > today:
        free = f"{look.adverse_from:%m-%d}"
        told = {"day": free, "last": last}
        lines = [_("%(day)s 之前不会报。%(last)s 前还上，这个月按正常报；没还上会如实报天数和金额。") % told]
    else:
        lines = [_("%(day)s 前把过了还款日的还上，这个月按正常报；没还上会如实报天数和金额。") % {"day": last}]
    lines.append(_("觉得报得不对，可以在“我的信用报送”里提异议，不收费，有答复的日期。"))
    return lines


def _local(at: datetime) -> date:
    return clock.local_date(at, settings.LENDER_TIME_ZONE)
