"""Fixtures of whole processes: a running site, a real browser."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jietong.config.embedded import last_lines
from jietong.config.supervisor_children import Child, stop_all
from jietong.config.supervisor_steps import free_port, is_healthy
from jietong.config.tests.database import TestDatabase

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class LiveSite:
    """A site in processes of its own. `children["web"]`, `children["worker"]` may be killed and `start`ed again."""

    url: str
    port: int
    children: dict[str, Child] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        for name in names:
            self.children[name].start(time.monotonic())
        deadline, web = time.monotonic() + 60, self.children["web"]
        while not is_healthy("127.0.0.1", self.port):
            ended = web.process is None or web.process.poll() is not None
            assert not ended, f"the web process has ended:\n{last_lines(web.log)}"
            assert time.monotonic() < deadline, f"the site does not answer:\n{last_lines(web.log)}"
            time.sleep(0.05)


@pytest.fixture
def live_site(committed_db: TestDatabase, tmp_path: Path) -> Iterator[LiveSite]:
    """Uvicorn and the worker on a free port, against this test's committed database; ended before it is renewed."""
    port = free_port("127.0.0.1", 8600 + os.getpid() % 1000)
    web = ["uvicorn", "jietong.config.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--timeout-graceful-shutdown", "2", "--no-access-log", "--log-level", "warning"]
    programs = {"web": web, "worker": ["jietong.config.worker"]}
    site = LiveSite(f"http://127.0.0.1:{port}", port)
    for name, rest in programs.items():
        site.children[name] = Child(name, [sys.executable, "-m", *rest], tmp_path / f"{name}.log")
    try:
        site.start("web", "worker")
        yield site
    finally:
        stop_all(list(site.children.values()), 4.0)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium under Playwright's synchronous interface; make a context per test with `browser.new_context()`."""
    from playwright.sync_api import sync_playwright

    named = os.environ.get("JIETONG_CHROMIUM", "/usr/bin/chromium")
    # Playwright keeps an event loop in this thread, which Django would take for a coroutine calling the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=named, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()
