"""Every write of the room, a module a subject."""

from __future__ import annotations

from jietong.bureau.commands.correcting import (
    drop_held,
    on_history_rewritten,
    on_repayment_reversed,
    own_fault,
    watch,
)
from jietong.bureau.commands.disputing import decide_dispute, open_dispute
from jietong.bureau.commands.exchanging import acknowledge, export, settle_rejected
from jietong.bureau.commands.notices import gather_evidence, plan_notices
from jietong.bureau.commands.reporting import prepare, prepare_corrections

__all__ = [
    "acknowledge",
    "decide_dispute",
    "drop_held",
    "export",
    "gather_evidence",
    "on_history_rewritten",
    "on_repayment_reversed",
    "open_dispute",
    "own_fault",
    "plan_notices",
    "prepare",
    "prepare_corrections",
    "settle_rejected",
    "watch",
]
