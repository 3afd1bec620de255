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
    "check": lazy("体检"),
    "fall_due": lazy("到期计息"),
    "age": lazy("更新逾期"),
    "classify": lazy("五级分类"),
    "accrue": lazy("汇总计提"),
    "pass_on": lazy("转付代偿方"),
    "cases": lazy("开案与结案"),
    "limits": lazy("看管额度"),
    "promises": lazy("判定承诺"),
    "plan_debits": lazy("安排扣款"),
    "plan_reminders": lazy("安排提醒"),
    "credit_notices": lazy("征信报送前告知"),
    "credit_deadlines": lazy("看征信更正的期限"),
}
#: what day-end steps and imports count
COUNTS: Words = {
    "checked": lazy("看过"),
    "set_aside": lazy("先放一边"),
    "mended": lazy("重新纳入"),
    "products": lazy("产品"),
    "open_fen": lazy("计提未到期"),
    "instalments": lazy("期次"),
    "postings": lazy("分录"),
    "fen": lazy("金额"),
    "heads": lazy("借据"),
    "moved": lazy("换阶段"),
    "opened": lazy("新开"),
    "frozen": lazy("冻结额度"),
    "cut": lazy("降低额度"),
    "released": lazy("解冻额度"),
    "cured": lazy("结清退出"),
    "kept": lazy("守约"),
    "partly_kept": lazy("部分守约"),
    "broken": lazy("未守约"),
    "cancelled": lazy("取消"),
    "planned": lazy("已安排"),
    "told": lazy("已告知"),
    "ended": lazy("不再适用"),
    "reminded": lazy("提醒负责人"),
    "escalated": lazy("报主管"),
    "loans": lazy("借据"),
    "borrowers": lazy("借款人"),
    "repayments": lazy("还款"),
    "loans_known": lazy("已有的借据"),
    "loans_refused": lazy("没入账的借据"),
}
#: why a loan is set aside → what is wrong with it, and what a person does about it
SET_ASIDE: Mapping[str, tuple[str | LazyText, str | LazyText]] = {
    "no_instalments": (lazy("没有期次"), lazy("补上还款计划，或从核心系统重新取这笔借据。")),
    "negative_amount": (lazy("有小于零的金额"), lazy("对照核心系统改正金额。")),
    "paid_beyond_owed": (lazy("已还多于应还"), lazy("查这一期的还款，把多出的部分改为多还的钱。")),
    "due_before_lent": (lazy("到期日早于放款日"), lazy("改正放款日或还款计划的日期。")),
    "head_disagrees": (lazy("汇总与各期合计不符"), lazy("先看各期对不对；各期没错就按各期重算。")),
    "oldest_disagrees": (lazy("最早未还日与各期不符"), lazy("先看各期对不对；各期没错就按各期重算。")),
    "unknown_bucket": (lazy("逾期阶段认不出"), lazy("先看各期对不对；各期没错就按各期重算。")),
    "error": (lazy("数据库不收"), lazy("把下面的原话交给技术同事，处理后再试一次。")),
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
#: the five classes as the regulator writes them; "new": lent or booked within the month
CLASSES: Words = {
    "new": lazy("新进账"),
    "normal": lazy("正常"),
    "special_mention": lazy("关注"),
    "substandard": lazy("次级"),
    "doubtful": lazy("可疑"),
    "loss": lazy("损失"),
}
CLASS_PROFILES: Words = {"loan": lazy("按贷款的天数"), "card": lazy("按信用卡的天数")}
CLASS_CAUSES: Words = {
    "import": lazy("进账时就是"),
    "dayend": lazy("逾期天数到了"),
    "repayment": lazy("还款"),
    "backdated": lazy("补记更早的还款"),
    "reversal": lazy("还款被冲正"),
    "override": lazy("人的认定"),
    "override_ended": lazy("认定结束"),
}
CLASS_REASONS: Words = {
    "income_lost": lazy("收入没了"),
    "fraud_suspected": lazy("疑似骗贷"),
    "other_debts": lazy("在别处已严重逾期"),
    "insolvent": lazy("资不抵债"),
    "died": lazy("本人去世"),
    "collateral_lost": lazy("担保落空"),
    "other_evidence": lazy("其他证据"),
}
CLASS_CONDITIONS: Words = {
    "regular_again": lazy("欠的还清，并且按规则包要求的时间一直正常还（账本会核对）"),
    "set_by_mistake": lazy("当初认定错了（要由另一个人确认）"),
}
#: code (or field.code) of a refused word about a class → what the person reads
CLASS_REFUSED: Words = {
    "override_in_force": lazy("这笔已有一个认定在起作用，先结束它。"),
    "not_worse": lazy("现在的分类已经不比这个好，不用认定。"),
    "no_override": lazy("没有起作用的认定可以结束。"),
    "same_person": lazy("认定错了要由另一个人来确认。"),
    "still_late": lazy("还有过了还款日没还的，不能变好。"),
    "not_regular_long_enough": lazy("正常还款的时间还不够规则包的要求。"),
    "note.missing": lazy("请写明凭什么。"),
    "note.too_long": lazy("凭据请控制在 400 字以内。"),
    "since.out_of_range": lazy("日期要在进账之后、今天之前。"),
    "since.not_a_date": lazy("请选一个日期。"),
    "asset_class.unknown": lazy("请选一个分类。"),
    "reason.unknown": lazy("请选一个原因。"),
    "condition.unknown": lazy("请选一个条件。"),
}
WEEKDAYS = (lazy("周一"), lazy("周二"), lazy("周三"), lazy("周四"), lazy("周五"), lazy("周六"), lazy("周日"))


def weekday(day: date) -> str:
    return str(WEEKDAYS[day.weekday()])


def counted(counts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Counters as (label, figure); money is shown in yuan, everything else with thousands separators."""
    return [
        (named(COUNTS, key), show_yuan(int(value)) if key.endswith("fen") else f"{value:,}")
        for key, value in counts.items()
        if isinstance(value, int)
    ]
