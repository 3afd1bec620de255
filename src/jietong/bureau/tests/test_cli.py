"""The feed from a shell: each command says what it did, and what is refused ends with 2 and a sentence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from jietong.bureau import cli
from jietong.bureau.tests.world import DUE, close, lend, noon
from jietong.kernel import clock

pytestmark = pytest.mark.django_db


def test_a_month_from_prepare_to_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(clock, "now", lambda: noon(date(2026, 11, 2)))
    lend()
    assert cli.prepare(["--month", "2026-10"]) == 2
    close(DUE, date(2026, 10, 31))
    assert cli.prepare(["--month", "october"]) == 2
    assert cli.prepare(["--month", "2026-10"]) == 0
    assert cli.corrections([]) == 0
    assert cli.export(["2026-10", "--to", str(tmp_path)]) == 0
    assert cli.export(["2026-09", "--to", str(tmp_path)]) == 2
    answer = tmp_path / "ack.csv"
    answer.write_text("row,result,code,message\n1,accepted,,\n", encoding="utf-8")
    assert cli.acknowledge(["2026-10", str(answer)]) == 0
    assert cli.acknowledge(["2026-10", str(tmp_path / "none.csv")]) == 2
    out, err = capsys.readouterr()
    assert "rows 1" in out
    assert "nothing to correct" in out
    assert "accepted 1  rejected 0" in out
    for code in ("not_over", "not_a_month", "unknown", "unreadable"):
        assert code in err
