"""The corpus is whole, the weights belong to it, and measures mean what they say."""

import collections

import numpy as np
import pytest

from jietong.assistant.rules.features import DIMENSION
from jietong.assistant.rules.intents import INTENTS
from jietong.assistant.rules.normalise import normalise
from jietong.assistant.training.augment import noisy
from jietong.assistant.training.corpus import Pattern, corpus_hash, expand, read_patterns, read_slots
from jietong.assistant.training.evaluate import calibration_error, curve, read_voice
from jietong.assistant.training.fit import UTTERANCES_PER_PATTERN, softmax, temperature, threshold
from jietong.assistant.weights import PATH, load


@pytest.fixture(scope="module")
def utterances():
    """intent → its utterances as they are drawn for training."""
    slots = read_slots()
    found = collections.defaultdict(set)
    for pattern in read_patterns():
        found[pattern.intent].update(expand(pattern, slots, UTTERANCES_PER_PATTERN))
    return found


def test_the_weights_were_trained_from_the_corpus_as_it_is():
    assert load().corpus == corpus_hash(), "the corpus changed: run python -m jietong.assistant.training"


def test_the_weights_fit_the_features_and_are_small():
    model = load()
    assert model.weights.shape == (len(INTENTS), DIMENSION)
    assert model.weights.dtype == np.int8
    assert 0.4 <= model.threshold <= 0.95
    assert PATH.stat().st_size < 3_000_000


def test_every_intent_has_enough_patterns_and_varied_utterances(utterances):
    patterns = collections.Counter(pattern.intent for pattern in read_patterns())
    assert set(patterns) == set(INTENTS)
    assert min(patterns.values()) >= 100
    assert min(len(texts) for texts in utterances.values()) >= 250


def test_no_utterance_stands_in_two_intents(utterances):
    owner = {}
    twice = set()
    for intent, texts in utterances.items():
        for text in texts:
            if owner.setdefault(normalise(text), intent) != intent and normalise(text):
                twice.add((text, intent, owner[normalise(text)]))
    assert len(twice) <= sum(len(texts) for texts in utterances.values()) * 0.005, sorted(twice)[:20]


def test_every_slot_is_known_and_every_bracket_closed():
    slots = read_slots()
    for pattern in read_patterns():
        for text in expand(pattern, slots, 4):
            assert not set(text) & set("[]{}|"), pattern.key


def test_the_held_out_voice_is_not_in_the_corpus(utterances):
    known = {normalise(text) for texts in utterances.values() for text in texts}
    long_ones = [text for _, text in read_voice() if len(normalise(text)) > 7]
    copied = [text for text in long_ones if normalise(text) in known]
    assert len(copied) <= len(long_ones) * 0.05, copied


def test_expansion_is_the_same_each_time_and_within_its_number():
    pattern = Pattern("repay_how.999", "repay_how", "{p}[怎么|如何|]还[款|钱]")
    slots = {"p": ["花呗", "借呗"]}
    assert expand(pattern, slots, 5) == expand(pattern, slots, 5)
    assert len(expand(pattern, slots, 5)) == 5
    assert set(expand(pattern, slots, 99)) <= {
        f"{p}{how}还{what}" for p in ("花呗", "借呗") for how in ("怎么", "如何", "") for what in ("款", "钱")
    }


def test_noise_never_empties_a_text():
    import random

    for seed in range(200):
        assert noisy("还", random.Random(seed)).strip()
        assert noisy("花呗怎么提前还清啊", random.Random(seed)).strip()


def test_temperature_finds_the_overconfidence_that_was_put_in():
    chance = np.random.default_rng(1)
    honest = chance.normal(size=(20_000, 3)) * 2
    y = np.array([chance.choice(3, p=share) for share in softmax(honest)])
    assert temperature(honest * 2.5, y, np.ones(len(y))) == pytest.approx(2.5, abs=0.15)


def test_threshold_is_the_least_confidence_that_keeps_the_share_right():
    shares = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    y = np.array([0, 0, 1, 1])
    assert threshold(shares, y, np.ones(4), right=1.0) == pytest.approx(0.8)
    assert threshold(shares, y, np.ones(4), right=0.5) == pytest.approx(0.6)


def test_calibration_error_and_curve_of_a_worked_example():
    shares = np.array([[0.95, 0.05], [0.95, 0.05], [0.55, 0.45], [0.55, 0.45]])
    y = np.array([0, 1, 0, 1])
    weight = np.ones(4)
    assert calibration_error(shares, y, weight) == pytest.approx((0.45 + 0.05) / 2)
    points = {point["threshold"]: point for point in curve(shares, y, weight)}
    assert points[0.9] == {"threshold": 0.9, "answered": 0.5, "right": 0.5}
