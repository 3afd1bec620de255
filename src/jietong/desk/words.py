"""How the desk words what the rooms below only name: intents, factors, outcomes, and every "no" of a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as lazy

from jietong.kernel.errors import CommandRefused, InputError
from jietong.routing.words import CHANNELS, INTENTS, TEMPLATES, channel, factor, named

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Lazy

    Words = Mapping[str, Lazy]

__all__ = ["CHANNELS", "INTENTS", "TEMPLATES", "channel", "factor", "named"]

OUTCOMES: Words = {
    "answered": lazy("已答复清楚"),
    "promise": lazy("已登记承诺还款"),
    "plan_offered": lazy("已给出方案"),
    "forwarded": lazy("已转交别的同事"),
    "no_answer": lazy("借款人没有再回应"),
    "other": lazy("其他"),
}

BORROWER_KINDS: Words = {"sole_trader": lazy("个体工商户"), "company": lazy("企业")}

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
    "held": lazy("问别的组的工单还没了结，先在“工单”里了结，再办结这件事。"),
    "asked_already": lazy("这件事已经问过了，还没答复。可以在工单里留言催一催。"),
    "moved_on": lazy("这张工单刚被别人办了，请看最新的样子。"),
    "promise_active": lazy("已有一个承诺在履约中，同时只能有一个。"),
}

#: field.code of bad input → what stands beside the field
INPUT: Words = {
    "text.missing": lazy("先写点什么再发。"),
    "text.too_long": lazy("一次最多 4000 字，请分开发。"),
    "question.missing": lazy("先写要核实什么。"),
    "question.too_long": lazy("最多 2000 字，说要点就好。"),
    "kind.unknown": lazy("选一种要核实的事。"),
    "matter.unknown": lazy("这件事已经办结了，请选还没办结的。"),
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
