"""How much one person may waive alone. Pure; fen.

Both figures are policy defaults without a source: a lender sets them in its own approval rules (decision 0025).
"""

from __future__ import annotations

ALONE_MAX_FEN = 500_00
WINDOW_DAYS = 30


def is_alone(waived_fen: int, lately_fen: int) -> bool:
    """May this be waived by one person? lately_fen: what was waived of the same loan within WINDOW_DAYS, so that a sum
    cut into slices is still one sum."""
    return waived_fen + lately_fen <= ALONE_MAX_FEN
