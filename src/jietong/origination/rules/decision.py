"""May this loan be made? Explicit rules, each with a name; the gravest first. No score, no black box.

Three kinds: `hard` reasons no person can set aside either; `decline` reasons a person may set aside with a reason of
their own; `review` reasons send the application to a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: name → kind, gravest first. The order is what the borrower is told first.
REASONS: dict[str, str] = {
    "deceased": "hard",
    "identity_theft": "hard",
    "lacks_capacity": "hard",
    "minor": "hard",
    "above_cap": "hard",
    "not_offered": "hard",
    "no_limit": "hard",
    "frozen": "hard",
    "over_limit": "hard",
    "arrears": "decline",
    "hardship_plan": "review",
    "information_old": "review",
    "large": "review",
}
HARD_CIRCUMSTANCES = ("deceased", "identity_theft", "lacks_capacity")
ADULT_FROM = 18


@dataclass(frozen=True, slots=True)
class Policy:
    """Figures of the house; not law."""

    arrears_days: int = 1
    information_days_max: int = 365
    auto_max_fen: int = 30_000_00


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when the decision is made. Unknown (None) is never taken as good."""

    amount_fen: int
    has_limit: bool
    room_fen: int
    is_frozen: bool
    days_past_due: int
    circumstances: frozenset[str]
    age_years: int | None
    information_days: int | None  # since the person was last proved
    is_offered: bool
    is_above_cap: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """outcome: approved, declined or in_review; reasons: names, gravest first."""

    outcome: str
    reasons: tuple[str, ...]


def decide(facts: Facts, policy: Policy = Policy()) -> Verdict:  # frozen: shared safely
    """The verdict of the rules."""
    told = {
        **{kind: kind in facts.circumstances for kind in HARD_CIRCUMSTANCES},
        "minor": facts.age_years is not None and facts.age_years < ADULT_FROM,
        "above_cap": facts.is_above_cap,
        "not_offered": not facts.is_offered,
        "no_limit": not facts.has_limit,
        "frozen": facts.has_limit and facts.is_frozen,
        "over_limit": facts.has_limit and not facts.is_frozen and facts.amount_fen > facts.room_fen,
        "arrears": facts.days_past_due >= policy.arrears_days,
        "hardship_plan": "hardship_plan" in facts.circumstances,
        "information_old": facts.information_days is None or facts.information_days > policy.information_days_max,
        "large": facts.amount_fen > policy.auto_max_fen,
    }
    reasons = tuple(name for name in REASONS if told.get(name))
    kinds = {REASONS[name] for name in reasons}
    outcome = "declined" if kinds & {"hard", "decline"} else "in_review" if kinds else "approved"
    return Verdict(outcome, reasons)


def may_be_set_aside(reasons: Iterable[str]) -> bool:
    """A person may approve in spite of these reasons; an unknown reason counts as hard."""
    return all(REASONS.get(name, "hard") != "hard" for name in reasons)


def still_binding(reasons: Iterable[str]) -> tuple[str, ...]:
    """Of the reasons that hold when the contract is signed, those that stop it although it was approved: the hard ones,
    and arrears that have come since."""
    return tuple(name for name in reasons if REASONS.get(name, "hard") in {"hard", "decline"})


def age_on(id_type: str, id_no: str | None, on_year: int, on_month_day: tuple[int, int]) -> int | None:
    """Whole years of the holder of a resident ID number (GB 11643: digits 7 to 14 are the day of birth); else None."""
    if id_type != "resident_id" or not id_no or len(id_no) != 18 or not id_no[6:14].isdigit():
        return None
    year, month, day = int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14])
    return on_year - year - (on_month_day < (month, day))
