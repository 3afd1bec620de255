"""The corpus as text, and its expansion into utterances.

A line is `pattern id <TAB> pattern`; `[a|b|]` chooses one of the alternatives (the empty one leaves it out), `{slot}`
takes a value of slots.tsv. Expansion is seeded by the pattern itself, so adding a line changes no other line.
"""

from __future__ import annotations

import hashlib
import random
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from jietong.assistant.rules.intents import INTENTS

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Pattern:
    """One line of the corpus; `key` is `<intent>.<id>`, by which evaluation splits."""

    key: str
    intent: str
    body: str


def corpus_hash(folder: Path = CORPUS) -> str:
    """SHA-256 over names and contents of the corpus files, kept within the weights."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.tsv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def read_slots(folder: Path = CORPUS) -> dict[str, list[str]]:
    """Slot name → its values (a value repeated is as much likelier)."""
    rows = (line.split("\t", 1) for line in _lines(folder / "slots.tsv"))
    return {name: values.split("|") for name, values in rows}


def read_patterns(folder: Path = CORPUS) -> list[Pattern]:
    """Every pattern of every intent, in the order of INTENTS; ValueError for an id given twice."""
    patterns = [
        Pattern(f"{intent}.{number}", intent, body)
        for intent in INTENTS
        for number, body in (line.split("\t", 1) for line in _lines(folder / f"{intent}.tsv"))
    ]
    if len({pattern.key for pattern in patterns}) != len(patterns):
        raise ValueError("a pattern id occurs twice in one corpus file")
    return patterns


def expand(pattern: Pattern, slots: dict[str, list[str]], most: int) -> list[str]:
    """At most `most` different utterances of the pattern, the same ones each time."""
    chance = random.Random(zlib.crc32(pattern.key.encode()))  # noqa: S311  (no secret: a repeatable choice)
    found: dict[str, None] = {}
    for _ in range(most * 3):
        text = _CHOICE.sub(lambda hit: chance.choice(hit.group(1).split("|")), pattern.body)
        text = _SLOT.sub(lambda hit: chance.choice(slots[hit.group(1)]), text)
        if text.strip():
            found[text.strip()] = None
        if len(found) == most:
            break
    return list(found)


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]
