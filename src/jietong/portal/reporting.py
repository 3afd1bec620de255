"""我的信用报送, made ready for the page: what was said of each loan, why, what comes next and how to prevent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jietong.bureau import queries as bureau
from jietong.bureau import words as bureau_words
from jietong.kernel.money import show_yuan
from jietong.ui import words as ui_words

if TYPE_CHECKING:
    from jietong.bureau.models import Notice, Report


@dataclass(frozen=True, slots=True)
class Line:
    """One step of what comes next; tone: "", "good", "warn"."""

    text: str
    icon: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said for one month, in words. before: what stood there first, if it was corrected."""

    report_id: int
    month: date
    as_of: date
    title: str
    tone: str
    why: str
    facts: list[tuple[str, str]]
    before: str = ""
    correction: str = ""
    dispute: str = ""
    dispute_ref: str = ""
    answer: str = ""
    may_dispute: bool = True


@dataclass(frozen=True, slots=True)
class LoanCredit:
    ref: str
    tag: str
    tone: str
    lines: list[Line] = field(default_factory=list)
    months: list[Said] = field(default_factory=list)
    is_late: bool = False


def page(borrower_id: int, *, today: date, now: datetime) -> list[LoanCredit]:
    return [_loan(state, today=today) for state in bureau.of_borrower(borrower_id, now=now)]


def _loan(state: bureau.LoanState, *, today: date) -> LoanCredit:
    look = state.outlook
    days = look.days_past_due
    tag = ngettext("已过还款日 %(days)d 天", "已过还款日 %(days)d 天", days) % {"days": days} if days else _("按时")
    return LoanCredit(
        ref=state.ref,
        tag=tag,
        tone="warn" if days else "good",
        lines=outlook(look, today=today),
        months=[_said(month, today=today) for month in state.months],
        is_late=look.is_late,
    )


def outlook(look: bureau.Outlook, *, today: date) -> list[Line]:
    """What the next report will say, and what would change that. Shared with the assistant's tone: plain and true."""
    last = ui_words.day_words(look.prevent_by, today)
    if not look.is_late:
        return [
            Line(
                _("下次报 %(day)s 的情况。到那天没有过了还款日没还的，就按正常报。") % {"day": last}, "calendar", "good"
            )
        ]
    lines = [_told_line(look.notice, today=today)]
    if look.adverse_from is not None and look.adverse_from > today:
        day = ui_words.day_words(look.adverse_from, today)
        lines.append(Line(_("%(day)s 之前不会报这件事。") % {"day": day}, "shield-check", "good"))
    lines.append(
        Line(
            _("%(day)s 前把过了还款日的还上，这个月就按正常报。到那天还没还上，会如实报过了多少天、差多少钱。")
            % {"day": last},
            "calendar",
        )
    )
    if look.dispute is not None:
        lines.append(Line(_("您提的异议正在核查，核查期间会注明有异议。"), "flag"))
    return lines


def _told_line(notice: Notice | None, *, today: date) -> Line:
    if notice is None:
        return Line(_("报之前会先告知您。还没告知过，就不会报。"), "bell", "good")
    if notice.sent_at is None:
        return Line(_("告知正在发给您，没送到之前不会报。"), "bell", "good")
    told = {"day": ui_words.day_words(_local(notice.sent_at), today), "to": notice.evidence.get("to", "")}
    if not told["to"]:
        return Line(_("%(day)s 已经告知您。") % told, "bell")
    return Line(_("%(day)s 已经告知您，发到 %(to)s。") % told, "bell")


def _said(month: bureau.Month, *, today: date) -> Said:
    report = month.report
    title, tone = _title(report)
    facts = [
        (_("报送时间"), ui_words.day_words(_local(report.reported_at), today)),
        (_("出借人"), report.creditor),
        (_("剩余本金"), show_yuan(report.balance_fen)),
    ]
    if report.adverse and report.overdue_fen is not None:
        facts.append((_("没还的"), show_yuan(report.overdue_fen)))
    if report.asset_class:
        facts.append((_("分类"), bureau_words.named(bureau_words.CLASSES, report.asset_class)))
    if report.notice is not None and report.notice_at is not None:
        to = f"{ui_words.day_words(_local(report.notice_at), today)} · {report.notice.evidence.get('to', '')}"
        facts.append((_("事先告知"), to.rstrip(" ·")))
    dispute = month.dispute
    return Said(
        report_id=report.pk,
        month=report.month,
        as_of=report.as_of,
        title=title,
        tone=tone,
        why=_why(report, today=today),
        facts=facts,
        before=_title(month.before[0])[0] if month.before and report.correction_id else "",
        correction=_correction(month, today=today),
        dispute=_dispute(month, today=today),
        dispute_ref=dispute.contact.ref if dispute is not None and dispute.contact is not None else "",
        answer=dispute.answer if dispute is not None else "",
        may_dispute=dispute is None or dispute.state != "open",
    )


def _title(report: Report) -> tuple[str, str]:
    """What was said, in a few words, and its tone."""
    if report.withheld == "struck":
        return _("没有报过了还款日的事：已撤下"), "good"
    if report.withheld:
        return _("没有报过了还款日的事"), "info"
    if report.adverse and report.days_past_due:
        days = report.days_past_due
        return ngettext("报了已过还款日 %(days)d 天", "报了已过还款日 %(days)d 天", days) % {"days": days}, "warn"
    if report.adverse:
        return _("报了分类：%(name)s") % {"name": bureau_words.named(bureau_words.CLASSES, report.asset_class)}, "warn"
    return (_("报了已结清") if report.status == "settled" else _("报了正常")), "good"


def _why(report: Report, *, today: date) -> str:
    if report.withheld == "struck":
        return _("核查后，这一条不该报，已经撤下。")
    if report.withheld == "waiting":
        return _("告知您之后，说好的等待时间还没到，所以没有报。")
    if report.withheld:
        return _("报之前要先告知您，那时还没告知到，所以没有报。")
    if report.adverse and report.days_past_due:
        due = report.as_of - timedelta(days=report.days_past_due)
        days = {"due": ui_words.day_words(due, today), "as_of": ui_words.day_words(report.as_of, today)}
        return _("因为 %(due)s 到期的一期，到 %(as_of)s 还没还上。") % days
    return ""


def _correction(month: bureau.Month, *, today: date) -> str:
    one = month.correction
    if one is None or one.state == "not_needed" or one.cause == "rejected":
        return ""
    told = {
        "why": bureau_words.named(bureau_words.CAUSES, one.cause),
        "day": ui_words.day_words(_local(one.due_at), today),
        "who": one.owner_team.shown_name,
    }
    if one.state == "open":
        return _("正在更正：%(why)s。%(who)s负责，%(day)s前报出更正。") % told
    at = _local(one.reported_at) if one.reported_at is not None else today
    done = {"why": told["why"], "day": ui_words.day_words(at, today)}
    if one.state == "done":
        return _("%(day)s已更正，征信机构已收到：%(why)s。") % done
    return _("%(day)s已报出更正，等征信机构收下：%(why)s。") % done


def _dispute(month: bureau.Month, *, today: date) -> str:
    one = month.dispute
    if one is None:
        return ""
    if one.state == "open":
        return _("您提的异议正在核查，%(day)s前答复您。") % {"day": ui_words.day_words(_local(one.due_at), today)}
    return _("核查结果：%(state)s。") % {"state": bureau_words.named(bureau_words.DISPUTE_STATES, one.state)}


def _local(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
