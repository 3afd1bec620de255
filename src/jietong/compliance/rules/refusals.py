"""Why we may not contact: named, stored, counted and shown."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Why an attempt may not be made, gravest first: the first that holds is the one that is recorded.

    The order: harm to a person who is not, or no longer, able to owe (deceased … moratorium); disclosure to
    strangers; the borrower's own word (opt-out); what was agreed or is being settled; what we do not
    understand; then the reasons that time heals (hours before counters, law before our own habits).
    A stored name is never reused for another meaning.
    """

    DECEASED = "deceased"
    IDENTITY_THEFT = "identity_theft"
    WRONG_PERSON = "wrong_person"
    MINOR = "minor"
    SERIOUS_ILLNESS = "serious_illness"
    LACKS_CAPACITY = "lacks_capacity"
    REPRESENTED = "represented"
    MORATORIUM = "moratorium"
    NO_GATE_FOR_THIRD_PARTY = "no_gate_for_third_party"
    THIRD_PARTY_REFUSED = "third_party_refused"
    OPTED_OUT = "opted_out"
    TRANSFER_NOT_TOLD = "transfer_not_told"
    HARDSHIP_PLAN = "hardship_plan"
    HARDSHIP_REQUEST_PENDING = "hardship_request_pending"
    DISPUTE = "dispute"
    PAID = "paid"
    PROMISE_ACTIVE = "promise_active"
    DISASTER_AREA = "disaster_area"
    RULES_NOT_EVALUABLE = "rules_not_evaluable"
    QUIET_HOURS = "quiet_hours"
    INCONVENIENT_HOURS = "inconvenient_hours"
    AFTER_CONVERSATION = "after_conversation"
    CONVERSATION_CAP = "conversation_cap"
    CONNECTED_CAP = "connected_cap"
    WEEKLY_DIAL_CAP = "weekly_dial_cap"
    DIAL_CAP = "dial_cap"
    MESSAGE_CAP = "message_cap"
    WEEKLY_TOUCH_CAP = "weekly_touch_cap"
    OUTSIDE_PREFERRED_HOURS = "outside_preferred_hours"

    @property
    def gravity(self) -> int:
        """0 is the gravest; the smaller of two is the one to record."""
        return _GRAVITY[self]


_GRAVITY = {refusal: place for place, refusal in enumerate(Refusal)}
