"""A borrower complains: the desk for customers' rights takes it, whoever had the contact before.

Source of recusal and deadline: 银行业保险业消费投诉处理管理办法, rules cn.complaint.recusal and .simple of the pack.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from jietong.borrowers import queries as borrowers
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.kernel.errors import InputError
from jietong.packs.queries import pack
from jietong.routing.commands.ask import ask_for_person, put_back
from jietong.routing.commands.offers import dispatch_after_commit, withdraw_offers
from jietong.routing.weigh import COMPLAINT, weigh

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

#: where a site's pack says nothing of complaints
DAYS_WITHOUT_A_RULE = 15
#: how far back a borrower may name somebody who spoke with them
NAMED_WITHIN = timedelta(days=365)


def deadline_on(now: datetime) -> date:
    """The last day on which the outcome of a plain complaint is told: calendar days after the day of receipt."""
    rule = pack(settings.RULE_PACK).rules.get(f"{settings.RULE_PACK}.complaint.simple")
    days = int(rule.value["days"]) if rule is not None else DAYS_WITHOUT_A_RULE
    return now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date() + timedelta(days=days)


@transaction.atomic
def complain(*, borrower_id: int, text: str, about_id: int | None, channel: str, actor: str, now: datetime) -> Contact:
    """Take a complaint: a matter of its own on the borrower's contact, which the desk for customers' rights owns now.

    `about_id`: the member complained of, among those who spoke with this borrower; from this moment they are neither
    offered nor shown the contact, and one they had in hand goes back to the queue with its time. Raises InputError for
    an empty or over-long text, or for somebody who never spoke with the borrower.
    """
    borrowers.lock(borrower_id)
    spoke = {one.pk for one in contact_queries.who_spoke_with(borrower_id, since=now - NAMED_WITHIN)}
    if about_id is not None and about_id not in spoke:
        raise InputError("about", "unknown", "choose one of those who spoke with you")
    contact = contact_queries.hold_open(borrower_id)
    if contact is not None and about_id is not None:
        contacts.recuse(contact=contact, member_id=about_id, now=now)
    if contact is not None and contact.is_in_service:
        weighed = weigh(borrower_id=borrower_id, intent=COMPLAINT, now=now, grave=contact.grave)
        contacts.return_to_queue(contact=contact, next_step="in_queue", actor="system:routing", now=now)
        put_back(contact, weighed, now=now)
    asked = ask_for_person(borrower_id=borrower_id, channel=channel, intent=COMPLAINT, text=text, actor=actor, now=now)
    matter = contact_queries.open_matters(asked).get(intent=COMPLAINT)
    contacts.mark_complaint(matter_id=matter.pk, about_id=about_id, deadline_on=deadline_on(now), actor=actor, now=now)
    withdraw_offers(asked, now=now)  # one that was open may be to the person complained of
    dispatch_after_commit(now)
    return asked
