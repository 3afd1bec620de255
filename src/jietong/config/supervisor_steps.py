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

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

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
    """Where to look, and, in the demo, as whom. Lines of our own: a table wraps them at 80 columns beyond reading."""
    places = [("borrower", "/"), ("specialist's desk", "/desk/"), ("supervisor's board", "/board/")]
    if demo is not None:
        places = [("start here", "/demo/"), *places, ("demo phone", "/demo/phone/")]
    _show_columns(console, [(name, site + path) for name, path in places])
    if demo is not None and demo.exists():
        told = json.loads(demo.read_text(encoding="utf-8"))
        _show_logins(console, told.get("logins", []))
        _show_borrowers(console, told.get("borrowers", []))
    console.print("Ctrl-C stops everything.")


def _show_logins(console: Console, logins: Sequence[Mapping[str, object]]) -> None:
    columns = ("role", "username", "password", "url")
    if logins:
        console.print("\nlogins of the demo")
        _show_columns(console, [columns, *(tuple(str(one.get(name, "")) for name in columns) for one in logins)])


def _show_borrowers(console: Console, borrowers: Sequence[Mapping[str, object]]) -> None:
    """One line of facts each; the story, which may be long, has a line of its own and wraps as text does."""
    if not borrowers:
        return
    console.print("\nborrowers to try as: phone, last four of the id, last four of the card")
    facts = ("phone", "id_tail", "card_tail", "name")
    lines = _columns([tuple(str(one.get(name, "")) for name in facts) for one in borrowers])
    for line, one in zip(lines, borrowers, strict=True):
        console.print(line, markup=False, soft_wrap=True)
        note = str(one.get("note_en") or one.get("note", ""))
        if note:
            console.print(Padding(Text(note, style="dim"), (0, 0, 0, 4)))


def _show_columns(console: Console, rows: Sequence[Sequence[str]]) -> None:
    for line in _columns(rows):
        console.print(line, markup=False, soft_wrap=True)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns; a wide (Chinese) letter counts two. The last column is as long as it is."""
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
