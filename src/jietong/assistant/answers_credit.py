"""What the assistant may say of a limit and of an application: from their rows, with the reason and what to do now."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jietong.kernel.clock import local_date
from jietong.kernel.money import show_yuan
from jietong.loans.queries import book as loans
from jietong.origination import labels, queries
from jietong.origination.rules.application import OPEN
from jietong.ui import words as ui_words

if TYPE_CHECKING:
    from jietong.origination.models import Application, LimitChange
    from jietong.origination.queries import LimitView

#: of these a person speaks: a death, a stolen identity or a suspicion is not news for a machine to bring
FOR_A_PERSON = frozenset({"deceased", "identity_theft", "lacks_capacity", "fraud_suspected", "minor"})
LATELY = timedelta(days=14)


def limit(borrower_id: int, on: date, now: datetime) -> str:
    """What may be drawn; if it is frozen or was cut, why and what ends that; a late "no" to an application. Empty where
    there is no limit, or where a person has to speak."""
    view = queries.limit(borrower_id)
    if view is None or any(row.reason in FOR_A_PERSON for row in view.freezes):
        return ""
    told = [_standing(view)]
    told += [_freeze(row, borrower_id, on, now) for row in view.freezes]
    cut = _last_cut(borrower_id)
    if cut is not None:
        told.append(_cut(cut, now))
    asked = _told_lately(borrower_id, now)
    if asked is not None:
        said = _application(asked, now)
        if not said:
            return ""
        told.append(said)
    told.append(_("每一次变动和原因都在「我的额度」里；不同意的，可以请人再看。"))
    return "".join(told)


def application(borrower_id: int, on: date, now: datetime) -> str:
    """How far the application is and what comes next; without one, what may be drawn and where to begin. Empty where
    neither is known, or where a person has to speak."""
    asked = _told_lately(borrower_id, now)
    if asked is not None:
        return _application(asked, now)
    view = queries.limit(borrower_id)
    none = _("您现在没有在办的借款申请。")
    if view is None or not view.room_fen:
        of_limit = limit(borrower_id, on, now)
        return none + of_limit if of_limit else ""
    told = none + _("您现在还能借 %(room)s。在「借一笔」里选金额和期数，先看费用再签字；钱到账那天起才计息。")
    return told % {"room": show_yuan(view.room_fen)}


def _standing(view: LimitView) -> str:
    figures = {"all": show_yuan(view.granted_fen), "used": show_yuan(view.used_fen), "room": show_yuan(view.room_fen)}
    if view.is_frozen:
        return _("您的额度 %(all)s，现在是冻结的，先不能再借；已经借的不变。") % figures
    if view.is_over:
        return _("您的额度 %(all)s，在用 %(used)s，比额度多，所以先不能再借；不用提前还。") % figures
    return _("您的额度 %(all)s，在用 %(used)s，还能借 %(room)s。") % figures


def _freeze(row: LimitChange, borrower_id: int, on: date, now: datetime) -> str:
    why = labels.limit_reason(row.reason)
    told = _("%(day)s冻结的，原因是：%(why)s。%(now)s") % {
        "day": _day(row.at, now), "why": why.why, "now": why.now,
    }  # fmt: skip
    if row.reason == "arrears":
        late_fen = loans.position(borrower_id, on=on).overdue_fen
        if late_fen:
            told += _("到今天过了还款日的一共 %(sum)s。") % {"sum": show_yuan(late_fen)}
    return told


def _cut(row: LimitChange, now: datetime) -> str:
    figures = {
        "day": _day(row.at, now), "before": show_yuan(row.granted_fen - row.delta_fen),
        "after": show_yuan(row.granted_fen), "why": labels.limit_reason(row.reason).why,
        "now": labels.limit_reason(row.reason).now,
    }  # fmt: skip
    return _("%(day)s从 %(before)s 降到 %(after)s，原因是：%(why)s。%(now)s") % figures


def _last_cut(borrower_id: int) -> LimitChange | None:
    """The newest change of the sum, if it was a cut that nobody has taken back."""
    amounts = [row for row in queries.changes(borrower_id) if row.kind in {"grant", "raise", "cut", "undo"}]
    newest = amounts[0] if amounts else None
    return newest if newest is not None and newest.kind == "cut" and not hasattr(newest, "undone_by") else None


def _told_lately(borrower_id: int, now: datetime) -> Application | None:
    """The newest application, drafts left out, that is open or has ended lately."""
    rows = [row for row in queries.applications_of(borrower_id) if row.state != "draft"]
    newest = rows[0] if rows else None
    if newest is None or (newest.state not in OPEN and newest.moved_at < now - LATELY):
        return None
    return newest


def _application(row: Application, now: datetime) -> str:
    if set(row.reasons) & FOR_A_PERSON:
        return ""
    told = _("%(day)s申请的 %(sum)s：%(state)s。") % {
        "day": _day(row.created_at, now), "sum": show_yuan(row.amount_fen), "state": labels.STATES[row.state],
    }  # fmt: skip
    for code in row.reasons if row.state in {"in_review", "declined", "payout_failed"} else ():
        why = labels.reason(code)
        told += f"{why.why}{why.now}"
    if row.state == "in_review":
        told += _("%(when)s起在专员手上，结果会发短信告诉您。") % {"when": _moment(row.moved_at, now)}
    elif row.state == "approved" and row.expires_at is not None:
        told += _("%(when)s前签字有效，在「借一笔」里接着办。") % {"when": _moment(row.expires_at, now)}
    elif row.state == "signed":
        told += _("银行说到账之前不计息；到账会发短信告诉您。")
    elif row.state == "payout_failed":
        told += _("在「借一笔」里可以再试一次。")
    elif row.state == "disbursed" and row.disbursed_on is not None:
        days = row.version.cooling_off_days
        if (local_date(now, settings.LENDER_TIME_ZONE) - row.disbursed_on).days <= days:
            told += ngettext(
                "到账后 %(n)d 天内想撤销，在这笔借款的页面上办，按天付利息。",
                "到账后 %(n)d 天内想撤销，在这笔借款的页面上办，按天付利息。",
                days,
            ) % {"n": days}
    elif row.state == "declined":
        told += _("不同意的，可以在「借一笔」里请人再看一次。")
    return told


def _moment(at: datetime, now: datetime) -> str:
    return str(ui_words.moment_words(at, now, settings.LENDER_TIME_ZONE))


def _day(at: datetime, now: datetime) -> str:
    zone = settings.LENDER_TIME_ZONE
    return str(ui_words.day_words(local_date(at, zone), local_date(now, zone)))
