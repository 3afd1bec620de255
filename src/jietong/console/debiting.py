"""代扣: today's debits by result and reason, what is unknown and how old, doubles, refunds, files and comparisons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jietong.console.floor import day_span
from jietong.deduction import queries, words
from jietong.deduction.policies import policy_or_none
from jietong.kernel.errors import CommandRefused, InputError

REFUND_REASONS = {"double": lazy("扣了两次"), "surplus": lazy("手工还过了，多扣的")}
REFUND_STATES = {
    "ordered": lazy("待退"),
    "claimed": lazy("退款中"),
    "done": lazy("已退"),
    "failed": lazy("没退成，要人工退"),
}
ODD = {
    "wrong_amount": lazy("金额对不上"),
    "contradicts": lazy("前后说法不一"),
    "": lazy("还没有答复"),
}
FILE_REFUSALS = {
    "empty": lazy("文件是空的"),
    "encoding": lazy("既不是 UTF-8 也不是 GBK"),
    "truncated": lazy("文件不完整"),
    "wrong_check": lazy("校验码不符，传的时候变了"),
    "wrong_sum": lazy("合计金额不符"),
    "bad_line": lazy("有一行读不懂"),
    "not_a_result": lazy("不是回盘文件"),
    "too_long": lazy("文件太大"),
    "duplicate_file": lazy("这个文件收过了"),
    "duplicate_number": lazy("这个批号收过另一份"),
    "unknown_request": lazy("没有发过这一批"),
    "missing": lazy("请选一个文件"),
}
WORTH = {
    "taken": lazy("扣成"),
    "taken_after_all": lazy("后来扣成"),
    "failed": lazy("没扣成"),
    "waits": lazy("未定"),
    "repeat": lazy("重复"),
    "double": lazy("扣了两次"),
    "wrong_amount": lazy("金额不符"),
    "contradicts": lazy("说法不一"),
    "not_ours": lazy("不是我们的"),
    "not_named": lazy("没提到"),
}
ACT_ERRORS = {
    "reason": lazy("请写明对账单上看到什么"),
    "channel_ref": lazy("扣到了钱就要填渠道流水号"),
    "amount": lazy("金额填得不对"),
    "key": lazy("没有这一笔"),
    "not_open": lazy("这一笔已经有结果了"),
    "done": lazy("这一笔已经退了"),
    "under_way": lazy("正在原路退，等结果"),
}


def seen_at(now: datetime) -> dict[str, Any]:
    """The context of console/debits.html."""
    day, _start, _end = day_span(now)
    rules, _why = policy_or_none()
    today = queries.day(day)
    late = rules.late_after if rules is not None else None
    open_rows = queries.open_ones()
    return {
        "now": now,
        "day": day,
        "today": today,
        "reasons": [
            {"state": words.state(state), "reason": words.reason(reason), "count": count, "fen": fen, "tone": state}
            for state, reason, count, fen in today.by_reason
        ],
        "health": [one.partition(":")[0] for one in queries.health()],
        "policy": rules,
        "open_rows": [
            {"debit": row, "age": now - row.claimed_at if row.claimed_at else None,
             "late": late is not None and row.claimed_at is not None and now - row.claimed_at > late,
             "state": words.state(row.state), "odd": str(ODD.get(row.odd, row.odd)), "is_odd": bool(row.odd)}
            for row in open_rows
        ],
        "odd_rows": [{"debit": row, "odd": str(ODD.get(row.odd, row.odd))} for row in queries.odd_ones()],
        "strangers": queries.strangers(now=now),
        "refunds": [_refund(row) for row in queries.open_refunds()],
        "refunded": [_refund(row) for row in queries.done_refunds()],
        "batches": queries.batches(),
        "files": [_file(row) for row in queries.result_files()],
        "waiting": queries.waiting_for_file(now=now),
        "comparisons": queries.comparisons(),
        "has_realtime": bool(settings.DEDUCTION_CHANNEL_URL),
    }  # fmt: skip


def _refund(row: Any) -> dict[str, Any]:
    return {
        "refund": row,
        "reason": str(REFUND_REASONS.get(row.reason, row.reason)),
        "state": str(REFUND_STATES.get(row.state, row.state)),
    }


def _file(row: Any) -> dict[str, Any]:
    told = [f"{WORTH.get(name, name)} {count}" for name, count in row.worth.items()]
    if not row.refusal and row.applied < row.count:
        told.insert(0, _("正在入账 %(done)d / %(all)d 行") % {"done": row.applied, "all": row.count})
    return {"file": row, "refusal": file_refusal(row.refusal) if row.refusal else "", "worth": told}


def file_refusal(code: str) -> str:
    return str(FILE_REFUSALS.get(code, code))


def act_error(error: CommandRefused | InputError) -> str:
    """A refused act as a sentence."""
    field = error.field if isinstance(error, InputError) else error.code
    return str(ACT_ERRORS.get(field, _("没有办成：%(why)s") % {"why": error.message}))
