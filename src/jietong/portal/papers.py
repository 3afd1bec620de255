"""Whom a loan is owed to, told plainly: who stands around it, and every change of creditor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from jietong.kernel import clock
from jietong.kernel.money import show_yuan
from jietong.loans.queries import parties
from jietong.loans.queries.parties import ChangeView, Parties
from jietong.ui import words as ui_words


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """One change as the borrower reads it. `how`: how to pay from then on. is_open: not said to have been read."""

    change_id: int
    title: str
    text: str
    how: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Around:
    """rows: (label, names) of everybody who has to do with the loan. cards: what changed, the newest first."""

    rows: tuple[tuple[str, str], ...]
    cards: tuple[ChangeCard, ...]


def around(loan_id: int, *, today: date) -> Around:
    who = parties.parties_on(loan_id, today)
    cards = [_card(one, today=today) for one in (*reversed(who.coming), *who.changes)]
    cards += [_correction(one, who.creditor) for one in who.undone if one.told]
    return Around(tuple(_rows(who)), tuple(cards))


def _rows(who: Parties) -> list[tuple[str, str]]:
    rows = [(_("出借人"), who.creditor)]
    for claim in who.claims[1:]:
        told = {"name": claim.holder, "amount": show_yuan(claim.amount_fen or 0)}
        rows.append((_("替您付过的担保方"), _("%(name)s（付了 %(amount)s）") % told))
    if who.funders:
        rows.append((_("共同出资"), _("、").join(f"{one.name} {one.shown}" for one in who.funders)))
    if who.platforms:
        rows.append((_("平台"), _("、").join(who.platforms)))
    if who.guarantors:
        names = [ui_words.masked_name(one.name) if one.is_person else one.name for one in who.guarantors]
        rows.append((_("担保"), _("、").join(names)))
    return rows


def _card(one: ChangeView, *, today: date) -> ChangeCard:
    told = {
        "day": ui_words.day_words(one.on, today),
        "giver": one.giver,
        "taker": one.taker,
        "amount": show_yuan(one.amount_fen),
    }
    if one.kind == "transfer":
        title = _("出借人变更通知")
        text = _("%(day)s起，%(giver)s把这笔借款的债权转给了%(taker)s，以后出借人是%(taker)s。") % told
    elif one.whole:
        title = _("代偿通知")
        text = _("%(day)s，担保方%(taker)s替您付给了%(giver)s %(amount)s。以后这笔借款还给%(taker)s。") % told
    else:
        title = _("代偿通知")
        text = _("%(day)s，担保方%(taker)s替您付给了%(giver)s %(amount)s。这一部分还给%(taker)s，其余仍还给%(giver)s。")
        text %= told
    how = _("以后这样还：%(pay)s。") % {"pay": one.pay_to} if one.pay_to else _("还款方式不变。")
    how += _("有疑问打 %(hotline)s。") % {"hotline": one.hotline}
    return ChangeCard(one.change_id, title, text, how, not one.is_read)


def _correction(one: ChangeView, creditor: str) -> ChangeCard:
    text = _("此前说这笔借款转给%(taker)s，那份通知作废。现在的出借人是%(creditor)s。给您添麻烦了。")
    return ChangeCard(one.change_id, _("更正"), text % {"taker": one.taker, "creditor": creditor}, "", False)


def unread(borrower_id: int, *, now: datetime, zone: str) -> list[tuple[str, str]]:
    """(loan number, sentence) of changes that the borrower has not opened yet, for the front page."""
    today = clock.local_date(now, zone)
    return [
        (one.ref, _("%(day)s起，出借人变为%(taker)s") % {"day": ui_words.day_words(one.on, today), "taker": one.taker})
        for one in parties.unread_changes(borrower_id, since=now - parties.UNREAD_SHOWN)
    ]
