"""The fast engine against a slow one that is written down as people would act, and against the shared discipline."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.routing.rules.discipline import DISCIPLINES, Head, choose
from jietong.simulator import queue as engine
from jietong.simulator.queue import (
    HandleTimes,
    QueueClass,
    Scenario,
    TooManyCallsError,
    _Line,
    _serve,
    lanes_of,
    run,
)

FOUR = (
    QueueClass("A", 0.02, 8.0, 20.0),
    QueueClass("B", 0.04, 3.0),
    QueueClass("C", 0.05, 3.0),
    QueueClass("D", 0.05, 0.5),
)


def scenario(discipline, *, agents=3, classes=FOUR, **more):
    return Scenario(classes, agents, HandleTimes(20.0), more.pop("seconds", 3600.0), discipline, **more)


def by_hand(plan, arrived, classes, deadlines, handle):
    """One second of attention at a time: who is free takes whom `choose` names; quadratic, and obviously right."""
    begun, free, waiting = {}, [0.0] * plan.agents, []
    for call in [*range(len(arrived)), None]:
        now = arrived[call] if call is not None else float("inf")
        while waiting and min(free) <= now:
            moment = max(min(free), min(arrived[c] for c in waiting))
            if moment > now:
                break
            waiting = [c for c in waiting if deadlines[c] > moment]
            heads = {}
            for c in waiting:
                heads.setdefault(classes[c], c)
            if not heads:
                break
            order = sorted(heads)
            lines = [Head(plan.classes[k].name, arrived[heads[k]], plan.classes[k].slope) for k in order]
            best = choose(lines, now=moment, discipline=plan.discipline, surge=plan.surge, floor=plan.floor)
            turn = heads[order[best]]
            waiting.remove(turn)
            begun[turn] = moment
            free[free.index(min(free))] = moment + handle[turn]
        if call is not None:
            waiting.append(call)
            if len(waiting) == 1 and min(free) <= now:
                begun[call] = now
                free[free.index(min(free))] = now + handle[call]
                waiting.clear()
    return begun


@pytest.mark.parametrize("discipline", DISCIPLINES)
@pytest.mark.parametrize("patience", [float("inf"), 40.0])
@pytest.mark.parametrize("agents", [2, 4])
def test_every_call_begins_when_the_slow_engine_says(discipline, patience, agents):
    plan = scenario(discipline, agents=agents, floor=frozenset({"A", "D"}))
    assert plan.surge is (discipline == "live" and agents == 2)
    rng = np.random.default_rng(3)
    size = 400
    arrived = np.cumsum(rng.exponential(1 / 0.16, size)).tolist()
    classes, handle = rng.integers(0, 4, size).tolist(), rng.exponential(20.0, size).tolist()
    deadlines = [a + p for a, p in zip(arrived, (rng.exponential(1.0, size) * patience).tolist(), strict=True)]
    lanes, lane_of_class = lanes_of(plan)
    line = _Line(lanes, arrived, [lane_of_class[k] for k in classes], deadlines, handle)
    _serve(line, agents)
    expected = by_hand(plan, arrived, classes, deadlines, handle)
    assert {i: begun for i, begun in enumerate(line.begun) if begun >= 0.0} == expected
    assert len(expected) < size or patience == float("inf")


@settings(max_examples=200)
@given(
    st.sampled_from(DISCIPLINES),
    st.booleans(),
    st.sets(st.sampled_from("ABCDE")),
    st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0, 3.0]), st.none() | st.integers(0, 40)), min_size=1, max_size=5),
)
def test_lanes_are_the_shared_discipline(discipline, surge, floor, rows):
    classes = tuple(QueueClass(name, 1.0, slope) for name, (slope, _) in zip("ABCDE", rows, strict=False))
    plan = Scenario(classes, 1, HandleTimes(10.0 if surge else 1e-3), 10.0, discipline, floor=frozenset(floor))
    lanes, lane_of_class = lanes_of(plan)
    present = sorted((since, k) for k, (_, since) in enumerate(rows) if since is not None)
    arrived = [float(since) for since, _ in present]
    size = len(present)
    line = _Line(lanes, arrived, [lane_of_class[k] for _, k in present], [float("inf")] * size, [1.0] * size)
    for call, (_, k) in enumerate(present):
        line.queues[lane_of_class[k]].append(call)
    heads = [Head(classes[k].name, float(since), classes[k].slope) for since, k in present]
    turn = line.take(50.0)
    if not heads:
        assert turn == -1
    else:
        best = heads[choose(heads, now=50.0, discipline=discipline, surge=plan.surge, floor=plan.floor)]
        taken = heads[turn]
        # Of two that came in the same second either may go first; all else must agree.
        assert (taken.slope, taken.waiting_since) == (best.slope, best.waiting_since) or (
            discipline == "fifo" and taken.waiting_since == best.waiting_since
        )


def test_the_same_seed_gives_the_same_calls_whatever_the_discipline():
    seeds = [np.random.SeedSequence(9) for _ in range(3)]
    first, again = run(scenario("accumulating"), seeds[0]), run(scenario("accumulating"), seeds[1])
    assert first.waited.tobytes() == again.waited.tobytes()
    other = run(scenario("static"), seeds[2])
    assert first.arrived.tobytes() == other.arrived.tobytes()
    assert first.waited.tobytes() != other.waited.tobytes()


def test_arrivals_stop_and_all_who_wait_are_served_out():
    overload = run(scenario("live", agents=2, floor=frozenset({"A"})), np.random.SeedSequence(1))
    assert overload.arrived.max() < 3600.0
    assert overload.served.all()
    assert (overload.arrived + overload.waited).max() > 3700.0


def test_only_those_who_give_up_come_again():
    plan = scenario("fifo", agents=2, patience_seconds=30.0, redial_share=0.6, redial_after_seconds=15.0)
    calls = run(plan, np.random.SeedSequence(2))
    again = np.flatnonzero(calls.first_call != np.arange(calls.arrived.size))
    first_calls = calls.first_call[again]
    assert again.size > 50
    assert not calls.served[first_calls].any()
    assert (calls.arrived[again] > calls.arrived[first_calls] + calls.waited[first_calls]).all()
    assert (calls.class_index[again] == calls.class_index[first_calls]).all()
    served_times = np.bincount(calls.first_call[calls.served], minlength=calls.arrived.size)
    assert served_times.max() == 1
    assert calls.arrived.max() < 3600.0


def test_redials_that_would_fill_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(engine, "RUN_CALLS_MAX", 20_000)
    endless = Scenario((QueueClass("A", 1.0),), 1, HandleTimes(1e6), 3600.0, "fifo", 10.0, 1.0)
    with pytest.raises(TooManyCallsError):
        run(endless, np.random.SeedSequence(1))
    with pytest.raises(TooManyCallsError):
        run(Scenario((QueueClass("A", 10.0),), 1, HandleTimes(1.0), 3600.0, "fifo"), np.random.SeedSequence(1))


@pytest.mark.parametrize(
    ("kind", "deviation"),
    [
        ("exponential", 20.0),
        ("deterministic", 0.0),
        ("lognormal", 30.0),
        ("erlang", 10.0),
    ],
)
def test_handle_times_have_the_mean_and_spread_they_say(kind, deviation):
    drawn = HandleTimes(20.0, kind, cv=1.5, shape=4).draw(np.random.default_rng(4), 200_000)
    assert drawn.mean() == pytest.approx(20.0, rel=0.02)
    assert drawn.std() == pytest.approx(deviation, rel=0.05)
    with pytest.raises(ValueError, match="unknown law"):
        HandleTimes(20.0, "weibull").draw(np.random.default_rng(4), 1)
