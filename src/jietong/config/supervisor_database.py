"""Where the data lives, how its database comes up, and whether its tables are those of this release."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

from psycopg import sql

import jietong
from jietong.config.embedded import Embedded
from jietong.config.keys import write_private
from jietong.config.prepare import DATABASE, Prepared, connect, external_passwords, prepare, prepare_given

MAINTENANCE = {"", "postgres", "template1"}
MARK = "jietong schema "


def data_folder() -> Path:
    """JIETONG_DATA, else `var` in the working folder: the same as the settings say."""
    return Path(os.environ.get("JIETONG_DATA", "var")).resolve()


def embedded_server(data: Path) -> Embedded | None:
    """The embedded server of this data folder; None when DATABASE_URL names a server of the site's own."""
    if os.environ.get("DATABASE_URL"):
        return None
    return Embedded(data / "pg", data / "log" / "postgres.log")


def prepare_database(data: Path, server: Embedded | None) -> Prepared:
    """Roles, database and rights on a server that runs; writes `run/database.json`. Raises CannotPrepare."""
    external = os.environ.get("DATABASE_URL", "")
    if server is not None:
        done = prepare(server.url("postgres", "postgres"))
    elif os.environ.get("DATABASE_APP_URL"):
        done = prepare_given(external, os.environ["DATABASE_APP_URL"])
    else:
        named = unquote(urlsplit(external).path.lstrip("/"))
        passwords = external_passwords(external, data / "keys" / "db.json")
        done = prepare(external, database=DATABASE if named in MAINTENANCE else named, passwords=passwords)
    (data / "run").mkdir(parents=True, exist_ok=True)
    write_private(data / "run" / "database.json", json.dumps(done.urls, indent=1))
    return done


def written_urls(data: Path) -> dict[str, str] | None:
    """What `prepare_database` wrote, or None when nobody has prepared a database here."""
    path = data / "run" / "database.json"
    if not path.exists():
        return None
    urls: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return urls


def schema_mark() -> str:
    """A fingerprint of every migration of this release, our own and those of the libraries that bring tables."""
    digest = hashlib.sha256()
    for library in ("django", "procrastinate"):
        digest.update(f"{library} {version(library)}\n".encode())
    root = Path(jietong.__file__).parent
    for path in sorted(root.glob("*/migrations/*.py")):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return MARK + digest.hexdigest()[:32]


def is_migrated(owner_url: str) -> bool:
    """Does the database carry this release's mark? It is the database's comment, so it goes where that goes."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    with connect(owner_url) as connection:
        return connection.execute(query).fetchone() == (schema_mark(),)


def mark_migrated(owner_url: str) -> None:
    database = unquote(urlsplit(owner_url).path.lstrip("/"))
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(schema_mark()))
    with connect(owner_url) as connection:
        connection.execute(statement)
