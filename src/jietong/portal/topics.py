"""What the form may be about: the borrower's words, and the intent by which routing weighs them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class Topic:
    code: str
    intent: str
    label: str | LazyText
    hint: str | LazyText


TOPICS = (
    Topic(
        "hardship",
        "extend_hardship",
        gettext_lazy("我有困难，想调整还款"),
        gettext_lazy("说说出了什么事、每个月大概能还多少、想怎么安排。不用写得很全，专员会接着问。"),
    ),
    Topic(
        "promise",
        "extend_hardship",
        gettext_lazy("约个日子还"),
        gettext_lazy("写上您打算哪天还、还多少。专员确认后，约好的日子之前不再提醒您。"),
    ),
    Topic(
        "paid",
        "repay_failed",
        gettext_lazy("我已经还了，或者扣款没成功"),
        gettext_lazy("写上哪天还的、还了多少、用哪张卡（只写后四位）。"),
    ),
    Topic(
        "fee",
        "interest_fee",
        gettext_lazy("利息、罚息怎么算的"),
        gettext_lazy("写上您觉得不对的是哪一期、差多少。"),
    ),
    Topic("credit", "credit_report", gettext_lazy("征信记录"), gettext_lazy("写上您看到的是什么、想更正什么。")),
    Topic(
        "proof",
        "contract_proof",
        gettext_lazy("合同、结清证明"),
        gettext_lazy("写上要哪一份、用在哪里、发到哪个邮箱。"),
    ),
    Topic(
        "account",
        "account_contact",
        gettext_lazy("换手机号或银行卡"),
        gettext_lazy("写上要换哪一项。新的卡号不要写在这里，专员会告诉您在哪里填。"),
    ),
    Topic(
        "fraud",
        "security_fraud",
        gettext_lazy("有人骗我，或不是我借的"),
        gettext_lazy("写上发生了什么。请先不要转账，也不要告诉任何人验证码。"),
    ),
    Topic(
        "complaint",
        "complaint",
        gettext_lazy("投诉"),
        gettext_lazy("写上哪天、谁、发生了什么，您希望怎么处理。"),
    ),
    Topic(
        "limit",
        "limit_eligibility",
        gettext_lazy("额度和借款申请"),
        gettext_lazy("写上是哪一笔申请或哪一次额度变动，您希望怎么办。"),
    ),
    Topic("other", "other", gettext_lazy("别的事"), gettext_lazy("想到什么写什么。")),
)


#: what a matter is called on the borrower's pages, most serious first; never the words that were typed
NEEDS = {
    "security_fraud": gettext_lazy("被骗或不是本人借款"),
    "complaint": gettext_lazy("投诉"),
    "extend_hardship": gettext_lazy("还款有困难，想调整"),
    "repay_failed": gettext_lazy("还款没扣成"),
    "credit_report": gettext_lazy("征信记录"),
    "interest_fee": gettext_lazy("利息和费用"),
    "overdue_consequence": gettext_lazy("过了还款日的影响"),
    "account_contact": gettext_lazy("账户和联系方式"),
    "auto_deduct": gettext_lazy("自动扣款"),
    "contract_proof": gettext_lazy("合同和证明"),
    "repay_early": gettext_lazy("提前结清"),
    "repay_how": gettext_lazy("怎么还款"),
    "amount_due": gettext_lazy("应还金额"),
    "due_date": gettext_lazy("还款日"),
    "limit_eligibility": gettext_lazy("额度"),
    "borrow_how": gettext_lazy("怎么借"),
    "coupon_promo": gettext_lazy("优惠券"),
    "complaint_human": gettext_lazy("投诉或找人工"),
    "other": gettext_lazy("其他事项"),
}


def need_words(intents: Iterable[str]) -> str:
    """The needs of a matter by name, the most serious first, at most two of them; empty for none that is known."""
    found = set(intents)
    if "complaint" in found:
        found.discard("complaint_human")  # says it again
    named = [str(words) for intent, words in NEEDS.items() if intent in found]
    if len(named) > 1 and found & {"other"}:
        named.pop()  # it stands last, and adds nothing beside a name
    return _("、").join(named[:2])


def topic(code: str) -> Topic | None:
    return next((one for one in TOPICS if one.code == code), None)
