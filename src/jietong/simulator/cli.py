"""Thin commands of the room: `jietong simulate queue`."""

from __future__ import annotations

import math
from typing import Any

from jietong.kernel.errors import InputError
from jietong.kernel.jsonlines import Case, serve
from jietong.routing.rules.discipline import DISCIPLINES
from jietong.simulator.queue import DISTRIBUTIONS, HandleTimes, QueueClass, Scenario, TooManyCallsError
from jietong.simulator.queue_measures import replicate

REPLICATIONS_MAX = 10_000
REPLICATIONS_DEFAULT = 10
CALLS_MAX = 50_000_000
CLASSES_MAX = 100
AGENTS_MAX = 100_000


def queue(argv: list[str]) -> int:
    """JSON lines in, JSON lines out, as contracts.md says; see simulator/queue.py for the exact meanings."""
    if argv:
        raise SystemExit("jietong simulate queue reads JSON lines on standard input and takes no arguments")
    return serve(answer_queue)


def answer_queue(case: Case) -> Case:
    """Answer one case; raises InputError with the field at fault.

    Measures count calls that arrive in [warm-up, minutes), redials included; a redial is a new call at the end of
    its class and waits anew; waits of those who gave up count until they gave up. The offered load that decides on
    the floor is that of the first calls, so a run is wholly with it or wholly without.
    Beyond the contract: `handle_distribution` is a name of DISTRIBUTIONS or {"kind", "cv" (lognormal, default 1),
    "shape" (erlang, default 2)}; `redial_after_seconds` is the mean of an exponential pause before a redial
    (default 0, at once); the answer tells `offered_load` and `floor_in_force` too.
    """
    scenario = _scenario(case)
    warm_up = _number(case, "warm_up_minutes", default=0.0) * 60.0
    if warm_up >= scenario.seconds:
        raise InputError("warm_up_minutes", "too_long", "the warm-up must end before the run does")
    replications = _whole(case, "replications", least=1, most=REPLICATIONS_MAX, default=REPLICATIONS_DEFAULT)
    seed = _whole(case, "seed", least=0, most=2**128 - 1, default=0)
    expected = scenario.seconds * sum(c.arrivals_per_second for c in scenario.classes)
    if expected * replications > CALLS_MAX:
        raise InputError("minutes", "too_large", f"more than {CALLS_MAX} calls in all replications")
    try:
        classes = replicate(scenario, warm_up_seconds=warm_up, replications=replications, seed=seed)
    except TooManyCallsError:
        raise InputError("minutes", "too_large", "one replication has too many calls, redials included") from None
    return {"classes": classes, "offered_load": scenario.offered_load, "floor_in_force": scenario.surge}


def _scenario(case: Case) -> Scenario:
    discipline = case.get("discipline")
    if discipline not in DISCIPLINES:
        code = "missing" if discipline is None else "unknown"
        raise InputError("discipline", code, f"discipline must be one of {', '.join(DISCIPLINES)}")
    patience = case.get("patience_seconds")
    plain = Scenario(
        classes=_classes(case.get("classes"), needs_slope=discipline != "fifo"),
        agents=_whole(case, "agents", least=1, most=AGENTS_MAX),
        handle=_handle(case),
        seconds=_number(case, "minutes", above=0.0) * 60.0,
        discipline=discipline,
        patience_seconds=None if patience is None else _number(case, "patience_seconds", above=0.0),
        redial_share=_number(case, "redial_share", most=1.0, default=0.0),
        redial_after_seconds=_number(case, "redial_after_seconds", default=0.0),
    )
    return Scenario(
        **{name: getattr(plain, name) for name in plain.__slots__ if name != "floor"},
        floor=_floor(case.get("floor"), plain),
    )


def _floor(given: object, scenario: Scenario) -> frozenset[str]:
    if given is None:
        return scenario.default_floor()
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise InputError("floor", "not_a_list", "floor is a list of class names")
    unknown = set(given) - {c.name for c in scenario.classes}
    if unknown:
        raise InputError("floor", "unknown", f"no class is called {min(unknown)!r}")
    return frozenset(given)


def _classes(given: object, *, needs_slope: bool) -> tuple[QueueClass, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise InputError("classes", "missing" if given in (None, []) else "not_a_list", "classes is a list of objects")
    if len(given) > CLASSES_MAX:
        raise InputError("classes", "too_many", f"at most {CLASSES_MAX} classes")
    found: list[QueueClass] = []
    for index, one in enumerate(given):
        prefix = f"classes.{index}."
        name = one.get("name")
        if not isinstance(name, str) or not name:
            raise InputError(prefix + "name", "missing", "each class has a name")
        if any(name == other.name for other in found):
            raise InputError(prefix + "name", "duplicate", f"two classes are called {name!r}")
        target = one.get("target_seconds")
        found.append(
            QueueClass(
                name=name,
                arrivals_per_second=_number(one, "arrivals_per_minute", prefix=prefix) / 60.0,
                slope=_number(one, "slope", prefix=prefix, default=None if needs_slope else 1.0),
                target_seconds=None if target is None else _number(one, "target_seconds", prefix=prefix),
            )
        )
    return tuple(found)


def _handle(case: Case) -> HandleTimes:
    seconds = _number(case, "handle_seconds", above=0.0)
    given = case.get("handle_distribution") or "exponential"
    options = given if isinstance(given, dict) else {"kind": given}
    kind = options.get("kind", options.get("name"))
    if kind not in DISTRIBUTIONS:
        raise InputError("handle_distribution", "unknown", f"must be one of {', '.join(DISTRIBUTIONS)}")
    prefix = "handle_distribution."
    return HandleTimes(
        seconds=seconds,
        kind=kind,
        cv=_number(options, "cv", prefix=prefix, above=0.0, most=100.0, default=1.0),
        shape=_whole(options, "shape", prefix=prefix, least=1, most=1000, default=2),
    )


def _whole(
    holder: dict[str, Any], name: str, *, least: int, most: int, default: int | None = None, prefix: str = ""
) -> int:
    """A whole number in [least, most]; integers are taken as they are, because a seed may be longer than a float."""
    value, field = holder.get(name), prefix + name
    if value is None and default is not None:
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        whole = value
    else:
        number = _number(holder, name, prefix=prefix)
        if number != math.floor(number):
            raise InputError(field, "not_whole", f"{name} must be a whole number")
        whole = int(number)
    if not least <= whole <= most:
        code = "too_large" if whole > most else "negative" if whole < 0 else "not_positive"
        raise InputError(field, code, f"{name} must be between {least} and {most}")
    return whole


def _number(
    holder: dict[str, Any],
    name: str,
    *,
    above: float | None = None,
    most: float = 1e12,
    default: float | None = None,
    prefix: str = "",
) -> float:
    """A finite number ≥ 0 (a JSON number or a decimal string); InputError otherwise."""
    value, field = holder.get(name), prefix + name
    if value is None:
        if default is None:
            raise InputError(field, "missing", f"{name} is needed")
        return default
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
    if above is not None and number <= above:
        raise InputError(field, "not_positive", f"{name} must be above {above:g}")
    if number > most:
        raise InputError(field, "out_of_range", f"{name} must not be above {most:g}")
    return number
