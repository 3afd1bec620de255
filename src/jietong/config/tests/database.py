"""The tests' own PostgreSQL: shared by runs at the same time, a database for each, made from a migrated template."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from jietong.config.embedded import CARELESS, Embedded
from jietong.config.prepare import connect, external_passwords, prepare, with_parts
from jietong.config.supervisor_database import is_migrated, mark_migrated

TEMPLATE = "jietong_test_template"
PREFIX = "jietong_test_"


class TestDatabase:
    """`start` once, `renew` after each test that commits, `finish` once. DATABASE_URL uses that server instead."""

    __test__ = False

    def __init__(self, data: Path) -> None:
        self.data = data
        self.name = f"{PREFIX}{os.getpid()}"
        self.external = os.environ.get("DATABASE_URL", "")
        self.server = None if self.external else Embedded(data / "pg", data / "log" / "postgres.log", CARELESS)
        self._users: int | None = None

    def environment(self) -> dict[str, str]:
        """What settings need to know before the server runs: both addresses are known in advance."""
        found = {}
        for name in ("owner", "app"):
            role = f"jietong_{name}"
            word = self._passwords().get(role, "")
            url = with_parts(self.admin_url(), user=role, password=word, database=self.name)
            found[f"JIETONG_DB_{name.upper()}_URL"] = url
        return found

    def admin_url(self) -> str:
        return self.external if self.server is None else self.server.url("postgres", "postgres")

    def start(self) -> None:
        (self.data / "run").mkdir(parents=True, exist_ok=True)
        # held shared while we use the server: whoever can have it alone is the last, and stops the server
        self._users = os.open(self.data / "run" / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        with Turn(self.data):
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if self.server is not None:
                self.server.start(detached=True)
            self._drop_left_behind()
            self._migrated_template()
            self._copy()

    def renew(self) -> None:
        """The database as the migrations left it."""
        with Turn(self.data):
            self._drop(self.name)
            self._copy()

    def finish(self) -> None:
        with Turn(self.data):
            self._drop(self.name)
            assert self._users is not None
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self._users)  # another run goes on with it
                return
            if self.server is not None:
                self.server.stop()
            os.close(self._users)

    def urls(self) -> dict[str, str]:
        return {name: os.environ[f"JIETONG_DB_{name.upper()}_URL"] for name in ("owner", "app")}

    def _migrated_template(self) -> None:
        owner_url = with_parts(self.urls()["owner"], database=TEMPLATE)
        if self._exists(TEMPLATE) and is_migrated(owner_url):
            return
        self._drop(TEMPLATE)
        made = prepare(self.admin_url(), database=TEMPLATE, passwords=self._passwords())
        environment = dict(os.environ, JIETONG_DB_OWNER_URL=made.urls["owner"], JIETONG_DB_APP_URL=made.urls["app"])
        command = [sys.executable, "-m", "jietong", "manage", "migrate", "--database", "owner", "--no-input", "-v", "0"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"the migrations failed:\n{done.stdout}{done.stderr}"
        mark_migrated(made.urls["owner"])

    def _copy(self) -> None:
        prepare(self.admin_url(), database=self.name, template=TEMPLATE, passwords=self._passwords())

    def _passwords(self) -> dict[str, str]:
        return external_passwords(self.external, self.data / "keys" / "db.json") if self.external else {}

    def _drop_left_behind(self) -> None:
        """Databases of runs that were killed: their name ends in the number of a process that is gone."""
        with connect(self.admin_url()) as connection:
            names = [str(row[0]) for row in connection.execute("SELECT datname FROM pg_database").fetchall()]
        for name in names:
            owner = re.fullmatch(rf"{PREFIX}(\d+)", name)
            if owner and not is_alive(int(owner.group(1))):
                self._drop(name)

    def _drop(self, name: str) -> None:
        with connect(self.admin_url()) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _exists(self, name: str) -> bool:
        with connect(self.admin_url()) as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


class Turn:
    """One run at a time starts, copies or stops."""

    def __init__(self, data: Path) -> None:
        self._path = data / "run" / "turn.lock"

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def raw(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection outside Django, for tests that need a second one or another role."""
    return connect(url)
