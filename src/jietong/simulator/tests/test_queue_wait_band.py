"""The announced wait, tried on simulated days: of those who are told a band, at least eight of ten are within it."""

from bisect import bisect_left

import numpy as np
import pytest

from jietong.routing.rules.discipline import Head
from jietong.routing.rules.urgency import CLASSES, FLOOR
from jietong.routing.rules.wait import ClassLine, band_in_line
from jietong.simulator.queue import HandleTimes, QueueClass, Scenario, run

MIX = {"A": 0.1, "B": 0.2, "C": 0.4, "D": 0.3}
AGENTS, HANDLE = 20, 240.0


def bands_of_a_day(load, patience=None, kind="exponential", seed=17, cv2=1.0):
    """(class index, wait, band) of a sample of those who waited, each band from what was known at the start."""
    classes = tuple(
        QueueClass(name, share * load * AGENTS / HANDLE, CLASSES[name].slope) for name, share in MIX.items()
    )
    plan = Scenario(classes, AGENTS, HandleTimes(HANDLE, kind, cv2**0.5), 8 * 3600.0, "live", patience, floor=FLOOR)
    calls = run(plan, np.random.SeedSequence(seed))
    told = np.flatnonzero(calls.served & (calls.waited > 0.0) & (calls.arrived > 3600.0))
    for call in told[:: max(len(told) // 300, 1)]:
        now = calls.arrived[call]
        present = (calls.arrived < now) & (calls.arrived + calls.waited > now)
        lines = []
        for index, c in enumerate(classes):
            since = np.sort(calls.arrived[present & (calls.class_index == index)]).tolist()
            own_load = c.arrivals_per_second * HANDLE / AGENTS
            lines.append(ClassLine(c.name, c.slope, own_load, lambda at, since=since: bisect_left(since, at)))
        index = int(calls.class_index[call])
        own = Head(classes[index].name, float(now), classes[index].slope)
        band = band_in_line(
            own,
            lines,
            agents=AGENTS,
            handle_seconds=HANDLE,
            now=float(now),
            surge=plan.surge,
            floor=plan.floor,
            squared_cv=cv2,
        )
        yield index, float(calls.waited[call]), band


@pytest.mark.parametrize("load", [0.7, 0.95, 1.3])
def test_eight_of_ten_are_answered_within_the_band(load):
    rows = [row for seed in (17, 18, 19) for row in bands_of_a_day(load, seed=seed)]
    assert len(rows) > 300
    assert sum(low <= wait <= high for _, wait, (low, high) in rows) / len(rows) >= 0.8
    for index in range(4):
        own = [(wait, high) for k, wait, (_, high) in rows if k == index]
        if len(own) >= 100:
            assert sum(wait <= high for wait, high in own) / len(own) >= 0.75


def test_the_band_holds_when_people_give_up_too():
    rows = list(bands_of_a_day(1.3, patience=600.0))
    assert sum(low <= wait <= high for _, wait, (low, high) in rows) / len(rows) >= 0.8


def test_the_band_holds_with_uneven_handle_times():
    rows = list(bands_of_a_day(0.95, kind="lognormal", cv2=1.44))
    assert sum(low <= wait <= high for _, wait, (low, high) in rows) / len(rows) >= 0.8


def test_the_band_is_no_blank_cheque():
    rows = list(bands_of_a_day(0.95))
    assert np.median([high / wait for _, wait, (_, high) in rows]) < 4.0


def test_a_flood_of_slower_contacts_does_not_frighten_the_most_urgent():
    """A thousand who can wait are waiting; one whose money is going today is told minutes, not hours."""
    crowd = ClassLine("D", 1.0, 0.9, lambda at: 1000 if at > -3600.0 else 0)
    urgent = ClassLine("A", 80.0, 0.1, lambda _at: 0)
    band = band_in_line(Head("A", 0.0, 80.0), [urgent, crowd], agents=10, handle_seconds=240.0, now=0.0)
    assert band.high_seconds < 180.0
    patient = band_in_line(Head("D", 0.0, 1.0), [urgent, crowd], agents=10, handle_seconds=240.0, now=0.0)
    assert patient.low_seconds > 20_000.0
    assert band_in_line(Head("D", 0.0, 1.0), [urgent, crowd], agents=0, handle_seconds=240.0, now=0.0) is None
