"""The house's tests: a real PostgreSQL of their own, the application's real role, a real browser.

Environment is set here, at import, because pytest-django loads the settings right after. The server itself starts only
when a collected test asks for the database, so pure rules are tested without one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

ROOT = Path(__file__).resolve().parent
os.environ["JIETONG_DATA"] = os.environ.get("JIETONG_TEST_DATA") or str(ROOT / "var" / "test")
os.environ["DJANGO_SETTINGS_MODULE"] = "jietong.config.settings"

from jietong.config.tests.database import TestDatabase  # noqa: E402  # the data folder has to be known first

DATABASE = TestDatabase(Path(os.environ["JIETONG_DATA"]))
os.environ.update(DATABASE.environment())

# The plugins below import models, and they are imported before pytest_configure runs.
django.setup()
pytest_plugins = ["jietong.config.tests.live", "jietong.simulator.tests.cast"]
LEFT_OUT = pytest.StashKey[dict[str, list[str]]]()


def chromium() -> str | None:
    """Path of the browser: JIETONG_CHROMIUM, else Debian's."""
    named = os.environ.get("JIETONG_CHROMIUM")
    found = named or shutil.which("chromium") or "/usr/bin/chromium"
    return found if Path(found).exists() else None


def lacking(marker: str) -> str:
    """What the tests of a marker need and this machine has not, in words; empty when all is here."""
    if marker == "browser":
        return "" if chromium() is not None else "no Chromium here (install it, or set JIETONG_CHROMIUM)"
    from jietong.loans.columnar import spark

    missing = ", ".join(spark.missing())
    return missing and f"not here: {missing}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Chromium or Spark their tests are left out aloud; on a CI machine that is an error instead."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    # Playwright's event loop stays in this thread, where it confuses Django's test client: the browser comes last.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    for marker in ("browser", "spark"):
        wanting = [item for item in items if item.get_closest_marker(marker)]
        why = lacking(marker) if wanting else ""
        if not why:
            continue
        if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
            raise pytest.UsageError(f"{len(wanting)} tests cannot run: {why}")
        left_out = {item.nodeid for item in wanting}
        items[:] = [item for item in items if item.nodeid not in left_out]
        config.hook.pytest_deselected(items=wanting)
        config.stash.setdefault(LEFT_OUT, {})[why] = sorted(left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for why, names in config.stash.get(LEFT_OUT, {}).items():
        terminalreporter.section(f"left out: {why}", yellow=True)
        for name in names:
            terminalreporter.write_line(name)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """In place of pytest-django's: a database of this run, migrated by the owner, used as the app role."""
    from django.db import connections

    DATABASE.start()
    try:
        yield
    finally:
        with django_db_blocker.unblock():
            close_pools(connections)
        DATABASE.finish()


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[TestDatabase]:
    """A database where commits are real, for tests with several connections or processes.

    Afterwards it is made anew from the migrated template: rows that migrations brought, sequences and rights are
    again exactly as they were, which emptying the tables could not promise.
    """
    from django.db import connections

    with django_db_blocker.unblock():
        try:
            yield DATABASE
        finally:
            close_pools(connections)
            DATABASE.renew()


def close_pools(connections: object) -> None:
    """Give back and close every connection of this process, so that the database can be replaced."""
    for connection in connections.all(initialized_only=True):  # type: ignore[attr-defined]
        connection.close()
        connection.close_pool()
