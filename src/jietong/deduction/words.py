"""Refusals and reasons in plain words, for every screen: what happened, and what can be done now."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

REASONS = {
    "insufficient": gettext_lazy("余额不足"),
    "card_abnormal": gettext_lazy("卡状态异常"),
    "over_limit": gettext_lazy("超限额"),
    "channel_timeout": gettext_lazy("渠道超时"),
    "mandate_ended": gettext_lazy("扣款授权失效"),
    "bank_refused": gettext_lazy("银行没有通过"),
    "never_arrived": gettext_lazy("渠道没有收到"),
    "channel_down": gettext_lazy("渠道连不上"),
    "cannot_evaluate": gettext_lazy("有情况要先由专员判断"),
    "deceased": gettext_lazy("借款人已去世"),
    "not_theirs": gettext_lazy("可能不是本人借款"),
    "protected": gettext_lazy("受保护的情形"),
    "dispute": gettext_lazy("有异议正在处理"),
    "plan": gettext_lazy("按协商好的安排还"),
    "claims_paid": gettext_lazy("说已经还了，正在查"),
    "promised": gettext_lazy("约好了日子，到那天之前不扣"),
    "by_staff": gettext_lazy("专员暂停了扣款"),
    "switched_off": gettext_lazy("自动扣款已关闭"),
    "nothing_due": gettext_lazy("没有要扣的"),
    "no_mandate": gettext_lazy("没有能扣的卡"),
    "expired": gettext_lazy("这一天已经过了"),
    "attempts_used": gettext_lazy("今天的次数用完了"),
    "outside_hours": gettext_lazy("不在扣款时间"),
    "channel_not_set": gettext_lazy("没有接通扣款渠道"),
}

WHAT_NOW = {
    "insufficient": gettext_lazy("往这张卡里存够钱，再点「自动扣款」里的「现在再扣一次」；也可以在 App 里自己还。"),
    "card_abnormal": gettext_lazy("这张卡可能挂失、冻结或过期了。请向发卡行问清楚，或把别的卡排到前面。"),
    "over_limit": gettext_lazy("超过了这张卡的单笔或单日限额。可以换一张卡，或分几次自己还。"),
    "channel_timeout": gettext_lazy("是渠道的问题，不是您的卡，没有扣到钱。也可以在 App 里自己还。"),
    "never_arrived": gettext_lazy("是渠道的问题，不是您的卡，没有扣到钱。也可以在 App 里自己还。"),
    "channel_down": gettext_lazy("是渠道的问题，不是您的卡，没有扣到钱。也可以在 App 里自己还。"),
    "mandate_ended": gettext_lazy("银行说这张卡的扣款授权已失效。请把别的卡排到前面，或在 App 里自己还。"),
    "bank_refused": gettext_lazy("银行没有说原因。请向发卡行问一问，或把别的卡排到前面。"),
}

STATES = {
    "planned": gettext_lazy("等着扣"),
    "claimed": gettext_lazy("正在扣"),
    "sent": gettext_lazy("正在扣"),
    "unknown": gettext_lazy("正在向银行核对"),
    "asked": gettext_lazy("正在向银行核对"),
    "succeeded": gettext_lazy("扣款成功"),
    "failed": gettext_lazy("没扣成"),
    "withheld": gettext_lazy("没有扣"),
}


def reason(code: str) -> str:
    return str(REASONS.get(code, code))


def what_now(code: str) -> str:
    return str(WHAT_NOW.get(code, ""))


def state(code: str) -> str:
    return str(STATES.get(code, code))
