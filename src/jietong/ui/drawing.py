"""Where the shapes of the small charts go: numbers in, percent of the width and pixels of the height out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jietong.kernel.money import show_yuan
from jietong.ui.components import Instalment, Lane, Lanes

DAYS_PER_STEP, STEPS_SHOWN = 30, 4  # M1 is 1 to 30 days past due, M2 31 to 60, and so on
BAR_HEIGHT, BASE_LINE = 40, 44  # pixels


def instalment_bars(instalments: Sequence[Instalment]) -> list[dict[str, Any]]:
    """One bar each: x, w, middle in percent; y, h (whole) and low, low_y (principal or paid part) in pixels."""
    top = max((item.principal_fen + item.interest_fen for item in instalments), default=1) or 1
    step = 100 / max(1, len(instalments))
    bars = []
    for index, item in enumerate(instalments):
        whole = item.principal_fen + item.interest_fen
        height = round(BAR_HEIGHT * whole / top, 1)
        low = round(BAR_HEIGHT * item.principal_fen / top, 1)
        if item.state == "overdue":
            low = round(height * min(1, item.paid_fen / max(1, whole)), 1)
        bars.append(
            {
                "x": round(index * step, 2),
                "w": round(step * 0.74, 2),
                "middle": round((index + 0.37) * step, 2),
                "h": height,
                "y": round(BASE_LINE - height, 1),
                "low": low,
                "low_y": round(BASE_LINE - low, 1),
                "state": item.state,
                "late": item.late,
                "number": item.number,
                "amount": show_yuan(whole),
                "due_on": item.due_on.isoformat(),
            }
        )
    return bars


def ladder_steps(dpd: int) -> tuple[list[dict[str, Any]], float]:
    """Four steps of the ladder, from the one before today's on, and where the mark stands in percent of the width."""
    current = 0 if dpd <= 0 else (dpd - 1) // DAYS_PER_STEP + 1
    first_shown = max(0, current - 1)
    steps = []
    for number in range(first_shown, first_shown + STEPS_SHOWN):
        low, high = (number - 1) * DAYS_PER_STEP + 1, number * DAYS_PER_STEP
        days = f"{low}–{high}" if number else ""
        steps.append({"name": f"M{number}", "days": days, "on": number == current, "next": number == current + 1})
    inside = (dpd - (current - 1) * DAYS_PER_STEP - 0.5) / DAYS_PER_STEP if current else 0.5
    return steps, round(100 / STEPS_SHOWN * (current - first_shown + inside), 1)


def share(at: datetime, told: Lanes) -> float:
    """Where an instant lies between start and end, in percent of the width; what lies outside stands at the edge."""
    whole = max(1.0, (told.end_at - told.start_at).total_seconds())
    return round(100 * min(1.0, max(0.0, (at - told.start_at).total_seconds() / whole)), 1)


def lane_marks(lane: Lane, told: Lanes) -> list[float]:
    return [share(at, told) for at in lane.at if told.start_at <= at <= told.end_at]
