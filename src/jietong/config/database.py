"""Where the database is: from the environment (children of the supervisor), else from the file that it wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ENVIRONMENT = {"owner": "JIETONG_DB_OWNER_URL", "app": "JIETONG_DB_APP_URL"}


def known_url(role: str, data_dir: Path) -> str | None:
    """The URL for role `owner` or `app`, or None when nobody has prepared a database yet."""
    from_environment = os.environ.get(ENVIRONMENT[role])
    if from_environment:
        return from_environment
    written = data_dir / "run" / "database.json"
    if written.exists():
        url = json.loads(written.read_text(encoding="utf-8")).get(role)
        return str(url) if url else None
    return None


def connection_settings(role: str, data_dir: Path, *, pool: bool) -> dict[str, Any]:
    """Django's DATABASES entry for the role. Without a prepared database it points at a socket that does not exist."""
    url = known_url(role, data_dir) or f"postgresql://jietong_{role}@/jietong?host={data_dir / 'run' / 'not-started'}"
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {"application_name": f"jietong-{role}"}
    if pool:
        # Opening a connection costs more than a small page: the pool made one ten times faster.
        options["pool"] = {"min_size": 2, "max_size": 24, "timeout": 10, "max_idle": 300}
    for key in ("sslmode", "sslrootcert", "connect_timeout"):
        if key in query:
            options[key] = query[key]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "jietong",
        "USER": unquote(parts.username or query.get("user", f"jietong_{role}")),
        "PASSWORD": unquote(parts.password or query.get("password", "")),
        "HOST": unquote(parts.hostname or query.get("host", "")),
        "PORT": str(parts.port or query.get("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }
