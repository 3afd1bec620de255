"""Append-only at the database: UPDATE, DELETE and TRUNCATE are taken from the application's role."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations


def append_only(table: str) -> migrations.RunSQL:
    """A migration step after which the application may only insert into `table` and read it.

    The application's role is whatever the site calls it: a DBA may have made the roles under other names.
    """
    role = '"{}"'.format(str(settings.DATABASES["default"]["USER"]).replace('"', '""'))
    return migrations.RunSQL(
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}",
        f"GRANT UPDATE, DELETE ON {table} TO {role}",
    )
