"""`jietong connect`: a link is set up, asked, fed a file and compared from the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from jietong.connectors.cli import main
from jietong.connectors.models import Source
from jietong.loans.models import Loan
from jietong.simulator.fineract import LOGIN, StandIn

pytestmark = pytest.mark.django_db


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_core_is_linked_asked_and_compared(
    core: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(LOGIN + "\n"))
    wanted = ["open", "--source", "core", "--kind", "fineract", "--mode", "mirror", "--secret-from-stdin"]
    assert main([*wanted, "--set", f"base_url={core.base_url}", "--set", "page_size=2"]) == 0
    assert Source.objects.get().settings == {"base_url": core.base_url, "page_size": 2}
    capsys.readouterr()
    assert main(["pull", "--source", "core"]) == 0
    assert told(capsys) == [{"listed": 2, "fetched": 2, "taken_up": 2, "error": ""}]
    assert main(["reconcile", "--source", "core", "--on", "2026-07-15"]) == 0
    (run,) = told(capsys)
    assert (run["differences"], run["core"] == run["book"]) == (0, True)
    Loan.objects.get(ref="F-2").head.__class__.objects.filter(loan__ref="F-2").update(outstanding_fen=1)
    assert main(["reconcile", "--source", "core", "--on", "2026-07-15"]) == 1
    assert told(capsys)[1] == {"code": "left", "ref": "F-2", "receipt": "", "core_fen": 160200, "book_fen": 1}
    core.mood = "down"
    assert main(["pull", "--source", "core"]) == 1
    assert told(capsys)[0]["error"] == "core_error"


def test_what_cannot_be_done_says_field_and_code(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "--source", "nobody"]) == 2
    assert "source: there is no link nobody (unknown)" in capsys.readouterr().err
    assert main(["pull", "--source", "nobody"]) == 2
    assert main(["open", "--source", "ftp", "--kind", "files", "--mode", "feed"]) == 0
    (tmp_path / "loans.csv").write_bytes("借据号,姓名\nA1,林".encode("gbk"))
    assert main(["files", str(tmp_path / "loans.csv"), "--source", "ftp"]) == 2
    assert "column_missing" in capsys.readouterr().err
