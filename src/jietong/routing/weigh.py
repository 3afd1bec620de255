"""The facts behind a contact's urgency, gathered from the rooms below, and the promise that follows from its class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.contacts import queries as contacts
from jietong.loans import queries as loans
from jietong.recovery import queries as recovery
from jietong.routing.rules.reply_by import reply_by, spans_of
from jietong.routing.rules.urgency import Urgency, UrgencyFacts, urgency
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.staff.models import Team

#: what goes to the desk for customers' rights rather than to the post-loan desk
RIGHTS_INTENTS = frozenset({"security_fraud"})
#: answered round the clock by the duty roster, whatever the desk's hours
ROUND_THE_CLOCK = frozenset({"security_fraud"})


@dataclass(frozen=True, slots=True)
class Weighed:
    urgency: Urgency
    team: Team
    reply_by: datetime


def weigh(
    *,
    borrower_id: int,
    intent: str,
    now: datetime,
    self_harm: bool = False,
    broken_reply_by: int = 0,
    repeated: bool = False,
) -> Weighed:
    """Urgency, team and the reply-by that its class promises in the team's hours."""
    today = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()
    position = loans.position(borrower_id, on=today)
    found = urgency(
        UrgencyFacts(
            intent=intent,
            days_past_due=position.days_past_due,
            days_to_next_bucket=position.days_to_next_bucket,
            overdue_fen=position.overdue_fen,
            promise_due_today=recovery.promise_due_on(borrower_id, today),
            deduction_failed=intent == "repay_failed",
            hardship=intent == "extend_hardship",
            vulnerable=bool(contacts.flags(borrower_id, now=now) & {"serious_illness", "minor", "disaster_area"}),
            fraud=intent == "security_fraud",
            self_harm=self_harm,
            tries_24h=max(contacts.tries_since(borrower_id, now - timedelta(hours=24)), 1),
            broken_reply_by=broken_reply_by,
            repeated_matter=repeated,
        )
    )
    team = staff.team(staff.RIGHTS if intent in RIGHTS_INTENTS else staff.DESK)
    clock = self_harm or intent in ROUND_THE_CLOCK
    return Weighed(found, team, promised_by(found.class_name, team, now=now, round_the_clock=clock))


def promised_by(class_name: str, team: Team, *, now: datetime, round_the_clock: bool = False) -> datetime:
    """By when a contact of this class is answered, counted in the team's opening time, rounded up to whole minutes."""
    zone = settings.LENDER_TIME_ZONE
    spans = spans_of(staff.opening_days(team, now, zone=zone), ZoneInfo(zone))
    found = reply_by(class_name, now, spans, round_the_clock=round_the_clock)
    assert found is not None  # two weeks of opening hours hold every promise
    return found if found.second == 0 and found.microsecond == 0 else (
        found.replace(second=0, microsecond=0) + timedelta(minutes=1)
    )  # fmt: skip
