"""The search for the least people, and `jietong rules staffing` as contracts.md says."""

import io
import json
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.kernel.errors import InputError
from jietong.kernel.jsonlines import serve
from jietong.workforce.cli import answer_staffing
from jietong.workforce.rules.erlang import Demand, UnstableError, measure
from jietong.workforce.rules.staffing import Target, UnreachableError, least_agents, people_for, scheduled

CASE = {"model": "erlang_a", "arrivals_per_hour": 300, "handle_seconds": 240, "patience_seconds": 90}
TARGET = {"answered_within_seconds": 20, "share": 0.8, "max_abandoned": 0.03, "shrinkage": 0.3}


def error_of(**changes):
    with pytest.raises(InputError) as caught:
        answer_staffing({**CASE, "agents": 20, **changes})
    return caught.value.field, caught.value.code


def test_the_example_of_the_contract():
    answer = answer_staffing(
        {
            "id": "4",
            "model": "erlang_c",
            "arrivals_per_hour": 30,
            "handle_seconds": 60,
            "agents": 1,
            "target": {"answered_within_seconds": 20},
        }
    )
    expected = {"p_wait": 0.5, "mean_wait_seconds": 60.0, "occupancy": 0.5, "abandoned": 0.0, "agents": 1}
    assert answer.items() >= expected.items()
    assert answer["answered_within"] == pytest.approx(0.57675, abs=5e-5)


def test_each_model_answers_every_field():
    fields = {
        "p_wait",
        "mean_wait_seconds",
        "abandoned",
        "answered_within",
        "occupancy",
        "blocking",
        "agents",
        "agents_scheduled",
    }
    for model in ("erlang_a", "erlang_b", "erlang_c"):
        assert set(answer_staffing({**CASE, "model": model, "agents": 25, "target": TARGET})) == fields
    redial = answer_staffing({**CASE, "model": "erlang_a_redial", "redial_share": 0.5, "agents": 25, "target": TARGET})
    assert set(redial) == fields | {"arrivals_effective_per_hour", "never_served"}
    assert redial["arrivals_effective_per_hour"] > 300 > 300 * (1 - redial["never_served"])


targets = st.builds(
    Target,
    st.sampled_from([0.0, 10.0, 60.0]),
    st.sampled_from([0.5, 0.8, 0.99]),
    st.none() | st.sampled_from([0.01, 0.05]),
    st.none() | st.sampled_from([0.7, 0.9]),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["erlang_a", "erlang_b", "erlang_c", "erlang_a_redial"]), st.floats(0.001, 3.0), targets)
def test_the_search_finds_the_least_people(model, arrivals, target):
    demand = Demand(model, arrivals, 180.0, 60.0, 0.5)
    agents = least_agents(demand, target)
    assert target.missed_by(measure(demand, agents, target.answered_within_seconds)) is None
    if agents > 1:
        try:
            fewer = measure(demand, agents - 1, target.answered_within_seconds)
        except UnstableError:
            return
        assert target.missed_by(fewer) is not None


def test_shrinkage_is_exact_in_decimals():
    assert scheduled(7, Decimal("0.3")) == 10
    assert scheduled(9, Decimal("0.1")) == 10
    assert scheduled(10, Decimal("0.3")) == 15
    assert scheduled(10) == 10
    assert people_for(7, 3) == 3
    with pytest.raises(ValueError):
        scheduled(1, Decimal(1))


def test_a_target_that_nobody_can_meet_is_said_so():
    for target, part in [
        (Target(20.0, 1.0), "share"),
        (Target(max_abandoned=0.0), "max_abandoned"),
        (Target(max_occupancy=0.0), "max_occupancy"),
        (Target(max_occupancy=1e-9), "max_occupancy"),
    ]:
        with pytest.raises(UnreachableError) as caught:
            least_agents(Demand("erlang_a", 0.1, 60.0, 60.0), target)
        assert caught.value.part == part


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model": "erlang_z"}, ("model", "unknown")),
        ({"model": None}, ("model", "missing")),
        ({"model": "erlang_c", "agents": 20}, ("agents", "unstable")),
        ({"arrivals_per_hour": None}, ("arrivals_per_hour", "missing")),
        ({"arrivals_per_hour": -1}, ("arrivals_per_hour", "negative")),
        ({"arrivals_per_hour": True}, ("arrivals_per_hour", "not_a_number")),
        ({"arrivals_per_hour": float("nan")}, ("arrivals_per_hour", "not_a_number")),
        ({"arrivals_per_hour": 10**400}, ("arrivals_per_hour", "not_a_number")),
        ({"arrivals_per_hour": 1e12}, ("arrivals_per_hour", "too_large")),
        ({"handle_seconds": 0}, ("handle_seconds", "not_positive")),
        ({"handle_seconds": "soon"}, ("handle_seconds", "not_a_number")),
        ({"patience_seconds": None}, ("patience_seconds", "missing")),
        ({"patience_seconds": 0}, ("patience_seconds", "not_positive")),
        ({"model": "erlang_a_redial", "redial_share": 1.5}, ("redial_share", "out_of_range")),
        ({"agents": 0}, ("agents", "not_positive")),
        ({"agents": -3}, ("agents", "negative")),
        ({"agents": 2.5}, ("agents", "not_whole")),
        ({"agents": 10**9}, ("agents", "too_large")),
        ({"agents": None}, ("agents", "missing")),
        ({"agents": None, "target": []}, ("target", "not_an_object")),
        ({"agents": None, "target": {"share": 0.8}}, ("target.answered_within_seconds", "missing")),
        ({"agents": None, "target": {**TARGET, "share": 80}}, ("target.share", "out_of_range")),
        ({"agents": None, "target": {**TARGET, "share": 1}}, ("target.share", "unreachable")),
        ({"target": {"shrinkage": 1}}, ("target.shrinkage", "out_of_range")),
    ],
)
def test_what_makes_no_sense_is_answered_with_its_field(changes, expected):
    assert error_of(**changes) == expected


def test_a_refused_case_does_not_stop_the_others():
    lines = [{"id": 1, **CASE, "agents": 20}, {"id": 2, **CASE, "agents": -1}, {"id": 3, **CASE, "target": TARGET}]
    sink = io.StringIO()
    status = serve(answer_staffing, source=io.BytesIO("\n".join(map(json.dumps, lines)).encode()), sink=sink)
    replies = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert (status, [r["id"] for r in replies], "error" in replies[1]) == (1, [1, 2, 3], True)
    assert replies[2]["agents_scheduled"] == -(-replies[2]["agents"] * 10 // 7)


def test_nobody_calling_needs_no_arithmetic():
    quiet = answer_staffing({**CASE, "arrivals_per_hour": 0, "target": TARGET})
    assert (quiet["agents"], quiet["p_wait"], quiet["answered_within"]) == (1, 0.0, 1.0)


def test_the_command_loads_neither_django_nor_numpy():
    code = "import sys, jietong.workforce.cli; print({'django', 'numpy', 'pandas'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
