"""Small steps of a start: a free port, a program that has to succeed, a page that has to answer, the last words."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from jietong.config.embedded import last_lines
from jietong.config.supervisor_children import die_with_parent

PORTS_TRIED_MAX = 50


class StepFailed(RuntimeError):  # noqa: N818  # reads as the sentence that it is
    """A program of the start ended with an error; the message shows the end of its log and what to do."""


def free_port(host: str, wanted: int) -> int:
    """The wanted port, else the next free one within fifty, else any that the system gives."""
    for port in [*range(wanted, min(wanted + PORTS_TRIED_MAX, 65536)), 0]:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                attempt.bind((host, port))
                return int(attempt.getsockname()[1])
    raise StepFailed(f"no free port on {host}")


def is_healthy(host: str, port: int) -> bool:
    """Does /healthz answer 200? Asked on the loopback address when the site listens on all."""
    address = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  # compared, not bound
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"127.0.0.1:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def run_step(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    console: Console | None,
    *,
    hint: str = "Correct what it says and start again.",
) -> None:
    """Run `jietong <arguments>` to its end; its lines go to the log and, with a console, to the reader too.

    Raises StepFailed. When we are interrupted, so is the program.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "jietong", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                file.write(line)
                file.flush()
                if console is not None:
                    console.print("  " + line.decode("utf-8", "replace").rstrip(), style="dim", markup=False)
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait(5)
            raise
    if status != 0:
        raise StepFailed(f"`jietong {' '.join(arguments)}` failed. The end of {log}:\n{last_lines(log)}\n{hint}")


def show_addresses(console: Console, site: str, demo: Path | None) -> None:
    """Where to look, and, in the demo, as whom."""
    places = [("borrower", "/"), ("specialist's desk", "/desk/"), ("supervisor's board", "/board/")]
    if demo is not None:
        places.append(("demo phone", "/demo/phone/"))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, path in places:
        table.add_row(name, f"[bold]{site}{path}[/]")
    console.print(table)
    if demo is not None and demo.exists():
        told = json.loads(demo.read_text(encoding="utf-8"))
        _show_rows(console, told.get("logins", []), ("role", "username", "password", "url"), "logins of the demo")
        columns = ("name", "phone", "id_tail", "note")
        _show_rows(console, told.get("borrowers", []), columns, "borrowers to try as (phone, last four of the id)")
    console.print("Ctrl-C stops everything.")


def _show_rows(console: Console, rows: Sequence[Mapping[str, object]], columns: Sequence[str], title: str) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(str(row.get(column, "")) for column in columns))
    console.print(table)
