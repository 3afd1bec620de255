"""Thin commands of the room: `jietong rules staffing` and `jietong workforce forecast`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jietong.kernel.errors import InputError
from jietong.kernel.jsonlines import Case, serve
from jietong.workforce.rules.erlang import MODELS, Demand, Performance, UnstableError, measure
from jietong.workforce.rules.staffing import AGENTS_MAX, Target, UnreachableError, least_agents, scheduled

LOAD_MAX = 500_000.0
SECONDS_MAX = 1e9


def staffing(argv: list[str]) -> int:
    """JSON lines in, JSON lines out, as contracts.md says; see workforce/README.md for the exact meanings."""
    if argv:
        raise SystemExit("jietong rules staffing reads JSON lines on standard input and takes no arguments")
    return serve(answer_staffing)


def forecast(argv: list[str]) -> int:
    """The forecast library is heavy, so it is imported only when a forecast is asked for."""
    from jietong.workforce.forecasting import main

    return int(main(argv) or 0)


@dataclass(frozen=True, slots=True)
class Question:
    """One case, read and checked."""

    demand: Demand
    agents: int | None
    target: Target
    shrinkage: Decimal


def answer_staffing(case: Case) -> Case:
    """Answer one case; raises InputError with the field at fault."""
    question = _read(case)
    try:
        agents = question.agents or least_agents(question.demand, question.target)
        found = measure(question.demand, agents, question.target.answered_within_seconds)
    except UnstableError:
        raise InputError(
            "agents", "unstable", "more work arrives than these people can do and nobody gives up: the queue never ends"
        ) from None
    except UnreachableError as error:
        raise InputError(f"target.{error.part}", "unreachable", "no number of people meets this target") from None
    return _answer(question, agents, found)


def _answer(question: Question, agents: int, found: Performance) -> Case:
    answer: Case = {
        "p_wait": found.p_wait,
        "mean_wait_seconds": found.mean_wait_seconds,
        "abandoned": found.abandoned,
        "answered_within": found.answered_within,
        "occupancy": found.occupancy,
        "blocking": found.blocking,
        "agents": agents,
        "agents_scheduled": scheduled(agents, question.shrinkage),
    }
    if question.demand.model == "erlang_a_redial":
        answer["arrivals_effective_per_hour"] = found.arrivals_per_second * 3600.0
        answer["never_served"] = found.never_served
    return answer


def _read(case: Case) -> Question:
    model = case.get("model")
    if model not in MODELS:
        code = "missing" if model is None else "unknown"
        raise InputError("model", code, f"model must be one of {', '.join(MODELS)}")
    needs_patience = model in {"erlang_a", "erlang_a_redial"}
    handle = _number(case, "handle_seconds", least_excluded=0.0, most=SECONDS_MAX)
    demand = Demand(
        model=model,
        arrivals_per_second=_number(case, "arrivals_per_hour") / 3600.0,
        handle_seconds=handle,
        patience_seconds=_number(case, "patience_seconds", least_excluded=0.0, most=1e12) if needs_patience else None,
        redial_share=_number(case, "redial_share", most=1.0) if model == "erlang_a_redial" else 0.0,
    )
    if demand.load > LOAD_MAX:
        raise InputError("arrivals_per_hour", "too_large", f"an offered load above {LOAD_MAX:.0f} Erlang is no centre")
    given = case.get("target")
    if given is not None and not isinstance(given, dict):
        raise InputError("target", "not_an_object", "target must be an object")
    target, agents = _target(given or {}), _agents(case.get("agents"))
    if agents is None and not target.asks():
        raise InputError("agents", "missing", "give agents, or a target with share, max_abandoned or max_occupancy")
    shrinkage = (given or {}).get("shrinkage")
    if shrinkage is None:
        return Question(demand, agents, target, Decimal(0))
    if _number(given or {}, "shrinkage", prefix="target.") >= 1.0:
        raise InputError("target.shrinkage", "out_of_range", "shrinkage must be below 1")
    return Question(demand, agents, target, Decimal(str(shrinkage)))


def _target(given: dict[str, Any]) -> Target:
    def part(name: str, most: float) -> float | None:
        return None if given.get(name) is None else _number(given, name, most=most, prefix="target.")

    target = Target(
        part("answered_within_seconds", SECONDS_MAX),
        part("share", 1.0),
        part("max_abandoned", 1.0),
        part("max_occupancy", 1.0),
    )
    if target.share is not None and target.answered_within_seconds is None:
        raise InputError("target.answered_within_seconds", "missing", "a share needs the time it is answered within")
    return target


def _agents(value: object) -> int | None:
    if value is None:
        return None
    agents = _number({"agents": value}, "agents")
    if agents != int(agents):
        raise InputError("agents", "not_whole", "agents are whole people")
    if agents < 1:
        raise InputError("agents", "not_positive", "at least one person must be there")
    if agents > AGENTS_MAX:
        raise InputError("agents", "too_large", f"more than {AGENTS_MAX} people are no centre")
    return int(agents)


def _number(
    holder: dict[str, Any], name: str, *, least_excluded: float | None = None, most: float = math.inf, prefix: str = ""
) -> float:
    """A finite number ≥ 0 (a JSON number or a decimal string); InputError otherwise."""
    value, field = holder.get(name), prefix + name
    if value is None:
        raise InputError(field, "missing", f"{name} is needed")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InputError(field, "not_a_number", f"{name} must be a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise InputError(field, "not_a_number", f"{value!r} is not a number") from None
    if not math.isfinite(number):
        raise InputError(field, "not_a_number", f"{value!r} is not a finite number")
    if number < 0.0:
        raise InputError(field, "negative", f"{name} must not be negative")
    if least_excluded is not None and number <= least_excluded:
        raise InputError(field, "not_positive", f"{name} must be above {least_excluded:g}")
    if number > most:
        raise InputError(field, "out_of_range", f"{name} must not be above {most:g}")
    return number
