"""Codes of money as sentences for people, in one place for all faces: refusals, suspense, changes of a plan."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as lazy

from jietong.kernel.errors import CommandRefused, InputError

Words = Mapping[str, str | LazyText]

#: why money or a change was refused, or waits
CODES: Words = {
    "receipt_reversed": lazy("这笔流水之前冲正过。确认钱又到了，再选“重新入账”。"),
    "already_reversed": lazy("这笔还款已经冲正过了，不能再冲一次。"),
    "receipt_in_opening": lazy("这笔还款在导入的期初数里，要由放款方的新文件来改，这里不能冲正。"),
    "receipt_reused": lazy("同一个流水号，金额、时间或借据不一样，要有人核对哪个是对的。"),
    "paid_at_before_loan": lazy("到账日在放款之前，不会是这笔借款的还款。"),
    "loan_ref_unknown": lazy("没有这个借据号。"),
    "receipt_unknown": lazy("没有这笔流水。"),
    "receipt_missing": lazy("还没有填银行流水号。"),
    "amount_not_positive": lazy("金额要大于 0。"),
    "amount_too_small": lazy("这个数还不到本金，先要够到期的和到当天的利息。"),
    "loan_settled": lazy("这笔借款已经还清，钱可能是付错了。"),
    "no_match": lazy("看不出是谁的：没有借据号，也没有对得上的人。"),
    "several_match": lazy("可能是几笔借据里的一笔，要有人认领。"),
    "weak_match": lazy("像是一位借款人的，但凭这些还不能肯定。"),
    "line_unreadable": lazy("这一行读不出来，按原样放在这里。"),
    "not_covered": lazy("钱不够按约定的办，已按普通还款入账。"),
    "no_money": lazy("办这件事的那笔钱被冲正了，所以不成立了。"),
    "nothing_left": lazy("这笔借款没有要还的了。"),
    "written_off": lazy("已核销，计划不能再改。"),
    "out_of_order": lazy("新的还款日要一个比一个晚，而且都在今天之后。"),
    "due_on_out_of_order": lazy("新的还款日要一个比一个晚。"),
    "due_on_missing": lazy("还没有填新的还款日。"),
    "cannot_close": lazy("按这些条件排不出计划，请改期数或日期。"),
    "not_possible": lazy("这种还款方式没有“每期不变”，只能少还一些利息。"),
    "credit_short": lazy("退出去的钱比现在多还的还多，差的要收回。"),
    "amounts_changed": lazy("核销的金额和批准的不一样了，要再看一次。"),
    "kept_by_core": lazy("这笔借款由放款方的核心系统管，计划要在那边改。"),
    "too_many_changes": lazy("这笔借款的计划改得太多次了，不能再改。"),
    "key_reused": lazy("这张表单已经用过了，请刷新再填。"),
    "already_resolved": lazy("已经有人处理过了。"),
    "not_money": lazy("这一条没有可以入账的钱。"),
    "payout_missing": lazy("填上退款的银行流水号。"),
    "reason_missing": lazy("写一句为什么。"),
    "team_unknown": lazy("没有这个小组。"),
    "no_credit": lazy("没有多还的钱了。"),
    "asked_back": lazy("这笔钱已经在退了。"),
    "other_borrower": lazy("只能用在同一位借款人的借款上。"),
    "valid_on_past": lazy("这一天已经过去了。"),
    "on_out_of_order": lazy("生效日要在放款日和今天之间。"),
    "plan_unknown": lazy("选一种办法。"),
    "payout_differs": lazy("银行流水写着这笔放款，金额却和放出的不一样，要有人核对。"),
    "amount_differs": lazy("金额和放出的本金不一样。"),
    "serial_missing": lazy("填上银行流水号。"),
    "serial_used": lazy("这个流水号已经核销过另一笔放款。"),
    "not_open": lazy("这笔放款不在等银行确认，可能已经核对过。"),
    "not_cleared": lazy("这笔放款还没有核对过。"),
    "on_in_future": lazy("银行付款日不能在今天之后。"),
    "on_missing": lazy("选银行付款的那一天。"),
    "penalty_not_positive": lazy("减免的罚息要大于 0。"),
}
#: a code as a few words, for lists
SHORT: Words = {
    "no_match": lazy("没对上人"),
    "several_match": lazy("可能是几笔"),
    "weak_match": lazy("像是一位，不肯定"),
    "loan_settled": lazy("借款已结清"),
    "line_unreadable": lazy("读不出来"),
    "receipt_reused": lazy("流水号重复、内容不同"),
    "receipt_reversed": lazy("冲正过的流水"),
    "loan_ref_unknown": lazy("没有这个借据号"),
    "paid_at_before_loan": lazy("早于放款日"),
    "amount_not_positive": lazy("金额不对"),
    "not_covered": lazy("钱不够结清"),
    "no_money": lazy("结清的钱被冲正"),
    "nothing_left": lazy("没有要还的"),
    "credit_short": lazy("退多了"),
    "amounts_changed": lazy("核销金额变了"),
    "written_off": lazy("已核销"),
    "cannot_close": lazy("排不出计划"),
    "out_of_order": lazy("日期顺序不对"),
    "payout_differs": lazy("放款金额对不上"),
}
#: what speaks for a candidate
REASONS: Words = {
    "ref_in_text": lazy("附言写了借据号"),
    "borrower_no_in_text": lazy("附言写了客户号"),
    "card_tail": lazy("付款卡号对得上"),
    "payer_name": lazy("姓名一样"),
    "amount_due": lazy("正好是现在应还"),
    "amount_payoff": lazy("正好是结清的数"),
    "amount_next": lazy("正好是下一期"),
    "other_name": lazy("付款人不是借款人"),
}
KINDS: Words = {
    "pay_off": lazy("提前结清"),
    "prepay": lazy("部分提前还款"),
    "replan": lazy("重新安排还款"),
    "waive": lazy("减免罚息"),
    "write_off": lazy("核销"),
    "pay_back": lazy("退还多还的钱"),
}
LOAN_STATES: Words = {
    "active": lazy("还款中"),
    "settled": lazy("已结清"),
    "written_off": lazy("已核销"),
    "recovered": lazy("核销后已收回"),
}
CHANGE_STATES: Words = {"held": lazy("有效"), "not_held": lazy("不再成立"), "undone": lazy("已撤销")}
ITEM_STATES: Words = {
    "open": lazy("待处理"),
    "booked": lazy("已入账"),
    "returned": lazy("已退回"),
    "dismissed": lazy("不用处理"),
}
SOURCES: Words = {
    "bank_file": lazy("银行来账"),
    "plan_change": lazy("计划变更"),
    "repayment": lazy("还款"),
    "core": lazy("核心系统"),
    "deduction": lazy("代扣"),
    "payout": lazy("放款流水"),
}
#: what the book itself writes as a resolution
RESOLUTIONS: Words = {"plan_told_again": lazy("重新算过以后又成立了，或已撤销")}


def said(words: Words, code: str) -> str:
    """The words of a code; the code itself when nobody has worded it, never silence."""
    return str(words.get(code, code))


def refused(error: CommandRefused | InputError) -> str:
    """What a "no" of a command about money reads like; an unknown one in the command's own words."""
    code = f"{error.field}_{error.code}" if isinstance(error, InputError) else error.code
    return str(CODES.get(code, error.message))


def short(code: str) -> str:
    return str(SHORT.get(code) or CODES.get(code, code))
