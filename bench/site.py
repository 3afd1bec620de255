"""A throw-away site for a measurement: its own data folder, its own durable embedded PostgreSQL, migrated."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fresh_site() -> Iterator[Path]:
    """Environment of this process points at the site until the block ends; then the server stops and the data go."""
    with tempfile.TemporaryDirectory(prefix="jietong-bench-") as folder:
        os.environ["JIETONG_DATA"] = folder
        jietong("db", "prepare")
        try:
            jietong("manage", "migrate", "--database", "owner", "--verbosity", "0")
            yield Path(folder)
        finally:
            jietong("db", "stop")


def jietong(*words: str, quiet: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one command of ours to its end; its output is shown only if it fails."""
    done = subprocess.run([sys.executable, "-m", "jietong", *words], capture_output=quiet, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise SystemExit(f"jietong {' '.join(words)} failed:\n{done.stdout}\n{done.stderr}")
    return done
