"""Writes requirements/*.in from pyproject.toml, so that the lists stand in one place."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADING = "# written from pyproject.toml by `make lock`\n"
#: `make run` installs the project itself, editable, without an isolated build
BUILDING = {"hatchling", "editables"}


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    building = [line for line in extras["dev"] if line.split(">=")[0] in BUILDING]
    core = [*project["dependencies"], *building]
    files = {
        "core": core,
        "dev": ["-c core.txt", *core, *extras["train"], *extras["spark"], *extras["dev"]],
    }
    for name, lines in files.items():
        (ROOT / "requirements" / f"{name}.in").write_text(HEADING + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
