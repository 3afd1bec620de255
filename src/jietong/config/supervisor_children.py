"""Child processes that die with their parent, are started again with back-off, and write into a log of limited size."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_BYTES_MAX = 10 * 1024 * 1024
PAUSE_SECONDS = (0.3, 0.6, 1.2, 2.5, 5.0, 10.0)
STEADY_SECONDS = 20.0  # whoever lived that long starts again without a pause

# Loaded here, not between fork and exec, where importing could wait for a lock that nobody will ever release.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: int) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends this signal when the thread that forked us ends. Fork from the main thread."""
    parent = os.getpid()

    def arrange() -> None:
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:  # it died between fork and here
                os._exit(1)

    return arrange


@dataclass
class Child:
    """One program that has to run. `watch` starts it when it is due; `stop` ends it for good.

    environment replaces the whole environment; log receives both output streams.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
    pauses: Sequence[float] = PAUSE_SECONDS
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    _failures: int = field(default=0, repr=False)
    _started: float = field(default=0.0, repr=False)
    _due: float = field(default=0.0, repr=False)

    def watch(self, now: float) -> str | None:
        """Look after the child at `now` (monotonic seconds): what happened ("started", "ended"), None when nothing."""
        if self.process is not None:
            if self.process.poll() is None:
                limit_log(self.log)
                return None
            self.process = None
            self._failures = 0 if now - self._started >= STEADY_SECONDS else self._failures + 1
            self._due = now + self.pauses[min(self._failures, len(self.pauses) - 1)]
            self.restarts += 1
            return "ended"
        if now < self._due:
            return None
        self.start(now)
        return "started"

    def start(self, now: float) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._started = now
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if self.environment is None else dict(self.environment),
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which then stops us in order
                preexec_fn=die_with_parent(signal.SIGKILL),
            )


def stop_all(children: Sequence[Child], seconds: float) -> None:
    """Ask all to end, wait for them together, then end the rest by force."""
    for child in children:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(child.process and child.process.poll() is None for child in children):
        time.sleep(0.05)
    for child in children:
        _signal(child, signal.SIGKILL)
        if child.process is not None:
            child.process.wait()
            child.process = None


def _signal(child: Child, number: int) -> None:
    if child.process is not None and child.process.poll() is None:
        # the whole session: a child may have children
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, number)


def limit_log(path: Path, bytes_max: int = LOG_BYTES_MAX) -> None:
    """Move a full log's content to `<name>.1` and empty it; its writer appends, so it goes on at the top."""
    if path.exists() and path.stat().st_size > bytes_max:
        shutil.copyfile(path, path.with_name(path.name + ".1"))
        os.truncate(path, 0)
