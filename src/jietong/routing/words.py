"""The words that staff read for a code: intents, channels, templates, factors of urgency. One place for every face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jietong.kernel.money import show_yuan

Words = Mapping[str, str | LazyText]

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
    "complaint": lazy("投诉"),
    "coupon_promo": lazy("优惠券"),
    "other": lazy("其他事项"),
}
#: channel → its name and icon
CHANNELS: Mapping[str, tuple[str | LazyText, str]] = {
    "web": (lazy("网页会话"), "message"),
    "chat": (lazy("网页会话"), "message"),
    "form": (lazy("表单"), "file-text"),
    "phone": (lazy("电话"), "phone"),
    "voice": (lazy("电话"), "phone"),
    "callback": (lazy("约回电"), "phone-incoming"),
    "sms": (lazy("短信"), "smartphone"),
    "app": (lazy("App"), "bell"),
    "email": (lazy("邮件"), "mail"),
    "wechat": (lazy("微信"), "messages"),
    "letter": (lazy("信函"), "file-text"),
    "system": (lazy("系统"), "settings"),
    "note": (lazy("备注"), "pencil"),
}
TEMPLATES: Words = {
    "login_code": lazy("登录验证码"),
    "debit_failed": lazy("告知代扣没成功"),
    "debit_refunded": lazy("告知多扣已退"),
    "mandate_code": lazy("扣款授权验证码"),
    "due_in_3_days": lazy("还款日前 3 天提醒"),
    "due_tomorrow": lazy("还款日前 1 天提醒"),
    "due_today": lazy("还款日当天提醒"),
    "past_due_1": lazy("第 1 次逾期提醒"),
    "past_due_2": lazy("第 2 次逾期提醒"),
    "past_due_3": lazy("第 3 次逾期提醒"),
    "hardship_offer": lazy("告知可申请调整"),
    "past_due_email_late": lazy("一起安排还款的邮件"),
    "claim_transferred": lazy("债权转让通知"),
    "claim_compensated": lazy("代偿通知"),
    "claim_compensated_in_part": lazy("部分代偿通知"),
    "creditor_change_undone": lazy("债权变更更正"),
    "promise_reminder": lazy("承诺前一天提醒"),
    "answer_ready": lazy("告知有新答复"),
    "reply_late": lazy("为晚答复致歉"),
    "callback_booked": lazy("回电已约好"),
    "sign_code": lazy("签署验证码"),
    "limit_changed": lazy("额度有变动"),
    "application_decided": lazy("借款申请有结果"),
    "money_arrived": lazy("借款已到账"),
    "payout_failed": lazy("借款没有到账"),
    "loan_cancelled": lazy("借款已撤销"),
    "cancel_failed": lazy("撤销没有办成"),
    "bureau_notice": lazy("征信报送前告知"),
    "bureau_correction": lazy("告知要更正征信"),
    "bureau_corrected": lazy("告知征信已更正"),
}


def named(table: Words, code: str) -> str:
    """The words for a code; a code without words is shown as it is."""
    return str(table.get(code, code))


def channel(code: str) -> tuple[str, str]:
    """Name and icon of a channel."""
    name, icon = CHANNELS.get(code, (code, "message"))
    return str(name), icon


def factor(code: str, params: Mapping[str, Any]) -> str:
    """One reason of an urgency score, in words, with its figures (routing/rules/urgency.py names the codes)."""
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
