"""Telling the price before it is signed: what must be read, for how long, and how a signature is given.

Source: rules pack `cn.hardship.cost_disclosure` and reference item 10 (the NFRA/PBoC rule on disclosing the all-in cost
of personal loans, in force from 2026-08-01, read in a secondary report): a table shown by force, a reading time, and a
confirmation before a contract. The number of seconds and who may sign with a known browser are policy of the house.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

TEXT_VERSION = "2026-11-24"
READ_SECONDS = 10
SIGN_BY_DEVICE_MAX_FEN = 5_000_00
DEVICE_PROOF_FRESH = timedelta(days=30)
HOLDS_FOR = timedelta(minutes=30)  # a table shown longer ago is shown again


def seconds_left(shown_at: datetime, now: datetime) -> int:
    """Whole seconds that the reader still has to wait before confirming; 0 when the time has passed."""
    left = shown_at + timedelta(seconds=READ_SECONDS) - now
    return max(-(-left // timedelta(seconds=1)), 0)


def is_stale(shown_at: datetime, now: datetime) -> bool:
    return now - shown_at > HOLDS_FOR


def device_may_sign(amount_fen: int, proved_at: datetime | None, now: datetime) -> bool:
    """A browser on which the person was proved lately signs small loans; everything else wants a one-time code."""
    return amount_fen <= SIGN_BY_DEVICE_MAX_FEN and proved_at is not None and now - proved_at <= DEVICE_PROOF_FRESH


def fingerprint(lines: Iterable[tuple[str, str]]) -> str:
    """Of the table as it was shown, line by line."""
    return hashlib.sha256("\n".join(f"{label}\t{text}" for label, text in lines).encode()).hexdigest()
