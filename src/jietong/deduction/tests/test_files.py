"""Debits by file: one request, results taken whole or refused by name, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jietong.deduction import commands, queries
from jietong.deduction.commands import exchanging
from jietong.deduction.models import Batch, Debit, Refund, ResultFile
from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.rules.lines import read_request, read_results, write_results
from jietong.deduction.standin.server import Standin
from jietong.deduction.tests.world import channel_to, leave, listening, owing, planned
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.models import Loan, Repayment
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    with listening(tmp_path) as server:
        yield server


def by_file(standin: Standin, *behaviours: str) -> tuple[Batch, list[Loan]]:
    """A request with one order for each behaviour of the channel."""
    found = []
    for number, behaviour in enumerate(behaviours):
        who, loan = owing(f"借款人{number}")
        leave(who, behaviour, channel="file")
        planned(loan)
        found.append(loan)
    assert commands.send_due(now=NOW, channel=channel_to(standin)) == 0
    assert queries.waiting_for_file(now=NOW) == len(behaviours)
    batch = commands.make_request_file(actor="staff:1", now=NOW)
    assert batch is not None
    return batch, found


def take(name: str, raw: bytes) -> ResultFile:
    return commands.take_result_file(name=name, raw=raw, actor="staff:1", now=NOW + timedelta(minutes=5))


def test_a_request_goes_out_and_its_results_are_booked_once(standin: Standin) -> None:
    batch, _loans = by_file(standin, "ok", "insufficient", "twice")
    name, raw = commands.hand_out(number=batch.number, now=NOW)
    assert name == f"{batch.number}.req.txt"
    assert "还款".encode("gb18030") in raw
    number, _day, lines = read_request(raw)
    assert (number, len(lines), sum(one.amount_fen for one in lines)) == (batch.number, 3, batch.sum_fen)
    answer = standin.results(raw)
    file = take("a.txt", answer)
    assert file.worth == {"taken": 2, "failed": 1, "double": 1}
    assert sorted(Debit.objects.exclude(state="planned").values_list("state", "reason")) == [
        ("failed", "insufficient"),
        ("succeeded", ""),
        ("succeeded", ""),
    ]
    assert Repayment.objects.count() == 2
    assert Refund.objects.get().reason == "double"
    assert commands.make_request_file(actor="staff:1", now=NOW) is None


def test_files_that_cannot_be_right_are_refused_by_name_and_book_nothing(standin: Standin) -> None:
    batch, _loans = by_file(standin, "ok")
    _name, raw = commands.hand_out(number=batch.number, now=NOW)
    answer = standin.results(raw)
    for name, bad, code in (
        ("short.txt", answer[:-25], "truncated"),
        ("changed.txt", answer.replace(b"|S|", b"|F|"), "wrong_check"),
        ("empty.txt", b"\n", "empty"),
        ("request.txt", raw, "not_a_result"),
    ):
        with pytest.raises(InputError) as wrong:
            take(name, bad)
        assert wrong.value.code == code
        assert ResultFile.objects.get(name=name).refusal == code
    stranger = write_results("A9", "Q-never-sent", TODAY, [])
    with pytest.raises(CommandRefused) as refused:
        take("stranger.txt", stranger)
    assert refused.value.code == "unknown_request"
    assert not Repayment.objects.exists()
    take("good.txt", answer)
    for name, again, code in (
        ("good.txt", answer, "duplicate_file"),
        ("renamed.txt", answer, "duplicate_file"),
        ("other.txt", write_results(f"A{batch.number[1:]}", batch.number, TODAY, []), "duplicate_number"),
    ):
        with pytest.raises(CommandRefused) as refused:
            take(name, again)
        assert refused.value.code == code
    assert Repayment.objects.count() == 1


def test_an_order_that_the_results_do_not_name_is_unknown_and_a_persons(standin: Standin) -> None:
    batch, _loans = by_file(standin, "ok", "ok")
    first, second = Debit.objects.filter(batch=batch).order_by("pk")
    told = Told(first.key, Outcome.SUCCEEDED, "00", first.amount_fen, "CH1", NOW + timedelta(minutes=1))
    file = take("half.txt", write_results("A1", batch.number, TODAY, [told]))
    assert file.worth == {"taken": 1, "not_named": 1}
    second.refresh_from_db()
    assert second.state == "unknown"
    assert commands.ask_due(now=NOW + timedelta(hours=1), channel=channel_to(standin)) == 0
    assert [one.key for one in queries.open_ones()] == [second.key]
    commands.resolve(key=second.key, taken_fen=0, channel_ref="", reason="对账单没有", actor="staff:1", now=NOW)
    second.refresh_from_db()
    assert second.state == "failed"


def test_a_file_whose_taking_was_cut_off_is_gone_on_with_and_each_line_counts_once(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanging, "CHUNK", 2)
    batch, _loans = by_file(standin, "ok", "ok", "insufficient", "ok", "ok")
    _name, raw = commands.hand_out(number=batch.number, now=NOW)
    answer = standin.results(raw)
    file = exchanging._accept("a.txt", answer, read_results(answer), actor="staff:1", now=NOW)
    at = NOW + timedelta(minutes=5)
    assert exchanging.apply_next(file_id=file.pk, now=at)
    assert Debit.objects.filter(batch=batch, state="sent").count() == 3  # here the process was killed
    with pytest.raises(CommandRefused) as refused:
        take("a.txt", answer)
    assert refused.value.code == "duplicate_file"  # it is in our hands already
    for _ in range(4):
        commands.go_on(now=at)
    file.refresh_from_db()
    assert (file.applied, file.content, file.worth) == (5, None, {"taken": 4, "failed": 1})
    assert Repayment.objects.count() == 4


def test_an_order_that_is_not_named_is_found_out_with_the_last_part_only(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanging, "CHUNK", 1)
    batch, _loans = by_file(standin, "ok", "ok", "ok")
    first, second, silent = Debit.objects.filter(batch=batch).order_by("key")
    told = [Told(one.key, Outcome.SUCCEEDED, "00", one.amount_fen, f"C{one.pk}", NOW) for one in (first, second)]
    file = take("half.txt", write_results("A1", batch.number, TODAY, told))
    assert file.worth == {"taken": 2, "not_named": 1}
    silent.refresh_from_db()
    assert silent.state == "unknown"
