"""Real processes, really killed: what ends is started again, and nothing outlives its parent."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from jietong.config.embedded import CARELESS, Embedded, accepts
from jietong.config.supervisor import AlreadyRunning, Supervisor, take_lock
from jietong.config.supervisor_children import Child, limit_log
from jietong.config.supervisor_steps import StepFailed, free_port, run_step, show_addresses

pytestmark = pytest.mark.process
SLEEPER = [sys.executable, "-c", "import time; time.sleep(100)"]


def quiet() -> Console:
    return Console(file=open(os.devnull, "w"))


def run_until(supervisor: Supervisor, holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        supervisor.tick(time.monotonic())
        if holds():
            return True
        time.sleep(0.02)
    return False


def lives(pid: int) -> bool:
    """Alive, and no zombie that only waits for its parent to look."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Supervisor]:
    children = [Child(name, SLEEPER, tmp_path / f"{name}.log", pauses=(0.05, 0.1)) for name in ("web", "worker")]
    supervisor = Supervisor(children, None, quiet())
    supervisor.tick(time.monotonic())
    yield supervisor
    supervisor.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Embedded]:
    embedded = Embedded(tmp_path / "pg", tmp_path / "pg.log", CARELESS)
    yield embedded
    embedded.stop()


def test_a_killed_child_is_started_again_and_its_brother_left_alone(pair):
    web, worker = pair.children
    first, brother = web.process.pid, worker.process.pid
    os.kill(first, signal.SIGKILL)
    assert run_until(pair, lambda: web.process is not None and web.process.pid != first)
    assert worker.process.pid == brother
    assert web.restarts == 1


def test_a_child_that_always_ends_is_tried_at_growing_distance(tmp_path):
    child = Child("web", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "web.log", pauses=(1.0, 2.0, 4.0))
    now, gaps, ended_at = 0.0, [], 0.0
    while len(gaps) < 4:
        what = child.watch(now)
        if what == "started":
            child.process.wait()
            gaps.append(now - ended_at)
        elif what == "ended":
            ended_at = now
        now += 0.5
    assert gaps == [0.0, 2.0, 4.0, 4.0]


def test_stop_ends_every_child(pair):
    pids = [child.process.pid for child in pair.children]
    pair.stop()
    assert not any(lives(pid) for pid in pids)


def test_a_child_that_ignores_the_signal_is_ended_all_the_same(tmp_path):
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(100)"
    child = Child("deaf", [sys.executable, "-c", deaf], tmp_path / "deaf.log")
    supervisor = Supervisor([child], None, quiet())
    assert run_until(supervisor, lambda: child.log.exists() and "deaf" in child.log.read_text())
    pid = child.process.pid
    supervisor.stop()
    assert not lives(pid)


def test_children_die_with_a_killed_parent(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from jietong.config.supervisor_children import Child\n"
        f"child = Child('c', {SLEEPER!r}, Path({str(tmp_path / 'c.log')!r})); child.start(0.0)\n"
        "print(child.process.pid, flush=True); time.sleep(100)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not lives(pid)


def test_a_killed_database_comes_back_with_what_was_committed(server):
    supervisor = Supervisor([], server, quiet())
    server.start()
    first = server.running_pid()
    os.kill(first, signal.SIGKILL)
    url = server.url("postgres", "postgres")
    assert run_until(supervisor, lambda: server.running_pid() not in {None, first} and accepts(url))
    supervisor.stop()
    assert server.running_pid() is None


def test_a_server_left_behind_is_found_and_stopped_by_the_next_start(tmp_path, server):
    server.start(detached=True)
    left_behind = server.running_pid()
    next_one = Embedded(tmp_path / "pg", tmp_path / "pg.log", CARELESS)
    assert next_one.running_pid() == left_behind
    assert next_one.stop()
    assert next_one.start() is False
    assert next_one.running_pid() != left_behind
    next_one.stop()


def test_a_stale_pid_file_with_a_strangers_number_does_not_stop_the_start(server):
    server.start()
    server.stop()
    lines = f"{os.getpid()}\n{server.folder}\n1\n5432\n{server.folder}\n\n  1 1\nready   \n"
    (server.folder / "postmaster.pid").write_text(lines)
    os.chown(server.folder / "postmaster.pid", server.folder.stat().st_uid, server.folder.stat().st_gid)
    assert server.running_pid() is None
    server.start()
    assert accepts(server.url("postgres", "postgres"))


def test_an_initdb_that_was_cut_off_is_done_again(server):
    server.folder.mkdir()
    (server.folder / "base").mkdir()
    assert server.start() is True


def test_a_second_supervisor_is_refused_until_the_first_is_gone(tmp_path):
    first = take_lock(tmp_path)
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        take_lock(tmp_path)
    first.close()
    take_lock(tmp_path).close()


def test_a_taken_port_gives_way_to_the_next():
    port = free_port("127.0.0.1", 18_500)
    bind = f"import socket, time; s = socket.socket(); s.bind(('127.0.0.1', {port})); s.listen(); "
    code = bind + "print('taken', flush=True); time.sleep(100)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert free_port("127.0.0.1", port) > port
        holder.kill()


def test_a_failed_step_shows_the_end_of_its_log_and_what_to_do(tmp_path):
    with pytest.raises(StepFailed, match=r"(?s)jietong manage .*Do this\."):
        run_step(["no-such-command"], dict(os.environ), tmp_path / "step.log", None, hint="Do this.")


def test_a_full_log_is_put_aside_and_started_anew(tmp_path):
    log = tmp_path / "web.log"
    log.write_text("x" * 11)
    limit_log(log, 10)
    assert log.read_text() == ""
    assert (tmp_path / "web.log.1").read_text() == "x" * 11


def test_what_is_printed_fits_eighty_columns_and_begins_with_the_demo(tmp_path):
    who = {"name": "阿依古丽·买买提", "phone": "15400000007", "id_tail": "0826", "card_tail": "4417"}
    login = {"role": "supervisor", "username": "qin", "password": "a-word-of-the-demo", "url": "/board/"}
    story = "two loans, one 3 days late, the other not due yet; asks in the evening, on another phone"
    demo = tmp_path / "demo.json"
    demo.write_text(json.dumps({"logins": [login], "borrowers": [who | {"note_en": story}]}), encoding="utf-8")
    told = io.StringIO()
    show_addresses(Console(file=told, width=80), "http://127.0.0.1:8000", demo)
    lines = told.getvalue().splitlines()
    assert lines[0].split() == ["start", "here", "http://127.0.0.1:8000/demo/"]
    assert all(cell_len(line) <= 80 for line in lines)
    assert "15400000007  0826  4417  阿依古丽·买买提" in lines
    assert any(line.split() == list(login.values()) for line in lines)
    assert " ".join(line.strip() for line in lines if line.startswith("    ")) == story


def test_an_interrupt_stops_it_also_when_the_shell_had_it_ignored(tmp_path):
    """A background job of a script starts with SIGINT ignored; `run` takes it back before anything else."""
    code = (
        "import signal; from jietong.config import supervisor\n"
        "def stop_here(): raise SystemExit(0 if signal.getsignal(signal.SIGINT) is signal.default_int_handler else 1)\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN); supervisor.data_folder = stop_here; supervisor.run([])"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0
