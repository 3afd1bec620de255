"""What each named refusal reads like for people: the only place, so that board, console and desk say the same."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as lazy

from jietong.compliance.rules.refusals import Refusal

REFUSALS: Mapping[Refusal, str | LazyText] = {
    Refusal.DECEASED: lazy("借款人已故"),
    Refusal.IDENTITY_THEFT: lazy("疑似冒名"),
    Refusal.WRONG_PERSON: lazy("不是本人"),
    Refusal.MINOR: lazy("未成年"),
    Refusal.SERIOUS_ILLNESS: lazy("重病中"),
    Refusal.LACKS_CAPACITY: lazy("无民事行为能力"),
    Refusal.REPRESENTED: lazy("已有代理人"),
    Refusal.MORATORIUM: lazy("依法暂停"),
    Refusal.NO_GATE_FOR_THIRD_PARTY: lazy("不得联系他人"),
    Refusal.THIRD_PARTY_REFUSED: lazy("对方已拒绝"),
    Refusal.TRANSFER_NOT_TOLD: lazy("债权变更还没告知"),
    Refusal.OPTED_OUT: lazy("本人要求停止"),
    Refusal.HARDSHIP_PLAN: lazy("协商还款中"),
    Refusal.HARDSHIP_REQUEST_PENDING: lazy("困难申请待批"),
    Refusal.DISPUTE: lazy("有争议在办"),
    Refusal.PAID: lazy("已还清"),
    Refusal.PROMISE_ACTIVE: lazy("承诺期内不催"),
    Refusal.DISASTER_AREA: lazy("灾区暂停"),
    Refusal.RULES_NOT_EVALUABLE: lazy("规则无法核验"),
    Refusal.QUIET_HOURS: lazy("夜间不打扰"),
    Refusal.INCONVENIENT_HOURS: lazy("本人不便时段"),
    Refusal.AFTER_CONVERSATION: lazy("刚谈过"),
    Refusal.CONVERSATION_CAP: lazy("通话已到上限"),
    Refusal.CONNECTED_CAP: lazy("接通已到上限"),
    Refusal.WEEKLY_DIAL_CAP: lazy("本周拨打到上限"),
    Refusal.DIAL_CAP: lazy("今日拨打到上限"),
    Refusal.MESSAGE_CAP: lazy("今日已发到上限"),
    Refusal.WEEKLY_TOUCH_CAP: lazy("本周联系到上限"),
    Refusal.OUTSIDE_PREFERRED_HOURS: lazy("不在合适时段"),
}
#: no rule said no, but there is nothing to send to; `contacts` stores it beside the refusals
NO_WAY_TO_REACH = lazy("没有可用的联系方式")


def refusal_label(code: str) -> str:
    """The words for a stored refusal; one that nobody has worded yet is shown as it is, never left out."""
    if code == "no_way_to_reach":
        return str(NO_WAY_TO_REACH)
    if code in Refusal._value2member_map_:
        return str(REFUSALS[Refusal(code)])
    return code
