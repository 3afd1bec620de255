"""`jietong run`: starts the database, the pages, the worker and the demo's mail server, and keeps them alive.

No Django in here: the supervisor has to live when everything else fails.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console

from jietong.config.embedded import Embedded, ServerDidNotStart, last_lines
from jietong.config.prepare import CannotPrepare
from jietong.config.supervisor_children import Child, limit_log, stop_all
from jietong.config.supervisor_database import (
    data_folder,
    embedded_server,
    is_migrated,
    mark_migrated,
    prepare_database,
)
from jietong.config.supervisor_steps import StepFailed, free_port, is_healthy, run_step, show_addresses

TICK_SECONDS = 0.2
READY_SECONDS_MAX = 90.0
CHILDREN_STOP_SECONDS = 4.5
HOPELESS_RESTARTS = 4  # a web process that ends so often before it ever answered will not answer later
SERVER_PAUSES = (0.0, 1.0, 5.0, 15.0)


class NotReady(RuntimeError):  # noqa: N818  # reads as the sentence that it is
    """The pages do not answer; the message holds the last lines of their log."""


class AlreadyRunning(RuntimeError):  # noqa: N818
    """Another supervisor works in this data folder."""


class Supervisor:
    """Keeps a server and some children alive. `tick` looks once; `stop` ends all within ten seconds."""

    def __init__(self, children: Sequence[Child], server: Embedded | None, console: Console) -> None:
        self.children = list(children)
        self.server = server
        self.console = console
        self._server_failures = 0
        self._server_due = 0.0

    def tick(self, now: float) -> None:
        """Start again what has ended; the database first, the others find it by themselves."""
        self._watch_server(now)
        for child in self.children:
            if child.watch(now) == "ended":
                self.console.print(f"[yellow]{child.name} has ended and is started again[/] (log: {child.log})")

    def stop(self) -> None:
        stop_all(self.children, CHILDREN_STOP_SECONDS)
        if self.server is not None:
            self.server.stop()

    def _watch_server(self, now: float) -> None:
        if self.server is None:
            return
        limit_log(self.server.log)
        if self.server.running_pid() is not None or now < self._server_due:
            return
        self.console.print("[yellow]the database has ended and is started again[/]")
        try:
            self.server.start()
        except ServerDidNotStart as error:
            self._server_failures = min(self._server_failures + 1, len(SERVER_PAUSES) - 1)
            self._server_due = time.monotonic() + SERVER_PAUSES[self._server_failures]
            self.console.print("[red]it did not start; trying again soon[/]")
            self.console.print(str(error), markup=False)
        else:
            self._server_failures = 0


def run(argv: list[str]) -> int:
    """Start everything and stay until Ctrl-C or SIGTERM. Exit status 0 when asked to stop, 1 when it cannot run."""
    options = _options(argv)
    console = Console(highlight=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # All three mean: stop in order. SIGINT too: a shell that starts us in the background has it ignored.
        signal.signal(number, signal.default_int_handler)
    data = data_folder()
    try:
        lock = take_lock(data)
    except AlreadyRunning as error:
        console.print(f"[red]{error}[/]")
        return 1
    supervisor = Supervisor([], embedded_server(data), console)
    status = 0
    try:
        _bring_up(supervisor, options, data, lock)
        while True:
            time.sleep(TICK_SECONDS)
            supervisor.tick(time.monotonic())
    except KeyboardInterrupt:
        console.print("\nstopping …")
    except (ServerDidNotStart, CannotPrepare, StepFailed, NotReady) as error:
        status = 1
        console.print("[red]Jietong did not start.[/]")
        console.print(str(error), markup=False)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would leave the database behind half stopped
        supervisor.stop()
        lock.close()
    if status == 0:
        console.print("stopped")
    return status


def take_lock(data: Path) -> TextIO:
    """The data folder's lock, freed by the kernel when we die however we die. Raises AlreadyRunning."""
    (data / "run").mkdir(parents=True, exist_ok=True)
    lock = (data / "run" / "supervisor.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        who = lock.read().strip() or "just starting"
        lock.close()
        raise AlreadyRunning(f"Jietong already runs with the data folder {data} ({who}). Stop it first.") from error
    write_lock(lock, f"process {os.getpid()}")
    return lock


def write_lock(lock: TextIO, text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text + "\n")
    lock.flush()


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="jietong run", description="Start everything; Ctrl-C stops it.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port of the pages (8000; the next free one if taken)")
    parser.add_argument("--no-demo", action="store_true", help="an empty site: no demo data, no demo phone")
    parser.add_argument("--borrowers", type=int, default=20_000, help="size of the demo (20000)")
    return parser.parse_args(argv)


def _bring_up(supervisor: Supervisor, options: argparse.Namespace, data: Path, lock: TextIO) -> None:
    """From nothing to pages that answer. Raises ServerDidNotStart, CannotPrepare, StepFailed, NotReady."""
    console, began = supervisor.console, time.monotonic()
    environment = dict(os.environ, JIETONG_DATA=str(data), PYTHONUNBUFFERED="1")
    if options.no_demo:
        environment.setdefault("JIETONG_DEMO", "0")
    demo = environment.get("JIETONG_DEMO", "1").strip().lower() in {"1", "true", "yes", "on"}
    for path in sorted((data / "log").glob("*.log")):
        limit_log(path, 0)  # what the last run wrote stays in .1; this run starts on a clean page
    _database_up(supervisor, data, environment)
    if demo and not options.no_demo and not (data / "run" / "demo.json").exists():
        console.print(f"loading the demo: {options.borrowers} invented borrowers; this happens once")
        arguments = ["manage", "load_demo", "--borrowers", str(options.borrowers)]
        hint = "Run it again to go on, or start with --no-demo."
        run_step(arguments, environment, data / "log" / "demo.log", console, hint=hint)
    port = free_port(options.host, options.port)
    if port != options.port:
        console.print(f"[yellow]port {options.port} is taken, using {port}[/]")
    mail_port = free_port("127.0.0.1", int(environment.get("JIETONG_SMTP_PORT", "2525"))) if demo else None
    if demo and not environment.get("JIETONG_CHANNEL_URL"):
        channel_port = free_port("127.0.0.1", 2626)
        environment["JIETONG_CHANNEL_SECRET"] = secrets.token_urlsafe(32)
        environment["JIETONG_CHANNEL_URL"] = f"http://127.0.0.1:{channel_port}"
        environment["JIETONG_STANDIN"] = str(channel_port)
    supervisor.children = site_children(data, environment, options.host, port, mail_port)
    _wait_ready(supervisor, options.host, port)
    write_lock(lock, f"process {os.getpid()}, http://{options.host}:{port}/")
    console.print(f"[green]ready[/] in {time.monotonic() - began:.1f} s")
    show_addresses(console, f"http://{options.host}:{port}", data / "run" / "demo.json" if demo else None)


def _database_up(supervisor: Supervisor, data: Path, environment: dict[str, str]) -> None:
    console = supervisor.console
    if supervisor.server is not None:
        # left over from `jietong db prepare` or a supervisor that was killed: only our own child can be watched
        supervisor.server.stop()
        if supervisor.server.start():
            console.print("made a new database cluster")
    prepared = prepare_database(data, supervisor.server)
    if prepared.is_new:
        (data / "run" / "demo.json").unlink(missing_ok=True)  # it told of a database that is gone
    environment["JIETONG_DB_APP_URL"] = prepared.urls["app"]
    if not is_migrated(prepared.urls["owner"]):
        console.print("bringing the tables up to date")
        with_owner = {**environment, "JIETONG_DB_OWNER_URL": prepared.urls["owner"]}
        arguments = ["manage", "migrate", "--database", "owner", "--no-input", "--verbosity", "1"]
        run_step(arguments, with_owner, data / "log" / "migrate.log", None)
        mark_migrated(prepared.urls["owner"])
    console.print("database ready")


def site_children(data: Path, environment: dict[str, str], host: str, port: int, mail_port: int | None) -> list[Child]:
    """The processes of a site; with `mail_port` also the demo's mail server, and all send their mail there;
    with JIETONG_STANDIN in the environment (its port) also the demo's payment channel."""
    values = {**environment, "DJANGO_SETTINGS_MODULE": "jietong.config.settings"}
    if mail_port is not None:
        values |= {"JIETONG_SMTP_HOST": "127.0.0.1", "JIETONG_SMTP_PORT": str(mail_port)}
    web = ["uvicorn", "jietong.config.asgi:application", "--host", host, "--port", str(port)]
    web += ["--timeout-graceful-shutdown", "3", "--no-access-log", "--log-level", "warning"]
    programs = {"web": web, "worker": ["jietong.config.worker"]}
    if mail_port is not None:
        programs["mail"] = ["jietong.config.mail_sink", "--port", str(mail_port)]
    if "JIETONG_STANDIN" in environment:  # the demo's payment channel, whose books outlive it
        channel = ["jietong.deduction.standin", "--port", environment["JIETONG_STANDIN"]]
        channel += ["--books", str(data / "demo" / "channel.sqlite")]
        programs["channel"] = [*channel, "--tell", f"http://127.0.0.1:{port}/channel/notice/"]
    log = data / "log"
    return [Child(name, [sys.executable, "-m", *rest], log / f"{name}.log", values) for name, rest in programs.items()]


def _wait_ready(supervisor: Supervisor, host: str, port: int) -> None:
    web, deadline = supervisor.children[0], time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline and web.restarts < HOPELESS_RESTARTS:
        supervisor.tick(time.monotonic())
        if is_healthy(host, port):
            return
        time.sleep(0.1)
    raise NotReady(f"The pages do not answer on port {port}. The end of {web.log}:\n{last_lines(web.log)}")
