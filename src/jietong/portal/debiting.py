"""自动扣款 as the borrower reads it: what is on its way, what comes next, what failed and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from jietong.borrowers import queries as borrowers
from jietong.deduction import queries, words
from jietong.deduction.policies import policy_or_none
from jietong.kernel import clock
from jietong.kernel.money import show_yuan
from jietong.loans.queries import book as loans
from jietong.ui import words as ui_words

if TYPE_CHECKING:
    from jietong.deduction.models import Debit, Mandate

#: refusals that are told on the page in a sentence of their own; all others: a person looks at it
STOPPED = {
    "switched_off": "off",
    "claims_paid": "claim",
    "promised": "promise",
    "plan": "plan",
    "dispute": "dispute",
    "by_staff": "staff",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One line of news about debits for the front pages. tone: "info", "warn"."""

    tone: str
    icon: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    mandate_id: int
    name: str
    limits: str
    out: str
    out_now: str


@dataclass(frozen=True, slots=True)
class Coming:
    ref: str
    when: str
    amount_fen: int
    card: str
    is_try: bool


@dataclass(frozen=True, slots=True)
class Result:
    when: str
    amount_fen: int
    card: str
    title: str
    tone: str
    what_now: str
    refunded: str


@dataclass(frozen=True, slots=True)
class Page:
    cards: list[Card]
    coming: list[Coming]
    flying: list[Note]
    stopped: str  # a word of STOPPED, "person", or empty
    until: str
    is_off: bool
    results: list[Result]
    policy: str = ""  # hours and attempts in a sentence
    unsigned: list[tuple[int, str]] = field(default_factory=list)  # bound cards without leave: key, words
    can_try: list[str] = field(default_factory=list)  # loans of which something is due and nothing is under way


def page(borrower_id: int, *, now: datetime) -> Page:
    """Everything on the 自动扣款 page, as of now."""
    zone = borrowers.borrower(borrower_id).time_zone
    stopped = queries.stopped(borrower_id, now=now)
    held = queries.suspensions(borrower_id, now=now)
    claims = [row.until for row in held if row.reason == "claims_paid" and row.until is not None]
    today = clock.local_date(now, zone)
    flying = queries.in_flight(borrower_id)
    due = [view.ref for view in loans.loans_of(borrower_id, on=today) if view.due_now_fen]
    mandates = queries.mandates(borrower_id)
    return Page(
        cards=[_card(row) for row in mandates],
        coming=[
            Coming(one.ref, ui_words.moment_words(one.at, now, zone), one.amount_fen, name_of(one.mandate), one.is_try)
            for one in queries.upcoming(borrower_id, now=now)
        ],
        flying=_flying(borrower_id),
        stopped=STOPPED.get(stopped, "person") if stopped else "",
        until=ui_words.moment_words(max(claims), now, zone) if claims else "",
        is_off=any(row.reason == "switched_off" for row in held),
        results=[_result(row, now=now, zone=zone) for row in queries.history(borrower_id, limit=8)],
        policy=_policy_words(),
        unsigned=[
            (key, card_words(*card))
            for key, card in borrowers.bound_cards(borrower_id).items()
            if key not in {row.card_id for row in mandates}
        ],
        can_try=[] if stopped or not mandates else [ref for ref in due if ref not in {one.ref for one in flying}],
    )


def _policy_words() -> str:
    rules, _why = policy_or_none()
    if rules is None:
        return ""
    told = {"opens": f"{rules.opens:%H:%M}", "closes": f"{rules.closes:%H:%M}", "n": rules.attempts_a_day}
    return _("只在 %(opens)s 到 %(closes)s 之间扣，一笔借款一天最多试 %(n)d 次。") % told


def notes(borrower_id: int, *, now: datetime) -> list[Note]:
    """For the front page: money on its way, and the last failure with what can be done now."""
    found = _flying(borrower_id)
    last = queries.last_failure(borrower_id, now=now) if not found else None
    if last is not None:
        again = queries.next_try_of(last.loan_id)
        zone = borrowers.borrower(borrower_id).time_zone
        told = _("%(when)s再扣一次。") % {"when": ui_words.moment_words(again, now, zone)} if again else ""
        card = name_of(last.mandate) if last.mandate is not None else ""
        title = _("自动扣款没扣成：%(reason)s") % {"reason": words.reason(last.reason)}
        text = " ".join(part for part in (card, words.what_now(last.reason), told) if part)
        found.append(Note("warn", "alert-triangle", title, text))
    return found


def coming_words(borrower_id: int, *, now: datetime) -> str:
    """One sentence about the next debit; empty when none is to be expected."""
    soon = next(iter(queries.upcoming(borrower_id, now=now)), None)
    if soon is None:
        return ""
    zone = borrowers.borrower(borrower_id).time_zone
    told = {"when": ui_words.moment_words(soon.at, now, zone), "card": name_of(soon.mandate)}
    return _("%(when)s从%(card)s自动扣，卡里留够就行。") % told


def _flying(borrower_id: int) -> list[Note]:
    found = []
    for one in queries.in_flight(borrower_id):
        title = _("正在扣款 %(amount)s，请别重复还") % {"amount": show_yuan(one.amount_fen)}
        text = _("正在向银行核对结果，核对清楚前不会再扣。") if one.is_unsure else _("结果出来后这里会更新。")
        found.append(Note("info", "clock", title, text + _("万一两边都扣了，多的当天退回。")))
    return found


def name_of(mandate: Mandate) -> str:
    return card_words(mandate.provider, mandate.tail)


def card_words(bank: str, tail: str) -> str:
    """A card as it is shown: never more of its number than the end."""
    return _("%(bank)s（尾号 %(tail)s）") % {"bank": bank or _("银行卡"), "tail": tail}


def _card(row: Mandate) -> Card:
    limits = []
    if row.limit_fen is not None:
        limits.append(_("每次最多 %(amount)s") % {"amount": show_yuan(row.limit_fen)})
    if row.day_limit_fen is not None:
        limits.append(_("每天最多 %(amount)s") % {"amount": show_yuan(row.day_limit_fen)})
    out = words.reason(row.out_reason) if row.out_since else ""
    return Card(row.pk, name_of(row), _("，").join(limits), out, words.what_now(row.out_reason) if out else "")


def _result(row: Debit, *, now: datetime, zone: str) -> Result:
    title, tone = words.state(row.state), "info"
    if row.state == "succeeded":
        tone = "good"
    elif row.state in ("failed", "withheld"):
        tone = "warn" if row.state == "failed" else ""
        title = _("%(state)s：%(reason)s") % {"state": title, "reason": words.reason(row.reason)}
    back = list(row.refunds.all())
    refunded = ""
    if back:
        amount = show_yuan(sum(one.amount_fen for one in back))
        done = all(one.state == "done" for one in back)
        refunded = _("多扣的 %(amount)s 已退回") if done else _("多扣的 %(amount)s 正在退回，今天办")
        refunded %= {"amount": amount}
    return Result(
        when=ui_words.moment_words(row.claimed_at or row.planned_at, now, zone),
        amount_fen=row.taken_fen or row.amount_fen,
        card=name_of(row.mandate) if row.mandate is not None else "",
        title=title,
        tone=tone,
        what_now=words.what_now(row.reason) if row.state == "failed" else "",
        refunded=refunded,
    )


def refunds(loan_id: int, *, now: datetime, zone: str) -> list[str]:
    """Money that was debited too much of one loan, a sentence each: it is no repayment and goes back."""
    found = []
    for row in queries.refunds_of_loan(loan_id):
        why = _("扣了两次") if row.reason == "double" else _("已经自己还过，多扣的")
        told = {"why": why, "amount": show_yuan(row.amount_fen)}
        if row.done_at is not None:
            when = ui_words.moment_words(row.done_at, now, zone)
            found.append(_("%(why)s，%(amount)s 已于%(when)s退回") % {**told, "when": when})
        else:
            found.append(_("%(why)s，%(amount)s 正在退回，今天办") % told)
    return found
