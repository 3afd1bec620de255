"""The discipline against orders worked out by hand, and against properties that any queue must have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.routing.rules.discipline import (
    ACCUMULATING,
    DISCIPLINES,
    FIFO,
    LIVE,
    STATIC,
    Head,
    SurgeState,
    carried_start,
    choose,
    explain,
    next_surge,
)

# At second 100: A waited 10 s (10 × 8 = 80), B 30 s (30 × 3 = 90), D 90 s (90 × 0.5 = 45).
HEADS = [Head("A", 90.0, 8.0), Head("B", 70.0, 3.0), Head("D", 10.0, 0.5)]

heads_lists = st.lists(
    st.tuples(st.integers(0, 1000), st.sampled_from([0.5, 1.0, 3.0, 8.0]), st.sampled_from([None, 0, 1])),
    min_size=1,
    max_size=6,
).map(lambda rows: [Head(f"k{i}", float(since), slope, rank) for i, (since, slope, rank) in enumerate(rows)])


@pytest.mark.parametrize(("discipline", "winner"), [(FIFO, "D"), (STATIC, "A"), (ACCUMULATING, "B"), (LIVE, "B")])
def test_each_discipline_serves_whom_the_arithmetic_says(discipline, winner):
    assert HEADS[choose(HEADS, now=100.0, discipline=discipline)].class_name == winner


def test_the_floor_goes_first_only_in_a_surge_and_only_live():
    floor = frozenset({"A"})
    assert choose(HEADS, now=100.0, discipline=LIVE, surge=True, floor=floor) == 0
    assert choose(HEADS, now=100.0, discipline=LIVE, surge=False, floor=floor) == 1
    assert choose(HEADS, now=100.0, discipline=ACCUMULATING, surge=True, floor=floor) == 1


def test_outside_the_floor_priorities_go_on_accumulating():
    assert [line.class_name for line in explain(HEADS, now=100.0, surge=True, floor={"D"})] == ["D", "B", "A"]


def test_inside_the_floor_rank_rules_before_slope():
    ranked = [Head("A", 0.0, 8.0, 1), Head("B", 50.0, 3.0, 0)]
    assert choose(ranked, now=100.0, surge=True, floor={"A", "B"}) == 1
    unranked = [Head("B", 0.0, 3.0), Head("A", 50.0, 8.0)]
    assert choose(unranked, now=100.0, surge=True, floor={"A", "B"}) == 1


def test_a_tie_goes_to_the_longer_wait_and_then_to_the_class_order():
    same_priority = [Head("A", 90.0, 3.0), Head("B", 70.0, 1.0)]
    assert choose(same_priority, now=100.0, discipline=ACCUMULATING) == 1
    twins = [Head("A", 90.0, 3.0), Head("B", 90.0, 3.0)]
    assert [choose(twins, now=100.0, discipline=d) for d in DISCIPLINES] == [0, 0, 0, 0]


def test_the_explanation_names_the_first_difference():
    reasons = [line.ahead_because for line in explain(HEADS, now=100.0, discipline=ACCUMULATING)]
    assert reasons == ["priority", "priority", None]
    assert explain(HEADS, now=100.0, surge=True, floor={"A"})[0].ahead_because == "surge_floor"
    assert explain(HEADS, now=100.0, discipline=FIFO)[0].ahead_because == "waited_longer"
    assert explain(HEADS, now=100.0, discipline=STATIC)[0].ahead_because == "static_order"
    first = explain(HEADS, now=100.0, discipline=ACCUMULATING)[0].as_dict()
    assert (first["class"], first["priority"], first["waited_seconds"]) == ("B", 90.0, 30.0)


def test_an_unknown_discipline_or_an_empty_queue_is_a_fault():
    with pytest.raises(ValueError, match="unknown discipline"):
        choose(HEADS, now=0.0, discipline="lifo")
    with pytest.raises(ValueError):
        choose([], now=0.0)
    assert explain([], now=0.0) == []


@given(heads_lists, st.sampled_from(DISCIPLINES), st.booleans(), st.sets(st.sampled_from(["k0", "k1", "k3"])))
def test_the_first_line_of_the_explanation_is_the_choice(heads, discipline, surge, floor):
    lines = explain(heads, now=1000.0, discipline=discipline, surge=surge, floor=floor)
    assert lines[0].index == choose(heads, now=1000.0, discipline=discipline, surge=surge, floor=floor)
    assert sorted(line.index for line in lines) == list(range(len(heads)))


@given(heads_lists)
def test_waiting_longer_never_costs_a_head_its_place(heads):
    winner = choose(heads, now=1000.0, discipline=ACCUMULATING)
    earlier = [h._replace(waiting_since=h.waiting_since - 5.0) if i == winner else h for i, h in enumerate(heads)]
    assert choose(earlier, now=1000.0, discipline=ACCUMULATING) == winner


@given(heads_lists, st.integers(-(10**6), 10**6).map(float))
def test_only_differences_of_time_matter(heads, shift):
    moved = [h._replace(waiting_since=h.waiting_since + shift) for h in heads]
    assert choose(moved, now=1000.0 + shift, discipline=LIVE) == choose(heads, now=1000.0, discipline=LIVE)


@given(st.floats(0, 1e5), st.sampled_from([1.0, 8.0, 24.0]), st.sampled_from([8.0, 24.0, 80.0]))
def test_a_contact_that_changes_class_keeps_what_it_has_accumulated(since, old, new):
    start = carried_start(since, old_slope=old, new_slope=new, now=2e5)
    assert (2e5 - start) * new == pytest.approx((2e5 - since) * old, rel=1e-6)


def test_the_surge_switch_has_hysteresis():
    readings = [0.95, 1.0, 1.01, 0.95, 0.9, 0.89, 0.95]
    state, seen = False, []
    for load in readings:
        state = next_surge(load, state)
        seen.append(state)
    assert seen == [False, False, True, True, True, False, False]


def test_the_switch_remembers_since_when():
    on = SurgeState().observe(1.3, now=10.0)
    assert on == SurgeState(True, 10.0, 1.3)
    assert on.observe(1.0, now=20.0) == SurgeState(True, 10.0, 1.0)
    assert on.observe(0.5, now=30.0) == SurgeState(False, 30.0, 0.5)
    assert SurgeState().observe(float("inf"), now=1.0).in_force
