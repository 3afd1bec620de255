"""What the assistant may say of debits: from the orders themselves, with their reasons, never from hearsay."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from jietong.deduction import queries, words
from jietong.kernel.money import show_yuan
from jietong.ui import words as ui_words


def auto_deduct(borrower_id: int, now: datetime) -> str:
    """Which cards in which order, and what is debited next or why nothing is; empty without a mandate."""
    cards = queries.mandates(borrower_id)
    if not cards:
        return ""
    names = _("、").join(_("%(bank)s尾号 %(tail)s") % {"bank": one.provider, "tail": one.tail} for one in cards)
    told = [_("自动扣款按这个顺序：%(cards)s。") % {"cards": names}]
    stopped = queries.stopped(borrower_id, now=now)
    coming = queries.upcoming(borrower_id, now=now)
    if stopped:
        told.append(_("现在没有在扣，因为%(reason)s。") % {"reason": words.reason(stopped)})
    elif coming:
        when = ui_words.moment_words(coming[0].at, now, settings.LENDER_TIME_ZONE)
        told.append(_("下一次是%(when)s，%(amount)s。") % {"when": when, "amount": show_yuan(coming[0].amount_fen)})
    told.append(_("换顺序、关掉或再打开，都在「自动扣款」页上。"))
    return "".join(told)


def repay_failed(borrower_id: int, now: datetime) -> str:
    """What is on its way, why the last debit failed and what can be done now, what goes back; empty when the debits
    know nothing of it: then the money is looked for by a person."""
    on_its_way = _("正在扣款 %(amount)s，请别重复还；万一两边都扣了，多的当天退回。")
    told = [on_its_way % {"amount": show_yuan(one.amount_fen)} for one in queries.in_flight(borrower_id)]
    last = queries.last_failure(borrower_id, now=now)
    if last is not None:
        when = ui_words.moment_words(last.claimed_at or last.planned_at, now, settings.LENDER_TIME_ZONE)
        told.append(_("%(when)s没扣成，原因是%(reason)s。") % {"when": when, "reason": words.reason(last.reason)})
        told.append(words.what_now(last.reason))
        again = queries.next_try_of(last.loan_id)
        if again is not None:
            told.append(
                _("%(when)s再扣一次。") % {"when": ui_words.moment_words(again, now, settings.LENDER_TIME_ZONE)}
            )
    for back in queries.refunds(borrower_id, limit=2):
        going_back = _("多扣的 %(amount)s 已原路退回。") if back.done_at else _("多扣的 %(amount)s 今天退回。")
        told.append(going_back % {"amount": show_yuan(back.amount_fen)})
    return "".join(told)
