"""Lines that a borrower may call, each with what it is for. Data of the room; what nobody has verified says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class HelpLine:
    number: str
    use: str
    verified: bool

    @property
    def is_emergency(self) -> bool:
        """Everybody knows these numbers: a doubt beside them would only keep somebody from calling."""
        return self.number in {"110", "120"}

    @property
    def dial(self) -> str:
        """The number as a tel: link wants it."""
        return self.number.replace("-", "")


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    path = resources.files("jietong.portal").joinpath("data/help_lines.json")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def help_lines(language: str) -> list[HelpLine]:
    """In the reader's language, verified ones first."""
    name = "en" if language.startswith("en") else "zh"
    return [HelpLine(row["number"], row[name], row["verified"]) for row in _data()["lines"]]
