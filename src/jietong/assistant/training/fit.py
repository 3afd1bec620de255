"""From corpus to weights: expand, hash, fit multinomial logistic regression, calibrate by temperature, quantise.

Temperature and threshold come from predictions on patterns that the model has not seen (folds by pattern); scikit-learn
is needed here and nowhere else.
"""

from __future__ import annotations

import random
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jietong.assistant.rules.features import DIMENSION, vector
from jietong.assistant.rules.intents import INTENTS
from jietong.assistant.training.augment import noisy
from jietong.assistant.training.corpus import Pattern, corpus_hash, expand, read_patterns, read_slots

Floats = NDArray[np.float64]

#: utterances drawn from one pattern at most, and noisy copies of each
UTTERANCES_PER_PATTERN = 6
COPIES = 1
#: inverse strength of the ridge, by cross-validation by pattern
C = 15.0
ITERATIONS = 30
#: of what is answered on unseen patterns this share shall be right: the promise is 0.90, more for a shifted world
ANSWERED_RIGHT = 0.94
FOLDS = 3


@dataclass(frozen=True)
class Rows:
    """The expanded corpus: `x` sparse (rows × columns), `y` intent, `group` pattern, `clean` = not a noisy copy."""

    texts: list[str]
    x: Any
    y: NDArray[np.int64]
    group: NDArray[np.int64]
    weight: Floats
    clean: NDArray[np.bool_]


def build(patterns: list[Pattern] | None = None, slots: dict[str, list[str]] | None = None) -> Rows:
    """Expand and vectorise. A pattern weighs as the root of its number of rows, so that none shouts."""
    texts: list[str] = []
    y: list[int] = []
    group: list[int] = []
    weight: list[float] = []
    clean: list[bool] = []
    chosen_slots = slots if slots is not None else read_slots()
    for number, pattern in enumerate(patterns if patterns is not None else read_patterns()):
        plain = expand(pattern, chosen_slots, UTTERANCES_PER_PATTERN)
        rows = plain + [
            noisy(text, random.Random(zlib.crc32(f"{copy}{text}".encode())))  # noqa: S311  (repeatable, no secret)
            for copy in range(COPIES)
            for text in plain
        ]
        texts += rows
        y += [INTENTS.index(pattern.intent)] * len(rows)
        group += [number] * len(rows)
        weight += [len(rows) ** -0.5] * len(rows)
        clean += [True] * len(plain) + [False] * (len(rows) - len(plain))
    weights = np.array(weight)
    return Rows(texts, matrix(texts), np.array(y), np.array(group), weights / weights.mean(), np.array(clean))


def matrix(texts: list[str]) -> Any:
    """Sparse CSR matrix, one row a text."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for text in texts:
        found = vector(text)
        columns += found.keys()
        values += found.values()
        ends.append(len(columns))
    return csr_matrix((np.array(values, dtype=np.float32), columns, ends), shape=(len(texts), DIMENSION))


def fit(x: Any, y: NDArray[np.int64], weight: Floats) -> Any:
    """A fitted LogisticRegression. A fixed number of iterations is the early stop, so its warning says nothing."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=C, max_iter=ITERATIONS, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, y, sample_weight=weight)


def out_of_pattern_logits(rows: Rows, folds: int = FOLDS) -> Floats:
    """Logits of every row by a model that saw none of its pattern (rows × intents)."""
    fold_of_group = np.random.default_rng(20260101).integers(0, folds, int(rows.group.max()) + 1)
    fold = fold_of_group[rows.group]
    out = np.zeros((len(rows.texts), len(INTENTS)))
    for number in range(folds):
        seen = fold != number
        model = fit(rows.x[seen], rows.y[seen], rows.weight[seen])
        out[~seen] = model.decision_function(rows.x[~seen])
    return out


def softmax(logits: Floats) -> Floats:
    """Row-wise."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def temperature(logits: Floats, y: NDArray[np.int64], weight: Floats) -> float:
    """The divisor of the logits with the least weighted log loss, on a grid of 0.02 (Guo et al., 2017)."""
    grid = np.arange(0.30, 4.0, 0.02)
    losses = [
        float(np.average(-np.log(softmax(logits / t)[np.arange(len(y)), y] + 1e-12), weights=weight)) for t in grid
    ]
    return float(grid[int(np.argmin(losses))])


def threshold(shares: Floats, y: NDArray[np.int64], weight: Floats, right: float = ANSWERED_RIGHT) -> float:
    """The least confidence above which the weighted share of right answers is at least `right`."""
    confidence = shares.max(axis=1)
    correct = (shares.argmax(axis=1) == y) * weight
    order = np.argsort(-confidence, kind="stable")
    share_right = np.cumsum(correct[order]) / np.cumsum(weight[order])
    enough = np.nonzero(share_right >= right)[0]
    return float(confidence[order][enough[-1]]) if len(enough) else 1.0


def train(path: Path) -> dict[str, float]:
    """Train on the whole corpus and write the weights; returns what was measured on unseen patterns."""
    rows = build()
    logits = out_of_pattern_logits(rows)
    clean = rows.clean
    divisor = temperature(logits[clean], rows.y[clean], rows.weight[clean])
    shares = softmax(logits[clean] / divisor)
    least = threshold(shares, rows.y[clean], rows.weight[clean])
    model = fit(rows.x, rows.y, rows.weight)
    coefficients = model.coef_ / divisor
    scales = np.abs(coefficients).max(axis=1) / 127
    np.savez_compressed(
        path,
        weights=np.rint(coefficients / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
        bias=(model.intercept_ / divisor).astype(np.float32),
        threshold=np.float32(least),
        corpus=np.frombuffer(corpus_hash().encode("ascii"), dtype=np.uint8),
    )
    right = float(np.average(shares.argmax(axis=1) == rows.y[clean], weights=rows.weight[clean]))
    return {
        "patterns": int(rows.group.max()) + 1,
        "rows": len(rows.texts),
        "accuracy": right,
        "temperature": divisor,
        "threshold": least,
    }
