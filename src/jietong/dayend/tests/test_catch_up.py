"""Missed dates are closed one after another, by hand or as a job; a slip of the pen is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.dayend import cli, commands, queries
from jietong.dayend.commands import STEPS, ask_catch_up, close_day, dates_to_close, run_catch_up
from jietong.dayend.models import CatchUp, StepMark
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.models import Loan
from jietong.loans.queries.book import bucket_history, business_date
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan, make_team

pytestmark = pytest.mark.django_db


def late_loan() -> Loan:
    make_team()
    return make_loan(make_borrower(), paid=4, as_of=TODAY - timedelta(days=30))


def test_a_book_that_was_never_closed_begins_with_the_date_asked_for() -> None:
    assert dates_to_close(TODAY) == [TODAY]


def test_the_missed_dates_follow_each_other_and_an_unfinished_one_comes_first() -> None:
    close_day(TODAY, now=NOW)
    assert dates_to_close(TODAY) == []
    assert dates_to_close(TODAY + timedelta(days=3)) == [TODAY + timedelta(days=n) for n in (1, 2, 3)]
    StepMark.objects.filter(business_date=TODAY, name="cases").delete()
    assert dates_to_close(TODAY + timedelta(days=1)) == [TODAY, TODAY + timedelta(days=1)]
    with pytest.raises(InputError) as refused:
        dates_to_close(TODAY + timedelta(days=4000))
    assert (refused.value.field, refused.value.code) == ("until", "too_many")


def test_a_job_closes_them_and_each_move_has_its_own_date() -> None:
    loan = late_loan()
    close_day(TODAY - timedelta(days=10), now=NOW)
    row = ask_catch_up(until=TODAY, actor="staff:qin", now=NOW)
    assert ask_catch_up(until=TODAY, actor="staff:qin", now=NOW).pk == row.pk  # one at a time
    began = queries.progress()
    assert began is not None
    assert (began.done, began.total, began.now_on, began.now_step) == (0, 10, TODAY - timedelta(days=9), "check")
    run_catch_up(catch_up_id=row.pk, now=NOW)
    run_catch_up(catch_up_id=row.pk, now=NOW)
    assert business_date() == TODAY
    assert StepMark.objects.count() == 11 * len(STEPS)
    assert [move.on for move in bucket_history(loan.pk)] == [TODAY - timedelta(days=8)]
    told = queries.progress()
    assert told is not None
    assert (told.finished_at, told.error, told.done, told.total, told.now_on) == (NOW, "", 10, 10, None)
    with pytest.raises(CommandRefused) as refused:
        ask_catch_up(until=TODAY, actor="staff:qin", now=NOW)
    assert refused.value.code == "nothing_missed"


def test_a_date_that_fails_ends_the_job_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ask_catch_up(until=TODAY, actor="staff:qin", now=NOW)

    def refuse(*, business_date: object, now: object) -> dict[str, int]:
        raise ZeroDivisionError("a step of this test")

    monkeypatch.setattr(commands, "STEPS", (("check", commands.STEPS[0][1]), ("broken", refuse)))
    with pytest.raises(ZeroDivisionError):
        run_catch_up(catch_up_id=row.pk, now=NOW)
    told = CatchUp.objects.get()
    assert told.finished_at == NOW
    assert "a step of this test" in told.error
    assert [mark.name for mark in StepMark.objects.all()] == ["check"]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--date", "gestern"], "not_a_date"), (["--date", "2026-11-24", "--until", "2026-11-23"], "before_date")],
)
def test_the_command_refuses_dates_that_make_no_sense(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(words) == 2
    assert said in capsys.readouterr().err


def test_the_command_tells_each_step_of_each_date(capsys: pytest.CaptureFixture[str]) -> None:
    late_loan()
    assert cli.run(["--date", "2026-11-24", "--until", "2026-11-25"]) == 0
    out = capsys.readouterr().out
    assert "2026-11-24" in out
    assert "2026-11-25" in out
    assert out.count("✓ fall_due") == 2
    assert cli.catch_up(["--until", "2026-11-25"]) == 0
    assert "nothing was missed" in capsys.readouterr().out
