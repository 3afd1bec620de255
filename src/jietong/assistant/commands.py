"""A borrower writes: understood and answered from the borrower's own loan, or handed to a person. One transaction."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from jietong.assistant.answers import Answer, answer_for
from jietong.assistant.rules.understand import Understanding, understand
from jietong.borrowers import queries as borrowers
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.routing import commands as routing
from jietong.routing.weigh import weigh
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

#: heard at any time, even while a person has the contact: urgency goes up and the help line is shown
GRAVE = frozenset({"self_harm", "fraud"})
COMPLAINS = re.compile(r"投诉|\bcomplain", re.IGNORECASE)


@transaction.atomic
def receive(*, borrower_id: int, text: str, channel: str, actor: str, now: datetime) -> Contact:
    """Take the borrower's words. While they wait for a person, a question that the book answers is answered in
    passing and the place in the queue stays; once a person has the contact only the person answers. What is said of
    self-harm or fraud goes up at once.

    Raises InputError for an empty or over-long text. What is unsure, sensitive or without a tool goes to a person.
    """
    borrowers.lock(borrower_id)  # two channels at once: the second sees what the first one opened
    contact = contact_queries.hold_open(borrower_id)
    meant = understand(text)
    if contact is not None and meant.reason in GRAVE:
        return _to_person(borrower_id, text, meant, channel=channel, actor=actor, now=now)
    if meant.intent == "complaint_human" and COMPLAINS.search(text) and (contact is None or contact.is_waiting):
        return _lodge(borrower_id, text, meant, channel=channel, actor=actor, now=now)
    if contact is not None:
        routing.borrower_wrote(contact=contact, text=text, channel=channel, actor=actor, now=now)
        if contact.is_waiting and not contact.reopened and not meant.handover:
            _answer_in_passing(contact, meant, channel=channel, now=now)
        return contact
    today = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
    answer = None if meant.handover else answer_for(meant.intent, borrower_id=borrower_id, on=today, now=now)
    if answer is None:
        return _to_person(borrower_id, text, meant, channel=channel, actor=actor, now=now)
    weighed = weigh(borrower_id=borrower_id, intent=meant.intent, now=now)
    opened = contacts.open_or_join(
        borrower_id=borrower_id,
        channel=channel,
        intent=meant.intent,
        text=text,
        owner_team_id=weighed.team.pk,
        reply_by=weighed.reply_by,
        next_step="in_queue",
        actor=actor,
        now=now,
    )
    contact = opened.contact
    contacts.say(
        borrower_id=borrower_id, channel=channel, author="borrower", text=text, actor=actor, now=now, contact=contact
    )
    data = {"intent": meant.intent, "confidence": meant.confidence, "suggestions": list(answer.suggestions)}
    data |= _figure_of(answer)
    contacts.say(
        borrower_id=borrower_id,
        channel=channel,
        author="assistant",
        text=answer.text,
        actor="assistant",
        now=now,
        contact=contact,
        data=data,
    )
    contacts.settle_matters(
        contact=contact, outcome="answered", actor="assistant", now=now, matter_ids=[opened.matter.pk]
    )
    return contact


def _answer_in_passing(contact: Contact, meant: Understanding, *, channel: str, now: datetime) -> None:
    """Figures from the book while a person is on the way. No clock stops: this is not the answer that was promised,
    and whoever said "not solved" of an answer of ours gets no second one.
    """
    today = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
    answer = answer_for(meant.intent, borrower_id=contact.borrower_id, on=today, now=now)
    if answer is None:
        return
    contacts.say(
        borrower_id=contact.borrower_id,
        channel=channel,
        author="assistant",
        text=_("%(answer)s您的事项还在排队，位置不变，专员会接着办。") % {"answer": answer.text},
        actor="assistant",
        now=now,
        contact=contact,
        kind="aside",
        data={"intent": meant.intent, "confidence": meant.confidence, **_figure_of(answer)},
    )


def _lodge(borrower_id: int, text: str, meant: Understanding, *, channel: str, actor: str, now: datetime) -> Contact:
    """Who says "complain" has complained: with the desk for customers' rights and a legal deadline from this moment."""
    contact = routing.complain(borrower_id=borrower_id, text=text, about_id=None, channel=channel, actor=actor, now=now)
    day = date_format(routing.complaint_deadline_on(now), _("n 月 j 日"))
    contacts.say(
        borrower_id=borrower_id,
        channel=channel,
        author="assistant",
        text=_("投诉收到了，由%(team)s办理，最晚 %(day)s告诉您结果。和哪位专员有关，可以在“帮助热线”页的“写投诉”里选。")
        % {"team": contact.owner_team.shown_name, "day": day},
        actor="assistant",
        now=now,
        contact=contact,
        kind="event",
        data={"code": "handed_over", "intent": meant.intent, "reason": "complaint"},
    )
    return contact


def _to_person(
    borrower_id: int, text: str, meant: Understanding, *, channel: str, actor: str, now: datetime
) -> Contact:
    contact = routing.ask_for_person(
        borrower_id=borrower_id,
        channel=channel,
        intent=meant.intent,
        text=text,
        actor=actor,
        now=now,
        summary=_summary(text, meant),
        self_harm=meant.reason == "self_harm",
    )
    data = {
        "code": "handed_over",
        "intent": meant.intent,
        "confidence": meant.confidence,
        "reason": meant.reason or "no_tool",
    }
    contacts.say(
        borrower_id=borrower_id,
        channel=channel,
        author="assistant",
        text=handover_words(meant, contact),
        actor="assistant",
        now=now,
        contact=contact,
        kind="event",
        data=data,
    )
    return contact


def handover_words(meant: Understanding, contact: Contact) -> str:
    """What the borrower reads when a person takes over: true for whoever has the contact by now."""
    if meant.reason == "self_harm":
        return _(
            "您说的话我们很在意，马上有人联系您。"
            "现在就想找人说说话，可以拨打心理援助热线 12356，紧急时拨打 110 或 120。"
        )
    if meant.reason == "fraud":
        if contact.is_in_service:
            return _("正在帮您办的专员会先处理这件事。请先不要转账，也不要告诉任何人验证码。紧急时拨打 110。")
        if contact.owner_team.code == staff.RIGHTS:
            return _("已转给客户权益组优先处理。请先不要转账，也不要告诉任何人验证码。紧急时拨打 110。")
        return _("已排在最前面处理。请先不要转账，也不要告诉任何人验证码。紧急时拨打 110。")
    return _("这件事由专员来办。您说的话都转过去了，不用再讲一遍。")


def _figure_of(answer: Answer) -> dict[str, Any]:
    return {} if answer.figure is None else {"figure": answer.figure}


def _summary(text: str, meant: Understanding) -> str:
    """For the specialist: what was asked and how it was understood. Stays in the lender's language."""
    words = " ".join(text.split())[:200]
    return f"{words}\n意图 {meant.intent} · 把握 {round(meant.confidence * 100)}%"
