"""Products for the operator: what is lent under which terms, a draft read from the form, and versions side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from jietong.kernel.errors import InputError
from jietong.kernel.money import parse_yuan, show_yuan, yuan
from jietong.loans.queries import products
from jietong.loans.rules.products import Example, ProductTerms, dearest, faults, percent, worked
from jietong.origination import disclosing, labels
from jietong.origination.rules import policy

if TYPE_CHECKING:
    from jietong.loans.models import ProductVersion

ORDERS = {
    "fee,penalty,interest,principal": lazy("费用 → 罚息 → 利息 → 本金"),
    "penalty,fee,interest,principal": lazy("罚息 → 费用 → 利息 → 本金"),
    "interest,principal,penalty,fee": lazy("利息 → 本金 → 罚息 → 费用"),
    "principal,interest,penalty,fee": lazy("本金 → 利息 → 罚息 → 费用"),
}
METHODS = ("equal_instalment", "equal_principal", "interest_only", "bullet")
DAY_COUNTS = {
    "period": lazy("按期（一月三十天）"),
    "30/360": "30/360",
    "actual/365": lazy("实际天数 / 365"),
    "actual/360": lazy("实际天数 / 360"),
}
#: (field, code) → what is wrong, in words; a field's other codes fall back to its empty one
FAULTS: dict[tuple[str, str], Any] = {
    ("rate", "above_cap"): lazy("最贵的一笔算下来，年化综合成本超过了规则的上限。调低利率或费用。"),
    ("rate", ""): lazy("利率要填 0 到 100 之间的百分数，比如 14.4。"),
    ("fee_rate", ""): lazy("每期服务费要在 0% 到 5% 之间。"),
    ("instalment_counts", ""): lazy("期数用逗号隔开，1 到 60 之间，不能重复，比如 3,6,12,24。"),
    ("principal_grace", ""): lazy("只还利息的期数要比最短的期数少。"),
    ("interest_grace", ""): lazy("免息期数要比最短的期数少。"),
    ("penalty_multiple", "above_pack"): lazy("罚息倍数超过了规则允许的最高倍数。"),
    ("penalty_multiple", ""): lazy("罚息倍数不能小于 1。"),
    ("amount_min", ""): lazy("最小金额要大于 0。"),
    ("amount_max", ""): lazy("最大金额不能小于最小金额。"),
    ("cooling_off_days", ""): lazy("可撤销的天数在 0 到 90 之间。"),
    ("note", ""): lazy("写一句为什么改。"),
    ("from_on", "past"): lazy("生效日最早是今天。"),
    ("from_on", "taken"): lazy("这一天已经有另一版生效。"),
    ("from_on", ""): lazy("生效日要填成 2026-01-31 这样。"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of two versions side by side."""

    label: str
    old: str
    new: str

    @property
    def differs(self) -> bool:
        return self.old != self.new


def fault_words(error: InputError) -> str:
    found = FAULTS.get((error.field, error.code)) or FAULTS.get((error.field, ""))
    return str(found or _("这里填得不对：%(why)s") % {"why": error.message})


def overview(*, today: date) -> list[dict[str, Any]]:
    """A row per product: what is lent today, what waits."""
    rows = []
    for product in products.products():
        versions = products.versions(product.code)
        now = products.version_in_force(product.code, on=today)
        rows.append(
            {
                "product": product,
                "now": now,
                "says": lines(now) if now is not None else [],
                "drafts": sum(1 for row in versions if row.in_force_from is None and row.rate is not None),
                "coming": [row for row in versions if row.in_force_from is not None and row.in_force_from > today],
                "loans": products.loan_count(product.code),
            }
        )
    return rows


def own_defaults() -> list[dict[str, Any]]:
    """Figures without a law behind them, each with what it is, how much, and whether anything says so."""
    return [
        {
            "label": str(labels.POLICY[one.code]),
            "value": _amount(one.value, one.unit),
            "source": one.source,
        }
        for one in policy.DEFAULTS
    ]


def _amount(value: int, unit: str) -> str:
    if unit == "fen":
        return show_yuan(value)
    words = {
        "days": ngettext("%(n)d 天", "%(n)d 天", value),
        "seconds": ngettext("%(n)d 秒", "%(n)d 秒", value),
        "minutes": ngettext("%(n)d 分钟", "%(n)d 分钟", value),
        "years": ngettext("%(n)d 岁", "%(n)d 岁", value),
        "times": ngettext("%(n)d 次", "%(n)d 次", value),
    }
    return words[unit] % {"n": value}


def blank(version: ProductVersion | None) -> dict[str, str]:
    """What the form begins with: the terms in force, or plain ones."""
    terms = version.terms if version is not None else None
    terms = terms or ProductTerms(Decimal("0.144"), (3, 6, 12, 24), 500_00, 50_000_00)
    return {
        "rate": _percent(terms.rate),
        "rate_unit": terms.rate_unit,
        "day_count": terms.day_count,
        "method": terms.method,
        "instalment_counts": ",".join(str(n) for n in terms.instalment_counts),
        "principal_grace": str(terms.principal_grace),
        "interest_grace": str(terms.interest_grace),
        "fee_rate": _percent(terms.fee_rate),
        "penalty_multiple": f"{terms.penalty_multiple:.3f}".rstrip("0").rstrip("."),
        "allocation_order": ",".join(terms.allocation_order),
        "amount_min": yuan(terms.amount_min_fen).removesuffix(".00"),
        "amount_max": yuan(terms.amount_max_fen).removesuffix(".00"),
        "is_revolving": "1" if terms.is_revolving else "",
        "cooling_off_days": str(terms.cooling_off_days),
        "cancel_interest": terms.cancel_interest,
    }


def read(typed: Mapping[str, str]) -> tuple[ProductTerms | None, dict[str, str]]:
    """The terms as typed, and what is wrong with them by field; terms only when nothing is."""
    wrong: dict[str, str] = {}

    def take(field: str, reader: Any, otherwise: Any) -> Any:
        try:
            return reader(typed.get(field, "").strip(), field)
        except InputError as error:
            wrong[error.field] = fault_words(error)
            return otherwise

    terms = ProductTerms(
        rate=take("rate", _share, Decimal(0)),
        instalment_counts=take("instalment_counts", _counts, (1,)),
        amount_min_fen=take("amount_min", parse_yuan, 1),
        amount_max_fen=take("amount_max", parse_yuan, 1),
        rate_unit=typed.get("rate_unit", ""),
        day_count=typed.get("day_count", ""),
        method=typed.get("method", ""),
        principal_grace=take("principal_grace", _whole, 0),
        interest_grace=take("interest_grace", _whole, 0),
        fee_rate=take("fee_rate", _share, Decimal(0)),
        penalty_multiple=take("penalty_multiple", _number, Decimal(1)),
        allocation_order=tuple(typed.get("allocation_order", "").split(",")),
        is_revolving=bool(typed.get("is_revolving")),
        cooling_off_days=take("cooling_off_days", _whole, 0),
        cancel_interest=typed.get("cancel_interest", ""),
    )
    for fault in faults(terms, limits=products.price_limits()):
        wrong.setdefault(fault.field, fault_words(fault))
    return (None, wrong) if wrong else (terms, {})


def lines(version: ProductVersion | None) -> list[tuple[str, str]]:
    """A version's terms in words; nothing for one whose loans bring their own."""
    terms = version.terms if version is not None else None
    return list(described(terms).items()) if terms is not None else []


def described(terms: ProductTerms) -> dict[str, str]:
    worst = dearest(terms)
    order = ORDERS.get(",".join(terms.allocation_order), ",".join(terms.allocation_order))
    return {
        _("利率"): disclosing.rate_words(terms),
        _("计息"): str(DAY_COUNTS.get(terms.day_count, terms.day_count)),
        _("还款方式"): disclosing.method_words(terms.method),
        _("期数"): _("、").join(str(n) for n in terms.instalment_counts),
        _("金额"): f"{show_yuan(terms.amount_min_fen)} – {show_yuan(terms.amount_max_fen)}",
        _("每期服务费"): f"{_percent(terms.fee_rate)}%",
        _("只还利息的期数"): str(terms.principal_grace),
        _("免息期数"): str(terms.interest_grace),
        _("罚息"): _("合同利率的 %(n)s 倍，一年 %(late)s%%") % {
            "n": f"{terms.penalty_multiple:.3f}".rstrip("0").rstrip("."), "late": disclosing.late_percent(terms),
        },
        _("还款先还什么"): str(order),
        _("还了能再借"): _("能") if terms.is_revolving else _("不能"),
        _("可以撤销的天数"): str(terms.cooling_off_days),
        _("撤销要付利息"): _("到当天") if terms.cancel_interest == "to_the_day" else _("不付"),
        _("最高年化综合成本"): f"{percent(worst.all_in)}%",
    }  # fmt: skip


def compared(old: ProductTerms | None, new: ProductTerms) -> list[Compared]:
    """Term by term; a missing old side is empty."""
    before = described(old) if old is not None else {}
    return [Compared(label, before.get(label, ""), text) for label, text in described(new).items()]


def examples(old: ProductTerms | None, new: ProductTerms, *, on: date) -> dict[str, Any]:
    """The same loan under both: an amount and a term that both have, near ¥10,000 and twelve instalments."""
    both = [terms for terms in (old, new) if terms is not None]
    counts = set.intersection(*(set(terms.instalment_counts) for terms in both)) or set(new.instalment_counts)
    count = min(counts, key=lambda n: abs(n - 12))
    least, most = max(t.amount_min_fen for t in both), min(t.amount_max_fen for t in both)
    amount = max(min(10_000_00, most), least) if least <= most else new.amount_min_fen
    return {
        "amount_fen": amount,
        "count": count,
        "old": _worked(old, amount, count, on) if old is not None else None,
        "new": _worked(new, amount, count, on),
    }


def _worked(terms: ProductTerms, amount: int, count: int, on: date) -> dict[str, Any] | None:
    try:
        example: Example = worked(terms, principal_fen=amount, instalments=count, disbursed_on=on)
    except InputError:
        return None  # this version has no such loan: the column says so
    rows = [(row, row.total_fen + example.fee_each_fen) for row in example.rows]
    return {"example": example, "rows": rows, "all_in": percent(example.all_in), "compound": percent(example.compound)}


def _percent(share: Decimal) -> str:
    return f"{share * 100:.6f}".rstrip("0").rstrip(".")


def _number(raw: str, field: str) -> Decimal:
    try:
        value = Decimal(raw)
    except InvalidOperation:
        raise InputError(field, "not_a_number", f"{raw!r} is not a number") from None
    if not value.is_finite() or abs(value) > 10**6:
        raise InputError(field, "not_a_number", f"{raw!r} is not a number")
    return value


def _share(raw: str, field: str) -> Decimal:
    return _number(raw.rstrip("%"), field) / 100


def _whole(raw: str, field: str) -> int:
    if not raw.isascii() or not raw.isdigit() or len(raw) > 4:
        raise InputError(field, "not_whole", f"{raw!r} is no whole number")
    return int(raw)


def _counts(raw: str, field: str) -> tuple[int, ...]:
    return tuple(sorted(_whole(one.strip(), field) for one in raw.replace("，", ",").replace("、", ",").split(",")))
