"""Two roles and one database: the owner migrates, the app works. Done twice, it changes nothing.

A REVOKE means nothing to a superuser or to the owner of a table, so web, worker and tests connect as a role that is
neither; what migrations revoke from it (say, UPDATE on postings) then really cannot happen.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from jietong.config.keys import write_private

DATABASE = "jietong"
ADVISORY_LOCK = 7_403_001  # two preparations at once take turns


class CannotPrepare(RuntimeError):  # noqa: N818  # reads as the sentence that it is
    """The database cannot be prepared; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Roles:
    owner: str = "jietong_owner"
    app: str = "jietong_app"


ROLES = Roles()


def role_plan(roles: Roles, *, present: frozenset[str], passwords: Mapping[str, str]) -> list[sql.Composed]:
    """Statements for an administrator that make the roles which are not in `present`; empty when both are.

    passwords: by role name; a role without one can only enter where the server trusts it (the embedded socket).
    """
    plan = []
    for role in (roles.owner, roles.app):
        if role in present:
            continue
        statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(sql.Identifier(role))
        if role in passwords:
            statement += sql.SQL(" PASSWORD {}").format(sql.Literal(passwords[role]))
        plan.append(statement)
    return plan


def database_plan(roles: Roles, database: str, *, template: str | None = None) -> list[sql.Composed]:
    """Statements that make the database; none of them may run in a transaction."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(roles.owner))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    return [statement]


def grant_plan(roles: Roles, database: str) -> list[sql.Composed]:
    """Statements run inside the database, as the owner: the app may read and write rows, and nothing else.

    Rights on tables come by default privileges alone. Granting on existing tables here would give back what
    a migration has revoked.
    """
    names = {"db": sql.Identifier(database), "owner": sql.Identifier(roles.owner), "app": sql.Identifier(roles.app)}
    by_default = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT"
    statements = (
        "REVOKE ALL ON DATABASE {db} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {db} TO {app}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
        "GRANT USAGE ON SCHEMA public TO {app}",
        f"{by_default} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{app}}",
        f"{by_default} USAGE, SELECT ON SEQUENCES TO {{app}}",
    )
    return [sql.SQL(statement).format(**names) for statement in statements]


@dataclass(frozen=True, slots=True)
class Prepared:
    """urls: "owner" and "app"; is_new: the database was made just now, so it is empty."""

    urls: dict[str, str]
    is_new: bool


def prepare(
    admin_url: str,
    *,
    database: str = DATABASE,
    roles: Roles = ROLES,
    passwords: Mapping[str, str] = MappingProxyType({}),
    template: str | None = None,
) -> Prepared:
    """Make what is absent on a server where `admin_url` may create roles and databases. Raises CannotPrepare.

    passwords: by role name; empty where the server trusts whoever reaches its socket.
    """
    with connect(admin_url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        present = _present_roles(connection, roles)
        for statement in role_plan(roles, present=present, passwords=passwords):
            connection.execute(statement)
        if not _is_superuser(connection):
            # a lesser administrator hands a database only to a role that it may act as
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(roles.owner)))
        is_new = not _exists(connection, database)
        if is_new:
            for statement in database_plan(roles, database, template=template):
                connection.execute(statement)
        else:
            own = sql.SQL("ALTER DATABASE {} OWNER TO {}")  # an administrator may have made it, empty, for us
            connection.execute(own.format(sql.Identifier(database), sql.Identifier(roles.owner)))
        with connect(with_parts(admin_url, database=database)) as inside:
            inside.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(roles.owner)))
            for statement in grant_plan(roles, database):
                inside.execute(statement)
    urls = {
        name: with_parts(admin_url, user=role, password=passwords.get(role, ""), database=database)
        for name, role in (("owner", roles.owner), ("app", roles.app))
    }
    return Prepared(urls, is_new)


def prepare_given(owner_url: str, app_url: str) -> Prepared:
    """Both roles and the database were made by an administrator: only the grants are ours. Raises CannotPrepare."""
    owner, app = (unquote(urlsplit(url).username or "") for url in (owner_url, app_url))
    if not owner or not app or owner == app:
        raise CannotPrepare("DATABASE_URL and DATABASE_APP_URL must name two different roles")
    database = unquote(urlsplit(owner_url).path.lstrip("/"))
    with connect(owner_url) as connection:
        for statement in grant_plan(Roles(owner, app), database):
            connection.execute(statement)
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return Prepared({"owner": owner_url, "app": app_url}, is_new=tables == (0,))


def stored_passwords(path: Path, roles: Roles, present: frozenset[str]) -> dict[str, str]:
    """Passwords of the roles from the private file, made once. Raises CannotPrepare when roles exist and it is lost.

    We never change the password of a role that exists: another installation may be using it.
    """
    if path.exists():
        return {str(role): str(word) for role, word in json.loads(path.read_text(encoding="utf-8")).items()}
    taken = sorted(present & {roles.owner, roles.app})
    if taken:
        raise CannotPrepare(
            f"the server already has {' and '.join(taken)}, and {path.name} with their passwords is not here. "
            "Restore that file, or give both roles' addresses in DATABASE_URL (owner) and DATABASE_APP_URL."
        )
    made = {roles.owner: secrets.token_urlsafe(24), roles.app: secrets.token_urlsafe(24)}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, json.dumps(made), keep_existing=True)
    return stored_passwords(path, roles, present)


def external_passwords(admin_url: str, path: Path, roles: Roles = ROLES) -> dict[str, str]:
    with connect(admin_url) as connection:
        present = _present_roles(connection, roles)
    return stored_passwords(path, roles, present)


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection in autocommit; raises CannotPrepare with the server's own words, never with the password."""
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        where = urlsplit(url).hostname or "the local socket"
        raise CannotPrepare(f"no connection to the database on {where}: {error}") from error


def with_parts(url: str, *, user: str | None = None, password: str | None = None, database: str | None = None) -> str:
    """The same server's URL with another user, password or database."""
    parts = urlsplit(url)
    name = quote(user, safe="") if user is not None else (parts.username or "")
    word = quote(password, safe="") if password is not None else (parts.password or "")
    host = parts.netloc.rpartition("@")[2]
    login = f"{name}:{word}@" if word else f"{name}@"
    path = f"/{quote(database, safe='')}" if database is not None else parts.path
    if user is not None and not parts.netloc:
        # "postgresql:///db?host=…" has no place for a user unless an empty host is written
        host = ""
    return urlunsplit((parts.scheme, f"{login if name else ''}{host}", path, parts.query, ""))


def _present_roles(connection: psycopg.Connection[tuple[object, ...]], roles: Roles) -> frozenset[str]:
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [[roles.owner, roles.app]])
    return frozenset(str(row[0]) for row in rows)


def _is_superuser(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    return connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER").fetchone() == (True,)


def _exists(connection: psycopg.Connection[tuple[object, ...]], database: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None
