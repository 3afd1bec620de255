"""Append-only at the database: UPDATE, DELETE and TRUNCATE are taken from the application's role."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations


def append_only(table: str) -> migrations.RunSQL:
    """A migration step after which the application may only insert into `table` and read it.

    The application's role is whatever the site calls it: a DBA may have made the roles under other names.
    """
    role = _role()
    return migrations.RunSQL(
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}",
        f"GRANT UPDATE, DELETE ON {table} TO {role}",
    )


def append_only_but(table: str, *columns: str) -> migrations.RunSQL:
    """Like `append_only`, but the application may still write these columns of a row: what was said stays as it was,
    what became of it may move on."""
    role = _role()
    names = ", ".join(f'"{name}"' for name in columns)
    return migrations.RunSQL(
        [f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}", f"GRANT UPDATE ({names}) ON {table} TO {role}"],
        [f"REVOKE UPDATE ({names}) ON {table} FROM {role}", f"GRANT UPDATE, DELETE ON {table} TO {role}"],
    )


def _role() -> str:
    return '"{}"'.format(str(settings.DATABASES["default"]["USER"]).replace('"', '""'))
