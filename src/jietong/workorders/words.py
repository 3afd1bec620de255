"""Codes of work orders in words: one place for every face."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as lazy

Words = Mapping[str, str | LazyText]

KINDS: Words = {
    "trace_payment": lazy("查一笔还款"),
    "refund": lazy("退款"),
    "check_charges": lazy("复核利息和费用"),
    "issue_paper": lazy("开证明、调合同"),
    "check_report": lazy("核查征信报送"),
    "debit_fault": lazy("扣款通道异常"),
    "page_fault": lazy("登录或页面异常"),
}
#: the same, as the borrower reads it
FOR_BORROWERS: Words = {
    "trace_payment": lazy("核对一笔还款"),
    "refund": lazy("退款"),
    "check_charges": lazy("复核利息和费用"),
    "issue_paper": lazy("开证明、调合同"),
    "check_report": lazy("核查征信记录"),
    "debit_fault": lazy("检查自动扣款"),
    "page_fault": lazy("检查登录和页面"),
}
STATES: Words = {
    "open": lazy("待接"),
    "taken": lazy("办理中"),
    "answered": lazy("已答复"),
    "returned": lazy("退回再办"),
    "done": lazy("已了结"),
}
ACTS: Words = {
    "open": lazy("发出工单"),
    "note": lazy("留言"),
    "late": lazy("过了时限，已告知主管"),
    "take": lazy("接手"),
    "put_back": lazy("放回组里"),
    "answer": lazy("答复"),
    "send_back": lazy("退回再办"),
    "finish": lazy("了结"),
}


def named(table: Words, code: str) -> str:
    return str(table.get(code, code))
