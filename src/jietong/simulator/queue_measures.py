"""What is said of simulated calls: measures of each class, as mean and 95 % half-width over replications."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from jietong.simulator.queue import Calls, QueueClass, Scenario, run

MEASURES = (
    "arrived",
    "served",
    "abandoned",
    "mean_wait_seconds",
    "p95_wait_seconds",
    "max_wait_seconds",
    "within_target",
)
_LEVEL = 0.95


def replicate(
    scenario: Scenario,
    *,
    warm_up_seconds: float,
    replications: int,
    seed: int,
    after_each: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """Run the scenario `replications` times from one seed and sum up each class in the order given.

    Every run has a stream of its own, so more replications never change the earlier ones. A measure is
    {"mean", "half_width"}; half_width is None with fewer than two values, mean too with none (nobody came, or no
    target is set). With redials `never_served` is added: the share of borrowers, not calls, who reached nobody.
    """
    runs = []
    for done, child in enumerate(np.random.SeedSequence(seed).spawn(replications), start=1):
        calls = run(scenario, child)
        runs.append([_of_class(calls, i, c, warm_up_seconds) for i, c in enumerate(scenario.classes)])
        if after_each is not None:
            after_each(done)
    names = (*MEASURES, "never_served") if scenario.redial_share > 0.0 else MEASURES
    return [
        {"name": c.name, **{name: summary([one[i][name] for one in runs]) for name in names}}
        for i, c in enumerate(scenario.classes)
    ]


def _of_class(calls: Calls, index: int, queue_class: QueueClass, warm_up_seconds: float) -> dict[str, float | None]:
    """Measures of one class in one run, over the calls that arrive after the warm-up."""
    counted = (calls.class_index == index) & (calls.arrived >= warm_up_seconds)
    waited, served = calls.waited[counted], calls.served[counted]
    arrived = int(waited.size)
    found: dict[str, float | None] = dict.fromkeys((*MEASURES, "never_served"))
    answered = int(served.sum())
    found |= {"arrived": float(arrived), "served": float(answered), "abandoned": float(arrived - answered)}
    if arrived == 0:
        return found
    found["mean_wait_seconds"] = float(waited.mean())
    found["p95_wait_seconds"] = float(np.quantile(waited, 0.95))
    found["max_wait_seconds"] = float(waited.max())
    if queue_class.target_seconds is not None:
        found["within_target"] = float((served & (waited <= queue_class.target_seconds)).mean())
    borrowers = np.unique(calls.first_call[counted])
    reached = np.unique(calls.first_call[counted & calls.served])
    found["never_served"] = 1.0 - reached.size / borrowers.size
    return found


def summary(values: Sequence[float | None]) -> dict[str, float | None]:
    """Mean and half-width of its 95 % confidence interval (Student's t over independent replications)."""
    known = [v for v in values if v is not None]
    if not known:
        return {"mean": None, "half_width": None}
    mean = math.fsum(known) / len(known)
    if len(known) < 2:
        return {"mean": mean, "half_width": None}
    variance = math.fsum((v - mean) ** 2 for v in known) / (len(known) - 1)
    return {"mean": mean, "half_width": student_t(len(known) - 1) * math.sqrt(variance / len(known))}


@cache
def student_t(freedom: int) -> float:
    """t with P(|T| < t) = 0.95 for `freedom` ≥ 1 degrees of freedom, by bisection to full precision."""
    low, high = 1.9, 13.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if _two_sided(middle, freedom) < _LEVEL:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _two_sided(t: float, freedom: int) -> float:
    """P(|T| < t): the finite sums of Abramowitz & Stegun 26.7.3 and 26.7.4."""
    angle = math.atan2(t, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2 == 1
    term = cosine if odd else 1.0
    total = 0.0 if freedom == 1 else term
    for k in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2.0 / math.pi * (angle + sine * total) if odd else sine * total
