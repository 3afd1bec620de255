"""Every write of the room: contacts and their timeline (`contact`), what we send (`attempts`), the demo's far end."""

from __future__ import annotations

from jietong.contacts.commands.attempts import (
    plan,
    plan_for_many,
    plan_many,
    release_due,
    send_attempt,
    sweep_unsent,
    tick,
)
from jietong.contacts.commands.care import graver, hold_matter, mark_grave, move_to_team, release_matter
from jietong.contacts.commands.complaint import mark_complaint, recuse
from jietong.contacts.commands.contact import (
    Opened,
    confirm,
    hand_over,
    lift_stops,
    note_breach,
    open_or_join,
    place_stop,
    promise,
    reopen,
    return_to_queue,
    say,
    set_callback,
    settle_matters,
    take,
)
from jietong.contacts.commands.demo import record_demo_mail

__all__ = [
    "Opened",
    "confirm",
    "graver",
    "hand_over",
    "hold_matter",
    "lift_stops",
    "mark_complaint",
    "mark_grave",
    "move_to_team",
    "note_breach",
    "open_or_join",
    "place_stop",
    "plan",
    "plan_for_many",
    "plan_many",
    "promise",
    "record_demo_mail",
    "recuse",
    "release_due",
    "release_matter",
    "reopen",
    "return_to_queue",
    "say",
    "send_attempt",
    "set_callback",
    "settle_matters",
    "sweep_unsent",
    "take",
    "tick",
]
