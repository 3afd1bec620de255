"""`jietong db …`: the database without the rest."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from jietong.config.embedded import Embedded, ServerDidNotStart, accepts, programs
from jietong.config.prepare import CannotPrepare
from jietong.config.supervisor import AlreadyRunning, take_lock
from jietong.config.supervisor_database import data_folder, embedded_server, prepare_database, written_urls


def main(argv: list[str]) -> int:
    """Exit status 0 when done, 1 when it could not be done (said on standard error), 3 from `status` when down."""
    parser = argparse.ArgumentParser(prog="jietong db")
    parser.add_argument("--owner", action="store_true", help="as the role that owns the tables (url, psql)")
    parser.add_argument("action", choices=["prepare", "url", "psql", "stop", "status"])
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="handed to psql")
    options = parser.parse_args(argv)
    data = data_folder()
    try:
        if options.action == "prepare":
            return _prepare(data)
        if options.action == "stop":
            return _stop(data)
    except (ServerDidNotStart, CannotPrepare, AlreadyRunning) as error:
        print(error, file=sys.stderr)
        return 1
    url = _url(data, "owner" if options.owner else "app")
    if options.action == "status":
        return _status(data, url)
    if url is None:
        print("No database is prepared here: `jietong db prepare` does it.", file=sys.stderr)
        return 1
    if options.action == "url":
        print(url)
        return 0
    return subprocess.run([_psql(), url, *options.rest], check=False).returncode


def _prepare(data: Path) -> int:
    """Start the embedded server so that it stays, and make roles, database and rights."""
    server = embedded_server(data)
    if server is not None and server.running_pid() is None:
        lock = take_lock(data)  # not under the hands of a supervisor that is just starting it
        server.start(detached=True)
        lock.close()
    prepared = prepare_database(data, server)
    print("made a new database" if prepared.is_new else "the database is prepared")
    return 0


def _stop(data: Path) -> int:
    server = embedded_server(data)
    if server is None:
        print("DATABASE_URL names a server that is not ours to stop.", file=sys.stderr)
        return 1
    lock = take_lock(data)  # refuses while a supervisor runs: it would only start the server again
    print("stopped" if server.stop() else "it was not running")
    lock.close()
    return 0


def _status(data: Path, url: str | None) -> int:
    server: Embedded | None = embedded_server(data)
    if server is not None:
        pid = server.running_pid()
        print(f"embedded server: {'not running' if pid is None else f'process {pid}'}")
    answers = url is not None and accepts(url)
    print(f"database: {'answers' if answers else 'does not answer' if url else 'not prepared'}")
    return 0 if answers else 3


def _url(data: Path, role: str) -> str | None:
    given = os.environ.get(f"JIETONG_DB_{role.upper()}_URL")
    return given or (written_urls(data) or {}).get(role)


def _psql() -> str:
    try:
        own = programs() / "psql"
    except ServerDidNotStart:
        own = Path("psql")
    return str(own) if own.exists() else shutil.which("psql") or "psql"
