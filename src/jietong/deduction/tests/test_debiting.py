"""A day of debits against a channel that really listens: what the borrower pays, and what the channel's books say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jietong.borrowers import commands as borrowers
from jietong.contacts.models import Attempt
from jietong.deduction import commands, queries
from jietong.deduction.channels.realtime import Realtime
from jietong.deduction.models import Answer, Debit, Refund, Settled
from jietong.deduction.standin.server import Standin
from jietong.deduction.tests.world import SECRET, channel_to, leave, listening, owing, planned
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.commands import record_repayment
from jietong.loans.models import Repayment
from jietong.loans.queries import book as loans
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    with listening(tmp_path) as server:
        yield server


def run(server: Standin, *, now=NOW, minutes: int = 0) -> None:
    """What the worker's tick does, at an instant after ten o'clock."""
    channel = channel_to(server)
    at = now + minutes * MINUTE
    commands.refund_due(now=at, channel=channel)
    commands.ask_due(now=at, channel=channel)
    commands.send_due(now=at, channel=channel)


def due(loan) -> int:
    return loans.loan(loan.pk, on=TODAY).due_now_fen


def test_day_end_plans_and_the_card_is_debited_once(standin: Standin) -> None:
    who, loan = owing()
    owed = due(loan)
    leave(who)
    assert commands.plan_debits(business_date=TODAY, now=NOW) == {"planned": 0}, "the fifth fell due nine days ago"
    debit = planned(loan)
    run(standin)
    run(standin, minutes=1)
    debit.refresh_from_db()
    assert (debit.state, debit.taken_fen, debit.booked_fen) == ("succeeded", owed, owed)
    assert Repayment.objects.get(receipt=debit.receipt).amount_fen == owed
    assert due(loan) == 0
    assert standin.books.truth()[debit.key] == {"orders": 1, "takes": 1, "taken_fen": owed, "refunded_fen": 0}


def test_what_falls_due_today_is_planned_once_for_who_gave_leave(standin: Standin) -> None:
    from jietong.simulator.tests.cast import make_borrower, make_loan

    who, loan = make_borrower(), None
    loan = make_loan(who, disbursed_on=TODAY.replace(month=6), paid=4)
    stranger = make_borrower("没授权")
    make_loan(stranger, disbursed_on=TODAY.replace(month=6), paid=4)
    leave(who)
    night = NOW + timedelta(hours=12)  # ten in the evening: what is planned now is debited in the morning
    assert commands.plan_debits(business_date=TODAY, now=night) == {"planned": 1}
    assert commands.plan_debits(business_date=TODAY, now=night) == {"planned": 0}
    debit = Debit.objects.get()
    assert (debit.loan_id, debit.business_date) == (loan.pk, TODAY + timedelta(days=1))
    assert debit.not_before.astimezone(debit.expires_at.tzinfo).hour == 1  # nine in Shanghai


def test_the_borrowers_order_of_cards_is_kept_and_the_next_card_follows_a_failure(standin: Standin) -> None:
    who, loan = owing()
    second = leave(who, tail="2222")
    first = leave(who, "insufficient", tail="1111")
    commands.reorder(borrower_id=who.pk, mandate_ids=[first.pk, second.pk], actor="borrower", now=NOW)
    planned(loan)
    run(standin)
    failed = Debit.objects.get(state="failed")
    assert (failed.mandate_id, failed.reason) == (first.pk, "insufficient")
    retry = Debit.objects.get(state="planned")
    assert retry.not_before == NOW + 5 * MINUTE
    run(standin, minutes=5)
    retry.refresh_from_db()
    assert (retry.state, retry.mandate_id) == ("succeeded", second.pk)
    assert Attempt.objects.get(template="debit_failed").borrower_id == who.pk


def test_attempts_a_day_are_policy(standin: Standin) -> None:
    who, loan = owing()
    leave(who, "insufficient")
    planned(loan)
    for minutes in range(0, 600, 60):
        run(standin, minutes=minutes)
    assert Debit.objects.filter(state="failed").count() == 3
    assert not Debit.objects.filter(state="planned").exists()


def test_a_card_that_is_out_waits_for_the_borrower(standin: Standin) -> None:
    who, loan = owing()
    card = leave(who, "card_abnormal")
    planned(loan)
    run(standin)
    card.refresh_from_db()
    assert card.out_reason == "card_abnormal"
    planned(loan)
    run(standin, minutes=1)
    assert Debit.objects.filter(state="withheld", reason="no_mandate").count() == 1
    commands.card_is_well(borrower_id=who.pk, mandate_id=card.pk, actor="borrower", now=NOW)
    card.refresh_from_db()
    assert card.out_since is None


def test_a_limit_lets_a_part_through_and_the_next_card_takes_the_rest(standin: Standin) -> None:
    who, loan = owing()
    owed = due(loan)
    leave(who, tail="1111", limit_fen=300_00)
    leave(who, tail="2222")
    planned(loan)
    run(standin)
    run(standin, minutes=6)
    assert sorted(Debit.objects.filter(state="succeeded").values_list("taken_fen", flat=True)) == [
        300_00,
        owed - 300_00,
    ]
    assert due(loan) == 0


@pytest.mark.parametrize(
    "behaviour", ["late", "silent", "slow", "wrong_key", "wrong_amount", "contradicts", "unsigned", "garbled", "twice"]
)
def test_however_the_channel_answers_the_money_is_booked_once_and_nothing_is_sent_again(
    standin: Standin, behaviour: str
) -> None:
    who, loan = owing()
    owed = due(loan)
    leave(who, behaviour)
    debit = planned(loan)
    run(standin)
    if behaviour == "slow":
        time.sleep(0.8)  # longer than anybody waited: the money moves only now
    if behaviour == "late":
        time.sleep(0.3)
    for minutes in (1, 5, 40):
        run(standin, minutes=minutes)
        commands.compare(day=TODAY, now=NOW + minutes * MINUTE, channel=channel_to(standin))
    run(standin, minutes=41)
    debit.refresh_from_db()
    truth = standin.books.truth()[debit.key]
    assert debit.state == "succeeded"
    assert truth["orders"] == 1, "an unknown result is asked about, never ordered again"
    assert truth["taken_fen"] - truth["refunded_fen"] == owed
    assert list(Repayment.objects.values_list("receipt", "amount_fen")) == [(debit.receipt, owed)]
    assert due(loan) == 0
    assert not Debit.objects.filter(state__in=["planned", "claimed", "sent", "unknown", "asked"]).exists() or (
        behaviour == "contradicts"  # the retry that the false "no" planned: withheld when its time comes
    )


def test_a_double_debit_is_found_and_paid_back_the_same_day(standin: Standin) -> None:
    who, loan = owing()
    owed = due(loan)
    leave(who, "twice")
    debit = planned(loan)
    run(standin)
    debit.refresh_from_db()
    assert debit.state == "succeeded"  # the reply spoke of one only
    day = commands.compare(day=TODAY, now=NOW + MINUTE, channel=channel_to(standin))
    assert day is not None
    assert day.found == {"double": 1}
    refund = Refund.objects.get()
    assert (refund.amount_fen, refund.reason) == (owed, "double")
    assert refund.due_by - NOW < timedelta(days=1)
    run(standin, minutes=2)
    refund.refresh_from_db()
    assert refund.state == "done"
    assert standin.books.truth()[debit.key]["refunded_fen"] == owed
    again = commands.compare(day=TODAY, now=NOW + 3 * MINUTE, channel=channel_to(standin))
    assert again is not None
    assert again.found == {}
    assert Refund.objects.count() == 1


def test_nothing_that_never_arrived_is_waited_for_for_ever(standin: Standin) -> None:
    who, loan = owing()
    leave(who, "silent_nothing")
    debit = planned(loan)
    run(standin)
    run(standin, minutes=1)
    debit.refresh_from_db()
    assert debit.state == "unknown"
    assert queries.in_flight(who.pk)[0].is_unsure
    run(standin, minutes=40)
    debit.refresh_from_db()
    assert (debit.state, debit.reason) == ("failed", "never_arrived")


def test_a_channel_that_cannot_be_reached_debits_nothing_and_says_so(standin: Standin) -> None:
    who, loan = owing()
    leave(who)
    debit = planned(loan)
    commands.send_due(now=NOW, channel=Realtime("http://127.0.0.1:9", SECRET))
    debit.refresh_from_db()
    assert (debit.state, debit.reason) == ("failed", "channel_down")
    assert standin.books.truth() == {}


def test_a_wrong_secret_is_no_answer(standin: Standin) -> None:
    who, loan = owing()
    leave(who)
    debit = planned(loan)
    commands.send_due(now=NOW, channel=Realtime(standin.url, "another secret"))
    debit.refresh_from_db()
    assert debit.state == "unknown"


def test_another_amount_than_asked_for_is_a_persons_matter(standin: Standin) -> None:
    who, loan = owing()
    owed = due(loan)
    leave(who, "took_wrong")
    debit = planned(loan)
    run(standin)
    for minutes in (1, 40):
        run(standin, minutes=minutes)
    debit.refresh_from_db()
    assert (debit.state, debit.odd) == ("unknown", "wrong_amount")
    taken = standin.books.truth()[debit.key]["taken_fen"]
    assert taken > owed
    with pytest.raises(InputError):
        commands.resolve(key=debit.key, taken_fen=taken, channel_ref="", reason="对账单", actor="staff:1", now=NOW)
    ref = standin.books.moved(debit.key)[0].ref
    commands.resolve(
        key=debit.key, taken_fen=taken, channel_ref=ref, reason="对账单", actor="staff:1", now=NOW + MINUTE
    )
    assert due(loan) == 0
    assert Refund.objects.get().amount_fen == taken - owed
    with pytest.raises(CommandRefused):
        commands.resolve(key=debit.key, taken_fen=0, channel_ref="", reason="x", actor="staff:1", now=NOW)


def test_a_repayment_by_hand_while_a_debit_is_under_way_makes_a_refund(standin: Standin) -> None:
    who, loan = owing()
    owed = due(loan)
    leave(who, "silent")
    debit = planned(loan)
    run(standin)
    assert queries.in_flight(who.pk)[0].amount_fen == owed
    record_repayment(receipt="HAND", loan_ref=loan.ref, amount_fen=owed - 100_00, paid_at=NOW, actor="bank", now=NOW)
    run(standin, minutes=1)
    debit.refresh_from_db()
    assert (debit.state, debit.taken_fen, debit.booked_fen) == ("succeeded", owed, 100_00)
    refund = Refund.objects.get()
    assert (refund.amount_fen, refund.reason) == (owed - 100_00, "surplus")
    run(standin, minutes=2)
    assert standin.books.truth()[debit.key]["refunded_fen"] == owed - 100_00
    assert due(loan) == 0


@pytest.mark.parametrize("kind", ["deceased", "hardship_plan", "open_dispute", "never_heard_of"])
def test_facts_are_read_again_at_the_moment_of_sending(standin: Standin, kind: str) -> None:
    who, loan = owing()
    leave(who)
    debit = planned(loan)
    borrowers.record_circumstance(borrower_id=who.pk, kind=kind, source="test", actor="test", now=NOW)
    run(standin)
    debit.refresh_from_db()
    assert debit.state == "withheld"
    assert debit.because == kind
    assert standin.books.truth() == {}
    assert queries.upcoming(who.pk, now=NOW) == []


def test_a_suspension_holds_until_it_is_lifted_or_over(standin: Standin) -> None:
    who, loan = owing()
    leave(who)
    commands.claim_paid(borrower_id=who.pk, source="contact:1", actor="borrower", now=NOW)
    commands.switch_off(borrower_id=who.pk, actor="borrower", now=NOW)
    planned(loan)
    run(standin)
    assert Debit.objects.get().reason == "claims_paid"
    assert commands.resume(borrower_id=who.pk, source="contact:1", actor="staff:1", now=NOW) == 1
    assert queries.stopped(who.pk, now=NOW) == "switched_off"
    commands.switch_on(borrower_id=who.pk, actor="borrower", now=NOW)
    assert queries.stopped(who.pk, now=NOW) == ""
    with pytest.raises(InputError):
        commands.suspend(borrower_id=who.pk, reason="opted_out", source="x", actor="staff:1", now=NOW)


def test_a_policy_that_cannot_be_read_debits_nothing(standin: Standin, settings, tmp_path: Path) -> None:
    who, loan = owing()
    leave(who)
    debit = planned(loan)
    bad = tmp_path / "policy.toml"
    bad.write_text("version = 1\n")
    settings.DEDUCTION_POLICY = str(bad)
    run_without_asking = channel_to(standin)
    commands.send_due(now=NOW, channel=run_without_asking)
    debit.refresh_from_db()
    assert (debit.state, debit.reason) == ("withheld", "cannot_evaluate")
    assert standin.books.truth() == {}
    assert commands.plan_debits(business_date=TODAY, now=NOW) == {"planned": 0, "no_policy": 1}
    assert queries.health()[0].startswith("policy")


def test_trying_again_needs_the_borrowers_word_and_keeps_it(standin: Standin) -> None:
    who, loan = owing()
    leave(who)
    stranger, _other = owing("别人")
    with pytest.raises(InputError):
        commands.try_again(borrower_id=who.pk, ref=loan.ref, consent=" ", actor="staff:1", now=NOW)
    with pytest.raises(InputError):
        commands.try_again(borrower_id=stranger.pk, ref=loan.ref, consent="好", actor="staff:1", now=NOW)
    commands.try_again(borrower_id=who.pk, ref=loan.ref, consent="电话里说现在就扣", actor="staff:1", now=NOW)
    run(standin)
    debit = Debit.objects.get()
    assert (debit.state, debit.cause, debit.consent) == ("succeeded", "asked", "电话里说现在就扣")
    assert Event.objects.get(kind="deduction.asked_again").actor == "staff:1"
    with pytest.raises(CommandRefused) as refused:
        commands.try_again(borrower_id=who.pk, ref=loan.ref, consent="再扣", actor="staff:1", now=NOW)
    assert refused.value.code == "nothing_due"


def test_the_statement_is_asked_for_every_ten_minutes(standin: Standin) -> None:
    who, loan = owing()
    leave(who)
    channel = channel_to(standin)
    assert commands.compare_due(now=NOW, channel=channel) == 0, "nothing was sent yet"
    planned(loan)
    run(standin)
    assert commands.compare_due(now=NOW + MINUTE, channel=channel) == 1
    assert commands.compare_due(now=NOW + 5 * MINUTE, channel=channel) == 0
    assert commands.compare_due(now=NOW + 11 * MINUTE, channel=channel) == 1
    row = Settled.objects.get()
    assert (row.theirs_fen, row.ours_fen) == (due(loan) or row.ours_fen, row.ours_fen)


def test_an_answer_to_an_order_that_we_never_sent_moves_nothing(standin: Standin) -> None:
    from jietong.deduction.rules.judging import Outcome, Told

    told = Told("D-of-somebody-else", Outcome.SUCCEEDED, "", 100, "CH9", NOW)
    assert commands.take_answer(told, source="notice", now=NOW) == "not_ours"
    assert Repayment.objects.count() == 0
    assert Answer.objects.get().debit is None
    assert len(queries.strangers(now=NOW)) == 1
