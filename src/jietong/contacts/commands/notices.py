"""The borrower is told when the creditor of a loan changes (债权转让通知), and told again when that was a mistake.

Each notice is an attempt like any other: it asks the contact rules, leaves at most once, and its refusal is named. It
says from which day, to whom, how to pay and who answers; no amount and no arrears. Once one has left, the change counts
as told; until then nobody reminds of the debt (rule `cn.id.transfer_notice`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from jietong.borrowers import queries as borrowers
from jietong.contacts.commands.attempts import Plan, plan_many
from jietong.contacts.models import Attempt
from jietong.kernel.models import Event
from jietong.loans.queries import parties
from jietong.loans.queries.parties import ChangeView

CHANNELS = ("sms", "email")
LASTS = timedelta(days=14)


def key_of(change_id: int, channel: str, what: str = "notice") -> str:
    return f"creditor:{change_id}:{what}:{channel}"


def on_creditor_changed(event: Event) -> None:
    """News from the book: plan the notice on every written channel. Called twice it plans once."""
    change = parties.change(int(event.data["change"]))
    if not change.is_undone:
        _plan(change, _template(change), "notice", now=event.at)


def on_creditor_change_undone(event: Event) -> None:
    """A notice that has not left yet never does; one that has is corrected. Called twice it changes nothing."""
    change = parties.change(int(event.data["change"]))
    keys = [key_of(change.change_id, channel) for channel in CHANNELS]
    waiting = Attempt.objects.filter(key__in=keys, state__in=[Attempt.State.PLANNED, Attempt.State.REFUSED])
    waiting.update(state=Attempt.State.EXPIRED, error="the change was undone")
    left = Attempt.objects.filter(key__in=keys, state__in=[Attempt.State.SENDING, Attempt.State.SENT]).exists()
    if left or change.told:
        _plan(change, "creditor_change_undone", "undone", now=event.at)


def _template(change: ChangeView) -> str:
    if change.kind == "transfer":
        return "claim_transferred"
    return "claim_compensated" if change.whole else "claim_compensated_in_part"


def _plan(change: ChangeView, template: str, what: str, *, now: datetime) -> None:
    who = borrowers.borrower(change.borrower_id)
    english = who.language.startswith("en")
    pay = f"Pay to: {change.pay_to}." if english else f"之后这样还：{change.pay_to}。"
    unchanged = "You pay as before." if english else "还款方式不变。"
    variables = {
        "change": change.change_id,
        "tail": change.ref[-4:],
        "day": change.on.isoformat() if english else f"{change.on.year} 年 {change.on.month} 月 {change.on.day} 日",
        "giver": change.giver,
        "taker": change.taker,
        "pay": pay if change.pay_to else unchanged,
        "hotline": change.hotline,
        "creditor": parties.creditor_on(change.loan_id, max(change.on, now.date())),
    }
    plan_many(
        [
            Plan(
                key=key_of(change.change_id, channel, what), borrower_id=change.borrower_id, channel=channel,
                purpose="service", template=template, variables=variables, not_before=now, expires_at=now + LASTS,
            )
            for channel in CHANNELS
            if channel == "sms" or borrowers.point_for(change.borrower_id, channel) is not None
        ],
        now=now,
    )  # fmt: skip
