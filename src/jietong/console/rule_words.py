"""A rule pack as a compliance officer reads it: each rule in plain words as far as its shape allows, source and proof.

Three kinds have sentences of their own (hours, caps, stops). Every other value is listed field by field; what has no
words here is shown by its own name, so that a new rule is seen at once and nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jietong.compliance.labels import refusal_label
from jietong.console import words
from jietong.packs.queries import Pack, Rule

KINDS: words.Words = {
    "contact_hours": lazy("什么时间可以联系"),
    "frequency_caps": lazy("一段时间最多联系几次"),
    "stop_reasons": lazy("遇到什么情况必须停"),
    "third_party": lazy("借款人以外的人"),
    "identity_and_disclosure": lazy("表明身份与告知"),
    "prohibited_conduct": lazy("禁止的行为"),
    "channels": lazy("可用的方式"),
    "retention": lazy("记录留存"),
    "complaint_deadlines": lazy("投诉与争议的期限"),
    "hardship": lazy("困难与协商"),
    "classification": lazy("资产分类"),
    "pricing_caps": lazy("息费上限"),
    "payment_allocation": lazy("还款入账顺序"),
    "staff_and_agencies": lazy("人员与外包机构"),
    "notices": lazy("须提前发的通知"),
}
STRENGTHS: words.Words = {"hard": lazy("必须"), "policy_default": lazy("自定做法")}
LEVELS: words.Words = {
    "primary_text": lazy("读过原文"),
    "secondary_report": lazy("读过报道，未读原文"),
    "none": lazy("没有公开依据"),
}
FIELDS: words.Words = {
    "allow": lazy("允许时段"),
    "weekends": lazy("周末时段"),
    "deny": lazy("不得"),
    "override": lazy("例外"),
    "tz": lazy("以谁的时间为准"),
    "applies_to": lazy("适用方式"),
    "channels": lazy("适用方式"),
    "allowed": lazy("可以用"),
    "forbidden": lazy("不得"),
    "required": lazy("必须写明"),
    "must_state": lazy("必须说明"),
    "collect_from": lazy("只向"),
    "purpose": lazy("只为"),
    "disclose_debt": lazy("说出欠款"),
    "days": lazy("天数"),
    "extra_days": lazy("可延长天数"),
    "max_total_days": lazy("最长天数"),
    "calendar": lazy("按自然日"),
    "min_years": lazy("至少几年"),
    "min_days": lazy("至少几天"),
    "max_months": lazy("最多几个月"),
    "products": lazy("适用产品"),
    "includes": lazy("包含"),
    "annual": lazy("年化"),
    "lender_types": lazy("适用机构"),
    "order": lazy("先后顺序"),
    "unless": lazy("除非"),
    "min_staff": lazy("至少几人"),
    "refusal": lazy("记录为"),
    "purposes": lazy("用途"),
    "parties": lazy("对象"),
    "flags": lazy("情况"),
    "min_per_year": lazy("每年至少几次"),
    "basis": lazy("依据规则"),
    "record": lazy("留下记录"),
}
VALUES: words.Words = {
    "voice": lazy("电话"),
    "voice_bot": lazy("语音机器人"),
    "voice_notice": lazy("语音通知"),
    "sms": lazy("短信"),
    "app_push": lazy("App 推送"),
    "app": lazy("App"),
    "wechat": lazy("微信"),
    "wechat_enterprise_account": lazy("企业微信号"),
    "email": lazy("邮件"),
    "letter": lazy("信函"),
    "letter_same_day": lazy("当日送达的信函"),
    "visit": lazy("上门"),
    "judicial": lazy("司法途径"),
    "*": lazy("所有方式"),
    "borrower": lazy("借款人"),
    "debtor": lazy("借款人"),
    "guarantor": lazy("担保人"),
    "third_party": lazy("其他人"),
    "collection": lazy("催收"),
    "reminder": lazy("提醒"),
    "service": lazy("服务"),
    "effective_outbound_conversation": lazy("我方拨出并谈成的通话"),
    "connected_call": lazy("接通的电话"),
    "dial_attempt": lazy("拨打"),
    "message_sent": lazy("发出的消息"),
    "outbound_touch": lazy("主动联系"),
    "interest": lazy("利息"),
    "principal": lazy("本金"),
    "penalty": lazy("罚息"),
    "fee": lazy("费用"),
    "forbidden": lazy("禁止"),
    "contacts": lazy("联系人"),
    "employer": lazy("单位"),
    "family": lazy("家人"),
    "bank": lazy("银行"),
    "credit_card": lazy("信用卡"),
    "borrower agreement on record": lazy("借款人另有约定并留有记录"),
}


def page(pack: Pack) -> dict[str, Any]:
    """The context of console/rules.html: the pack, its kinds with their rules, and how many are not verified."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for rule in pack.rules.values():
        kinds.setdefault(rule.kind, []).append(_row(rule))
    sections = [{"kind": kind, "title": words.named(KINDS, kind), "rules": rows} for kind, rows in kinds.items()]
    unverified = sum(not rule.verified for rule in pack.rules.values())
    return {"pack": pack, "sections": sections, "total": len(pack.rules), "unverified": unverified}


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule,
        "says": says(rule),
        "strength": words.named(STRENGTHS, rule.strength),
        "level": words.named(LEVELS, rule.verified_level),
    }


def says(rule: Rule) -> list[str]:
    """The rule in sentences, one a line; never empty."""
    if not isinstance(rule.value, Mapping):
        return [", ".join(_value(one) for one in rule.value)]
    value = dict(rule.value)
    first = _sentence(rule.kind, value)
    rest = [f"{words.named(FIELDS, key)}: {_value(one)}" for key, one in value.items()]
    return [*first, *rest]


def _sentence(kind: str, value: dict[str, Any]) -> list[str]:
    """The telling sentence of a known shape; the fields that it has used are taken out of `value`."""
    if kind == "contact_hours" and "deny" in value:
        return [_("%(spans)s 不联系借款人") % {"spans": _value(value.pop("deny"))}]
    if kind == "contact_hours" and "allow" in value:
        return [_("只在 %(spans)s 联系") % {"spans": _value(value.pop("allow"))}]
    if kind == "frequency_caps" and {"max", "counts", "window"} <= value.keys():
        return [_cap(value)]
    if kind == "stop_reasons" and {"flags", "refusal"} <= value.keys():
        flags, refusal = value.pop("flags"), str(value.pop("refusal"))
        return [
            _("记录有 %(flags)s 时停止联系，记为“%(refusal)s”")
            % {"flags": _value(flags), "refusal": refusal_label(refusal)}
        ]
    return []


def _cap(value: dict[str, Any]) -> str:
    window = value.pop("window")
    span = _("每天")
    if isinstance(window, Mapping) and window.get("type") == "rolling_days":
        span = _("任意连续 %(days)s 天") % {"days": window.get("n", "?")}
    elif isinstance(window, Mapping) and window.get("type") != "calendar_day":
        span = _value(window)
    scope = _("每位借款人")
    if "contact_point" in str(value.pop("scope", "")):
        scope = _("每位借款人的每个号码")
    told = {"scope": scope, "span": span, "what": _value(value.pop("counts")), "max": value.pop("max")}
    return _("%(scope)s，%(span)s，%(what)s最多 %(max)s 次") % told


def _value(value: Any) -> str:
    """Any value of a pack file in words: spans of hours, lists, tables, yes and no."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return "; ".join(f"{words.named(FIELDS, str(key))} {_value(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        if len(value) == 2 and all(isinstance(one, str) and ":" in one for one in value):
            return f"{value[0]}–{value[1]}"
        if len(value) == 2 and all(isinstance(one, int) for one in value):
            return f"{value[0]}–{value[1]}"
        return ", ".join(_value(one) for one in value)
    if isinstance(value, str):
        return str(VALUES[value]) if value in VALUES else value.replace("_", " ")
    return "—" if value is None else str(value)
