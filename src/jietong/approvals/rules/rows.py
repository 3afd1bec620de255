"""What an act changes, as rows of before and after. Pure; what one person saw is compared with what would be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that changes. name: a code, or the number of a loan or customer. unit says how to read both sides:
    fen (whole fen), date (ISO), count, loan_state, claims ([[holder, fen or None], …]), term (a product's)."""

    name: str
    before: Any
    after: Any
    unit: str = "fen"


def packed(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """As JSON keeps it."""
    return [asdict(row) for row in rows]


def unpacked(kept: Sequence[dict[str, Any]]) -> list[Row]:
    return [Row(**one) for one in kept]


def digest(rows: Sequence[Row]) -> str:
    """The same for the same figures in the same order: a confirmation names it, so that it confirms what was seen."""
    text = json.dumps(packed(rows), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
