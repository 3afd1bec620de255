"""Plan changes in the real book: worked examples, undoing, late news, and who is asked when one no longer holds."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.commands import planning, record_repayment, reverse_repayment
from jietong.loans.commands.planning import NewPlan
from jietong.loans.models import Loan, LoanHead, PlanChange, PrepayOrder, Repayment, SuspenseItem
from jietong.loans.queries import quotes
from jietong.loans.tests.replay_world import ENTERED_ON, agree, balance, day, figures, lend, live_until, moves, noon

pytestmark = pytest.mark.django_db
DUE = date(2026, 2, 15)


@pytest.fixture
def loan() -> Loan:
    """1,200.00 over six months at 14.4 %: 14.40 of interest in the first month."""
    return lend(instalments=6, principal_fen=1200_00)


def pay(loan: Loan, receipt: str, fen: int, on: date, *, told_on: date | None = None, plan: str = "") -> Repayment:
    return record_repayment(
        receipt=receipt, loan_ref=loan.ref, amount_fen=fen, paid_at=noon(on), actor="bank", now=noon(told_on or on),
        plan=plan,
    )  # fmt: skip


def replan(loan: Loan, on: date, *, key: str = "k", told_on: date | None = None, **more: int) -> PlanChange:
    dates = tuple(on + timedelta(days=30 * k) for k in range(1, 9))
    return planning.replan(
        loan_ref=loan.ref, plan=NewPlan(dates, **more), reason="住院", key=key, actor="staff:1",
        now=noon(told_on or on), on=on,
    )  # fmt: skip


def status(loan: Loan) -> str:
    return Loan.objects.get(pk=loan.pk).status


def test_the_quoted_sum_settles_the_loan_and_nothing_else_is_asked(loan: Loan) -> None:
    on = day(14)
    quote = quotes.quote(loan.pk, on=on)
    assert (quote.accrued_fen, quote.total_fen) == (6_50, 1206_50)  # 14 of 31 days of 14.40
    assert quote.saved_fen == sum(row.interest_fen for row in loan.instalments.all()) - 6_50
    pay(loan, "A", quote.total_fen, on, plan="pay_off")
    assert status(loan) == "settled"
    assert balance(loan, "interest_income") == -6_50
    live_until(loan, day(250))
    assert balance(loan, "interest_income") == -6_50
    agree(loan)


def test_money_that_bounces_takes_its_settlement_with_it_and_a_person_hears(loan: Loan) -> None:
    pay(loan, "A", 1206_50, day(14), plan="pay_off")
    live_until(loan, day(70))
    reverse_repayment(receipt="A", reason="退票", actor="bank", now=noon(day(70)))
    agree(loan)
    assert status(loan) == "active"
    assert loan.instalments.get(n=1).principal_fen > 0
    assert moves(loan)[0] == (DUE + timedelta(days=1), "M0", "M1")
    item = SuspenseItem.objects.get()
    assert (item.reason, item.state, item.owner, item.loan_id) == ("no_money", "open", "desk", loan.pk)
    record_repayment(
        receipt="A", loan_ref=loan.ref, amount_fen=1206_50, paid_at=noon(day(14)), actor="bank", now=noon(day(71)),
        again=True,
    )  # fmt: skip
    assert (status(loan), SuspenseItem.objects.get().state) == ("settled", "dismissed")
    agree(loan)


def test_money_short_of_a_settlement_is_booked_and_waits_for_a_person(loan: Loan) -> None:
    pay(loan, "A", 1206_49, day(14), plan="pay_off")
    change = PlanChange.objects.get()
    assert (change.state, change.why, change.figures["missing_fen"]) == ("not_held", "not_covered", 1)
    assert SuspenseItem.objects.get().reason == "not_covered"
    assert Repayment.objects.get().credit_fen == 0
    agree(loan)


def test_an_order_says_what_the_money_of_that_day_is_for(loan: Loan) -> None:
    order = planning.order_prepayment(
        loan_ref=loan.ref, plan="pay_off", amount_fen=0, valid_on=day(14), actor="borrower", now=noon(day(13))
    )
    assert order.quoted_fen == 1206_50
    pay(loan, "0", 50_00, day(14))
    assert not PlanChange.objects.exists()  # an instalment paid by hand is no settlement
    quote = quotes.quote(loan.pk, on=day(14))
    pay(loan, "A", quote.total_fen, day(14))
    used = PrepayOrder.objects.get()
    assert (used.state, used.change) == ("used", PlanChange.objects.get())
    assert status(loan) == "settled"
    agree(loan)


def test_a_partial_prepayment_shows_beforehand_what_the_plan_becomes(loan: Loan) -> None:
    for keep in ("term", "instalment"):
        seen = quotes.preview_prepayment(loan.pk, amount_fen=600_00, keep=keep, on=DUE)
        assert seen.code == ""
        with transaction.atomic():
            pay(loan, "A", 600_00, DUE, plan=keep)
            rows = [row for row in loan.instalments.order_by("due_on") if row.principal_fen > row.principal_paid_fen]
            assert [(r.due_on, r.principal_fen, r.interest_fen) for r in rows] == [
                (line.due_on, line.principal_fen, line.interest_fen) for line in seen.after
            ]
            paid = sum(row.interest_fen for row in loan.instalments.all())
            transaction.set_rollback(True)
        assert seen.saved_fen == sum(row.interest_fen for row in loan.instalments.all()) - paid > 0
    assert quotes.preview_prepayment(loan.pk, amount_fen=1_00, keep="term", on=DUE).code == "not_covered"


def test_a_new_plan_ends_the_arrears_and_its_undoing_brings_them_back_to_the_fen(loan: Loan) -> None:
    on = day(80)
    live_until(loan, on)
    before, names = figures(loan), list(loan.instalments.values_list("n", "principal_fen", "interest_fen"))
    change = replan(loan, on, waive_penalty_fen=1)
    assert (LoanHead.objects.get().bucket, moves(loan)[-1]) == ("M0", (on, "M2", "M0"))
    assert sum(row.principal_fen for row in loan.instalments.all()) == 1200_00
    agree(loan)
    planning.undo_plan_change(change_id=change.pk, reason="客户没签字", actor="staff:1", now=noon(on))
    assert [row for row in figures(loan)["instalments"] if row[0] < 1000] == before["instalments"]
    assert list(loan.instalments.filter(n__lt=1000).values_list("n", "principal_fen", "interest_fen")) == names
    after = figures(loan)
    assert all(after[name] == before[name] for name in ("head", "repayments", "moves"))
    # penalty that the change had booked is taken back with it
    assert dict(after["ledger"]) == dict(before["ledger"])
    agree(loan)
    again = planning.undo_plan_change(change_id=change.pk, reason="again", actor="staff:2", now=noon(day(81)))
    assert again.undo_reason == "客户没签字"


def test_a_repayment_told_late_changes_the_plan_that_came_after_it(loan: Loan) -> None:
    replan(loan, day(80))
    told_before = PlanChange.objects.get().figures["amounts"]
    pay(loan, "A", 300_00, day(31), told_on=day(90))
    amounts = PlanChange.objects.get().figures["amounts"]
    assert amounts[0] < told_before[0]
    agree(loan)


def test_after_a_write_off_the_debt_stays_penalty_stops_and_money_is_recovery(loan: Loan) -> None:
    on = day(200)
    live_until(loan, on)
    change = planning.write_off(loan_ref=loan.ref, reason="委员会 2026-3", key="w", actor="staff:9", now=noon(on))
    agree(loan)
    assert (status(loan), balance(loan, "loan_principal"), balance(loan, "interest_receivable")) == (
        "written_off",
        0,
        0,
    )
    owed = LoanHead.objects.get().outstanding_fen
    assert owed == sum(change.figures["amounts"]) == balance(loan, "write_off_loss")
    live_until(loan, day(260))
    pay(loan, "A", 100_00, day(260))
    assert LoanHead.objects.get().outstanding_fen == owed - 100_00
    assert balance(loan, "recovery_income") == -100_00
    pay(loan, "B", owed, day(261))
    assert (status(loan), Repayment.objects.get(receipt="B").credit_fen) == ("recovered", 100_00)
    agree(loan)
    pay(loan, "C", 50_00, day(40), told_on=day(262))
    item = SuspenseItem.objects.get()
    assert (item.reason, PlanChange.objects.get().why, item.state) == ("amounts_changed", "amounts_changed", "open")
    agree(loan)


def test_waived_penalty_is_no_longer_income(loan: Loan) -> None:
    on = day(80)
    live_until(loan, on)
    planning.waive_penalty(
        loan_ref=loan.ref, penalty_fen=2_00, reason="我方故障", key="v", actor="staff:1", now=noon(on)
    )
    agree(loan)
    booked = sum(row.penalty_fen for row in loan.instalments.all())
    planning.waive_penalty(
        loan_ref=loan.ref, penalty_fen=2_00, reason="我方故障", key="v", actor="staff:1", now=noon(on)
    )
    assert sum(row.penalty_fen for row in loan.instalments.all()) == booked
    assert PlanChange.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"due_on": ()}, ("due_on", "missing")),
        ({"due_on": (date(2026, 5, 1), date(2026, 4, 1))}, ("due_on", "out_of_order")),
        ({"due_on": (date(2026, 5, 1),), "waive_penalty_fen": -1}, ("waive_penalty", "negative")),
        ({"due_on": (date(2026, 5, 1),), "method": "magic"}, ("method", "unknown")),
    ],
)
def test_a_senseless_plan_is_an_error_and_changes_nothing(loan: Loan, change: dict, said: tuple[str, str]) -> None:
    before = figures(loan)
    with pytest.raises(InputError) as error:
        planning.replan(
            loan_ref=loan.ref, plan=NewPlan(**change), reason="x", key="k", actor="staff:1", now=noon(day(60))
        )
    assert (error.value.field, error.value.code) == said
    assert figures(loan) == before


def test_a_plan_with_dates_gone_by_or_for_nothing_is_refused(loan: Loan) -> None:
    with pytest.raises(CommandRefused) as refused:
        planning.replan(
            loan_ref=loan.ref, plan=NewPlan((day(10),)), reason="x", key="k", actor="staff:1", now=noon(day(60))
        )
    assert refused.value.code == "out_of_order"
    pay(loan, "A", 2000_00, day(60))
    with pytest.raises(CommandRefused) as refused:
        replan(loan, day(61))
    assert refused.value.code == "nothing_left"
    assert not PlanChange.objects.exists()


@dataclass(frozen=True)
class Act:
    """Something that happens on a day, is told some days later and perhaps undone after more (numbers of days)."""

    on: int
    what: str
    fen: int
    late: int
    back: int | None


ACTS = st.lists(
    st.builds(
        Act,
        on=st.integers(6, 140),
        what=st.sampled_from(["pay", "pay", "pay_off", "term", "instalment", "replan", "write_off"]),
        fen=st.integers(1, 1500_00),
        late=st.sampled_from([0, 0, 1, 20, 60]),
        back=st.sampled_from([None, None, 0, 1, 30]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda act: act.on,
)
END = day(150)


def tell(loan: Loan, act: Act, key: str, on: date) -> None:
    if act.what == "replan":
        replan(loan, day(act.on), key=key, told_on=on)
    elif act.what == "write_off":
        planning.write_off(loan_ref=loan.ref, reason="x", key=key, actor="staff:1", now=noon(on), on=day(act.on))
    else:
        pay(loan, key, act.fen, day(act.on), told_on=on, plan="" if act.what == "pay" else act.what)


def take_back(act: Act, key: str, on: date) -> None:
    if act.what in {"replan", "write_off"}:
        change = PlanChange.objects.filter(key=key).first()
        if change is not None:
            planning.undo_plan_change(change_id=change.pk, reason="x", actor="staff:1", now=noon(on))
    else:
        reverse_repayment(receipt=key, reason="退票", actor="bank", now=noon(on))


def live(acts: list[Act], *, promptly: bool) -> Loan:
    loan = lend(instalments=4, principal_fen=1200_00)
    happened = []
    for n, act in enumerate(acts):
        key = f"{loan.ref}-{n}"
        told_on = min(day(act.on + (0 if promptly else act.late)), END)
        if act.back is None or not promptly:
            happened.append((told_on, 0, key, act))
        if act.back is not None and not promptly:
            happened.append((min(told_on + timedelta(days=act.back), END), 1, key, act))
    for on, rank, key, act in sorted(happened, key=lambda one: one[:3]):
        live_until(loan, on)
        with suppress(CommandRefused), transaction.atomic():  # nothing left to plan, or written off by then
            (take_back if rank else tell)(*((act, key, on) if rank else (loan, act, key, on)))
        agree(loan)
    live_until(loan, END)
    agree(loan)
    return loan


def comparable(loan: Loan) -> dict[str, object]:
    found = figures(loan)
    fields = (
        "principal_fen",
        "interest_fen",
        "penalty_fen",
        "principal_paid_fen",
        "interest_paid_fen",
        "penalty_paid_fen",
    )
    rows = [(r.due_on, *(getattr(r, field) for field in fields)) for r in loan.instalments.order_by("due_on", "n")]
    rows = [row for row in rows if any(row[1:])]  # without those that were closed before anything was paid of them
    return {"rows": rows, "head": found["head"], "moves": found["moves"], "ledger": found["ledger"]}


@given(ACTS)
@settings(max_examples=10, deadline=None)
def test_told_late_or_undone_it_ends_as_if_told_in_time(acts: list[Act]) -> None:
    with transaction.atomic():
        late, prompt = live(acts, promptly=False), live(acts, promptly=True)
        refused = {key.rsplit("-", 1)[1] for key in _keys(late) ^ _keys(prompt)}
        if not refused:  # what one life refused the other could still accept: then they are two different lives
            assert comparable(late) == comparable(prompt)
        transaction.set_rollback(True)


def _keys(loan: Loan) -> set[str]:
    kept = loan.plan_changes.filter(undone_at=None, kind__in=["replan", "write_off"]).exclude(state="not_held")
    return {f"x-{key.rsplit('-', 1)[1]}" for key in kept.values_list("key", flat=True)}


def test_the_book_of_the_examples_begins_on_its_day() -> None:
    assert day(6) > ENTERED_ON
