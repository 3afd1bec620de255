"""Codes of refusals, errors and events as sentences a tired person understands. The one place of the room."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jietong.borrowers.commands import TooSoon
from jietong.kernel.errors import CommandRefused, InputError
from jietong.origination import labels
from jietong.ui import words as ui_words

REFUSALS = {
    "too_many": gettext_lazy("这个号码一小时里要了好几次验证码了。请过一小时再来，急事可以看下面的帮助热线。"),
    "too_many_from_here": gettext_lazy("从您这里的网络要验证码的次数太多了。换个网络，或过一小时再来。"),
    "locked": gettext_lazy("为了保护信息，这个号码先停一小时。一小时后可以再来；急事请看帮助热线。"),
    "not_settled": gettext_lazy("这件事还在办，办好后再请您确认。"),
    "already_open": gettext_lazy("您有一件事正在办，请在那里接着说，不用另开一件。"),
    "in_service": gettext_lazy("专员已经在看您的事了，会在这里答复您。想接电话，可以在对话里告诉专员。"),
    "open_already": gettext_lazy("这笔借款已有一个异议在核查，请在那里接着说。"),
    "corrected_already": gettext_lazy("这条报送已经更正过，请看最新的一条。"),
    "past": gettext_lazy("这个时间已经过了，请选后面的时间。"),
    "card_has_mandate": gettext_lazy("这张卡已经授权过了。"),
    "show_again": gettext_lazy("授权书刚有变化，请再看一遍再签。"),
    "no_phone": gettext_lazy("您登记的号码收不了验证码，请找人工。"),
}
#: (field, code) → what stands beside the field
ERRORS = {
    ("phone", "not_a_phone"): gettext_lazy("请填 11 位手机号。"),
    ("code", "wrong"): gettext_lazy("验证码不对，或者已经过期。请再看一下短信，也可以重新发一条。"),
    ("code", "void"): gettext_lazy("错了 5 次，这个验证码已经作废。请重新发一条，用新的那一条。"),
    ("tail", "wrong"): gettext_lazy("对不上。请填身份证号或绑定银行卡号的最后四位，身份证末位是 X 也要填。"),
    ("text", "missing"): gettext_lazy("请先写一句话。"),
    ("text", "too_long"): gettext_lazy("写得太长了，请控制在 4000 字以内。"),
    ("topic", "unknown"): gettext_lazy("请选一件事。"),
    ("slot", "missing"): gettext_lazy("请选一个时间。"),
    ("slot", "full"): gettext_lazy("这个时间刚刚约满了，请换一个。"),
    ("about", "unknown"): gettext_lazy("请选和您沟通过的专员，或不针对某个人。"),
    ("amount", "not_a_number"): gettext_lazy("请填数字，比如 3000。"),
    ("amount", "too_large"): gettext_lazy("这个产品没有这么多，请少填一些。"),
    ("amount", "too_precise"): gettext_lazy("金额最多到分。"),
    ("principal", "too_large"): gettext_lazy("这个产品没有这么多，请少填一些。"),
    ("principal", "too_small"): gettext_lazy("比最少能借的还少，请多填一些。"),
    ("instalments", "unknown"): gettext_lazy("请选一个期数。"),
    ("purpose", "unknown"): gettext_lazy("请选一下用来做什么。"),
    ("card", "unknown"): gettext_lazy("请选一张自己的卡。"),
    ("product", "unknown"): gettext_lazy("这个产品现在不放款，请换一个。"),
    ("agree", "missing"): gettext_lazy("请先看完授权书，再勾上同意。"),
    ("limit", "not_positive"): gettext_lazy("限额要大于 0；不想设就留空。"),
    ("day_limit", "not_positive"): gettext_lazy("限额要大于 0；不想设就留空。"),
    ("day_limit", "below_single"): gettext_lazy("每天的限额不能比每次的还小。"),
    ("point", "unknown"): gettext_lazy("请选一个可以打通的号码。"),
}


def refusal(refused: CommandRefused) -> str:
    if isinstance(refused, TooSoon):
        told = ngettext(
            "刚发过验证码，那一条还能用。没收到的话，过 %(seconds)d 秒再点一次。",
            "刚发过验证码，那一条还能用。没收到的话，过 %(seconds)d 秒再点一次。",
            refused.seconds,
        )
        return told % {"seconds": refused.seconds}
    return str(REFUSALS.get(refused.code, _("这一步没有办成。您可以找人工，马上有人负责。")))


#: refusals of the way to a loan that are no reason of a decision
CREDIT_REFUSALS = {
    "show_again": gettext_lazy("费用表看过太久了，或者有变化，请再看一遍。"),
    "not_approved": gettext_lazy("这一笔现在不能签。"),
    "no_phone": gettext_lazy("您登记的号码收不了验证码，请找人工。"),
    "already_looked_at": gettext_lazy("专员已经看过了。还想说明情况，可以留个话或找人工。"),
    "not_declined": gettext_lazy("这一笔不用再看了。"),
    "not_disbursed": gettext_lazy("这一笔没有可以撤销的借款。"),
}


def credit_refusal(refused: CommandRefused) -> str:
    """A refusal on the way to a loan: what it is, and what to do now."""
    if refused.code == "read_first":
        seconds = int(refused.message)
        told = ngettext("请再读 %(n)d 秒，看完上面的表再签。", "请再读 %(n)d 秒，看完上面的表再签。", seconds)
        return told % {"n": seconds}
    if refused.code in CREDIT_REFUSALS:
        return str(CREDIT_REFUSALS[refused.code])
    if refused.code in labels.REASONS:
        told_reason = labels.reason(refused.code)
        return f"{told_reason.why}{told_reason.now}"
    return refusal(refused)


def error(wrong: InputError) -> str:
    return str(ERRORS.get((wrong.field, wrong.code), _("这里填得不对，请再看一下。")))


def event_sentence(code: str, data: dict[str, str], text: str, *, now: datetime, zone: str) -> tuple[str, str]:
    """Title and detail of a line of the timeline that is an event, for the borrower."""
    if code == "reply_late":
        by = _when(data.get("when", ""), now=now, zone=zone)
        detail = _("新的答复时间：%(by)s 前。") % {"by": by} if by else ""
        return _("我们没能按时答复，很抱歉。主管已在跟进。"), detail
    if code == "handed_over":
        return _("转给专员"), text
    return text, ""


def _when(iso: str, *, now: datetime, zone: str) -> str:
    try:
        return ui_words.moment_words(datetime.fromisoformat(iso), now, zone)
    except ValueError:
        return ""  # an event written before it carried its time: the sentence stands without it


def greeting(name: str, hour: int) -> str:
    """林晓，早上好: by the hour on the borrower's clock."""
    for before, words in (
        (5, _("夜深了")),
        (12, _("早上好")),
        (14, _("中午好")),
        (18, _("下午好")),
    ):
        if hour < before:
            return _("%(name)s，%(hello)s") % {"name": name, "hello": words}
    return _("%(name)s，%(hello)s") % {"name": name, "hello": _("晚上好")}
