"""Who stands around a loan and who speaks for a firm, as the specialist reads it while talking: short, masked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from jietong.borrowers import queries as borrowers
from jietong.desk.words import named
from jietong.kernel.money import show_yuan
from jietong.loans.queries import parties, shares
from jietong.loans.queries.parties import ChangeView, Guarantor
from jietong.ui.words import masked_name

if TYPE_CHECKING:
    from jietong.borrowers.models import Authority, Borrower
    from jietong.desk.words import Words

ROLES: Words = {"representative": lazy("代表人"), "contact": lazy("授权联系人")}
#: a shop is one person's: who runs it, not who represents it
OPERATOR = lazy("经营者")
KNOWS: Words = {
    "nothing": lazy("只能请其转告"),
    "due": lazy("可以说到期日和金额"),
    "everything": lazy("都可以谈"),
}
DOES: Words = {
    "pay": lazy("还款"),
    "arrange": lazy("约还款、谈方案"),
    "documents": lazy("要证明"),
    "sign_in": lazy("登录"),
}


def around(loan_id: int, today: date) -> dict[str, Any]:
    """rows: (label, names) of the loan's parties; changes: sentences with a tone, what is still to come first."""
    who = parties.parties_on(loan_id, today)
    rows = [(_("出借人"), who.creditor)]
    rows += [(_("代偿债权"), f"{claim.holder} {show_yuan(claim.amount_fen or 0)}") for claim in who.claims[1:]]
    if who.funders:
        rows.append((_("出资"), _("、").join(f"{one.name} {one.shown}" for one in who.funders)))
    if who.platforms:
        rows.append((_("平台"), _("、").join(who.platforms)))
    if who.guarantors:
        rows.append((_("担保"), _("、").join(_guarantor(one) for one in who.guarantors)))
    told = [_may_be_told(loan_id, one, today) for one in who.guarantors]
    changes = [_change(one, coming=True) for one in who.coming] + [_change(one) for one in who.changes]
    return {"rows": rows, "changes": changes, "told": [line for line in told if line]}


def _guarantor(one: Guarantor) -> str:
    name = masked_name(one.name) if one.is_person else one.name
    return f"{name} {one.ways[0]}" if one.ways else name


def _may_be_told(loan_id: int, one: Guarantor, today: date) -> str:
    """What may be said when this guarantor asks: of this loan, and nothing of the borrower's other affairs."""
    known = shares.guarantor_may_know(loan_id, one.party_id, on=today)
    if known is None:
        return ""
    figures = {
        "name": masked_name(one.name) if one.is_person else one.name, "due": show_yuan(known.due_now_fen),
        "days": known.days_past_due, "all": show_yuan(known.outstanding_fen),
    }  # fmt: skip
    return _("%(name)s来问时可以说：现在应还 %(due)s，逾期 %(days)d 天，还欠 %(all)s。别的不说。") % figures


def _change(one: ChangeView, *, coming: bool = False) -> dict[str, str]:
    told = {"day": one.on.isoformat(), "giver": one.giver, "taker": one.taker}
    if one.kind == "transfer":
        text = _("%(day)s 起由%(giver)s转给%(taker)s") % told
    else:
        text = _("%(day)s %(taker)s代偿给%(giver)s %(amount)s") % (told | {"amount": show_yuan(one.amount_fen)})
    if one.is_read:
        state, tone = _("本人已读通知"), "good"
    elif one.told:
        state, tone = _("已通知"), "good"
    else:
        state, tone = _("还没告知本人，先别谈新债权人"), "warn"
    return {"text": text, "state": state, "tone": tone, "coming": _("将") if coming else ""}


def speakers(borrower: Borrower, today: date) -> list[dict[str, str]]:
    """Who may speak for a firm today, and about what; nobody is listed for a person, who speaks for themselves."""
    if borrower.is_person:
        return []
    return [_speaker(borrower, one) for one in borrowers.authorities(borrower.pk, on=today)]


def _speaker(borrower: Borrower, one: Authority) -> dict[str, str]:
    role = named(ROLES, one.role)
    if one.role == "representative" and borrower.kind == "sole_trader":
        role = str(OPERATOR)
    does = _("、").join(named(DOES, act) for act in one.does)
    until = _("%(day)s 止") % {"day": one.until_on.isoformat()} if one.until_on else ""
    scope = named(KNOWS, one.knows) + (f" · {does}" if does and one.role != "representative" else "")
    return {"role": role, "name": masked_name(one.name), "phone": one.phone_display, "scope": scope, "until": until}
