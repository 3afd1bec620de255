"""Money leaves once per key, whatever the channel says; a yes books the loan, a cancellation ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from jietong.contacts.models import Attempt
from jietong.kernel.errors import CommandRefused
from jietong.kernel.models import Event
from jietong.loans.commands import record_repayment, reverse_repayment
from jietong.loans.models import Loan, Repayment
from jietong.loans.tests.replay_world import agree, balance
from jietong.origination import channels, commands, queries
from jietong.origination.channels import Answer
from jietong.origination.channels.demo import DemoChannel
from jietong.origination.models import Application, DemoPayment, Transfer
from jietong.origination.tests.world import ScriptedChannel, apply, offer, proved, sign
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.usefixtures("db")
YES, NO, LATER, SILENCE = (
    Answer("succeeded", "B1", paid_at=NOW),
    Answer("failed", "B1", "card_state"),
    Answer("pending"),
    None,
)
STEP = timedelta(minutes=6)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ScriptedChannel]]:
    """The channel of the test: put one in."""
    holder: list[ScriptedChannel] = []
    monkeypatch.setattr("jietong.origination.commands.transfers.channel", lambda: holder[-1])
    yield holder
    channels.channel.cache_clear()


def signed(amount_fen: int = 3000_00) -> Application:
    offer()
    who, token = proved()
    return sign(apply(who, amount_fen=amount_fen), token)


def go(times: int, *, start=NOW + timedelta(minutes=1)) -> None:
    for n in range(times):
        commands.move_transfers(now=start + n * STEP)


@pytest.mark.parametrize("answers", [(YES,), (LATER, YES), (SILENCE, YES), (SILENCE, SILENCE, LATER, YES)])
def test_money_is_sent_once_and_the_loan_is_booked_when_it_has_arrived(channel: list, answers: tuple) -> None:
    told = ScriptedChannel(*answers)
    channel.append(told)
    done = signed()
    go(len(answers) + 2)
    done.refresh_from_db()
    loan = Loan.objects.get(ref=done.ref)
    assert (done.state, done.disbursed_on, loan.disbursed_on) == ("disbursed", TODAY, TODAY)
    assert (len(told.sent), told.asked) == (1, len(answers) - 1)
    assert told.sent[0].card_number.startswith("622202")
    assert balance(loan, "loan_principal") == 3000_00
    view = queries.limit(done.borrower_id)
    assert (view.held_fen, view.loans_fen, view.room_fen) == (0, 3000_00, 7000_00)
    assert Attempt.objects.filter(borrower_id=done.borrower_id, template="money_arrived").count() == 1


def test_no_loan_and_no_interest_while_nobody_knows_whether_the_money_arrived(channel: list) -> None:
    channel.append(ScriptedChannel(SILENCE))
    done = signed()
    go(30)
    assert len(channel[0].sent) == 1
    assert not Loan.objects.filter(ref=done.ref).exists()
    assert queries.limit(done.borrower_id).held_fen == 3000_00
    assert Transfer.objects.get().state == "asking"


def test_a_process_that_died_after_the_claim_is_asked_about_and_nothing_is_sent_again(channel: list) -> None:
    class Dying(ScriptedChannel):
        def send(self, order: channels.Order, *, now: object) -> Answer:
            self.sent.append(order)
            raise KeyboardInterrupt

    dying = Dying(YES)
    channel.append(dying)
    signed()
    with pytest.raises(KeyboardInterrupt):
        go(1)
    assert Transfer.objects.get().state == "sending"
    go(1, start=NOW + timedelta(minutes=1, seconds=10))
    assert dying.asked == 0  # its silence has not lasted long enough
    go(1, start=NOW + timedelta(minutes=2))
    assert (len(dying.sent), dying.asked, Transfer.objects.get().state) == (1, 1, "succeeded")


def test_a_failed_payout_frees_the_limit_says_why_and_the_next_try_has_a_key_of_its_own(channel: list) -> None:
    channel.append(ScriptedChannel(NO))
    offer()
    who, token = proved()
    done = sign(apply(who), token)
    go(1)
    done.refresh_from_db()
    assert (done.state, done.reasons) == ("payout_failed", ["card_state"])
    assert queries.limit(who.pk).room_fen == 10_000_00
    channel.append(ScriptedChannel(YES))
    again = sign(done, token, now=NOW + timedelta(hours=1))
    go(1, start=NOW + timedelta(hours=2))
    again.refresh_from_db()
    assert again.state == "disbursed"
    assert channel[0].sent[0].key != channel[1].sent[0].key
    assert Loan.objects.filter(ref=done.ref).count() == 1


def test_an_order_that_the_channel_never_heard_of_fails_only_after_a_while(channel: list) -> None:
    channel.append(ScriptedChannel(SILENCE, Answer("never_seen")))
    done = signed()
    go(1)
    go(1, start=NOW + timedelta(minutes=5))
    assert Transfer.objects.get().state == "asking"
    go(1, start=NOW + timedelta(minutes=12))
    done.refresh_from_db()
    assert (done.state, done.reasons, len(channel[0].sent)) == ("payout_failed", ["never_arrived"], 1)


def test_a_final_answer_stays_and_a_contradiction_is_news(channel: list) -> None:
    channel.append(ScriptedChannel(YES))
    done = signed()
    go(1)
    key = Transfer.objects.get().key
    commands.hear(key=key, answer=NO, now=NOW)
    commands.hear(key=key, answer=YES, now=NOW)
    done.refresh_from_db()
    assert done.state == "disbursed"
    assert Event.objects.filter(kind="origination.answer_contradicts").count() == 1
    assert Loan.objects.filter(ref=done.ref).count() == 1


def test_a_payout_that_arrives_while_the_use_is_read_is_never_left_out(
    channel: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel.append(ScriptedChannel(LATER))
    done = signed()
    go(1)
    key = Transfer.objects.get().key

    def then_arrives(read: Callable[[list[int]], dict[int, int]]) -> Callable[[list[int]], dict[int, int]]:
        def reading(who: list[int]) -> dict[int, int]:
            found = read(who)
            commands.hear(key=key, answer=YES, now=NOW)
            return found

        return reading

    for name in ("_held", "_of_loans"):
        monkeypatch.setattr(queries, name, then_arrives(getattr(queries, name)))
    assert queries.limit(done.borrower_id).used_fen >= 3000_00
    assert queries.limit(done.borrower_id).used_fen == 3000_00


def lent(channel: list) -> Application:
    channel.append(ScriptedChannel(YES))
    done = signed()
    go(1)
    done.refresh_from_db()
    return done


def test_cancelling_takes_principal_and_interest_to_the_day_back_and_frees_the_limit(channel: list) -> None:
    done = lent(channel)
    at = NOW + timedelta(days=5)
    channel.append(ScriptedChannel(LATER, Answer("succeeded", "B2", paid_at=at)))
    order = commands.cancel(application=done, now=at)
    assert commands.cancel(application=done, now=at).pk == order.pk
    assert order.amount_fen == 3000_00 + 6_00  # 14.4 % a year: 36.00 for the month of 30 days, 1.20 a day
    go(2, start=at)
    done.refresh_from_db()
    loan = Loan.objects.get(ref=done.ref)
    assert (done.state, loan.status, loan.cancelled_on) == ("cancelled", "settled", (at).date())
    assert queries.limit(done.borrower_id).room_fen == 10_000_00
    agree_but_for_the_payout(loan)


def agree_but_for_the_payout(loan: Loan) -> None:
    agree(loan)
    assert balance(loan, "disbursement_clearing") == -3000_00


def test_a_cancellation_whose_money_cannot_be_taken_leaves_the_loan_and_can_be_tried_again(channel: list) -> None:
    done = lent(channel)
    at = NOW + timedelta(days=1)
    channel.append(ScriptedChannel(NO))
    commands.cancel(application=done, now=at)
    go(1, start=at)
    done.refresh_from_db()
    assert (done.state, Loan.objects.get(ref=done.ref).status) == ("disbursed", "active")
    assert Attempt.objects.filter(template="cancel_failed").count() == 1
    channel.append(ScriptedChannel(YES))
    commands.cancel(application=done, now=at + timedelta(hours=1))
    go(1, start=at + timedelta(hours=1))
    done.refresh_from_db()
    assert done.state == "cancelled"


def test_after_the_cooling_off_days_it_is_too_late(channel: list) -> None:
    done = lent(channel)
    with pytest.raises(CommandRefused) as caught:
        commands.cancel(application=done, now=NOW + timedelta(days=8))
    assert caught.value.code == "too_late"
    assert queries.application(done.ref).state == "disbursed"


def test_money_that_came_first_makes_what_is_taken_back_a_repayment(channel: list) -> None:
    done = lent(channel)
    at = NOW + timedelta(days=1)
    channel.append(ScriptedChannel(Answer("succeeded", paid_at=at)))
    commands.cancel(application=done, now=at)
    record_repayment(receipt="HAND", loan_ref=done.ref, amount_fen=500_00, paid_at=at, actor="bank", now=at)
    go(1, start=at)
    done.refresh_from_db()
    assert (done.state, done.reasons) == ("disbursed", ["already_repaid"])
    loan = Loan.objects.get(ref=done.ref)
    assert loan.cancelled_on is None
    assert sum(Repayment.objects.filter(loan=loan).values_list("amount_fen", flat=True)) == 3500_00 + 1_20
    assert balance(loan, "cash") == 3501_20


def test_a_cancellation_whose_money_bounced_is_a_loan_again(channel: list) -> None:
    done = lent(channel)
    at = NOW + timedelta(days=1)
    channel.append(ScriptedChannel(Answer("succeeded", paid_at=at)))
    key = commands.cancel(application=done, now=at).key
    go(1, start=at)
    reverse_repayment(receipt=key, reason="退票", actor="bank", now=at)
    news = Event.objects.get(kind="loans.repayment_reversed")
    commands.on_repayment_reversed(news)
    commands.on_repayment_reversed(news)
    done.refresh_from_db()
    assert (done.state, Loan.objects.get(ref=done.ref).status) == ("disbursed", "active")
    assert queries.limit(done.borrower_id).loans_fen == 3000_00


def test_the_demo_channel_pays_a_key_once_and_tells_three_stories() -> None:
    demo, seen = DemoChannel(), set()
    for n in range(150):
        order = channels.Order(f"JK-TEST-{n}", 100_00, "6222020000000001", "王霞")
        try:
            seen |= {demo.send(order, now=NOW).state, demo.ask(order.key, now=NOW + timedelta(minutes=1)).state}
        except channels.ChannelSilence:
            seen.add("silence")
            assert demo.ask(order.key, now=NOW + timedelta(minutes=1)).state == "succeeded"
    assert seen == {"silence", "pending", "succeeded", "failed"}
    assert set(DemoPayment.objects.values_list("sends", flat=True)) == {1}
    assert demo.ask("nobody", now=NOW).state == "never_seen"
