"""What `make eval` prints: how good the model is on patterns that it has not seen, and on the held-out voice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jietong.assistant.rules.intents import INTENTS
from jietong.assistant.training.fit import Floats, Rows, build, out_of_pattern_logits, softmax, temperature

#: utterances in another voice, never used for training; lies with the tests and is not in the wheel
REAL_VOICE = Path(__file__).resolve().parent.parent / "tests" / "real_voice.tsv"


def calibration_error(shares: Floats, y: NDArray[np.int64], weight: Floats, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins of confidence."""
    confidence = shares.max(axis=1)
    correct = shares.argmax(axis=1) == y
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    total = 0.0
    for number in range(bins):
        inside = bin_of == number
        if weight[inside].sum() > 0:
            gap = np.average(correct[inside], weights=weight[inside]) - np.average(
                confidence[inside], weights=weight[inside]
            )
            total += abs(float(gap)) * float(weight[inside].sum())
    return total / float(weight.sum())


def curve(shares: Floats, y: NDArray[np.int64], weight: Floats) -> list[dict[str, float]]:
    """Answered against right, for thresholds from 0 to 0.95."""
    confidence = shares.max(axis=1)
    correct = shares.argmax(axis=1) == y
    points = []
    for least in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        kept = confidence >= least
        if weight[kept].sum() > 0:
            points.append(
                {
                    "threshold": least,
                    "answered": round(float(weight[kept].sum() / weight.sum()), 4),
                    "right": round(float(np.average(correct[kept], weights=weight[kept])), 4),
                }
            )
    return points


def by_pattern(folds: int = 5) -> dict[str, Any]:
    """Accuracy, recall by intent, ECE and the curve over `folds` folds split by pattern, clean utterances only."""
    rows = build()
    logits = out_of_pattern_logits(rows, folds)
    return _measures(rows, logits)


def _measures(rows: Rows, logits: Floats) -> dict[str, Any]:
    clean = rows.clean
    y, weight = rows.y[clean], rows.weight[clean]
    shares = softmax(logits[clean] / temperature(logits[clean], y, weight))
    correct = shares.argmax(axis=1) == y
    return {
        "patterns": int(rows.group.max()) + 1,
        "utterances": int(clean.sum()),
        "accuracy": round(float(np.average(correct, weights=weight)), 4),
        "calibration_error": round(calibration_error(shares, y, weight), 4),
        "recall": {
            intent: round(float(np.average(correct[y == number], weights=weight[y == number])), 4)
            for number, intent in enumerate(INTENTS)
        },
        "curve": curve(shares, y, weight),
    }


def read_voice(path: Path = REAL_VOICE) -> list[tuple[str, str]]:
    """(intent, utterance) of every line of a held-out file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines if line and not line.startswith("#")]


def on_voice(cases: list[tuple[str, str]]) -> dict[str, Any]:
    """The committed weights with their policy on (intent, utterance) pairs."""
    from jietong.assistant.rules.understand import understand

    found = [(intent, text, understand(text)) for intent, text in cases]
    answered = [(intent, result) for intent, _, result in found if not result.handover]
    return {
        "utterances": len(found),
        "accuracy": round(sum(result.intent == intent for intent, _, result in found) / len(found), 4),
        "answered": round(len(answered) / len(found), 4),
        "answered_right": round(sum(r.intent == intent for intent, r in answered) / max(1, len(answered)), 4),
        "wrong": [
            {"text": text, "is": intent, "taken_for": result.intent, "confidence": round(result.confidence, 2)}
            for intent, text, result in found
            if result.intent != intent
        ],
    }
