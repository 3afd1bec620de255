"""Every write of the room: limits, the rules that watch them, applications, signatures, money on its way."""

from __future__ import annotations

from jietong.origination.commands.applying import (
    PURPOSES,
    Wish,
    ask_again,
    decide,
    draft,
    expire_due,
    submit,
    withdraw,
)
from jietong.origination.commands.limits import By, freeze, grant_many, set_limit, take_back
from jietong.origination.commands.listing import Line, on_list
from jietong.origination.commands.signing import Proof, needs_code, send_code, show_price, sign
from jietong.origination.commands.transfers import cancel, hear, move_transfers, on_repayment_reversed, tick
from jietong.origination.commands.watching import Found, look, watch_limits

__all__ = [
    "PURPOSES",
    "By",
    "Found",
    "Line",
    "Proof",
    "Wish",
    "ask_again",
    "cancel",
    "decide",
    "draft",
    "expire_due",
    "freeze",
    "grant_many",
    "hear",
    "look",
    "move_transfers",
    "needs_code",
    "on_list",
    "on_repayment_reversed",
    "send_code",
    "set_limit",
    "show_price",
    "sign",
    "submit",
    "take_back",
    "tick",
    "watch_limits",
    "withdraw",
]
