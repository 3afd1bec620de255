"""The announced band against tables of the gamma distribution, and the promise that it never grows."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.routing.rules.wait import Band, estimate, gamma_cdf, gamma_quantile, narrow


@pytest.mark.parametrize(
    ("degrees", "p", "chi_square"),
    [
        (2, 0.05, 0.103),
        (2, 0.95, 5.991),
        (10, 0.05, 3.940),
        (10, 0.95, 18.307),
        (100, 0.95, 124.342),
        (100, 0.05, 77.929),
    ],
)
def test_quantiles_equal_the_chi_square_table(degrees, p, chi_square):
    assert 2.0 * gamma_quantile(degrees / 2, p) == pytest.approx(chi_square, abs=6e-4)


@given(st.floats(0.5, 5000), st.floats(0.001, 0.999))
def test_the_quantile_inverts_the_distribution(shape, p):
    assert gamma_cdf(shape, gamma_quantile(shape, p)) == pytest.approx(p, rel=1e-7)


def test_the_cdf_of_one_is_exponential():
    assert gamma_cdf(1.0, 2.0) == pytest.approx(0.8646647167633873)
    assert gamma_cdf(3.0, 0.0) == 0.0


@pytest.mark.parametrize("position", [1, 4, 25])
def test_at_least_eight_of_ten_are_answered_within_the_band(position):
    rng, agents, handle = random.Random(5), 10, 300.0
    low, high = estimate(position, agents, handle)
    waits = [sum(rng.expovariate(agents / handle) for _ in range(position)) for _ in range(4000)]
    assert sum(low <= w <= high for w in waits) / 4000 >= 0.8
    assert sum(w <= high for w in waits) / 4000 >= 0.83


def test_the_band_holds_when_others_overtake():
    """Five are ahead, one served every 6 s on the mean, and more urgent ones come half as often and go first."""
    rng = random.Random(8)
    waits = []
    for _ in range(3000):
        ahead, clock = 5, 0.0
        while ahead:
            clock += rng.expovariate(1.5 / 6.0)
            ahead += 1 if rng.random() < 1 / 3 else -1
        waits.append(clock)
    low, high = estimate(5, 10, 60.0, overtaking=0.5)
    assert 0.8 <= sum(low <= w <= high for w in waits) / 3000 <= 0.9


def test_overtaking_lengthens_the_band_and_an_empty_desk_has_none():
    plain, overtaken = estimate(5, 2, 60.0), estimate(5, 2, 60.0, overtaking=0.5)
    assert overtaken.high_seconds > 2 * plain.high_seconds
    assert estimate(5, 0, 60.0) is None
    assert estimate(5, 2, 60.0, overtaking=1.0) is None
    with pytest.raises(ValueError):
        estimate(0, 2, 60.0)


@given(st.lists(st.tuples(st.floats(0, 120), st.integers(1, 60), st.integers(1, 9)), min_size=2, max_size=20))
def test_a_band_never_grows_while_one_waits(steps):
    now, shown = 0.0, estimate(30, 4, 200.0)
    for elapsed, position, agents in steps:
        now += elapsed
        after = narrow(shown, estimate(position, agents, 200.0, now))
        assert after.high_at <= max(shown.high_at, now) + 1e-6
        assert after.high_seconds <= shown.high_seconds + 1e-6
        assert 0.0 <= after.low_seconds <= after.high_seconds
        shown = after


def test_a_passed_band_promises_nothing_new():
    assert tuple(narrow(Band(10.0, 60.0, 0.0), Band(20.0, 90.0, 100.0))) == (0.0, 0.0)
