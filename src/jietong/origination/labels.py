"""Names of states, reasons and changes as sentences, once for all faces; what the borrower can do now stands beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Lazy

    Words = Mapping[str, Lazy]


@dataclass(frozen=True, slots=True)
class Told:
    """A reason for the borrower: what it is, what can be done now, and the topic of the form that leads to a person."""

    why: Lazy
    now: Lazy
    topic: str = ""


#: reasons of a decision (rules/decision.py), of a payout and of a cancellation
REASONS: dict[str, Told] = {
    "deceased": Told(lazy("我们收到过借款人身故的登记。"), lazy("如果登记错了，请马上找人工更正。")),
    "identity_theft": Told(
        lazy("有人登记过您的身份被冒用。"), lazy("查清之前不放款，这是在保护您。可以找人工看进展。"), "fraud"
    ),
    "lacks_capacity": Told(lazy("登记显示现在不宜签合同。"), lazy("如果登记错了，请找人工更正。")),
    "minor": Told(lazy("未满 18 周岁不能借款。"), lazy("年满 18 周岁后可以再来。")),
    "above_cap": Told(lazy("按现在的规定，这笔借款的费用太高，我们不能放。"), lazy("换一个金额或期数再试。")),
    "not_offered": Told(lazy("这个产品现在没有这个金额或期数。"), lazy("回到上一步，换一个金额或期数。")),
    "no_limit": Told(lazy("您现在还没有额度。"), lazy("可以找人工问一问怎么申请额度。")),
    "frozen": Told(lazy("您的额度现在是冻结的。"), lazy("「我的额度」里写着为什么、怎么解冻。")),
    "over_limit": Told(lazy("这个金额超过了您现在能借的。"), lazy("少借一些，或者先还掉一部分再借。")),
    "arrears": Told(
        lazy("您有一期已过还款日还没还。"), lazy("先把这一期还上，当天就可以再申请。有困难请告诉我们。"), "hardship"
    ),
    "hardship_plan": Told(
        lazy("您正在按协商好的安排还款。"), lazy("再借会加重负担，所以由专员和您一起看。"), "hardship"
    ),
    "information_old": Told(lazy("您的资料一年多没有核对过了。"), lazy("专员会看一下，可能要您再核对一次身份。")),
    "large": Told(lazy("金额较大，需要专员看一眼。"), lazy("一般一个工作日内有结果，会发短信告诉您。")),
    "card_state": Told(
        lazy("银行卡状态不对，这笔钱没有办成。"), lazy("联系银行后再试，或换一张卡。没有产生任何费用。")
    ),
    "never_arrived": Told(lazy("银行没有收到这笔付款。"), lazy("可以再试一次。没有产生任何费用。")),
    "refused": Told(lazy("银行没有办成这笔付款。"), lazy("可以再试一次，或换一张卡。没有产生任何费用。")),
    "came_back": Told(lazy("退回的钱被银行撤回了。"), lazy("借款照原来的计划继续，请找人工看怎么办。")),
    "already_repaid": Told(lazy("撤销之前已经有一笔还款入账。"), lazy("退回的钱已当作还款，剩下的可以提前还清。")),
    "too_late": Told(lazy("可以撤销的日子过了。"), lazy("可以随时提前还款，利息只算到还款那天。")),
}
STATES: Words = {
    "draft": lazy("还没提交"),
    "submitted": lazy("已提交"),
    "in_review": lazy("专员在看"),
    "approved": lazy("可以借，等您签"),
    "declined": lazy("这次没有通过"),
    "withdrawn": lazy("您已撤回"),
    "expired": lazy("已过期"),
    "signed": lazy("钱在路上"),
    "payout_failed": lazy("钱没有到账"),
    "disbursed": lazy("已到账"),
    "cancelling": lazy("正在撤销"),
    "cancelled": lazy("已撤销"),
}
TONES = {
    "approved": "good", "disbursed": "good", "cancelled": "", "declined": "warn", "payout_failed": "warn",
    "in_review": "info", "signed": "info", "cancelling": "info",
}  # fmt: skip
PURPOSES: Words = {
    "daily": lazy("日常消费"),
    "home": lazy("装修家电"),
    "education": lazy("教育培训"),
    "medical": lazy("看病医疗"),
    "travel": lazy("旅行"),
    "business": lazy("小生意周转"),
}
CHANGES: Words = {
    "grant": lazy("给了额度"),
    "raise": lazy("提高额度"),
    "cut": lazy("降低额度"),
    "freeze": lazy("先冻结"),
    "release": lazy("解除冻结"),
    "undo": lazy("恢复原样"),
}
#: why a limit changed (rules/watch.py, and what a person chooses)
LIMIT_REASONS: dict[str, Told] = {
    "arrears": Told(lazy("有一期已过还款日几天没还"), lazy("还清过期的部分，当晚自动解冻。"), "hardship"),
    "long_arrears": Told(lazy("过还款日超过两个月"), lazy("还清后可以找人工申请恢复。"), "hardship"),
    "deceased": Told(lazy("收到身故登记"), lazy("登记错了请找人工更正。")),
    "identity_theft": Told(lazy("身份可能被冒用，先停住保护您"), lazy("查清后解冻，可以找人工看进展。"), "fraud"),
    "lacks_capacity": Told(lazy("登记显示现在不宜签合同"), lazy("登记错了请找人工更正。")),
    "hardship_plan": Told(lazy("正在按协商的安排还款"), lazy("安排结束后自动解冻。")),
    "first": Told(lazy("首次授信"), lazy("需要用钱时再借，不借不收费。")),
    "good_record": Told(lazy("一直按时还款"), lazy("需要用钱时再借，不借不收费。")),
    "borrower_asked": Told(lazy("您自己提出的"), lazy("想改回来，随时找人工。")),
    "risk": Told(lazy("我们复查后的决定"), lazy("不同意可以找人工，请人再看一次。"), "complaint"),
    "fraud_suspected": Told(lazy("发现可疑操作，先停住保护您"), lazy("请找人工核对，核对完就解冻。"), "fraud"),
    "corrected": Told(lazy("之前的变动弄错了，改回来"), lazy("给您添麻烦了。")),
    "cleared": Told(lazy("原因已经消除"), lazy("现在可以正常使用。")),
}
#: what a person may choose, by kind of change
CHOICES: dict[str, tuple[str, ...]] = {
    "grant": ("first",),
    "raise": ("good_record", "borrower_asked", "corrected"),
    "cut": ("risk", "borrower_asked", "long_arrears"),
    "freeze": ("risk", "borrower_asked", "fraud_suspected", "identity_theft"),
    "release": ("cleared", "corrected", "borrower_asked"),
    "undo": ("corrected", "cleared", "borrower_asked"),
}


#: figures that the house chose itself (rules/policy.py)
POLICY: Words = {
    "cooling_off_days": lazy("放款后几天内可以撤销（新产品的默认值）"),
    "arrears_freeze_from": lazy("过还款日几天冻结额度"),
    "arrears_cut_from": lazy("过还款日几天把额度降到在用的"),
    "limit_max": lazy("最高额度"),
    "arrears_decline_from": lazy("过还款日几天不再放款"),
    "large_from": lazy("超过多少要人看"),
    "information_old": lazy("资料多久没核对要人看"),
    "approval_lasts": lazy("同意后几天内要签"),
    "review_lasts": lazy("人工看最长几天"),
    "sign_by_device_max": lazy("认得的设备可以直接签的上限"),
    "read_seconds": lazy("费用表至少看多久"),
    "never_seen_after": lazy("付款通道说没收到，多久后才当没发"),
    "price_shown": lazy("签前强制看费用表"),
    "adult_from": lazy("几岁起可以借"),
}


def reason(code: str) -> Told:
    """A reason in words; a code without words is shown as it is, with the way to a person."""
    return REASONS.get(code) or Told(lazy("这一步没有办成。"), lazy("请找人工，马上有人负责。"))


def limit_reason(code: str) -> Told:
    return LIMIT_REASONS.get(code) or Told(lazy("其他原因"), lazy("想知道详情，请找人工。"))
