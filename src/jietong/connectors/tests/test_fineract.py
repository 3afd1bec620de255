"""Fineract in its documented shapes, asked over a real socket: what it says is booked once and stays in step."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client as Browser

from jietong.connectors import queries
from jietong.connectors.commands import process_due, pull, pull_tick, reconcile, replay, tick
from jietong.connectors.models import CoreLoan, InboxEvent, ReconciliationRun, Source
from jietong.connectors.tests.conftest import core_loan, link, run
from jietong.kernel.errors import InputError
from jietong.loans.models import Loan, MirrorVersion, Repayment
from jietong.loans.tests.replay_world import agree
from jietong.simulator.fineract import StandIn
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def state() -> Source:
    return Source.objects.get(code="core")


def test_a_first_pull_brings_clients_loans_schedules_and_transactions(core: StandIn) -> None:
    link(core)
    assert run().fetched == 2  # type: ignore[union-attr]
    loans = list(Loan.objects.order_by("ref"))
    assert [one.ref for one in loans] == ["F-1", "F-2"]
    for loan in loans:
        agree(loan)
    who = loans[0].borrower
    assert (who.number, who.name, who.id_type, who.id_no) == ("C-1", "林小满", "id_card", "110101199001011237")
    assert {p.kind: p.value for p in who.contact_points.all()} == {"phone": "19900001111", "email": "lin@mail.example"}
    head = loans[0].head
    assert (head.outstanding_fen, head.oldest_unpaid_due_on, head.bucket) == (1602_00, date(2026, 10, 15), "M2")
    assert (state().last_ok_at, state().error_code, state().cursor) == (NOW, "", {})


def test_a_second_pull_fetches_only_what_changed(core: StandIn) -> None:
    link(core)
    run()
    core.asked.clear()
    assert pull(code="core", now=LATER).fetched == 0  # type: ignore[union-attr]
    assert [path for path in core.asked if "/loans/" in path] == []
    core.loans[2].pay(TODAY, 542_00)
    assert run(LATER).fetched == 1  # type: ignore[union-attr]
    assert Repayment.objects.filter(loan__ref="F-2").count() == 4
    assert MirrorVersion.objects.filter(loan__ref="F-2").count() == 2
    assert MirrorVersion.objects.filter(loan__ref="F-1").count() == 1
    agree(Loan.objects.get(ref="F-2"))


def test_what_goes_back_to_what_it_was_is_news_again(core: StandIn) -> None:
    link(core)
    run()
    paid = core.loans[1].pay(TODAY, 542_00)
    run(LATER)
    core.loans[1].transactions.remove(paid)
    core.loans[1].work_out()
    run(LATER + timedelta(minutes=5))
    loan = Loan.objects.get(ref="F-1")
    agree(loan)
    assert loan.head.outstanding_fen == 1602_00
    assert Repayment.objects.get(receipt=f"core-{paid.id}").reversed_at is not None


def test_a_reversal_in_the_core_is_one_here(core: StandIn) -> None:
    link(core)
    run()
    core.loans[1].reverse(core.loans[1].transactions[2])
    run(LATER)
    loan = Loan.objects.get(ref="F-1")
    agree(loan)
    assert loan.head.oldest_unpaid_due_on == date(2026, 9, 15)
    assert Repayment.objects.filter(loan=loan, reversed_at=None).count() == 2


@pytest.mark.parametrize(
    ("mood", "code"),
    [
        ("down", "core_error"), ("broken", "core_error"), ("half_page", "short_page"), ("cut_off", "cut_off"),
        ("garbage", "bad_answer"), ("denied", "not_allowed"), ("slow", "timeout"),
    ],
)  # fmt: skip
def test_a_core_that_behaves_badly_breaks_the_link_by_name_and_nothing_is_lost(
    core: StandIn, mood: str, code: str
) -> None:
    link(core, timeout=0.3, page_size=4)
    run()
    core.loans[1].pay(TODAY, 100_00)
    for number in (3, 4, 5, 6):
        core.loans[number] = core_loan(number)
    core.mood = mood
    assert run(LATER).error == code  # type: ignore[union-attr]
    broken = state()
    assert (broken.failing_since, broken.error_code, broken.tries, broken.last_ok_at) == (LATER, code, 1, NOW)
    assert broken.next_pull_at == LATER + timedelta(seconds=5)
    core.mood = ""
    core.hold.set()
    run(LATER + timedelta(minutes=1))
    mended = state()
    assert (mended.failing_since, mended.error_code, mended.tries) == (None, "", 0)
    assert Loan.objects.count() == 6
    for loan in Loan.objects.all():
        agree(loan)


def test_a_walk_that_broke_goes_on_where_it_was_and_is_as_old_as_its_beginning(core: StandIn) -> None:
    link(core)
    for number in range(3, 9):
        core.loans[number] = core_loan(number)

    def break_at(offset: int) -> None:
        core.mood = "cut_off" if offset >= 4 else ""

    core.on_page = break_at
    assert run().error == "cut_off"  # type: ignore[union-attr]
    assert Loan.objects.count() == 4
    core.on_page, core.mood = (lambda _offset: None), ""
    core.asked.clear()
    assert run(LATER).error == ""  # type: ignore[union-attr]
    assert "offset=2" in core.asked[0]  # one page before the break
    assert (Loan.objects.count(), state().last_ok_at) == (8, NOW)


def test_a_list_that_grows_between_pages_is_walked_again(core: StandIn) -> None:
    link(core, page_size=1)

    def insert_before(offset: int) -> None:
        if offset == 1 and 3 not in core.loans:
            core.loans[3] = core_loan(3)
            core.loans[0] = core_loan(0)  # pushes the others down: the second page shows the first loan again

    core.on_page = insert_before
    run()
    assert sorted(Loan.objects.values_list("ref", flat=True)) == ["F-0", "F-1", "F-2", "F-3"]
    assert InboxEvent.objects.count() == 4


def test_one_loan_that_contradicts_itself_is_a_dead_letter_and_the_others_go_on(core: StandIn) -> None:
    link(core)
    core.loans[1].periods[5].due["principal"] = 400_00
    run()
    dead = InboxEvent.objects.get(state="dead")
    assert (dead.subject, dead.error_field, dead.error_code) == ("F-1", "instalments", "instalments_do_not_sum")
    assert list(Loan.objects.values_list("ref", flat=True)) == ["F-2"]
    core.loans[1].periods[5].due["principal"] = 500_00
    run(LATER, full=True)
    dead.refresh_from_db()
    assert dead.state == "superseded"  # the newer telling was booked
    assert Loan.objects.count() == 2


def test_a_dead_letter_is_booked_when_its_cause_is_gone(core: StandIn) -> None:
    link(core)
    other = make_borrower("顾小北")
    taken = make_loan(other)
    Loan.objects.filter(pk=taken.pk).update(ref="F-1")
    run()
    dead = InboxEvent.objects.get(state="dead")
    assert dead.error_code == "other_borrower"
    Loan.objects.filter(pk=taken.pk).update(ref="X-1")
    replay(event_id=dead.pk, actor="staff:1", now=LATER)
    process_due(now=LATER)
    dead.refresh_from_db()
    assert (dead.state, dead.error_code, Loan.objects.filter(ref="F-1").count()) == ("booked", "", 1)


def test_a_loan_that_was_never_paid_out_is_none_of_the_book(core: StandIn) -> None:
    link(core)
    core.loans[1].status = 200
    run()
    assert list(Loan.objects.values_list("ref", flat=True)) == ["F-2"]
    assert not InboxEvent.objects.filter(state="dead").exists()


def test_a_feed_books_the_cores_money_by_our_rules_and_keeps_its_own_schedule(core: StandIn) -> None:
    link(core, mode="feed")
    who = make_borrower()
    loan = make_loan(who, paid=4)
    Loan.objects.filter(pk=loan.pk).update(ref="F-1")
    core.loans[1].transactions.clear()
    core.loans[1].work_out()
    money = core.loans[1].pay(TODAY, 200_00, external_id="BANK-7")
    run()
    assert Repayment.objects.get(receipt="BANK-7").loan_id == loan.pk
    assert loan.instalments.count() == 12
    waits = InboxEvent.objects.get(subject="F-2")  # not in the book: it may come by file
    assert (waits.state, waits.error_field, waits.error_code) == ("waiting", "loan_ref", "unknown")
    core.loans[1].reverse(money)
    run(LATER)
    assert Repayment.objects.get(receipt="BANK-7").reversed_at == LATER
    assert CoreLoan.objects.get(external_id="1").loan_id == loan.pk


def test_reconciliation_names_each_difference(core: StandIn) -> None:
    link(core)
    run()
    clean = reconcile(code="core", on=date(2026, 7, 15), actor="test", now=NOW)
    assert (clean.agrees, clean.core, clean.core == clean.book) == (True, clean.book, True)
    assert clean.core["repayments"] == 2
    assert clean.core["repaid_fen"] == 2 * 530_00
    Loan.objects.get(ref="F-1").instalments.filter(n=6).update(interest_fen=31_00)
    Loan.objects.get(ref="F-1").head.__class__.objects.filter(loan__ref="F-1").update(outstanding_fen=1603_00)
    Repayment.objects.filter(receipt="core-2001").update(receipt="core-9999")
    run_ = reconcile(code="core", on=date(2026, 7, 15), actor="test", now=NOW)
    found = [(d.code, d.ref, d.receipt, d.core_fen, d.book_fen) for d in queries.differences(run_.pk)]
    assert found == [
        ("repayment_missing_in_book", "F-2", "core-2001", 530_00, None),
        ("repayment_missing_in_core", "F-2", "core-9999", None, 530_00),
        ("left", "F-1", "", 1602_00, 1603_00),
    ]
    with pytest.raises(InputError) as unknown:
        reconcile(code="nobody", on=TODAY, actor="test", now=NOW)
    assert unknown.value.code == "unknown"


def test_a_loan_that_the_core_has_no_more_is_a_difference_and_stays(core: StandIn) -> None:
    link(core)
    run()
    del core.loans[2]
    run(LATER)
    found = reconcile(code="core", on=TODAY, actor="test", now=LATER)
    assert [(d.code, d.ref) for d in queries.differences(found.pk)] == [("loan_missing_in_core", "F-2")]
    assert Loan.objects.count() == 2


def test_freshness_follows_the_link(core: StandIn, client: Browser) -> None:
    link(core)
    run()
    loan = Loan.objects.get(ref="F-1")

    def fresh(at: datetime) -> tuple[str, datetime | None]:
        found = queries.freshness_of_loan(loan.pk, now=at)
        assert found is not None
        return found.state, found.as_of_at

    assert fresh(LATER) == ("up", NOW)
    assert fresh(NOW + timedelta(hours=1)) == ("stale", NOW)
    core.mood = "down"
    run(LATER)
    assert fresh(LATER) == ("down", NOW)
    assert queries.freshness_of_borrower(loan.borrower_id, now=LATER).state == "down"  # type: ignore[union-attr]
    stranger = make_loan(make_borrower("赵敏"))
    assert queries.freshness_of_loan(stranger.pk, now=LATER) is None
    assert queries.freshness_of_borrower(stranger.borrower_id, now=LATER) is None


def test_one_worker_walks_at_a_time_and_a_dead_ones_lease_runs_out(core: StandIn) -> None:
    link(core)
    Source.objects.update(leased_until=NOW + timedelta(minutes=10))
    assert pull(code="core", now=NOW) is None
    assert pull(code="core", now=NOW + timedelta(minutes=11)).listed == 2  # type: ignore[union-attr]


def test_the_worker_asks_books_and_compares_yesterday_once(core: StandIn) -> None:
    source = link(core)
    Source.objects.update(created_at=NOW - timedelta(days=2))
    pull_tick(now=NOW)
    tick(now=NOW)
    tick(now=NOW)
    assert Loan.objects.count() == 2
    assert [(one.on, one.agrees) for one in ReconciliationRun.objects.all()] == [(TODAY - timedelta(days=1), True)]
    source.refresh_from_db()
    assert source.next_pull_at == NOW + timedelta(seconds=60)
    core.asked.clear()
    pull_tick(now=NOW + timedelta(seconds=59))
    assert core.asked == []
    pull_tick(now=NOW + timedelta(seconds=60))
    assert len(core.asked) == 1


def test_a_schedule_that_moves_without_moving_a_sum_is_found_within_a_day(core: StandIn) -> None:
    """The core's list shows sums only: a due date put off by a week shows in none of them."""
    link(core)
    run()
    core.loans[1].periods[4].due_on = date(2026, 11, 22)
    core.loans[1].work_out()
    assert run(LATER).fetched == 0  # type: ignore[union-attr]
    assert run(NOW + timedelta(hours=25)).fetched == 1  # type: ignore[union-attr]
    loan = Loan.objects.get(ref="F-1")
    agree(loan)
    assert loan.instalments.get(n=5).due_on == date(2026, 11, 22)
    assert CoreLoan.objects.filter(fetched_at=NOW + timedelta(hours=25)).count() == 2


def test_a_loan_planned_anew_in_the_core_is_planned_so_here(core: StandIn) -> None:
    link(core)
    run()
    told = core.loans[1]
    last = told.periods.pop()
    told.periods += [
        type(last)(date(2026, 12, 15), {"principal": 200_00, "interest": 20_00}),
        type(last)(date(2027, 1, 15), {"principal": 300_00, "interest": 15_00}),
    ]
    told.work_out()
    run(LATER)
    loan = Loan.objects.get(ref="F-1")
    agree(loan)
    assert [one.due_on for one in loan.instalments.order_by("n")][-2:] == [date(2026, 12, 15), date(2027, 1, 15)]
    assert loan.instalment_count == 7
    assert reconcile(code="core", on=TODAY, actor="t", now=LATER).agrees
