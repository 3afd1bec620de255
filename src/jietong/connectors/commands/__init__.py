"""What comes over the links, received once and booked once; a module a subject."""

from __future__ import annotations

from jietong.connectors.commands.caring import dismiss, replay, replay_all, set_paused, take
from jietong.connectors.commands.explaining import explain_difference, reopen_difference, take_difference
from jietong.connectors.commands.filing import Filed, import_file
from jietong.connectors.commands.processing import process_due, process_replay
from jietong.connectors.commands.pulling import Pulled, pull, pull_due, pull_tick, tick
from jietong.connectors.commands.receiving import Receipt, hear, receive
from jietong.connectors.commands.reconciling import reconcile
from jietong.connectors.commands.sources import open_source

__all__ = [
    "Filed",
    "Pulled",
    "Receipt",
    "dismiss",
    "explain_difference",
    "hear",
    "import_file",
    "open_source",
    "process_due",
    "process_replay",
    "pull",
    "pull_due",
    "pull_tick",
    "receive",
    "reconcile",
    "reopen_difference",
    "replay",
    "replay_all",
    "set_paused",
    "take",
    "take_difference",
    "tick",
]
