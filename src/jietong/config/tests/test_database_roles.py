"""On a real server: the app role works with rows and can do nothing else; preparing twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from jietong.config.embedded import CARELESS, Embedded
from jietong.config.prepare import (
    ROLES,
    CannotPrepare,
    Prepared,
    connect,
    prepare,
    role_plan,
    stored_passwords,
    with_parts,
)

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    folder = tmp_path_factory.mktemp("roles")
    embedded = Embedded(folder / "pg", folder / "pg.log", CARELESS)
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.fixture(scope="module")
def prepared(server: Embedded) -> Prepared:
    done = prepare(server.url("postgres", "postgres"))
    with connect(done.urls["owner"]) as owner:
        owner.execute("CREATE TABLE book (id bigserial PRIMARY KEY, amount_fen bigint)")
        owner.execute("REVOKE UPDATE, DELETE ON book FROM jietong_app")
    return done


def test_preparing_twice_is_preparing_once(server, prepared):
    again = prepare(server.url("postgres", "postgres"))
    assert prepared.is_new
    assert not again.is_new
    assert again.urls == prepared.urls


def test_the_app_role_reads_and_writes_rows(prepared):
    with connect(prepared.urls["app"]) as app:
        app.execute("INSERT INTO book (amount_fen) VALUES (1)")
        assert app.execute("SELECT count(*) FROM book").fetchone() == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE book ADD COLUMN note text",
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "TRUNCATE book",
        "DROP TABLE book",
        "SET ROLE jietong_owner",
        "CREATE ROLE other",
    ],
)
def test_the_app_role_cannot_change_the_house(prepared, statement):
    with connect(prepared.urls["app"]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


def test_what_a_migration_revoked_stays_revoked_after_preparing_again(server, prepared):
    prepare(server.url("postgres", "postgres"))
    with connect(prepared.urls["app"]) as app:
        app.execute("GRANT UPDATE ON book TO jietong_app")  # nothing happens but a warning: it has nothing to give
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("UPDATE book SET amount_fen = 0")


def test_neither_role_is_a_superuser(server, prepared):
    query = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jietong%' AND (rolsuper OR rolcreatedb OR rolcreaterole)"
    with connect(server.url("postgres", "postgres")) as admin:
        assert admin.execute(query).fetchone() == (0,)


def test_a_database_that_an_administrator_made_is_handed_to_the_owner(server, prepared):
    with connect(server.url("postgres", "postgres")) as admin:
        admin.execute("CREATE DATABASE given")
    urls = prepare(server.url("postgres", "postgres"), database="given").urls
    with connect(urls["owner"]) as owner:
        owner.execute("CREATE TABLE t (id int)")
    with connect(urls["app"]) as app:
        assert app.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_the_server_listens_on_no_network_address(server):
    with connect(server.url("postgres", "postgres")) as admin:
        assert admin.execute("SHOW listen_addresses").fetchone() == ("",)


def test_only_absent_roles_are_made():
    assert role_plan(ROLES, present=frozenset({"jietong_owner", "jietong_app"}), passwords={}) == []
    assert len(role_plan(ROLES, present=frozenset({"jietong_owner"}), passwords={})) == 1


def test_passwords_are_made_once_and_kept_private(tmp_path: Path):
    path = tmp_path / "keys" / "db.json"
    first = stored_passwords(path, ROLES, frozenset())
    assert stored_passwords(path, ROLES, frozenset({"jietong_app"})) == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_lost_password_file_is_said_and_no_password_changed(tmp_path: Path):
    with pytest.raises(CannotPrepare, match=r"DATABASE_APP_URL"):
        stored_passwords(tmp_path / "db.json", ROLES, frozenset({"jietong_app"}))


def test_an_address_keeps_its_server_when_its_user_changes():
    url = with_parts("postgresql://a:b@h:1/x?sslmode=require", user="u", password="p@", database="d")
    assert url == "postgresql://u:p%40@h:1/d?sslmode=require"
