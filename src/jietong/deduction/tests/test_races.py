"""Two connections at the same moment: a debit and a repayment by hand, two workers, a suspension and a sending."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from jietong.borrowers import queries as borrowers
from jietong.deduction import commands
from jietong.deduction.models import Debit, Refund
from jietong.deduction.rules.states import IN_FLIGHT
from jietong.deduction.standin.server import Standin
from jietong.deduction.tests.world import channel_to, leave, listening, owing, planned
from jietong.loans.commands import record_repayment
from jietong.loans.models import Loan, Repayment
from jietong.loans.queries import book as loans
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    with listening(tmp_path, slow_seconds=0.3) as server:
        yield server


def alone(call: Callable[..., object], **values: object) -> object:
    """On a connection of its own, given back afterwards."""
    try:
        return call(**values)
    finally:
        connection.close()


def waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def pay_by_hand(loan: Loan, fen: int, *, receipt: str = "HAND") -> None:
    record_repayment(receipt=receipt, loan_ref=loan.ref, amount_fen=fen, paid_at=NOW, actor="bank", now=NOW)


def test_a_debit_waits_for_a_repayment_that_is_being_booked_and_takes_only_the_rest(standin: Standin) -> None:
    with transaction.atomic():
        who, loan = owing()
        leave(who)
        debit = planned(loan)
    owed = loans.loan(loan.pk, on=TODAY).due_now_fen
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            pay_by_hand(loan, owed - 200_00)
            sending = other.submit(alone, commands.send_due, now=NOW, channel=channel_to(standin))
            while not waits():
                assert not sending.done(), sending.exception()
        assert sending.result(30) == 1
    debit.refresh_from_db()
    assert (debit.state, debit.taken_fen) == ("succeeded", 200_00)
    assert not Refund.objects.exists()


def test_leave_that_is_taken_back_first_is_not_used_any_more(standin: Standin) -> None:
    with transaction.atomic():
        who, loan = owing()
        card = leave(who)
        debit = planned(loan)
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            commands.end_mandate(borrower_id=who.pk, mandate_id=card.pk, reason="borrower", actor="borrower", now=NOW)
            sending = other.submit(alone, commands.send_due, now=NOW, channel=channel_to(standin))
            while not waits():
                assert not sending.done(), sending.exception()
        sending.result(30)
    debit.refresh_from_db()
    assert (debit.state, debit.reason, debit.claimed_at) == ("withheld", "no_mandate", None)


def test_a_suspension_that_commits_first_stops_the_debit(standin: Standin) -> None:
    with transaction.atomic():
        who, loan = owing()
        leave(who)
        debit = planned(loan)
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            borrowers.lock(who.pk)
            sending = other.submit(alone, commands.send_due, now=NOW, channel=channel_to(standin))
            while not waits():
                assert not sending.done(), sending.exception()
            commands.suspend(borrower_id=who.pk, reason="plan", source="plan:1", actor="staff:1", now=NOW)
        assert sending.result(30) == 0
    debit.refresh_from_db()
    assert (debit.state, debit.reason) == ("withheld", "plan")
    assert standin.books.truth() == {}


def test_two_workers_send_one_order_once(standin: Standin) -> None:
    with transaction.atomic():
        loans_of = []
        for n in range(6):
            who, loan = owing(f"借款人{n}")
            leave(who)
            planned(loan)
            loans_of.append(loan)
    with ThreadPoolExecutor(3) as workers:
        running = [
            workers.submit(alone, commands.send_due, now=NOW, channel=channel_to(standin, answer_seconds=5))
            for _ in range(3)
        ]
        assert sum(int(str(one.result(60))) for one in running) == 6
    truth = standin.books.truth()
    assert [one["orders"] for one in truth.values()] == [1] * 6
    assert Repayment.objects.count() == 6


@pytest.mark.parametrize("seed", range(4))
def test_however_hands_and_debits_cross_nobody_keeps_more_than_was_owed(standin: Standin, seed: int) -> None:
    """Random repayments by hand, a channel of every mood, two workers: in the end the loan has what it was owed, the
    channel's books hold each debit once, and every fen too much has gone back."""
    dice = random.Random(seed)
    moods = ["ok", "silent", "slow", "twice", "wrong_key", "contradicts", "insufficient"]
    with transaction.atomic():
        world = []
        for n in range(4):
            who, loan = owing(f"借款人{n}")
            leave(who, dice.choice(moods))
            planned(loan)
            world.append((loan, loans.loan(loan.pk, on=TODAY).due_now_fen))
    hands = {loan.pk: dice.choice([0, 1, owed // 2, owed]) for loan, owed in world}
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(alone, commands.send_due, now=NOW, channel=channel_to(standin)) for _ in range(2)]
        jobs += [pool.submit(alone, pay_by_hand, loan=loan, fen=hands[loan.pk], receipt=f"H{loan.pk}")
                 for loan, _ in world if hands[loan.pk]]  # fmt: skip
        for job in jobs:
            job.result(60)
    for minutes in (1, 7, 20, 45, 50):
        at = NOW + timedelta(minutes=minutes)
        channel = channel_to(standin)
        commands.ask_due(now=at, channel=channel)
        commands.compare(day=TODAY, now=at, channel=channel)
        commands.refund_due(now=at, channel=channel)
    truth = standin.books.truth()
    for loan, owed in world:
        debits = list(Debit.objects.filter(loan=loan))
        assert not [one for one in debits if one.state in IN_FLIGHT]
        assert all(truth[one.key]["orders"] == 1 for one in debits if one.key in truth)
        kept = sum(truth[d.key]["taken_fen"] - truth[d.key]["refunded_fen"] for d in debits if d.key in truth)
        assert kept == sum(one.booked_fen for one in debits)
        booked = sum(Repayment.objects.filter(loan=loan).values_list("amount_fen", flat=True))
        assert booked == kept + hands[loan.pk]
        assert booked <= owed
        assert loans.loan(loan.pk, on=TODAY).due_now_fen == owed - booked
