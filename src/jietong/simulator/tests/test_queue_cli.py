"""`jietong simulate queue` as contracts.md says, and the statistics it speaks in."""

import io
import json

import pytest

from jietong.kernel.errors import InputError
from jietong.kernel.jsonlines import serve
from jietong.simulator.cli import answer_queue, queue
from jietong.simulator.queue_measures import MEASURES, student_t, summary

CASE = {
    "discipline": "live",
    "classes": [
        {"name": "A", "arrivals_per_minute": 1, "slope": 8, "target_seconds": 20},
        {"name": "D", "arrivals_per_minute": 4, "slope": 1},
    ],
    "agents": 4,
    "handle_seconds": 60,
    "patience_seconds": None,
    "minutes": 60,
    "warm_up_minutes": 10,
    "replications": 3,
    "seed": 7,
}


def changed(path, value):
    case = json.loads(json.dumps(CASE))
    *holders, last = path.split(".")
    inner = case
    for key in holders:
        inner = inner[int(key)] if key.isdigit() else inner[key]
    inner[last] = value
    return case


@pytest.mark.parametrize(
    ("freedom", "value"),
    [
        (1, 12.706),
        (2, 4.303),
        (5, 2.571),
        (9, 2.262),
        (30, 2.042),
        (120, 1.980),
    ],
)
def test_student_t_equals_the_table(freedom, value):
    assert student_t(freedom) == pytest.approx(value, abs=6e-4)


def test_a_summary_is_mean_and_half_width():
    assert summary([1.0, 2.0, 3.0]) == {"mean": 2.0, "half_width": pytest.approx(4.302653 / 3**0.5, rel=1e-6)}
    assert summary([5.0, None]) == {"mean": 5.0, "half_width": None}
    assert summary([None]) == {"mean": None, "half_width": None}


def test_classes_come_in_order_with_every_measure():
    answer = answer_queue(CASE)
    assert [c["name"] for c in answer["classes"]] == ["A", "D"]
    for c in answer["classes"]:
        assert set(c) == {"name", *MEASURES}
        assert c["arrived"]["mean"] == pytest.approx(c["served"]["mean"] + c["abandoned"]["mean"])
        assert c["mean_wait_seconds"]["mean"] <= c["p95_wait_seconds"]["mean"] <= c["max_wait_seconds"]["mean"]
    assert 0.0 < answer["classes"][0]["within_target"]["mean"] <= 1.0
    assert answer["classes"][1]["within_target"]["mean"] is None
    assert answer["classes"][1]["arrived"]["mean"] == pytest.approx(200.0, rel=0.15)
    assert (answer["offered_load"], answer["floor_in_force"]) == (1.25, True)


def test_the_same_seed_gives_the_same_bytes():
    line = json.dumps({"id": 1, **CASE, "patience_seconds": 60, "redial_share": 0.5}).encode()
    sinks = [io.StringIO(), io.StringIO()]
    assert [serve(answer_queue, source=io.BytesIO(line), sink=sink) for sink in sinks] == [0, 0]
    assert sinks[0].getvalue() == sinks[1].getvalue()
    assert answer_queue(CASE) != answer_queue({**CASE, "seed": 8})


def test_what_is_left_out_has_a_default():
    least = {
        "discipline": "fifo",
        "classes": [{"name": "A", "arrivals_per_minute": 1}],
        "agents": 2,
        "handle_seconds": 60,
        "minutes": 60,
    }
    answer = answer_queue(least)
    assert answer["classes"][0]["arrived"]["half_width"] > 0
    assert "never_served" not in answer["classes"][0]
    assert "never_served" in answer_queue({**least, "redial_share": 0.1, "patience_seconds": 20})["classes"][0]


def test_a_class_that_nobody_joins_has_no_waits():
    silent = answer_queue(changed("classes.0.arrivals_per_minute", 0))["classes"][0]
    assert silent["arrived"] == {"mean": 0.0, "half_width": 0.0}
    assert silent["mean_wait_seconds"] == {"mean": None, "half_width": None}


def test_a_floor_may_be_named():
    plain, floored = answer_queue({**CASE, "floor": ["A"]}), answer_queue({**CASE, "floor": ["D"]})
    assert plain == answer_queue(CASE)
    assert floored["classes"][0]["mean_wait_seconds"]["mean"] > plain["classes"][0]["mean_wait_seconds"]["mean"]


@pytest.mark.parametrize(
    "given",
    [
        "deterministic",
        {"kind": "lognormal", "cv": 0.5},
        {"kind": "erlang", "shape": 3},
        {"kind": "exponential"},
    ],
)
def test_handle_distributions_are_named(given):
    assert answer_queue({**CASE, "handle_distribution": given})["classes"][0]["served"]["mean"] > 0


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("discipline", None, "missing"),
        ("discipline", "lifo", "unknown"),
        ("classes", [], "missing"),
        ("classes", "A", "not_a_list"),
        ("classes.0.name", "", "missing"),
        ("classes.1.name", "A", "duplicate"),
        ("classes.1.slope", None, "missing"),
        ("classes.1.slope", -1, "negative"),
        ("classes.0.arrivals_per_minute", "many", "not_a_number"),
        ("classes.0.target_seconds", -5, "negative"),
        ("agents", 0, "not_positive"),
        ("agents", 1.5, "not_whole"),
        ("agents", 10**7, "too_large"),
        ("handle_seconds", 0, "not_positive"),
        ("handle_distribution", "weibull", "unknown"),
        ("patience_seconds", 0, "not_positive"),
        ("redial_share", 1.1, "out_of_range"),
        ("minutes", None, "missing"),
        ("minutes", 1e9, "too_large"),
        ("warm_up_minutes", 60, "too_long"),
        ("replications", 0, "not_positive"),
        ("seed", -1, "negative"),
        ("seed", True, "not_a_number"),
        ("floor", ["Z"], "unknown"),
        ("floor", "A", "not_a_list"),
    ],
)
def test_what_makes_no_sense_is_answered_with_its_field(path, value, code):
    with pytest.raises(InputError) as caught:
        answer_queue(changed(path, value))
    assert (caught.value.field, caught.value.code) == (path, code)


def test_the_command_takes_no_arguments():
    with pytest.raises(SystemExit):
        queue(["--fast"])
