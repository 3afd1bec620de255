"""Loading the demo as an operator does: once, whole or not at all, and never over a lender's own book."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from jietong.borrowers.models import Borrower
from jietong.kernel.models import Event
from jietong.simulator import demo
from jietong.simulator.demo import load
from jietong.simulator.models import DemoLoad
from jietong.staff.models import Member, Team

#: a Tuesday, three in the afternoon in Shanghai
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_a_load_that_breaks_off_leaves_nothing(db: None, tmp_path: Path) -> None:
    def broken(what: str, done: int, of: int) -> None:
        if what == "loans":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(number=60, seed=7, folder=tmp_path, now_of=lambda: NOW, told=broken)
    assert not Borrower.objects.exists()
    assert not Member.objects.exists()
    assert not Event.objects.exists()
    assert not DemoLoad.objects.exists()


def test_a_site_of_its_own_is_left_alone(desk: Team, lin: Member, tmp_path: Path) -> None:
    with pytest.raises(demo.DemoRefused):
        load(number=60, seed=7, folder=tmp_path, now_of=lambda: NOW)
    assert not Borrower.objects.exists()


def test_the_command_tells_its_progress_and_writes_the_logins(
    db: None, tmp_path: Path, settings: Any, capsys: Any
) -> None:
    settings.DATA_DIR = tmp_path
    call_command("load_demo", "--borrowers", "60")
    first = capsys.readouterr().out
    assert "demo: borrowers 60 of 60" in first
    told = json.loads((tmp_path / "run" / "demo.json").read_text(encoding="utf-8"))
    assert {login["username"] for login in told["logins"]} >= {"lin", "qin"}
    assert told["borrowers"][0].keys() == {"name", "phone", "id_tail", "card_tail", "note", "note_en"}
    (tmp_path / "run" / "demo.json").unlink()
    call_command("load_demo", "--borrowers", "60")
    assert capsys.readouterr().out == "demo: loaded already\n"
    assert json.loads((tmp_path / "run" / "demo.json").read_text(encoding="utf-8")) == told
    call_command("demo_logins")
    assert json.loads(capsys.readouterr().out) == told
