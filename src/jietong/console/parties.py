"""The operator's page of creditors: one change for a loan or a list, tried first; and every change with its notice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from jietong.compliance.labels import refusal_label
from jietong.console.words import Words, named
from jietong.contacts import queries as contacts
from jietong.kernel.errors import InputError
from jietong.loans.commands import Around, Named
from jietong.loans.importing.parties_list import ARRANGEMENT, WHATS, Line, Order, Outcome
from jietong.loans.queries import parties
from jietong.loans.queries.parties import ChangeView
from jietong.loans.rules.dividing import CREDITOR_FIRST, GUARANTOR_FIRST, PRO_RATA
from jietong.loans.rules.parties import COMPENSATION, TRANSFER, read_names, read_shares

SHOWN_MAX = 60
BAD_SHOWN_MAX = 50

WHAT_WORDS: Words = {
    TRANSFER: lazy("债权转让"),
    COMPENSATION: lazy("代偿"),
    ARRANGEMENT: lazy("登记各方"),
}
TOLD_WORDS: Words = {
    "sms": lazy("短信已送出"),
    "app": lazy("App 已送出"),
    "email": lazy("邮件已送出"),
    "letter": lazy("已寄信函"),
    "read": lazy("借款人已读"),
}
DIVISION_WORDS: Words = {
    CREDITOR_FIRST: lazy("先还原债权人，还完再还担保方"),
    PRO_RATA: lazy("按各自债权的比例一起还"),
    GUARANTOR_FIRST: lazy("先还担保方"),
}
#: (field, code) or code → what stands beside the line
ERRORS: dict[tuple[str, str] | str, Any] = {
    ("loan_ref", "unknown"): lazy("没有这笔借据"),
    ("loan_ref", "settled"): lazy("已结清，没有债权可以转"),
    ("loan_ref", "repeated"): lazy("名单里写了两次"),
    ("taker", "missing"): lazy("请填新债权人"),
    ("taker", "is_creditor"): lazy("已经是这家的债权"),
    ("guarantor", "missing"): lazy("请填担保方"),
    ("guarantor", "not_a_guarantor"): lazy("那一天它不是这笔借款的担保方，请先登记各方"),
    ("reference", "missing"): lazy("请填协议号或付款流水号"),
    ("amount", "missing"): lazy("代偿要在借据号后面写金额"),
    ("amount", "not_a_number"): lazy("金额看不懂"),
    ("amount", "too_precise"): lazy("金额最多到分"),
    ("amount", "not_positive"): lazy("金额要大于零"),
    ("amount", "too_large"): lazy("比那一天欠的还多"),
    ("amount", "less_than_principal"): lazy("全额代偿不能少于剩余本金"),
    ("price", "in_future"): lazy("还没到那一天，转让款先不要写"),
    ("effective_on", "before_loan"): lazy("早于放款日"),
    ("effective_on", "too_late"): lazy("最多提前一年"),
    ("paid_on", "before_loan"): lazy("早于放款日"),
    ("paid_on", "in_future"): lazy("代偿款还没到账，不能先记"),
    ("since_on", "before_loan"): lazy("早于放款日"),
    ("on", "missing"): lazy("请填日期"),
    ("list", "missing"): lazy("名单是空的：每行一笔借据号"),
    ("list", "too_long"): lazy("一次最多 1000 笔"),
    ("file", "encoding_unknown"): lazy("文件不是 UTF-8 或 GBK 编码"),
    ("hotline", "missing"): lazy("请填谁来解答的电话：通知里必须写"),
    ("hotline", "too_long"): lazy("电话最多 40 个字"),
    ("pay_to", "too_long"): lazy("怎么还最多 120 个字"),
    ("funders", "share_unreadable"): lazy("出资份额看不懂，请写成：甲 70%；乙 30%"),
    ("funders", "share_repeated"): lazy("同一家出资方写了两次"),
    ("funders", "shares_not_whole"): lazy("出资份额加起来要正好 100%"),
    ("funders", "repeated"): lazy("同一家写了两次"),
    ("around", "missing"): lazy("平台、出资方、担保方至少写一个"),
    ("reason", "missing"): lazy("请写明为什么撤销"),
    "reference_reused": lazy("这个编号已经用过，内容不一样"),
    "contradicts_later": lazy("和后面的变更对不上，请先撤销后面那一条"),
    "is_correction": lazy("更正不能再撤销，请重新登记"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was sent, so that it comes back as it was."""

    what: str = TRANSFER
    values: dict[str, str] = field(default_factory=dict)


def error_words(error_field: str, code: str, message: str) -> str:
    return str(ERRORS.get((error_field, code), ERRORS.get(code, message)))


def typed(post: QueryDict) -> Typed:
    names = (
        "taker",
        "on",
        "reference",
        "hotline",
        "pay_to",
        "whole",
        "division",
        "platforms",
        "funders",
        "guarantors",
        "list",
    )
    what = post.get("what", TRANSFER)
    return Typed(what if what in WHATS else TRANSFER, {name: post.get(name, "").strip() for name in names})


def order_of(sent: Typed) -> Order:
    """What the form asks for. Raises InputError with the field that is wrong."""
    values = sent.values
    try:
        on = date.fromisoformat(values["on"])
    except ValueError:
        raise InputError("on", "missing", "a change has a day") from None
    return Order(
        what=sent.what, on=on, taker=values["taker"], reference=values["reference"], hotline=values["hotline"],
        pay_to=values["pay_to"], whole=bool(values["whole"]),
        division=values["division"] if sent.what == COMPENSATION and not values["whole"] else "",
        around=_around(values) if sent.what == ARRANGEMENT else Around(),
    )  # fmt: skip


def terms_of(order: Order, lines: str) -> dict[str, Any]:
    """The order as a request to a second person keeps it."""
    return {
        "what": order.what, "on": order.on.isoformat(), "taker": order.taker, "reference": order.reference,
        "hotline": order.hotline, "pay_to": order.pay_to, "whole": order.whole,
        "division": order.division, "list": lines,
    }  # fmt: skip


def _around(values: dict[str, str]) -> Around:
    funders: tuple[tuple[str, int], ...] = ()
    if values["funders"]:
        try:
            funders = read_shares(values["funders"])
        except ValueError as error:
            raise InputError("funders", str(error), values["funders"]) from None
    around = Around(
        platforms=tuple(read_names(values["platforms"])),
        funders=funders,
        guarantors=tuple(Named(name) for name in read_names(values["guarantors"])),
    )
    if around == Around():
        raise InputError("around", "missing", "nobody is named")
    return around


def seen_at(now: datetime, today: date, *, sent: Typed, find: str = "") -> dict[str, Any]:
    """The context of console/parties.html."""
    total, untold = parties.counted_changes()
    changes = parties.newest_changes(limit=SHOWN_MAX, text=find)
    return {
        "now": now,
        "today": today,
        "today_iso": today.isoformat(),
        "sent": sent,
        "whats": [(code, str(WHAT_WORDS[code])) for code in WHATS],
        "divisions": [(code, str(said)) for code, said in DIVISION_WORDS.items()],
        "firms": parties.firms(),
        "total": total,
        "untold": untold,
        "find": find,
        "changes": [_row(change, today=today) for change in changes],
        "may_be_more": len(changes) == SHOWN_MAX,
    }


def outcome_words(outcome: Outcome, *, is_asked: bool = False) -> str:
    bad = len(outcome.bad)
    if outcome.dry_run:
        said = ngettext("试跑：%(n)d 笔可以登记", "试跑：%(n)d 笔可以登记", outcome.good) % {"n": outcome.good}
        wrong = ngettext("，%(n)d 笔有问题", "，%(n)d 笔有问题", bad)
    else:
        said = ngettext("已登记 %(n)d 笔", "已登记 %(n)d 笔", outcome.good) % {"n": outcome.good}
        if is_asked:
            said = ngettext("%(n)d 笔已提出", "%(n)d 笔已提出", outcome.good) % {"n": outcome.good}
        wrong = ngettext("，%(n)d 笔没登记", "，%(n)d 笔没登记", bad)
    return said + wrong % {"n": bad} if bad else said


def bad_lines(outcome: Outcome) -> list[tuple[Line, str]]:
    return [(line, error_words(line.field, line.code, line.message)) for line in outcome.bad[:BAD_SHOWN_MAX]]


def _row(change: ChangeView, *, today: date) -> dict[str, Any]:
    return {
        "change": change,
        "what": named(WHAT_WORDS, change.kind),
        "division": named(DIVISION_WORDS, change.division) if change.division else "",
        "is_coming": change.on > today,
        "notice": _notice(change),
    }


def _notice(change: ChangeView) -> dict[str, Any]:
    """What the borrower knows of it: the ways in which they were told, or why nothing has left yet."""
    if change.is_undone:
        return {"tone": "", "words": _("已撤销"), "at": None}
    if change.told:
        read = next((one for one in change.told if one[0] == "read"), None)
        how, at = read or change.told[0]
        return {"tone": "good", "words": named(TOLD_WORDS, how), "at": at}
    for attempt in contacts.creditor_notices(change.change_id):
        if attempt.refusal:
            return {"tone": "warn", "words": _("没发出：%(why)s") % {"why": refusal_label(attempt.refusal)}, "at": None}
        if attempt.state == "failed":
            return {"tone": "warn", "words": _("没送达"), "at": None}
    return {"tone": "info", "words": _("等待发出"), "at": None}
