"""Erlang B, C, A and A with redials against published tables and against chains solved by other means."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.workforce.rules.erlang import Demand, UnstableError, erlang_b, erlang_c, measure


@pytest.mark.parametrize(
    ("agents", "load"),
    [
        (1, 0.0101),
        (2, 0.153),
        (5, 1.361),
        (10, 4.461),
        (20, 12.031),
        (50, 37.901),
        (100, 84.064),
    ],
)
def test_erlang_b_equals_the_one_percent_column_of_the_traffic_table(agents, load):
    assert erlang_b(load, agents) == pytest.approx(0.01, abs=6e-5)


@pytest.mark.parametrize(
    ("agents", "load", "waits"),
    [
        (1, 0.5, 0.5),
        (2, 1.0, 1 / 3),
        (3, 2.0, 4 / 9),
        (5, 4.0, 0.5541),
        (10, 8.0, 0.4092),
    ],
)
def test_erlang_c_equals_the_textbook(agents, load, waits):
    assert erlang_c(load, agents) == pytest.approx(waits, abs=5e-5)


def test_erlang_a_equals_the_example_of_garnett_mandelbaum_and_reiman():
    """50 agents, 48 calls a minute of one minute each, patience two minutes (their table 1)."""
    patient = measure(Demand("erlang_c", 48 / 60, 60.0), 50)
    leaving = measure(Demand("erlang_a", 48 / 60, 60.0, 120.0), 50)
    assert patient.mean_wait_seconds == pytest.approx(20.8, abs=0.05)
    assert (patient.occupancy, patient.mean_wait_seconds * 48 / 60) == pytest.approx((0.96, 17.0), abs=0.4)
    assert leaving.mean_wait_seconds == pytest.approx(3.7, abs=0.05)
    assert leaving.abandoned == pytest.approx(0.031, abs=5e-4)
    assert leaving.occupancy == pytest.approx(0.93, abs=5e-3)
    assert leaving.mean_wait_seconds * 48 / 60 == pytest.approx(3.0, abs=0.05)


def chain(arrivals, agents, handle, patience, states=3000):
    """Stationary law of the number in the system, straight from the birth and death rates."""
    logs = [0.0]
    for k in range(1, states):
        logs.append(logs[-1] + math.log(arrivals / (min(k, agents) / handle + max(k - agents, 0) / patience)))
    top = max(logs)
    weights = [math.exp(x - top) for x in logs]
    total = math.fsum(weights)
    return [w / total for w in weights]


def served_within(ahead, agents, handle, patience, within):
    """The borrower with `ahead` people before them is served before `within` and before giving up: uniformised."""
    leave, stay = 1.0 / patience, agents / handle
    rate = stay + (ahead + 1) * leave
    chance = [0.0] * ahead + [1.0]  # index: people ahead
    reached, poisson, result = 0.0, math.exp(-rate * within), 0.0
    for step in range(int(rate * within + 12 * math.sqrt(rate * within) + 60)):
        result += poisson * reached
        forward = [p * (stay + j * leave) / rate for j, p in enumerate(chance)]
        reached += forward[0]
        chance = [
            p * (1.0 - (stay + (j + 1) * leave) / rate) + (forward[j + 1] if j < ahead else 0.0)
            for j, p in enumerate(chance)
        ]
        poisson *= rate * within / (step + 1)
    return result


CASES = [
    (0.8, 50, 60.0, 120.0),
    (0.65, 30, 60.0, 30.0),
    (0.4, 20, 60.0, 300.0),
    (0.1, 10, 60.0, 5.0),
    (0.02, 1, 90.0, 60.0),
]


@pytest.mark.parametrize(("arrivals", "agents", "handle", "patience"), CASES)
def test_erlang_a_equals_its_birth_and_death_chain(arrivals, agents, handle, patience):
    law = chain(arrivals, agents, handle, patience)
    queue = math.fsum((k - agents) * p for k, p in enumerate(law) if k > agents)
    found = measure(Demand("erlang_a", arrivals, handle, patience), agents)
    assert found.p_wait == pytest.approx(math.fsum(law[agents:]), rel=1e-11)
    assert found.mean_wait_seconds == pytest.approx(queue / arrivals, rel=1e-11)
    assert found.abandoned == pytest.approx(queue / patience / arrivals, rel=1e-11)
    busy = math.fsum(min(k, agents) * p for k, p in enumerate(law)) / agents
    assert found.occupancy == pytest.approx(busy, rel=1e-11)


@pytest.mark.parametrize(("arrivals", "agents", "handle", "patience"), CASES)
@pytest.mark.parametrize("within", [5.0, 20.0])
def test_answered_within_equals_the_uniformised_chain(arrivals, agents, handle, patience, within):
    law = chain(arrivals, agents, handle, patience, 400)
    served = math.fsum(law[:agents]) + math.fsum(
        p * served_within(k - agents, agents, handle, patience, within)
        for k, p in enumerate(law)
        if k >= agents and p > 1e-12
    )
    found = measure(Demand("erlang_a", arrivals, handle, patience), agents, within)
    assert found.answered_within == pytest.approx(served, rel=1e-9)


def test_endless_patience_is_erlang_c_and_none_at_all_is_erlang_b():
    load = {"arrivals_per_second": 0.7, "handle_seconds": 60.0}
    for_ever, waiting = (
        measure(Demand("erlang_a", **load, patience_seconds=1e12), 50, 20.0),
        measure(Demand("erlang_c", **load), 50, 20.0),
    )
    assert for_ever.answered_within == pytest.approx(waiting.answered_within, rel=1e-9)
    assert for_ever.mean_wait_seconds == pytest.approx(waiting.mean_wait_seconds, rel=1e-9)
    at_once = measure(Demand("erlang_a", **load, patience_seconds=1e-6), 50, 20.0)
    assert at_once.abandoned == pytest.approx(measure(Demand("erlang_b", **load), 50).blocking, rel=1e-5)


@settings(max_examples=150, deadline=None)
@given(st.floats(1e-4, 50.0), st.integers(1, 3000), st.floats(1.0, 2000.0), st.floats(0.01, 1e5), st.floats(0, 600))
def test_erlang_a_always_balances(arrivals, agents, handle, patience, within):
    found = measure(Demand("erlang_a", arrivals, handle, patience), agents, within)
    for share in (found.p_wait, found.abandoned, found.answered_within, found.occupancy):
        assert -1e-12 <= share <= 1.0
    assert found.abandoned <= found.p_wait + 1e-12
    assert found.answered_within <= 1.0 - found.abandoned + 1e-9
    assert found.abandoned >= 1.0 - agents / (arrivals * handle) - 1e-9
    assert found.mean_wait_seconds == pytest.approx(found.abandoned * patience, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 400), st.floats(0.3, 3.0), st.floats(10.0, 1000.0), st.floats(0.0, 0.98))
def test_redials_reproduce_themselves(agents, intensity, patience, share):
    arrivals, handle = agents * intensity / 120.0, 120.0
    found = measure(Demand("erlang_a_redial", arrivals, handle, patience, share), agents, 20.0)
    effective = found.arrivals_per_second
    assert effective * (1.0 - share * found.abandoned) == pytest.approx(arrivals, rel=1e-10)
    # Flow of borrowers: those who came less those never served are those whom the people handled.
    assert arrivals * (1.0 - found.never_served) == pytest.approx(found.occupancy * agents / handle, rel=1e-9)


def test_without_redials_the_borrowers_are_the_calls():
    plain = measure(Demand("erlang_a", 0.5, 60.0, 40.0), 28, 20.0)
    assert measure(Demand("erlang_a_redial", 0.5, 60.0, 40.0, 0.0), 28, 20.0) == plain
    assert plain.never_served == plain.abandoned


def test_a_queue_without_end_is_named_not_guessed():
    with pytest.raises(UnstableError):
        measure(Demand("erlang_c", 1.0, 60.0), 60)
    with pytest.raises(UnstableError):
        measure(Demand("erlang_a_redial", 1.0, 60.0, 30.0, 1.0), 60)
    everyone = measure(Demand("erlang_a_redial", 1.0, 60.0, 30.0, 1.0), 62)
    assert everyone.never_served == 0.0
    assert everyone.occupancy == pytest.approx(60 / 62)


def test_thousands_of_people_and_hopeless_overload_stay_finite():
    large = measure(Demand("erlang_a", 100.0, 60.0, 120.0), 6000, 20.0)
    assert large.abandoned == pytest.approx(0.4 * math.sqrt(60 / 120) * math.sqrt(1 / 6000), rel=0.5)
    hopeless = measure(Demand("erlang_a", 1000.0, 600.0, 3600.0), 10, 20.0)
    assert hopeless.abandoned == pytest.approx(1.0 - 10 / 600_000, rel=1e-9)
    assert hopeless.p_wait == 1.0
    assert erlang_b(1.0, 100_000) == 0.0
    with pytest.raises(ValueError, match="unknown model"):
        measure(Demand("erlang_x", 1.0, 1.0), 1)
