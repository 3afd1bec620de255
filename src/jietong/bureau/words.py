"""The words of credit reporting, for staff and for borrowers. One place for every face."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as lazy

Words = Mapping[str, str | LazyText]

#: why an adverse item was left out, for staff
WITHHELD: Words = {
    "struck": lazy("已撤下"),
    "no_notice": lazy("没有告知过"),
    "not_delivered": lazy("告知没送到"),
    "waiting": lazy("告知后等待期未满"),
}
NOTICE_STATES: Words = {"planned": lazy("告知在路上"), "sent": lazy("已告知"), "failed": lazy("告知没送到")}
BATCH_KINDS: Words = {"month": lazy("月报"), "correction": lazy("更正")}
BATCH_STATES: Words = {"prepared": lazy("已生成"), "exported": lazy("已导出"), "answered": lazy("有回执")}
CAUSES: Words = {
    "back_dated": lazy("补记了更早的还款"),
    "reversal": lazy("一笔还款被冲正"),
    "dispute": lazy("异议成立"),
    "own_fault": lazy("我们的差错"),
    "rejected": lazy("机构退回"),
}
CORRECTION_STATES: Words = {
    "open": lazy("待更正"),
    "reported": lazy("已报更正"),
    "done": lazy("机构已收"),
    "not_needed": lazy("核对过，不用改"),
}
DISPUTE_STATES: Words = {"open": lazy("核查中"), "upheld": lazy("异议成立"), "rejected": lazy("异议不成立")}
#: the five classes as a borrower's page names them, too
CLASSES: Words = {
    "normal": lazy("正常"),
    "special_mention": lazy("关注"),
    "substandard": lazy("次级"),
    "doubtful": lazy("可疑"),
    "loss": lazy("损失"),
}
STATUSES: Words = {"active": lazy("在还"), "written_off": lazy("已核销"), "settled": lazy("已结清")}
#: code (or field.code) of a refused command → what staff read
REFUSED: Words = {
    "not_over": lazy("这个月的最后一天还没日终，不能生成。"),
    "no_policy": lazy("在用的规则包没有征信报送的规则。"),
    "closed": lazy("这一条刚被处理了。"),
    "decided": lazy("这个异议刚被处理了。"),
    "corrected_already": lazy("这条已有更新的版本，请看最新的。"),
    "content_changed": lazy("文件内容和上次导出的不一样，先查清楚。"),
    "not_exported": lazy("这一批还没导出。"),
    "answered_already": lazy("有一行已被更早的回执退回过。"),
    "other_batch": lazy("这份回执是另一批的。"),
    "note.missing": lazy("请写明理由。"),
    "note.too_long": lazy("理由请控制在 400 字以内。"),
    "answer.missing": lazy("请写明给借款人的答复。"),
    "answer.too_long": lazy("答复请控制在 400 字以内。"),
    "file.missing": lazy("请选一个文件。"),
}


def named(table: Words, code: str) -> str:
    """The words for a code; a code without words is shown as it is."""
    return str(table.get(code, code))
