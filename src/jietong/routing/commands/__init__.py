"""Every write of the room: asking for a person (`ask`), presence and offers (`offers`), the clock's work (`tick`)."""

from __future__ import annotations

from jietong.routing.commands.ask import ask_for_person, book_callback, borrower_wrote, not_solved
from jietong.routing.commands.complaining import NAMED_WITHIN, complain
from jietong.routing.commands.complaining import deadline_on as complaint_deadline_on
from jietong.routing.commands.offers import accept, decline, dispatch, expire_offers
from jietong.routing.commands.presence import heartbeat, set_presence, settle, show_band, specialist_said
from jietong.routing.commands.supervising import assign, may_be_given, take_over
from jietong.routing.commands.surging import read_loads, set_surge
from jietong.routing.commands.ticking import tick

__all__ = [
    "NAMED_WITHIN",
    "accept",
    "ask_for_person",
    "assign",
    "book_callback",
    "borrower_wrote",
    "complain",
    "complaint_deadline_on",
    "decline",
    "dispatch",
    "expire_offers",
    "heartbeat",
    "may_be_given",
    "not_solved",
    "read_loads",
    "set_presence",
    "set_surge",
    "settle",
    "show_band",
    "specialist_said",
    "take_over",
    "tick",
]
