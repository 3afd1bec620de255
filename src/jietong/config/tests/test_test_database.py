"""The ground the other tests stand on: the application's own role, rolled back or made anew."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from jietong.config.tests.database import raw

COUNT_SESSIONS = "SELECT count(*) FROM django_session"
ADD_SESSION = "INSERT INTO django_session VALUES ('left-behind', '', now())"


@pytest.mark.django_db
def test_tests_work_as_the_app_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("jietong_app",)


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_rolled_back_test_leaves_nothing(db, time):
    with connection.cursor() as cursor:
        cursor.execute(COUNT_SESSIONS)
        assert cursor.fetchone() == (0,)
        cursor.execute(ADD_SESSION)


@pytest.mark.process
@pytest.mark.parametrize("time", ["first", "second"])
def test_a_commit_is_seen_by_others_and_gone_after_the_test(committed_db, time):
    with raw(committed_db.urls()["app"]) as other:
        assert other.execute(COUNT_SESSIONS).fetchone() == (0,)
        with connection.cursor() as cursor:
            cursor.execute(ADD_SESSION)
        assert other.execute(COUNT_SESSIONS).fetchone() == (1,)


@pytest.mark.process
def test_the_renewed_database_still_knows_its_migrations(committed_db):
    committed_db.renew()
    with raw(committed_db.urls()["app"]) as other:
        assert other.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("TRUNCATE django_migrations")


@pytest.mark.django_db
def test_a_rolled_back_test_works_after_a_committed_one():
    with connection.cursor() as cursor:
        cursor.execute(COUNT_SESSIONS)
        assert cursor.fetchone() == (0,)
