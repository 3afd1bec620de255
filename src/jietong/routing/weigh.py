"""The facts behind a contact's urgency, gathered from the rooms below, and the promise that follows from its class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.contacts import queries as contacts
from jietong.loans.queries import book as loans
from jietong.recovery import queries as recovery
from jietong.routing.rules.reply_by import reply_by, spans_of
from jietong.routing.rules.urgency import Urgency, UrgencyFacts, urgency
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.staff.models import Team

FRAUD_INTENTS = frozenset({"security_fraud"})
COMPLAINT = "complaint"
#: what goes to the desk for customers' rights rather than to the post-loan desk
RIGHTS_INTENTS = FRAUD_INTENTS | {COMPLAINT}
#: a complaint weighs as its intent does, and more the nearer its legal deadline is
WEIGHED_AS = {COMPLAINT: "complaint_human"}
#: two weeks of opening hours hold nearly every promise
DAYS_LOOKED_AT = 15
#: answered round the clock by the duty roster, whatever the desk's hours
ROUND_THE_CLOCK = frozenset({"security_fraud"})


#: what a contact is marked with → its rank. Within a class the lower rank goes first, whoever came before; 0 goes
#: before all classes, because no guarantee of another's weighs more than a life
RANKS = {"self_harm": 0, "fraud": 1, "": 2}


@dataclass(frozen=True, slots=True)
class Weighed:
    urgency: Urgency
    team: Team
    reply_by: datetime
    at_once: bool = False  # round the clock: neither opening hours nor a booked slot keep it waiting
    grave: str = ""  # as on the contact

    @property
    def rank(self) -> int:
        return RANKS[self.grave]


def weigh(
    *,
    borrower_id: int,
    intent: str,
    now: datetime,
    grave: str = "",
    broken_reply_by: int = 0,
    repeated: bool = False,
    new_try: bool = False,
) -> Weighed:
    """Urgency, team and the reply-by that its class promises in the team's hours.

    `grave`: what the contact is marked with, whatever is asked now.
    `new_try`: this try is not on the timeline yet, and counts.
    """
    today = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
    position = loans.position(borrower_id, on=today)
    found = urgency(
        UrgencyFacts(
            intent=WEIGHED_AS.get(intent, intent),
            days_past_due=position.days_past_due,
            days_to_next_bucket=position.days_to_next_bucket,
            overdue_fen=position.overdue_fen,
            promise_due_today=recovery.promise_due_on(borrower_id, today),
            deduction_failed=intent == "repay_failed",
            hardship=intent == "extend_hardship",
            vulnerable=bool(contacts.flags(borrower_id, now=now) & {"serious_illness", "minor", "disaster_area"}),
            fraud=grave == "fraud" or intent == "security_fraud",
            self_harm=grave == "self_harm",
            tries_24h=max(
                contacts.tries_since(borrower_id, now - timedelta(hours=24), trying_at=now if new_try else None), 1
            ),
            broken_reply_by=broken_reply_by,
            repeated_matter=repeated,
            complaint_due_hours=contacts.complaint_due_hours(borrower_id, now=now),
        )
    )
    team = _team_for("security_fraud" if grave == "fraud" else intent)
    clock = bool(grave) or intent in ROUND_THE_CLOCK
    promised = promised_by(found.class_name, team, now=now, round_the_clock=clock)
    return Weighed(found, team, promised, clock, grave or ("fraud" if intent == "security_fraud" else ""))


def _team_for(intent: str) -> Team:
    """The desk that this need belongs to; a site without a desk for rights still answers, from the one that it has."""
    if intent in RIGHTS_INTENTS:
        found = next((team for team in staff.teams() if team.code == staff.RIGHTS), None)
        if found is not None:
            return found
    return staff.team(staff.DESK)


def promised_by(class_name: str, team: Team, *, now: datetime, round_the_clock: bool = False) -> datetime:
    """By when a contact of this class is answered, counted in the team's opening time, rounded up to whole minutes."""
    zone, days, found = settings.LENDER_TIME_ZONE, DAYS_LOOKED_AT, None
    while found is None:  # every day has a span of at least a minute: a year or so is the end of it
        spans = spans_of(staff.opening_days(team, now, zone=zone, days=days), ZoneInfo(zone))
        found = reply_by(class_name, now, spans, round_the_clock=round_the_clock)
        days *= 4
    return (
        found
        if found.second == 0 and found.microsecond == 0
        else (found.replace(second=0, microsecond=0) + timedelta(minutes=1))
    )
