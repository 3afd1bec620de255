"""Every write of the room, a module a subject."""

from __future__ import annotations

from datetime import datetime

from jietong.deduction.commands.answering import mark_seen, resolve, take_answer, take_reply
from jietong.deduction.commands.asking import ask_due, compare, compare_due
from jietong.deduction.commands.authorising import authorise_card, change_limits, send_mandate_code
from jietong.deduction.commands.exchanging import go_on, hand_out, make_request_file, take_result_file
from jietong.deduction.commands.planning import plan_debits, try_again
from jietong.deduction.commands.refunding import paid_back_by_hand, refund_due
from jietong.deduction.commands.sending import send_due
from jietong.deduction.commands.suspending import (
    card_is_well,
    claim_paid,
    end_mandate,
    on_contact_settled,
    put_first,
    reorder,
    resume,
    sign_mandate,
    suspend,
    switch_off,
    switch_on,
)


def tick(now: datetime) -> None:
    """Called by the worker about once a second. First what is owed to borrowers, then questions, then new debits."""
    refund_due(now=now)
    go_on(now=now)
    ask_due(now=now)
    compare_due(now=now)
    send_due(now=now)


__all__ = [
    "ask_due",
    "authorise_card",
    "card_is_well",
    "change_limits",
    "claim_paid",
    "compare",
    "compare_due",
    "end_mandate",
    "go_on",
    "hand_out",
    "make_request_file",
    "mark_seen",
    "on_contact_settled",
    "paid_back_by_hand",
    "plan_debits",
    "put_first",
    "refund_due",
    "reorder",
    "resolve",
    "resume",
    "send_due",
    "send_mandate_code",
    "sign_mandate",
    "suspend",
    "switch_off",
    "switch_on",
    "take_answer",
    "take_reply",
    "take_result_file",
    "tick",
    "try_again",
]
