"""How the stand-in behaves: seeded, or named by the agreement ("A17!late")."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """takes: what it debits, as factors of the asked amount (two entries: twice). says: what it answers at once.

    code: of a refusal. says: "truth", "failed", "processing", "wrong_amount", "wrong_key", "unsigned", "garbled",
    "nothing" (the line breaks), "slow" (longer than anybody waits; the money moves only then).
    """

    name: str
    weight: int
    takes: tuple[float, ...] = (1.0,)
    says: str = "truth"
    code: str = ""


BEHAVIOURS = {
    one.name: one
    for one in (
        Behaviour("ok", 76),
        Behaviour("insufficient", 10, takes=(), code="51"),
        Behaviour("card_abnormal", 2, takes=(), code="62"),
        Behaviour("over_limit", 2, takes=(), code="61"),
        Behaviour("timeout_code", 1, takes=(), code="68"),
        Behaviour("refused", 1, takes=(), code="05"),
        Behaviour("late", 2, says="processing"),
        Behaviour("twice", 1, takes=(1.0, 1.0)),
        Behaviour("wrong_amount", 1, says="wrong_amount"),
        Behaviour("took_wrong", 0, takes=(1.1,)),
        Behaviour("wrong_key", 1, says="wrong_key"),
        Behaviour("silent", 1, says="nothing"),
        Behaviour("silent_nothing", 1, takes=(), says="nothing", code="silent_nothing"),
        Behaviour("slow", 0, says="slow"),
        Behaviour("contradicts", 1, says="failed", code="51"),
        Behaviour("unsigned", 0, says="unsigned"),
        Behaviour("garbled", 0, says="garbled"),
    )
}


def behaviour(agreement: str, key: str, seed: int) -> Behaviour:
    """The one named behind "!" in the agreement, else drawn by weight; the same key and seed draw the same."""
    named = BEHAVIOURS.get(agreement.rpartition("!")[2]) if "!" in agreement else None
    if named is not None:
        return named
    every = list(BEHAVIOURS.values())
    dice = random.Random(f"{seed}:{key}")  # noqa: S311  # a demo's dice, the same at every start
    return dice.choices(every, weights=[one.weight for one in every])[0]
