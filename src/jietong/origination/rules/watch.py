"""The rules that watch limits: what they ask for today, with the reason. Policy, no law; a person can undo each.

A rule releases only what a rule has frozen. It never raises a limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ARREARS_FREEZE_FROM = 3  # days past due: a day or two happens to anybody
ARREARS_CUT_FROM = 61  # the third month: what is not drawn is taken off
#: facts of a life in which no new debt is made; each freezes under its own name
CIRCUMSTANCES = ("deceased", "identity_theft", "lacks_capacity", "hardship_plan")


@dataclass(frozen=True, slots=True)
class Facts:
    """One borrower's limit on a day. freezes_by_rule: reason → key of the freeze that a rule holds."""

    granted_fen: int
    used_fen: int
    days_past_due: int
    circumstances: frozenset[str] = frozenset()
    freezes_by_rule: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule asks for. undoes: the freeze to release; to_fen: the figure to cut to."""

    kind: str  # "freeze", "release", "cut"
    reason: str
    undoes: int | None = None
    to_fen: int | None = None


def review(facts: Facts) -> list[Action]:
    """Freezes first, then cuts, then releases; nothing that is so already."""
    held = dict(facts.freezes_by_rule or {})
    wanted = [kind for kind in CIRCUMSTANCES if kind in facts.circumstances]
    if facts.days_past_due >= ARREARS_FREEZE_FROM:
        wanted.append("arrears")
    keeps = [*wanted, *(["arrears"] if facts.days_past_due > 0 else [])]  # paid in full before it is released
    found = [Action("freeze", reason) for reason in wanted if reason not in held]
    if facts.days_past_due >= ARREARS_CUT_FROM and facts.granted_fen > facts.used_fen:
        found.append(Action("cut", "long_arrears", to_fen=facts.used_fen))
    found += [Action("release", reason, undoes=key) for reason, key in sorted(held.items()) if reason not in keeps]
    return found
