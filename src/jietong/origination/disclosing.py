"""The table of the price that must be read before a loan is signed: label → figure, in the words of its reader."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jietong.kernel.money import show_yuan
from jietong.loans.queries import products
from jietong.loans.rules.penalty import YEAR_DAYS, daily_penalty_rate
from jietong.loans.rules.products import Example, ProductTerms, percent, worked
from jietong.origination.models import Application
from jietong.ui.words import product_words


def example(application: Application, *, on: date) -> Example:
    """The loan as it would be if the money arrived on `on`."""
    terms = _terms(application)
    return worked(terms, principal_fen=application.amount_fen, instalments=application.instalments, disbursed_on=on)


def lines(application: Application, *, on: date) -> list[tuple[str, str]]:
    """Everything the loan costs, the worst case included (what being late costs a year)."""
    terms, cost = _terms(application), example(application, on=on)
    found = {
        _("产品"): f"{product_words(application.version.product.name)} v{application.version.number}",
        _("出借人"): settings.LENDER_NAME,
        _("借款金额"): show_yuan(cost.principal_fen),
        _("期数"): ngettext("%(n)d 期", "%(n)d 期", application.instalments) % {"n": application.instalments},
        _("还款方式"): str(method_words(terms.method)),
        _("利率"): rate_words(terms),
        _("利息合计"): show_yuan(cost.total_interest_fen),
        _("服务费合计"): show_yuan(cost.total_fee_fen),
        _("一共要还"): show_yuan(cost.total_fen),
        _("年化综合成本（单利）"): f"{percent(cost.all_in)}%",
        _("折成复利"): f"{percent(cost.compound)}%",
        _("逾期时的年利率"): f"{late_percent(terms)}%",
        _("可以撤销的天数"): ngettext("%(n)d 天", "%(n)d 天", terms.cooling_off_days) % {"n": terms.cooling_off_days},
    }
    return [(label, text) for label, text in found.items() if text]


def late_percent(terms: ProductTerms) -> Decimal:
    """What overdue principal costs a year, in percent: contract rate × multiple, never above the cap of the pack."""
    annual = terms.rate * YEAR_DAYS if terms.rate_unit == "day" else terms.rate
    basis = YEAR_DAYS if terms.rate_unit == "day" else 360
    daily = daily_penalty_rate(annual, terms.penalty_multiple, basis, products.price_limits().all_in_cap)
    return round(Decimal(str(float(daily * YEAR_DAYS * 100))), 2)


def rate_words(terms: ProductTerms) -> str:
    if terms.rate_unit == "day":
        told = {"rate": _plain(terms.rate * 100), "year": _plain(terms.rate * YEAR_DAYS * 100)}
        return _("每天 %(rate)s%%（一年 %(year)s%%）") % told
    return _("一年 %(rate)s%%") % {"rate": _plain(terms.rate * 100)}


def method_words(method: str) -> str:
    return {
        "equal_instalment": _("等额本息：每期还一样多"),
        "equal_principal": _("等额本金：每期本金一样，利息越还越少"),
        "interest_only": _("先息后本：平时还利息，最后一期还本金"),
        "bullet": _("到期一次还本付息"),
    }.get(method, method)


def _terms(application: Application) -> ProductTerms:
    terms = application.version.terms
    assert terms is not None  # an application is made under a version that is lent
    return terms


def _plain(value: Decimal) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
