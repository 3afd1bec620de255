"""How the desk words what the rooms below only name: intents, factors, outcomes, and every "no" of a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import show_yuan

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Lazy

    Words = Mapping[str, Lazy]

INTENTS: Words = {
    "repay_how": lazy("怎么还款"),
    "repay_early": lazy("提前结清"),
    "repay_failed": lazy("还款没扣成"),
    "due_date": lazy("还款日"),
    "amount_due": lazy("应还金额"),
    "interest_fee": lazy("利息和费用"),
    "overdue_consequence": lazy("逾期影响"),
    "extend_hardship": lazy("延期或无力按期"),
    "borrow_how": lazy("怎么借"),
    "limit_eligibility": lazy("额度"),
    "auto_deduct": lazy("自动扣款"),
    "account_contact": lazy("账户和联系方式"),
    "contract_proof": lazy("合同和证明"),
    "credit_report": lazy("征信"),
    "security_fraud": lazy("安全和诈骗"),
    "complaint_human": lazy("投诉或找人工"),
    "coupon_promo": lazy("优惠券"),
    "other": lazy("其他事项"),
}

#: channel → its name and icon
CHANNELS: Mapping[str, tuple[Lazy, str]] = {
    "web": (lazy("网页会话"), "message"),
    "app": (lazy("App 会话"), "smartphone"),
    "chat": (lazy("网页会话"), "message"),
    "form": (lazy("表单"), "file-text"),
    "phone": (lazy("电话"), "phone"),
    "voice": (lazy("电话"), "phone"),
    "callback": (lazy("约回电"), "phone-incoming"),
    "sms": (lazy("短信"), "smartphone"),
    "email": (lazy("邮件"), "mail"),
    "wechat": (lazy("微信"), "messages"),
    "letter": (lazy("信函"), "file-text"),
    "note": (lazy("备注"), "pencil"),
}

OUTCOMES: Words = {
    "answered": lazy("已答复清楚"),
    "promise": lazy("已登记承诺还款"),
    "plan_offered": lazy("已给出方案"),
    "forwarded": lazy("已转交别的同事"),
    "no_answer": lazy("借款人没有再回应"),
    "other": lazy("其他"),
}

TEMPLATES: Words = {
    "login_code": lazy("登录验证码"),
    "due_in_3_days": lazy("还款日前 3 天提醒"),
    "due_tomorrow": lazy("还款日前 1 天提醒"),
    "due_today": lazy("还款日当天提醒"),
    "past_due_1": lazy("第 1 次逾期提醒"),
    "past_due_2": lazy("第 2 次逾期提醒"),
    "past_due_3": lazy("第 3 次逾期提醒"),
    "hardship_offer": lazy("告知可申请调整"),
    "past_due_email_late": lazy("一起安排还款的邮件"),
    "promise_reminder": lazy("承诺前一天提醒"),
    "answer_ready": lazy("告知有新答复"),
    "reply_late": lazy("为晚答复致歉"),
    "callback_booked": lazy("回电已约好"),
}

PROMISE_STATES: Words = {
    "active": lazy("履约中"),
    "kept": lazy("已守约"),
    "partly_kept": lazy("部分守约"),
    "broken": lazy("未守约"),
    "cancelled": lazy("已取消"),
}

PRESENCE: Words = {"ready": lazy("接待中"), "away": lazy("离开"), "break": lazy("休息")}

REASONS: Words = {
    "caller": lazy("借款人来电或来信，核对情况"),
    "case": lazy("跟进自己手上的事"),
    "complaint": lazy("处理投诉或争议"),
    "colleague": lazy("同事或主管请我协助"),
}

#: code of a refused command → what the specialist reads
REFUSED: Words = {
    "too_late": lazy("这一单的时间到了，已转给下一位。下一单会自己来。"),
    "not_in_service": lazy("这件来询已办结，或已回到队列。"),
    "not_waiting": lazy("这件来询刚被别人接走或已办结。"),
    "not_yours": lazy("这件来询已不在你手上。写的内容还在，可以复制给接手的同事。"),
    "nothing_late": lazy("这位借款人现在没有到期要还的款，不用登记承诺。"),
    "promise_active": lazy("已有一个承诺在履约中，同时只能有一个。"),
}

#: field.code of bad input → what stands beside the field
INPUT: Words = {
    "text.missing": lazy("先写点什么再发。"),
    "text.too_long": lazy("一次最多 4000 字，请分开发。"),
    "amount.required": lazy("填上承诺还多少。"),
    "amount.not_a_number": lazy("这里填数字，例如 873.06。"),
    "amount.too_precise": lazy("最多写到分（两位小数）。"),
    "amount.not_positive": lazy("金额要大于 0。"),
    "amount.too_large": lazy("超过现在应还的两倍了，请再核一下。"),
    "due_on.required": lazy("选一个日期。"),
    "due_on.invalid": lazy("日期没看懂，例如 2026-11-26。"),
    "due_on.past": lazy("这一天已经过去了。"),
    "due_on.too_late": lazy("这个阶段约不了这么晚，请看下面的最晚日期。"),
    "outcome.required": lazy("选一个处置结果。"),
    "outcome.unknown": lazy("选一个处置结果。"),
    "state.unknown": lazy("没有这个状态。"),
    "reason.required": lazy("选一个理由。"),
}


def refused(error: CommandRefused | InputError) -> str:
    """What a "no" of a command reads like; an unknown one in the command's own words, never silence."""
    if isinstance(error, InputError):
        return str(INPUT.get(f"{error.field}.{error.code}", error.message))
    return str(REFUSED.get(error.code, error.message))


def named(table: Words, code: str) -> str:
    """The words for a code; a code without words is shown as it is."""
    return str(table.get(code, code))


def channel(code: str) -> tuple[str, str]:
    """Name and icon."""
    if code not in CHANNELS:
        return code, "message"
    name, icon = CHANNELS[code]
    return str(name), icon


def factor(code: str, params: Mapping[str, Any]) -> str:
    """One reason of an urgency score, in words, with its figures."""
    days = int(params.get("days", 0) or 0)
    plain = {
        "promise_due_today": _("承诺今天到期"),
        "deduction_failed": _("说还款没扣成"),
        "promise_and_failed": _("约好今天还，却没扣成"),
        "legal_stage": _("已在法律程序中"),
        "hardship": _("说还款有困难"),
        "vulnerable": _("需要特别照顾"),
        "fraud": _("可能遇到诈骗"),
        "self_harm": _("提到伤害自己"),
        "repeated_matter": _("同一件事又回来了"),
        "days_past_due": _("逾期 %(days)d 天") % {"days": days},
        "days_to_due": _("%(days)d 天后到期") % {"days": days} if days else _("今天到期"),
        "next_bucket": _("%(days)d 天后进下一阶段") % {"days": days} if days else _("今天进下一阶段"),
        "overdue_amount": _("逾期 %(amount)s") % {"amount": show_yuan(int(params.get("fen", 0)))},
        "complaint_deadline": _("投诉还剩 %(hours)d 小时") % {"hours": int(params.get("hours", 0))},
        "try": _("24 小时内第 %(tries)d 次找我们") % {"tries": int(params.get("tries", 0))},
        "broken_reply_by": _("我们有 %(count)d 次没按时答复") % {"count": int(params.get("broken", 0))},
        "intent": _("要办：%(intent)s") % {"intent": named(INTENTS, str(params.get("intent", "other")))},
    }
    return plain.get(code, code)
