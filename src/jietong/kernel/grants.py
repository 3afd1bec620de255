"""Append-only at the database: UPDATE, DELETE and TRUNCATE are taken from the application's role, not merely not used."""

from __future__ import annotations

from django.db import migrations

APP_ROLE = "jietong_app"


def append_only(table: str) -> migrations.RunSQL:
    """A migration step after which the application may only insert into `table` and read it."""
    return migrations.RunSQL(
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}",
        f"GRANT UPDATE, DELETE ON {table} TO {APP_ROLE}",
    )
