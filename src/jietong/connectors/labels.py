"""Links, letters and differences in plain words, for every room that shows them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as lazy

Words = Mapping[str, str | LazyText]

KINDS: Words = {"fineract": "Apache Fineract", "files": lazy("文件"), "webhook": lazy("事件推送")}
MODES: Words = {"mirror": lazy("以核心为准"), "feed": lazy("核心供数，本账计算")}
EVENTS: Words = {
    "fineract.loan": lazy("借据"),
    "loan": lazy("借据"),
    "repayment": lazy("还款"),
    "reversal": lazy("冲正"),
    "contact_point": lazy("联系方式"),
    "heartbeat": lazy("心跳"),
    "file_row": lazy("文件中的一行"),
}
#: why a link is broken
LINK_ERRORS: Words = {
    "core_error": lazy("核心系统返回错误"),
    "unreachable": lazy("连不上核心系统"),
    "timeout": lazy("核心系统没有在时限内回答"),
    "cut_off": lazy("回答没有传完"),
    "short_page": lazy("清单缺页，没有给全"),
    "list_moves": lazy("清单一直在变，读不完整"),
    "bad_answer": lazy("回答的格式不对"),
    "not_allowed": lazy("登录名或密码不对，或没有权限"),
    "settings": lazy("连接的地址填错了"),
    "truncated": lazy("文件不完整"),
}
#: why a letter could not be booked
ERRORS: Words = {
    "unknown": lazy("账本里没有这笔借据、流水或客户"),
    "loan_settled": lazy("借据已结清，这笔钱要有人认领"),
    "id_reused": lazy("同一个编号来了两种内容，其中一个是错的"),
    "receipt_reused": lazy("同一流水号来了另一个金额或时间"),
    "receipt_booked": lazy("这个流水号已记在别的借据上"),
    "receipt_reversed": lazy("这笔流水已被冲正"),
    "receipt_in_opening": lazy("这笔流水已包含在导入的数字里，要由核心更正"),
    "already_reversed": lazy("已因别的原因冲正过"),
    "other_borrower": lazy("账本里这笔借据是另一位客户的"),
    "borrower_has_other_id": lazy("这位客户在账本里是另一个证件号"),
    "loan_booked_with_other_terms": lazy("账本里这笔借据的本金或放款日不同"),
    "kept_by_another": lazy("这笔借据由另一个核心维护"),
    "instalments_do_not_sum": lazy("各期本金加起来不等于借款本金"),
    "instalment_gap": lazy("期次不连续"),
    "paid_more_than_due": lazy("某一期还的比应还的多"),
    "parts_do_not_sum": lazy("还款的各部分加起来不等于总额"),
    "date_order": lazy("日期先后颠倒"),
    "before_loan": lazy("还款日期早于放款日"),
    "in_the_future": lazy("日期在将来"),
    "duplicate_receipt": lazy("同一流水号出现两次"),
    "missing": lazy("缺少必填的内容"),
    "not_positive": lazy("金额必须大于零"),
    "negative": lazy("金额不能为负"),
    "too_precise": lazy("金额有不足一分的尾数"),
    "not_an_amount": lazy("不是金额"),
    "not_a_date": lazy("不是日期"),
    "not_a_time": lazy("不是时间"),
    "zone_missing": lazy("时间没有写明时区"),
    "not_a_phone": lazy("不是电话号码"),
    "not_an_email": lazy("不是邮箱地址"),
    "out_of_order": lazy("日期先后颠倒"),
    "loan_unknown": lazy("文件里没有这笔借据"),
    "id_check_digit": lazy("证件号校验位不对"),
    "none_dead": lazy("没有这一类的在等人处理"),
    "schedule_missing": lazy("以核心为准的借据要有还款计划"),
    "unexpected": lazy("处理时出了意外，已通知运维"),
}
#: what became of replayed letters, in this order
REPLAYED: Words = {
    "booked": lazy("%(n)d 条已入账"),
    "suspended": lazy("%(n)d 条转了挂账"),
    "waiting": lazy("%(n)d 条过一会儿自己再试"),
    "dead": lazy("%(n)d 条还是不行"),
    "superseded": lazy("%(n)d 条已有更新的消息"),
    "dismissed": lazy("%(n)d 条已由人关闭"),
}
DIFFERENCES: Words = {
    "loan_missing_in_book": lazy("核心有、账本没有的借据"),
    "loan_missing_in_core": lazy("账本有、核心没有的借据"),
    "repayment_missing_in_book": lazy("核心有、账本没有的还款"),
    "repayment_missing_in_core": lazy("账本有、核心没有的还款"),
    "repayment_amount": lazy("还款的借据或金额不同"),
    "principal_left": lazy("剩余本金不同"),
    "left": lazy("剩余应还不同"),
    "closed_in_core": lazy("核心已结清，账本还没有"),
    "closed_in_book": lazy("账本已结清，核心还没有"),
}
TOTALS: Words = {
    "loans": lazy("借据数"),
    "open": lazy("未结清"),
    "principal_left_fen": lazy("剩余本金"),
    "left_fen": lazy("剩余应还"),
    "repayments": lazy("当天还款笔数"),
    "repaid_fen": lazy("当天还款金额"),
}


def named(table: Words, code: str) -> str:
    """The words for a code; a code without words is shown as it is, for that is better than nothing."""
    return str(table.get(code, code))
