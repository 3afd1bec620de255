"""The rule packs: dated tables of what a jurisdiction asks of us, each rule with source, strength and proof.

A pack is package data, ``data/<name>/<date in force>.toml``; it is read and checked once per process.
Nothing here knows Django, so that the pure commands start fast.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from jietong.kernel.errors import InputError
from jietong.packs.check import Pack, Rule, Source, build

__all__ = ["Pack", "Rule", "Source", "differences", "load", "names", "pack", "versions"]

DATA = Path(__file__).parent / "data"


def pack(name: str, *, on: date | None = None) -> Pack:
    """The pack `name` in force `on` a date: the newest file not after it; without a date the newest there is.

    Raises InputError: ``unknown_pack``, ``not_yet_in_force``, or what a broken file says about itself.
    """
    dates = versions(name)
    chosen = [day for day in dates if on is None or day <= on]
    if not chosen:
        raise InputError("pack", "not_yet_in_force", f"pack {name!r} has no version on or before {on}")
    return _load_once(DATA / name / f"{chosen[-1].isoformat()}.toml")


def names() -> list[str]:
    """The packs there are, e.g. ``["cn", "us"]``."""
    return sorted(entry.name for entry in DATA.iterdir() if entry.is_dir() and any(entry.glob("*.toml")))


def versions(name: str) -> list[date]:
    """The dates from which each version of a pack is in force, oldest first. Raises InputError (``unknown_pack``)."""
    if not isinstance(name, str) or name not in names():
        raise InputError("pack", "unknown_pack", f"there is no rule pack {name!r}; known are {', '.join(names())}")
    return _dates(DATA / name)


def differences(old: Pack, new: Pack) -> dict[str, tuple[Rule | None, Rule | None]]:
    """What changed between two versions: rule id → (as it was, as it is); None where it did not exist."""
    ids = sorted(old.rules.keys() | new.rules.keys())
    pairs = {key: (old.rules.get(key), new.rules.get(key)) for key in ids}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def load(path: Path) -> Pack:
    """Read and check one pack file. Raises InputError that names the file, the rule and the field."""
    try:
        table: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path.name, "not_toml", f"{path.parent.name}/{path.name}: {error}") from error
    return build(table, file=f"{path.parent.name}/{path.name}")


_load_once = cache(load)


@cache
def _dates(folder: Path) -> list[date]:
    return sorted(_date_of(path) for path in folder.glob("*.toml"))


def _date_of(path: Path) -> date:
    try:
        return date.fromisoformat(path.stem)
    except ValueError:
        raise InputError(
            path.name, "not_a_date", "a pack file is named by the date from which it is in force"
        ) from None
