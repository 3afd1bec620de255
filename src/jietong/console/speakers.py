"""Who may speak for a borrower, from when until when; and what each guarantor of its loans may be told today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jietong.borrowers import queries as borrowers
from jietong.borrowers.rules.authority import DOES, KNOWS, is_in_force
from jietong.compliance.labels import refusal_label
from jietong.console.words import Words, named
from jietong.kernel.errors import InputError
from jietong.loans.queries import book, parties, shares
from jietong.ui.words import masked_name

if TYPE_CHECKING:
    from jietong.borrowers.models import Authority, Borrower

ROLE_WORDS: Words = {"representative": lazy("法定代表人"), "contact": lazy("授权联系人")}
OPERATOR = lazy("经营者")
KIND_WORDS: Words = {"person": lazy("个人"), "sole_trader": lazy("个体工商户"), "company": lazy("企业")}
KNOWS_WORDS: Words = {
    "nothing": lazy("什么都不说，只请转告"),
    "due": lazy("可以说到期日和金额"),
    "everything": lazy("整笔借款都可以谈"),
}
DOES_WORDS: Words = {
    "pay": lazy("还款"),
    "arrange": lazy("约还款、谈方案"),
    "documents": lazy("要证明"),
    "sign_in": lazy("登录看页面"),
}
STATES: Mapping[str, tuple[Any, str]] = {
    "now": (lazy("现在有效"), "good"),
    "coming": (lazy("还没开始"), "info"),
    "ended": (lazy("已结束"), ""),
}
ERRORS: Mapping[tuple[str, str], Any] = {
    ("credit_code", "length"): lazy("统一社会信用代码是 18 位。"),
    ("credit_code", "check_digit"): lazy("统一社会信用代码的校验位不对，请再看一下。"),
    ("borrower", "not_a_firm"): lazy("个人只能自己说话。是公司或个体工商户的，先填统一社会信用代码。"),
    ("name", "missing"): lazy("请填姓名。"),
    ("id_no", "missing"): lazy("可以登录的人要填身份证号。"),
    ("source", "missing"): lazy("请填凭什么：授权书编号、营业执照日期。"),
    ("since_on", "missing"): lazy("请填从哪天起。"),
    ("since_on", "before_the_last"): lazy("比现任开始的日子还早，请先看现任的。"),
    ("until_on", "missing"): lazy("请填到哪天为止。"),
    ("until_on", "before_since"): lazy("结束日要在开始之后。"),
    ("knows", "unknown"): lazy("请选可以知道什么。"),
    ("does", "unknown"): lazy("可以做什么，只能选列出来的。"),
    ("does", "sign_in_shows_everything"): lazy("登录后什么都看得到，所以要选「整笔借款都可以谈」。"),
    ("does", "arranges_what_they_do_not_know"): lazy("什么都不能知道的人，没法约还款。"),
    ("guarantor", "not_a_guarantor"): lazy("今天不是这笔借款的担保方，不能告诉。"),
}


def error_words(error: InputError) -> str:
    return str(ERRORS.get((error.field, error.code), error.message))


def seen_at(borrower: Borrower, *, today: date, now: datetime) -> dict[str, Any]:
    """The context of console/speakers.html."""
    rows = [_row(borrower, one, today) for one in borrowers.authorities_ever(borrower.pk)]
    order = {"now": 0, "coming": 1, "ended": 2}
    rows.sort(key=lambda row: order[row["state"]])
    has_representative = any(row["state"] == "now" and row["one"].role == "representative" for row in rows)
    return {
        "now": now,
        "today": today,
        "borrower": borrower,
        "kind": named(KIND_WORDS, borrower.kind),
        "is_firm": not borrower.is_person,
        "rows": rows,
        "lacks_representative": not borrower.is_person and not has_representative,
        "role_of_first": str(OPERATOR) if borrower.kind == "sole_trader" else named(ROLE_WORDS, "representative"),
        "knows": [(code, named(KNOWS_WORDS, code)) for code in KNOWS],
        "does": [(code, named(DOES_WORDS, code)) for code in DOES],
        "loans": _guarantors(borrower.pk, today),
        "circumstances": [refusal_label(kind) for kind in sorted(borrowers.circumstances(borrower.pk))],
    }


def _row(borrower: Borrower, one: Authority, today: date) -> dict[str, Any]:
    state = "now" if is_in_force(one.since_on, one.until_on, today) else "coming" if one.since_on > today else "ended"
    role = named(ROLE_WORDS, one.role)
    if one.role == "representative" and borrower.kind == "sole_trader":
        role = str(OPERATOR)
    return {
        "one": one,
        "role": role,
        "name": masked_name(one.name),
        "source": _("随借据导入") if one.source == "tape" else one.source,
        "knows": named(KNOWS_WORDS, one.knows),
        "does": [named(DOES_WORDS, act) for act in one.does],
        "state": state,
        "state_words": str(STATES[state][0]),
        "tone": STATES[state][1],
        "may_end": state != "ended" and one.until_on is None,
    }


def _guarantors(borrower_id: int, today: date) -> list[dict[str, Any]]:
    """Loans with guarantors, and for each guarantor all that they may be told today."""
    found = []
    for view in book.loans_of(borrower_id, on=today):
        who = parties.parties_on(view.loan_id, today)
        if not who.guarantors or view.is_settled:
            continue
        rows = [
            {
                "one": one,
                "name": masked_name(one.name) if one.is_person else one.name,
                "told": shares.guarantor_may_know(view.loan_id, one.party_id, on=today),
            }
            for one in who.guarantors
        ]
        found.append({"view": view, "rows": rows})
    return found
