"""kill -9 between claim and answer: what was claimed is asked about, and never debited again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from jietong.deduction import commands
from jietong.deduction.models import Debit
from jietong.deduction.standin.server import Standin
from jietong.deduction.tests.world import SECRET, channel_to, leave, listening, owing, planned
from jietong.loans.models import Repayment
from jietong.loans.queries import book as loans
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.process]

#: a worker that sends what is due; "before": it hangs when the order is claimed and nothing has left yet
WORKER = """
import sys, time
from datetime import datetime
import django
django.setup()
from jietong.deduction import commands
from jietong.deduction.channels.realtime import Realtime

class HangsBefore(Realtime):
    def debit(self, order):
        time.sleep(600)

made = HangsBefore if sys.argv[1] == "before" else Realtime
commands.send_due(now=datetime.fromisoformat(sys.argv[4]), channel=made(sys.argv[2], sys.argv[3], answer_seconds=600))
"""


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    with listening(tmp_path, slow_seconds=1.0) as server:
        yield server


def die_while_sending(standin: Standin, when: str) -> Debit:
    """A worker process is killed while one order is claimed; the order as the database has it then."""
    with transaction.atomic():
        who, loan = owing()
        leave(who, "slow" if when == "during" else "ok")
        debit = planned(loan)
    connection.close()
    command = [sys.executable, "-c", WORKER, when, standin.url, SECRET, NOW.isoformat()]
    process = subprocess.Popen(command, env=dict(os.environ))  # our own interpreter
    try:
        deadline = time.monotonic() + 30
        while True:
            debit.refresh_from_db()
            arrived = when == "before" or debit.key in standin.books.truth()
            if debit.state == "claimed" and arrived:
                break
            assert process.poll() is None, "the worker has ended by itself"
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    return debit


def later(standin: Standin, minutes: float) -> None:
    at = NOW + timedelta(minutes=minutes)
    commands.ask_due(now=at, channel=channel_to(standin))
    commands.send_due(now=at, channel=channel_to(standin))


def test_killed_after_the_order_left_it_is_asked_about_and_booked_once(standin: Standin) -> None:
    debit = die_while_sending(standin, "during")
    later(standin, 0.5)
    debit.refresh_from_db()
    assert debit.state == "claimed", "its lease runs: perhaps the worker lives"
    time.sleep(1.2)  # the channel moves the money although nobody listens any more
    later(standin, 2)
    debit.refresh_from_db()
    assert debit.state == "succeeded"
    assert standin.books.truth()[debit.key]["orders"] == 1
    assert Repayment.objects.get().receipt == debit.receipt
    assert loans.loan(debit.loan_id, on=TODAY).due_now_fen == 0


def test_killed_before_the_order_left_it_is_asked_about_until_the_channel_surely_never_had_it(standin: Standin) -> None:
    debit = die_while_sending(standin, "before")
    for minutes in (2, 5, 10, 20):
        later(standin, minutes)
        debit.refresh_from_db()
        assert debit.state == "unknown"
        assert standin.books.truth() == {}, "what may have been sent is not sent again"
    later(standin, 55)
    debit.refresh_from_db()
    assert (debit.state, debit.reason) == ("failed", "never_arrived")
    retry = Debit.objects.get(state="planned")
    assert retry.key != debit.key
    assert not Repayment.objects.exists()
