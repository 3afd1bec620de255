"""Names of acts, of what they change and of refusals as sentences, once for all faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as lazy

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import words as money

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Lazy

    Words = Mapping[str, Lazy]

KINDS: Words = {
    "product_in_force": lazy("产品条款生效"),
    "write_off": lazy("核销借据"),
    "waive": lazy("减免罚息"),
    "replan": lazy("重排还款并减免"),
    "creditor_list": lazy("变更债权人"),
    "limit_list": lazy("按名单降低额度"),
}
STATES: Words = {
    "waiting": lazy("等复核"),
    "confirmed": lazy("已同意，已办"),
    "refused": lazy("没同意"),
    "withdrawn": lazy("提出人收回了"),
}
TONES = {"waiting": "warn", "confirmed": "good", "refused": "bad", "withdrawn": ""}
#: names of rows (rules/rows.py) that are codes
ROWS: Words = {
    "from_on": lazy("从哪天起"),
    "state": lazy("借据状态"),
    "principal": lazy("资产里的本金"),
    "interest": lazy("资产里的利息"),
    "fee": lazy("资产里的费用"),
    "penalty": lazy("罚息"),
    "assets": lazy("资产合计"),
    "owed": lazy("借款人一共还欠"),
    "due_now": lazy("现在应还"),
    "waived_penalty": lazy("免掉的罚息"),
    "waived_interest": lazy("免掉的利息"),
    "instalments": lazy("还剩几期"),
    "last_due_on": lazy("最后一期"),
}
REFUSED: Words = {
    "not_yours": lazy("你没有办这件事的权限。"),
    "own_request": lazy("自己提出的不能自己复核，要另一个人看。"),
    "already_decided": lazy("别人刚刚已经处理了。"),
    "already_waiting": lazy("同样的申请已经在等复核了。"),
    "nobody_else": lazy("没有第二个人有权复核，先请管理员加一位。"),
    "changed_since": lazy("你看的时候和现在的数不一样了，什么都没做。请按下面的新数再看一次。"),
    "line_changed": lazy("名单里有一行现在办不了了，请提出人收回后重新提。"),
    "has_no_rate": lazy("这一版是给导入的借据用的，不能生效。"),
    "already_in_force": lazy("这一版已经定了生效日。"),
    "from_on_past": lazy("生效日已经过去，请提出人收回后换一天。"),
    "from_on_taken": lazy("这一天已经有另一版生效。"),
    "reason_missing": lazy("写一句为什么。"),
    "contradicts_later": lazy("和后面的变更对不上。"),
}


def refused(error: CommandRefused | InputError) -> str:
    """What a "no" reads like; one that this room does not know is worded as the book does."""
    code = f"{error.field}_{error.code}" if isinstance(error, InputError) else error.code
    found = REFUSED.get(code)
    return str(found) if found is not None else money.refused(error)
