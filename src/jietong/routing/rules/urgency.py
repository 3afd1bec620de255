"""How urgent a contact is: four classes, and every point of the score named and explained.

Facts in, `Urgency` out. Weights are data with a version, so that an old decision can be read with the weights of
its day. Points only ever add: no fact, least of all a low balance or a late date, takes anybody out of the queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

MINUTE, HOUR = 60.0, 3600.0

INTENTS = (
    "repay_how",
    "repay_early",
    "repay_failed",
    "due_date",
    "amount_due",
    "interest_fee",
    "overdue_consequence",
    "extend_hardship",
    "borrow_how",
    "limit_eligibility",
    "auto_deduct",
    "account_contact",
    "contract_proof",
    "credit_report",
    "security_fraud",
    "complaint_human",
    "coupon_promo",
    "other",
)


@dataclass(frozen=True, slots=True)
class UrgencyClass:
    """One class of the queue. slope: priority per second; target_seconds: within which we aim to answer;
    longest_wait_seconds: the written guarantee. With slope = 4 h / longest wait, accumulated priority is the
    share of the guarantee already used, so the class nearest to breaking its word goes first."""

    name: str
    label: str
    slope: float
    target_seconds: float
    longest_wait_seconds: float


CLASSES: Mapping[str, UrgencyClass] = MappingProxyType(
    {
        "A": UrgencyClass("A", "今天不接就有损失", 80.0, 1 * MINUTE, 3 * MINUTE),
        "B": UrgencyClass("B", "很快会有损失", 24.0, 3 * MINUTE, 10 * MINUTE),
        "C": UrgencyClass("C", "要人办的事", 8.0, 10 * MINUTE, 30 * MINUTE),
        "D": UrgencyClass("D", "可以书面答复", 1.0, 1 * HOUR, 4 * HOUR),
    }
)

#: classes that get static precedence while the surge floor is in force
FLOOR = frozenset({"A"})


@dataclass(frozen=True, slots=True)
class UrgencyFacts:
    """What is known of the contact when it is weighed; unknown facts keep their default and weigh nothing.

    intent: one of INTENTS. days_past_due: > 0 late, 0 due today, < 0 days still to go, None no instalment open.
    days_to_next_bucket: days until the loan rolls into a worse bucket. overdue_fen: overdue amount, fen.
    legal_stage: a legal step runs. promise_due_today, deduction_failed: facts of today. complaint_due_hours:
    hours until the complaint's deadline, negative when passed. tries_24h: the borrower's tries to reach us in
    24 h, this one included. broken_reply_by: our own passed promises on this contact. repeated_matter: the same
    matter was settled lately and is back.
    """

    intent: str = "other"
    days_past_due: int | None = None
    days_to_next_bucket: int | None = None
    overdue_fen: int = 0
    legal_stage: bool = False
    promise_due_today: bool = False
    deduction_failed: bool = False
    hardship: bool = False
    vulnerable: bool = False
    fraud: bool = False
    self_harm: bool = False
    complaint_due_hours: float | None = None
    tries_24h: int = 1
    broken_reply_by: int = 0
    repeated_matter: bool = False


@dataclass(frozen=True, slots=True)
class Weights:
    """Points per fact, the score from which a class begins, and the class that some facts grant at least.

    intent: points per intent; points: points per factor code; from_score: class → least score (D needs none);
    at_least: factor code → class. steps of the graded factors are in `graded_steps`, (limit, points) in order.
    All points are ≥ 0; `__post_init__` refuses others, because a negative one would screen people out.
    """

    version: str
    intent: Mapping[str, int]
    points: Mapping[str, int]
    from_score: Mapping[str, int]
    at_least: Mapping[str, str]
    past_due_steps: tuple[tuple[int, int], ...]
    to_due_steps: tuple[tuple[int, int], ...]
    next_bucket_steps: tuple[tuple[int, int], ...]
    complaint_hours_steps: tuple[tuple[float, int], ...]
    overdue_fen_steps: tuple[tuple[int, int], ...]
    tries_max: int = 5
    broken_max: int = 3

    def __post_init__(self) -> None:
        graded = (
            self.past_due_steps,
            self.to_due_steps,
            self.next_bucket_steps,
            self.complaint_hours_steps,
            self.overdue_fen_steps,
        )
        every = [*self.intent.values(), *self.points.values(), *(p for steps in graded for _, p in steps)]
        if min(every) < 0:
            raise ValueError("a negative weight would screen somebody out")
        if set(self.intent) != set(INTENTS):
            raise ValueError("every intent has its points, and no other")


@dataclass(frozen=True, slots=True)
class Factor:
    """One reason of the score. params: the figures that a sentence about it needs. at_least: class it grants."""

    code: str
    points: int
    params: Mapping[str, Any] = field(default_factory=dict)
    at_least: str | None = None


@dataclass(frozen=True, slots=True)
class Urgency:
    """class_name: A (first) to D; score: sum of the factors' points; factors: heaviest first; weights_version."""

    class_name: str
    score: int
    factors: tuple[Factor, ...]
    weights_version: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, to be stored as JSON on the contact."""
        return {
            "class": self.class_name,
            "score": self.score,
            "weights": self.weights_version,
            "factors": [
                {"code": f.code, "points": f.points, "params": dict(f.params), "at_least": f.at_least}
                for f in self.factors
            ],
        }


WEIGHTS_2026_11 = Weights(
    version="2026-11",
    intent=MappingProxyType(
        {
            "security_fraud": 60,
            "repay_failed": 40,
            "extend_hardship": 40,
            "complaint_human": 35,
            "repay_how": 30,
            "overdue_consequence": 30,
            "auto_deduct": 20,
            "due_date": 20,
            "repay_early": 20,
            "account_contact": 20,
            "credit_report": 20,
            "amount_due": 15,
            "interest_fee": 10,
            "other": 20,
            "borrow_how": 5,
            "limit_eligibility": 5,
            "contract_proof": 10,
            "coupon_promo": 0,
        }
    ),
    points=MappingProxyType(
        {
            "promise_due_today": 30,
            "deduction_failed": 20,
            "promise_and_failed": 25,
            "legal_stage": 20,
            "hardship": 20,
            "vulnerable": 30,
            "fraud": 60,
            "self_harm": 100,
            "try": 8,
            "broken_reply_by": 25,
            "repeated_matter": 15,
        }
    ),
    from_score=MappingProxyType({"A": 80, "B": 50, "C": 20}),
    at_least=MappingProxyType(
        {
            "self_harm": "A",
            "fraud": "A",
            "promise_and_failed": "A",
            "vulnerable": "B",
            "broken_reply_by": "B",
            "hardship": "C",
            "legal_stage": "C",
            "repeated_matter": "C",
        }
    ),
    past_due_steps=((90, 20), (30, 20), (7, 15), (1, 10)),
    to_due_steps=((0, 20), (1, 15), (3, 10)),
    next_bucket_steps=((0, 30), (1, 25), (3, 15), (7, 5)),
    complaint_hours_steps=((0, 50), (24, 40), (72, 20)),
    overdue_fen_steps=((10_000_00, 5),),
)


def urgency(facts: UrgencyFacts, weights: Weights = WEIGHTS_2026_11) -> Urgency:
    """Weigh the facts. The class is the one that the score reaches, or a higher one that a single fact grants.

    Raises ValueError for an intent that does not exist: the assistant answers with `other` when it is unsure.
    """
    if facts.intent not in weights.intent:
        raise ValueError(f"unknown intent {facts.intent!r}")
    factors = [*_of_the_loan(facts, weights), *_of_the_person(facts, weights), *_of_our_own_record(facts, weights)]
    factors.append(Factor("intent", weights.intent[facts.intent], {"intent": facts.intent}))
    score = sum(f.points for f in factors)
    reached = next((name for name, least in weights.from_score.items() if score >= least), "D")
    granted = [f.at_least for f in factors if f.at_least is not None]
    telling = [f for f in factors if f.points or f.at_least or f.code == "intent"]
    shown = sorted(telling, key=lambda f: (-f.points, f.code))
    return Urgency(min([reached, *granted]), score, tuple(shown), weights.version)


def _plain(code: str, weights: Weights, times: int = 1, **params: object) -> Factor:
    return Factor(code, weights.points[code] * times, params, weights.at_least.get(code))


def _of_the_loan(facts: UrgencyFacts, weights: Weights) -> list[Factor]:
    found = []
    late = facts.days_past_due
    if late is not None and late > 0:
        points = next(p for least, p in weights.past_due_steps if late >= least)
        found.append(Factor("days_past_due", points, {"days": late}))
    elif late is not None:
        points = next((p for most, p in weights.to_due_steps if -late <= most), 0)
        found.append(Factor("days_to_due", points, {"days": -late}))
    if facts.days_to_next_bucket is not None:
        points = next((p for most, p in weights.next_bucket_steps if facts.days_to_next_bucket <= most), 0)
        found.append(Factor("next_bucket", points, {"days": facts.days_to_next_bucket}))
    points = next((p for least, p in weights.overdue_fen_steps if facts.overdue_fen >= least), 0)
    found.append(Factor("overdue_amount", points, {"fen": facts.overdue_fen}))
    if facts.promise_due_today:
        found.append(_plain("promise_due_today", weights))
    if facts.deduction_failed:
        found.append(_plain("deduction_failed", weights))
    if facts.promise_due_today and facts.deduction_failed:
        # The borrower did what was agreed and our side failed: by tonight it would count as a broken promise.
        found.append(_plain("promise_and_failed", weights))
    if facts.legal_stage:
        found.append(_plain("legal_stage", weights))
    return found


def _of_the_person(facts: UrgencyFacts, weights: Weights) -> list[Factor]:
    held = {
        "hardship": facts.hardship,
        "vulnerable": facts.vulnerable,
        "fraud": facts.fraud or facts.intent == "security_fraud",
        "self_harm": facts.self_harm,
    }
    return [_plain(code, weights) for code, holds in held.items() if holds]


def _of_our_own_record(facts: UrgencyFacts, weights: Weights) -> list[Factor]:
    """What we owe the borrower for having let them down: tries, passed promises, a matter that came back."""
    found = []
    if facts.complaint_due_hours is not None:
        hours = facts.complaint_due_hours
        points = next((p for most, p in weights.complaint_hours_steps if hours <= most), 0)
        found.append(Factor("complaint_deadline", points, {"hours": hours}))
    again = min(max(facts.tries_24h - 1, 0), weights.tries_max)
    if again:
        found.append(_plain("try", weights, again, tries=facts.tries_24h))
    broken = min(max(facts.broken_reply_by, 0), weights.broken_max)
    if broken:
        found.append(_plain("broken_reply_by", weights, broken, broken=facts.broken_reply_by))
    if facts.repeated_matter:
        found.append(_plain("repeated_matter", weights))
    return found
