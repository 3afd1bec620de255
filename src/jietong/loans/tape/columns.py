"""The documented columns of the three files, with the Chinese headings that are understood without a mapping."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from jietong.loans.tape.people import ID_TYPES


@dataclass(frozen=True)
class Column:
    """kind names the reader (see compile.py); `required` asks for the column and for every cell of it."""

    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    default: object = None
    personal: bool = False
    choices: dict[str, str] | None = None


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


METHODS = {
    "equal_instalment": "equal_instalment", "等额本息": "equal_instalment",
    "equal_principal": "equal_principal", "等额本金": "equal_principal",
    "interest_only": "interest_only", "先息后本": "interest_only", "按期付息到期还本": "interest_only",
    "按月付息到期还本": "interest_only",
    "bullet": "bullet", "到期一次还本付息": "bullet", "一次性还本付息": "bullet", "利随本清": "bullet",
    "flat": "flat", "等本等息": "flat", "等本等费": "flat",
}  # fmt: skip
DAY_COUNTS = {
    "actual/365": "actual/365", "act/365": "actual/365", "365": "actual/365",
    "actual/360": "actual/360", "act/360": "actual/360", "360": "actual/360",
    "actual/364": "actual/364", "act/364": "actual/364",
    "actual/actual": "actual/actual", "act/act": "actual/actual", "实际/实际": "actual/actual",
    "实际/365": "actual/365", "实际/360": "actual/360",
    "30/360": "30/360", "period": "period", "按期": "period",
}  # fmt: skip
RATE_UNITS = {
    "year": "year", "年": "year", "y": "year", "年利率": "year", "day": "day", "日": "day", "d": "day", "日利率": "day",
    "month": "month", "月": "month", "m": "month", "月利率": "month",
}  # fmt: skip
PERIODS = {
    "day": "day", "日": "day", "天": "day", "d": "day", "week": "week", "周": "week", "w": "week",
    "month": "month", "月": "month", "m": "month",
}  # fmt: skip

BORROWER_KINDS = {
    "person": "person", "个人": "person", "自然人": "person",
    "sole_trader": "sole_trader", "个体工商户": "sole_trader", "个体户": "sole_trader", "个体": "sole_trader",
    "company": "company", "企业": "company", "公司": "company", "法人": "company", "小微企业": "company",
}  # fmt: skip

FLAGS = {
    "no": "no", "否": "no", "n": "no", "0": "no", "正常": "no", "false": "no",
    "yes": "yes", "是": "yes", "y": "yes", "1": "yes", "已冲正": "yes", "冲正": "yes", "true": "yes",
}  # fmt: skip

LOANS: tuple[Column, ...] = (
    Column("borrower_no", "code", _words("客户号 客户编号 客户ID 借款人编号 会员号 用户编号"), required=True),
    Column("name", "name", _words("姓名 客户姓名 借款人姓名 借款人 客户名称 户名"), required=True, personal=True),
    Column("id_type", "choice", _words("证件类型 证件种类"), default="id_card", choices=ID_TYPES),
    Column("id_no", "raw", _words("证件号码 证件号 身份证号 身份证号码 身份证"), required=True, personal=True),
    Column("phone", "phone", _words("手机号 手机号码 手机 联系电话 电话 移动电话 电话号码"), personal=True),
    Column("phone2", "phone", _words("备用电话 手机号2 联系电话2 其他电话 第二联系电话"), personal=True),
    Column("email", "email", _words("邮箱 电子邮箱 电子邮件 E-mail"), personal=True),
    Column("wechat", "wechat", _words("微信 微信号 微信openid"), personal=True),
    Column("card_no", "card", _words("银行卡号 还款卡号 绑定卡号 卡号 扣款卡号 还款账号"), personal=True),
    Column("bank_no", "bank_no", _words("联行号 开户行联行号 银行行号 开户行号"), personal=True),
    Column("province", "words", _words("省份 省 所在省 所在省份")),
    Column("city", "words", _words("城市 市 所在城市 地区")),
    Column("borrower_kind", "choice", _words("借款人类型 客户类型 主体类型"), choices=BORROWER_KINDS),
    Column("representative", "name", _words("法定代表人 经营者 负责人 法人代表 法人姓名"), personal=True),
    Column(
        "representative_id", "raw", _words("法定代表人证件号 经营者身份证号 法人身份证号 负责人证件号"), personal=True
    ),
    Column("language", "language", _words("语言 沟通语言")),
    Column("loan_no", "code", _words("借据号 借据编号 贷款编号 贷款账号 合同号 借款编号 订单号"), required=True),
    Column("product", "words", _words("产品 产品代码 产品编号 产品名称 产品编码"), required=True),
    Column("creditor", "words", _words("债权人 出资方 资金方 贷款人 放款机构 出借人"), required=True),
    Column(
        "principal",
        "amount_above_zero",
        _words("本金 贷款本金 借款金额 贷款金额 放款金额 合同金额 借款本金"),
        required=True,
    ),
    Column("rate", "rate", _words("利率 年利率 日利率 月利率 执行利率 贷款利率 年化利率"), required=True),
    Column("rate_unit", "choice", _words("利率单位 利率类型 利率周期"), default="year", choices=RATE_UNITS),
    Column("method", "choice", _words("还款方式 还款方法"), required=True, choices=METHODS),
    Column("day_count", "choice", _words("计息基础 计息方式 计息基准"), choices=DAY_COUNTS),
    Column("instalments", "terms", _words("期数 总期数 贷款期数 分期数 分期期数"), required=True),
    Column("every", "every", _words("还款间隔 间隔"), default=1),
    Column("unit", "choice", _words("期限单位 还款周期 周期单位"), default="month", choices=PERIODS),
    Column("disbursed_on", "date", _words("放款日期 放款日 发放日期 起息日 借款日期 贷款发放日"), required=True),
    Column("platform", "words", _words("平台 合作平台 助贷平台 导流平台 合作机构")),
    Column("funders", "shares", _words("出资份额 联合出资 出资方份额 资金方份额 出资比例")),
    Column("guarantor", "words", _words("担保方 担保人 担保机构 担保公司 融资担保公司 增信机构")),
    Column("guarantor_id", "raw", _words("担保人证件号 担保方证件号 担保方信用代码"), personal=True),
    Column("first_due_on", "date", _words("首期还款日 首次还款日 首个还款日 首期应还日 首期到期日")),
)
INSTALMENTS: tuple[Column, ...] = (
    Column(
        "loan_no", "repeated_code", _words("借据号 借据编号 贷款编号 贷款账号 合同号 借款编号 订单号"), required=True
    ),
    Column("n", "terms", _words("期次 期号 期数 第几期 期序"), required=True),
    Column("due_on", "date", _words("应还日期 应还日 到期日 还款日 到期日期 还款日期"), required=True),
    Column("principal", "amount", _words("应还本金 本金 应收本金"), required=True),
    Column("interest", "amount", _words("应还利息 利息 应收利息"), required=True),
    Column("fee", "amount", _words("应还费用 费用 手续费 应收费用"), default=0),
    Column("penalty", "amount", _words("应还罚息 罚息 应收罚息 违约金"), default=0),
    Column("paid_principal", "amount", _words("已还本金 实还本金 实收本金"), default=0),
    Column("paid_interest", "amount", _words("已还利息 实还利息 实收利息"), default=0),
    Column("paid_fee", "amount", _words("已还费用 实还费用 实收费用"), default=0),
    Column("paid_penalty", "amount", _words("已还罚息 实还罚息 实收罚息"), default=0),
    Column("settled_on", "date", _words("结清日期 结清日 实际还清日")),
)
REPAYMENTS: tuple[Column, ...] = (
    Column("receipt", "code", _words("流水号 还款流水号 交易流水号 收据号 交易号"), required=True),
    Column(
        "loan_no", "repeated_code", _words("借据号 借据编号 贷款编号 贷款账号 合同号 借款编号 订单号"), required=True
    ),
    Column(
        "paid_on",
        "moment",
        _words("paid_at 还款日期 还款时间 实还日期 实际还款日 交易时间 交易日期 入账日期"),
        required=True,
    ),
    Column("amount", "amount_above_zero", _words("还款金额 金额 实还金额 交易金额 实收金额"), required=True),
    Column("reversed", "choice", _words("冲正标志 是否冲正 冲销标志 撤销标志"), default="no", choices=FLAGS),
)
FILES: dict[str, tuple[Column, ...]] = {"loans": LOANS, "instalments": INSTALMENTS, "repayments": REPAYMENTS}
#: heading → the rate unit that it states by itself
RATE_HEADINGS = {"年利率": "year", "年化利率": "year", "月利率": "month", "日利率": "day"}

_UNIT_SUFFIX = re.compile(r"(.+?)(?:[(\[](?:单位[::]?)?(元|分|人民币元|yuan|fen)[)\]]|_(yuan|fen))")
_UNITS = {"元": "yuan", "人民币元": "yuan", "yuan": "yuan", "分": "fen", "fen": "fen"}


def heading(raw: str) -> tuple[str, str | None]:
    """A heading as compared (width, case, spaces and a trailing * ignored) and the unit that it states, if any."""
    plain = unicodedata.normalize("NFKC", raw).strip("\ufeff \t\r\n\"'*").lower()
    plain = re.sub(r"\s+", "", plain)
    found = _UNIT_SUFFIX.fullmatch(plain)
    if found:
        return found[1], _UNITS[found[2] or found[3]]
    return plain, None


def known_headings(columns: tuple[Column, ...]) -> dict[str, str]:
    """Compared heading → column name."""
    known: dict[str, str] = {}
    for column in columns:
        for spelling in (column.name, *column.aliases):
            known.setdefault(heading(spelling)[0], column.name)
    return known
