"""How the board and the console word what the rooms below only name. Refusals are worded in compliance.labels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as lazy

from jietong.kernel.money import show_yuan
from jietong.routing.words import CHANNELS, INTENTS, TEMPLATES, channel, factor, named

Words = Mapping[str, str | LazyText]

__all__ = ["CHANNELS", "INTENTS", "TEMPLATES", "channel", "factor", "named"]

STEPS: Words = {
    "fall_due": lazy("到期计息"),
    "age": lazy("更新逾期"),
    "cases": lazy("开案与结案"),
    "promises": lazy("判定承诺"),
    "plan_reminders": lazy("安排提醒"),
}
#: what day-end steps and imports count
COUNTS: Words = {
    "instalments": lazy("期次"),
    "postings": lazy("分录"),
    "fen": lazy("金额"),
    "heads": lazy("借据"),
    "moved": lazy("换阶段"),
    "opened": lazy("新开"),
    "cured": lazy("结清退出"),
    "kept": lazy("守约"),
    "partly_kept": lazy("部分守约"),
    "broken": lazy("未守约"),
    "cancelled": lazy("取消"),
    "planned": lazy("已安排"),
    "loans": lazy("借据"),
    "borrowers": lazy("借款人"),
    "repayments": lazy("还款"),
    "loans_known": lazy("已有的借据"),
    "loans_refused": lazy("没入账的借据"),
}
STATES: Words = {"waiting": lazy("排队中"), "in_service": lazy("办理中"), "settled": lazy("已办结")}
AUTHORS: Words = {"borrower": lazy("借款人"), "assistant": lazy("智能助手"), "system": lazy("系统")}
#: code of a timeline event → title and icon
EVENTS: Mapping[str, tuple[str | LazyText, str]] = {
    "reply_late": (lazy("没按时答复，已向借款人致歉并给出新时间"), "alert-triangle"),
    "handed_over": (lazy("助手转交给人"), "swap"),
    "callback_booked": (lazy("约好回电"), "phone-incoming"),
    "promise_made": (lazy("登记承诺还款"), "hand-heart"),
}
#: what a specialist is doing (routing.queries.PersonLine.state)
PRESENCE: Words = {
    "talking": lazy("办理中"),
    "ready": lazy("可接"),
    "break": lazy("休息"),
    "away": lazy("离开"),
    "gone": lazy("未连接"),
}
#: code of a refused command → what the supervisor reads
REFUSED: Words = {
    "not_yours": lazy("这件来询不归你的组，只有本组主管能动。"),
    "settled": lazy("这件来询已办结，不用再派。"),
    "not_waiting": lazy("这件来询刚被别人接走或已办结。"),
    "in_your_hands": lazy("已经在你手上了。"),
    "in_their_hands": lazy("已经在这位同事手上了。"),
    "not_of_the_team": lazy("请选本组的一位专员。"),
}
WEEKDAYS = (lazy("周一"), lazy("周二"), lazy("周三"), lazy("周四"), lazy("周五"), lazy("周六"), lazy("周日"))


def weekday(day: date) -> str:
    return str(WEEKDAYS[day.weekday()])


def counted(counts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Counters as (label, figure); money is shown in yuan, everything else with thousands separators."""
    return [
        (named(COUNTS, key), show_yuan(int(value)) if key == "fen" else f"{value:,}")
        for key, value in counts.items()
        if isinstance(value, int)
    ]
