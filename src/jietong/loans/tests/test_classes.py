"""Five classes by the pack's days; told once, on their day, whatever money comes late; a person's word and its end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import replay
from jietong.loans.classing import profile
from jietong.loans.commands import classify, end_override, override_class, record_repayment, reverse_repayment
from jietong.loans.models import AssetClassMove, Loan, LoanHead, Product
from jietong.loans.queries.classes import NEW, class_history, class_on, migrated, migration
from jietong.loans.rules import classes as rules
from jietong.loans.rules.ageing import ASSET_CLASSES, asset_class
from jietong.loans.tests.replay_world import ENTERED_ON, day, lend, live_until, noon
from jietong.packs.queries import pack

LOAN, CARD = (rules.profile_of(pack("cn").rules[f"cn.class.{name}"].value) for name in ("loan", "card"))
FEW = settings(max_examples=12, deadline=None)


def test_the_published_days_are_the_borders() -> None:
    assert LOAN == (1, 91, 271, 361)
    assert CARD == (1, 91, 121, 181)
    assert [rules.class_of(n, CARD) for n in (0, 1, 90, 91, 120, 121, 180, 181)] == [
        "normal", "special_mention", "special_mention", "substandard", "substandard", "doubtful", "doubtful", "loss",
    ]  # fmt: skip


@given(st.integers(0, 1000), st.sampled_from(["loan", "card"]))
def test_the_class_is_that_of_the_command_line(days: int, name: str) -> None:
    bands = pack("cn").rules[f"cn.class.{name}"].value
    assert ASSET_CLASSES[rules.class_of(days, rules.profile_of(bands))] == asset_class(days, bands)


@pytest.mark.parametrize("bands", [{}, {"normal": [0, 0]}, {name: [0, None] for name in rules.CLASSES}])
def test_bands_that_do_not_join_are_refused(bands: dict[str, object]) -> None:
    with pytest.raises(InputError) as refused:
        rules.profile_of(bands)
    assert refused.value.code == "bands_do_not_join"


DAYS = st.integers(0, 500).map(day)
POINTS = st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=5, unique_by=lambda p: p[0]).map(sorted)
FLOORS = st.lists(
    st.builds(
        lambda name, since, length: rules.Floor(name, since, length and since + timedelta(days=length)),
        st.sampled_from(rules.CLASSES[1:]), DAYS, st.none() | st.integers(1, 200),
    ),
    max_size=2,
)  # fmt: skip


@given(POINTS, st.none() | DAYS, FLOORS, st.sampled_from([LOAN, CARD]))
@settings(max_examples=60, deadline=None)
def test_the_history_is_that_of_looking_on_every_single_day(points, oldest, floors, days) -> None:
    points = [(date.min, oldest), *points]
    told = rules.class_history(points, start="normal", from_on=day(0), as_of=day(500), profile=days, floors=floors)
    moves, now_in = [], "normal"
    for n in range(501):
        state = [unpaid for on, unpaid in points if on <= day(n)][-1]
        fresh = rules.class_on(state, day(n), days, floors)
        if fresh != now_in:
            moves.append(rules.ClassMove(day(n), now_in, fresh))
            now_in = fresh
    assert list(told) == moves


def told(loan: Loan) -> list[rules.ClassMove]:
    return [rules.ClassMove(m.on, m.from_class, m.to_class) for m in class_history(loan.pk)]


def expected(loan: Loan, until: date) -> list[rules.ClassMove]:
    """From the loan's money alone, by the pure rules."""
    account = replay.load(Loan.objects.select_related("product", "source", "opening").get(pk=loan.pk))
    points, from_on = replay.points(account)
    days = profile(loan.product.class_profile)
    assert days is not None
    return list(rules.class_history(points, start="normal", from_on=from_on, as_of=until, profile=days))


@pytest.mark.django_db
@given(
    st.lists(st.integers(5, 480), min_size=1, max_size=6, unique=True),
    st.lists(
        st.tuples(st.integers(6, 450), st.integers(1, 3000_00), st.sampled_from([0, 0, 1, 30, 95]),
                  st.sampled_from([None, None, 1, 60])),
        max_size=4,
    ),
    st.sampled_from(["loan", "card"]),
)  # fmt: skip
@FEW
def test_runs_on_any_days_and_money_told_late_give_the_history_of_the_pure_rule(looks, moneys, name) -> None:
    loan = lend()
    Product.objects.filter(pk=loan.product_id).update(class_profile=name)
    loan.product.refresh_from_db()
    acts = [(n, 2, "", 0, 0) for n in looks]
    for place, (paid, fen, late, back) in enumerate(moneys):
        receipt = f"{loan.ref}-{place}"
        acts.append((paid + late, 0, receipt, paid, fen))
        acts += [(paid + late + back, 1, receipt, paid, fen)] if back is not None else []
    for n, kind, receipt, paid, fen in sorted(acts):
        if kind == 2:
            live_until(loan, day(n))
            classify(business_date=day(n), now=noon(day(n)))
        elif kind == 1:
            reverse_repayment(receipt=receipt, reason="退票", actor="bank", now=noon(day(n)))
        else:
            record_repayment(receipt=receipt, loan_ref=loan.ref, amount_fen=fen, paid_at=noon(day(paid)), actor="bank",
                             now=noon(day(n)))  # fmt: skip
    classify(business_date=day(700), now=noon(day(700)))
    assert told(loan) == expected(loan, day(700))
    head = LoanHead.objects.get(loan=loan)
    assert head.asset_class == (told(loan)[-1].to_class if told(loan) else "normal")
    assert class_on(loan.pk, day(300)) == next((m.to_class for m in reversed(told(loan)) if m.on <= day(300)), "normal")
    assert class_on(loan.pk, day(900)) == rules.class_on(head.oldest_unpaid_due_on, day(900), profile(name))


@pytest.fixture
def loan(db: None) -> Loan:
    """Six instalments from 15 February on, nothing paid."""
    return lend()


def test_twice_is_once_and_only_heads_whose_date_has_come_are_looked_at(loan: Loan) -> None:
    due = date(2026, 2, 15)
    assert classify(business_date=due, now=noon(due)) == {"heads": 1, "moved": 0}
    assert classify(business_date=due, now=noon(due)) == {"heads": 0, "moved": 0}
    late = due + timedelta(days=100)
    assert classify(business_date=late, now=noon(late)) == {"heads": 1, "moved": 2}
    assert [(m.on, m.to_class, m.cause) for m in class_history(loan.pk)] == [
        (date(2026, 2, 16), "special_mention", "dayend"),
        (date(2026, 5, 17), "substandard", "dayend"),
    ]
    assert classify(business_date=late, now=noon(late)) == {"heads": 0, "moved": 0}


def test_what_was_believed_is_marked_when_money_turns_out_to_have_come(loan: Loan) -> None:
    late = date(2026, 6, 1)
    live_until(loan, late)
    classify(business_date=late, now=noon(late))
    assert [m.to_class for m in class_history(loan.pk)] == ["special_mention", "substandard"]
    record_repayment(
        receipt="A",
        loan_ref=loan.ref,
        amount_fen=1100_00,
        paid_at=noon(date(2026, 2, 20)),
        actor="bank",
        now=noon(late),
    )
    rows = AssetClassMove.objects.filter(loan=loan).order_by("pk")
    assert [(m.on, m.to_class, m.superseded_at is None) for m in rows][:2] == [
        (date(2026, 2, 16), "special_mention", True), (date(2026, 5, 17), "substandard", False),
    ]  # fmt: skip
    assert class_on(loan.pk, date(2026, 2, 28)) == "normal"
    assert rows.filter(superseded_at=None).last().cause == "backdated"


def say(loan: Loan, name: str = "substandard", since: date = ENTERED_ON, **more: object):
    fields = {"reason": "income_lost", "note": "失业证明", "actor": "staff:1", "now": noon(date(2026, 2, 1)), **more}
    return override_class(loan_ref=loan.ref, asset_class=name, since=since, **fields)


def test_a_persons_word_holds_from_its_day_and_days_may_make_it_worse(loan: Loan) -> None:
    classify(business_date=date(2026, 1, 25), now=noon(date(2026, 1, 25)))
    say(loan, since=date(2026, 1, 28))
    assert LoanHead.objects.get(loan=loan).asset_class == "substandard"
    assert [(m.on, m.cause) for m in class_history(loan.pk)] == [(date(2026, 1, 28), "override")]
    classify(business_date=date(2027, 2, 20), now=noon(date(2027, 2, 20)))
    assert [m.to_class for m in class_history(loan.pk)] == ["substandard", "doubtful", "loss"]


def test_a_word_is_refused_that_makes_nothing_worse_or_lacks_its_evidence(loan: Loan) -> None:
    live_until(loan, date(2026, 6, 1))
    classify(business_date=date(2026, 6, 1), now=noon(date(2026, 6, 1)))
    with pytest.raises(CommandRefused) as refused:
        say(loan, now=noon(date(2026, 6, 1)))
    assert refused.value.code == "not_worse"
    for wrong in ({"note": " "}, {"reason": "mood"}, {"since": date(2030, 1, 1)}, {"name": "normal"}):
        with pytest.raises(InputError):
            say(loan, **wrong)
    say(loan, "doubtful", now=noon(date(2026, 6, 1)))
    with pytest.raises(CommandRefused) as refused:
        say(loan, "loss", now=noon(date(2026, 6, 1)))
    assert refused.value.code == "override_in_force"


def end(loan: Loan, condition: str, on: date, actor: str = "staff:2"):
    return end_override(loan_ref=loan.ref, condition=condition, note="复核", actor=actor, now=noon(on))


def test_a_class_gets_better_only_under_a_named_condition(loan: Loan) -> None:
    say(loan)
    with pytest.raises(CommandRefused) as refused:
        end(loan, "set_by_mistake", date(2026, 2, 2), actor="staff:1")
    assert refused.value.code == "same_person"
    live_until(loan, date(2026, 2, 20))
    with pytest.raises(CommandRefused) as refused:
        end(loan, "regular_again", date(2026, 2, 20))
    assert refused.value.code == "still_late"
    paid = noon(date(2026, 2, 21))
    record_repayment(receipt="A", loan_ref=loan.ref, amount_fen=5400_00, paid_at=paid, actor="bank", now=paid)
    with pytest.raises(CommandRefused) as refused:
        end(loan, "regular_again", date(2026, 3, 20))
    assert refused.value.code == "not_regular_long_enough"
    end(loan, "set_by_mistake", date(2026, 3, 21))
    assert class_on(loan.pk, date(2026, 3, 20)) == "substandard"
    assert class_on(loan.pk, date(2026, 3, 21)) == "normal"
    assert class_history(loan.pk)[-1].cause == "override_ended"


def test_who_paid_off_is_regular_at_once(loan: Loan) -> None:
    say(loan)
    paid = noon(date(2026, 3, 1))
    record_repayment(receipt="A", loan_ref=loan.ref, amount_fen=7000_00, paid_at=paid, actor="bank", now=paid)
    assert end(loan, "regular_again", date(2026, 3, 2)).condition == "regular_again"


def test_a_month_moves_every_loan_once_from_class_to_class(loan: Loan) -> None:
    other = lend(paid=6)
    classify(business_date=date(2026, 6, 1), now=noon(date(2026, 6, 1)))
    cells = {(c.from_class, c.to_class): c.loans for c in migration(date(2026, 4, 30), date(2026, 5, 31))}
    assert cells == {("special_mention", "substandard"): 1, ("normal", "normal"): 1}
    first = migration(date(2025, 12, 31), date(2026, 1, 31))
    assert {(c.from_class, c.to_class): c.loans for c in first} == {(NEW, "normal"): 2}
    spans = (date(2026, 4, 30), date(2026, 5, 31))
    found = migrated(*spans, from_class="special_mention", to_class="substandard")
    assert [(row.ref, row.moved_on) for row in found] == [(loan.ref, date(2026, 5, 17))]
    assert other.ref not in {row.ref for row in found}
