"""Simulated waits against the formulas of queueing theory; fixed seeds, so each either holds or does not."""

from dataclasses import replace

import pytest

from jietong.simulator.queue import HandleTimes, QueueClass, Scenario
from jietong.simulator.queue_measures import replicate
from jietong.workforce.rules.erlang import Demand, measure

HOUR = 3600.0


def simulate(plan, replications=12, seed=11):
    return replicate(plan, warm_up_seconds=plan.seconds / 10, replications=replications, seed=seed)


def close(found, truth, *, widths=1.3, share=0.03):
    """The truth lies in a slightly widened confidence interval, and the mean within a few per cent of it."""
    assert abs(found["mean"] - truth) <= widths * found["half_width"]
    assert found["mean"] == pytest.approx(truth, rel=share)


def test_endless_patience_waits_as_erlang_c_says():
    plan = Scenario((QueueClass("all", 0.13, 1.0, 20.0),), 10, HandleTimes(60.0), 60 * HOUR, "fifo")
    found, truth = simulate(plan)[0], measure(Demand("erlang_c", 0.13, 60.0), 10, 20.0)
    close(found["mean_wait_seconds"], truth.mean_wait_seconds, share=0.05)
    close(found["within_target"], truth.answered_within)


@pytest.mark.parametrize("arrivals", [0.14, 0.2])
def test_impatience_waits_and_loses_as_erlang_a_says(arrivals):
    plan = Scenario((QueueClass("all", arrivals, 1.0, 15.0),), 10, HandleTimes(60.0), 60 * HOUR, "fifo", 90.0)
    found, truth = simulate(plan)[0], measure(Demand("erlang_a", arrivals, 60.0, 90.0), 10, 15.0)
    close(found["mean_wait_seconds"], truth.mean_wait_seconds, share=0.02)
    close(found["within_target"], truth.answered_within, share=0.02)
    assert found["abandoned"]["mean"] / found["arrived"]["mean"] == pytest.approx(truth.abandoned, rel=0.02)


def test_redials_after_a_long_pause_are_the_fixed_point_of_erlang_a():
    plan = Scenario((QueueClass("all", 0.16, 1.0, 15.0),), 10, HandleTimes(60.0), 100 * HOUR, "fifo", 60.0, 0.7, HOUR)
    found, truth = simulate(plan, 6, seed=5)[0], measure(Demand("erlang_a_redial", 0.16, 60.0, 60.0, 0.7), 10, 15.0)
    close(found["mean_wait_seconds"], truth.mean_wait_seconds, share=0.03)
    assert found["abandoned"]["mean"] / found["arrived"]["mean"] == pytest.approx(truth.abandoned, rel=0.03)
    assert found["never_served"]["mean"] == pytest.approx(truth.never_served, rel=0.05)


def test_redials_at_once_are_a_longer_patience():
    """Who gives up and calls again in the same second has not left: the number present is that of Erlang A with
    patience / (1 − r), and so is the share of borrowers who are lost."""
    plan = Scenario((QueueClass("all", 0.17, 1.0),), 10, HandleTimes(60.0), 60 * HOUR, "fifo", 60.0, 0.5)
    found, truth = simulate(plan, 6)[0], measure(Demand("erlang_a", 0.17, 60.0, 120.0), 10)
    assert found["never_served"]["mean"] == pytest.approx(truth.abandoned, rel=0.03)


@pytest.mark.parametrize(("kind", "squared_cv"), [("deterministic", 0.0), ("erlang", 0.25), ("lognormal", 2.25)])
def test_one_server_waits_as_pollaczek_and_khinchine_say(kind, squared_cv):
    plan = Scenario((QueueClass("all", 0.01),), 1, HandleTimes(60.0, kind, 1.5, 4), 900 * HOUR, "fifo")
    found = simulate(plan)[0]
    close(found["mean_wait_seconds"], 0.6 / 0.4 * 60.0 * (1 + squared_cv) / 2)


def kleinrock(loads, slopes, base_wait):
    """Kleinrock (1964): mean waits under accumulating priority; base_wait is the mean wait of fifo.

    W_p = (W_fifo − Σ_{slower i} ρ_i W_i (1 − b_i/b_p)) / (1 − Σ_{faster i} ρ_i (1 − b_p/b_i)), slowest first.
    """
    waits = [0.0] * len(loads)
    for p in sorted(range(len(loads)), key=slopes.__getitem__):
        others = [(load, wait, b) for load, wait, b in zip(loads, waits, slopes, strict=True)]
        slower = sum(load * wait * (1 - b / slopes[p]) for load, wait, b in others if b < slopes[p])
        faster = sum(load * (1 - slopes[p] / b) for load, _, b in others if b > slopes[p])
        waits[p] = (base_wait - slower) / (1 - faster)
    return waits


def test_accumulating_priority_waits_as_kleinrock_says():
    classes = (QueueClass("A", 0.003, 8.0), QueueClass("B", 0.004, 3.0), QueueClass("C", 0.005, 1.0))
    plan = Scenario(classes, 1, HandleTimes(60.0), 600 * HOUR, "accumulating")
    loads = [c.arrivals_per_second * 60.0 for c in classes]
    truth = kleinrock(loads, [8.0, 3.0, 1.0], 0.72 / 0.28 * 60.0)
    assert sum(load * w for load, w in zip(loads, truth, strict=True)) == pytest.approx(0.72 * 0.72 / 0.28 * 60.0)
    for found, wait in zip(simulate(plan, 16), truth, strict=True):
        close(found["mean_wait_seconds"], wait)


def test_with_many_agents_the_formula_holds_with_the_wait_of_erlang_c():
    classes = (QueueClass("A", 0.04, 8.0), QueueClass("D", 0.11, 1.0))
    plan = Scenario(classes, 10, HandleTimes(60.0), 60 * HOUR, "live", floor=frozenset({"A"}))
    truth = kleinrock([0.24, 0.66], [8.0, 1.0], measure(Demand("erlang_c", 0.15, 60.0), 10).mean_wait_seconds)
    for found, wait in zip(simulate(plan), truth, strict=True):
        close(found["mean_wait_seconds"], wait, share=0.05)


def test_static_priority_waits_as_cobham_says():
    classes = (QueueClass("A", 0.004, 2.0), QueueClass("B", 0.006, 1.0))
    plan = Scenario(classes, 1, HandleTimes(60.0), 900 * HOUR, "static")
    residual = 0.6 * 60.0
    for found, wait in zip(simulate(plan), [residual / 0.76, residual / (0.76 * 0.4)], strict=True):
        close(found["mean_wait_seconds"], wait)


def test_the_floor_keeps_the_most_urgent_short_on_a_day_of_overload():
    """Design section 8: 8 h at 130 %, minutes under accumulating priority, seconds with the floor."""
    classes = (QueueClass("A", 1.3 / 60, 8.0, 60.0), QueueClass("D", 11.7 / 60, 1.0, 3600.0))
    plan = Scenario(classes, 10, HandleTimes(60.0), 8 * HOUR, "accumulating")
    floored = replace(plan, discipline="live", floor=plan.default_floor())
    plain, live = (replicate(p, warm_up_seconds=0.0, replications=5, seed=1)[0] for p in (plan, floored))
    assert plain["mean_wait_seconds"]["mean"] > 300.0
    assert live["mean_wait_seconds"]["mean"] < 20.0
    assert live["within_target"]["mean"] > 0.95


def test_below_capacity_live_is_accumulating():
    classes = (QueueClass("A", 0.02, 8.0), QueueClass("D", 0.1, 1.0))
    plan = Scenario(classes, 10, HandleTimes(60.0), 4 * HOUR, "accumulating")
    live = replace(plan, discipline="live", floor=frozenset({"A"}))
    assert simulate(plan, 3) == simulate(live, 3)
