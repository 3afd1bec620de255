"""Plan changes as events of the replay: worked examples, and what holds for every life of a loan."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.loans.rules import changes as c
from jietong.loans.rules.allocate import Instalment
from jietong.loans.rules.opening import Open
from jietong.loans.rules.prepayment import payoff_quote, replan
from jietong.loans.rules.quote import quote_of
from jietong.loans.rules.replay import Money, Replayed, oldest_unpaid, replay
from jietong.loans.rules.schedule import build
from jietong.loans.rules.terms import Terms

LENT_ON = date(2026, 1, 15)
TERMS = Terms(1200_00, Decimal("0.12"), 6, LENT_ON)
CONTRACT = c.Contract(LENT_ON, TERMS.rate)
FEW = settings(max_examples=60, deadline=None)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def opening(terms: Terms = TERMS) -> list[Open]:
    return [Open(r.n, r.due_on, [r.principal_fen, r.interest_fen, 0, 0]) for r in build(terms).rows]


def money(receipt: str, day: date, fen: int) -> Money:
    return Money(receipt, at(day), day, fen)


def told(moneys: list[Money], *changes: c.Change, terms: Terms = TERMS) -> Replayed:
    contract = c.Contract(terms.disbursed_on, terms.rate, terms.rate_unit, terms.day_count, terms.method)
    return replay(
        opening(terms), moneys, order=(2, 3, 1, 0), penalty_of=lambda fen, days: fen * days // 2000, changes=changes,
        contract=contract,
    )  # fmt: skip


def left(after: Replayed) -> int:
    return sum(row.left for row in after.instalments)


def by(name: str, after: Replayed) -> list[Open]:
    return [row for row in after.instalments if row.opened_by == name]


def pay_off(receipt: str, day: date) -> c.PayOff:
    return c.PayOff(name=f"pay_off {receipt}", at=at(day), on=day, receipt=receipt)


def prepay(receipt: str, day: date, keep: str, first_n: int = 1001) -> c.Prepay:
    return c.Prepay(name=f"prepay {receipt}", at=at(day), on=day, receipt=receipt, keep=keep, first_n=first_n)


def test_paying_off_costs_interest_to_the_day_and_no_more() -> None:
    # 14 of 31 days of the first month's 12.00 is 5.42; all principal; no later interest
    day = LENT_ON + timedelta(days=14)
    after = told([money("A", day, 1205_42)], pay_off("A", day))
    assert after.outcomes[0].code == ""
    assert after.outcomes[0].amounts == (1200_00, 5_42, 0, 0)
    assert (left(after), after.credit_fen) == (0, 0)
    assert [(row.n, row.due_on, row.owed) for row in by("pay_off A", after)] == [(1001, day, [1200_00, 5_42, 0, 0])]
    assert all(row.closed_by == "pay_off A" and sum(row.owed) == 0 for row in after.instalments[:6])


def test_a_fen_less_is_no_settlement_and_is_booked_as_any_other_money() -> None:
    day = LENT_ON + timedelta(days=14)
    after = told([money("A", day, 1205_41)], pay_off("A", day))
    assert (after.outcomes[0].code, after.outcomes[0].missing_fen) == (c.NOT_COVERED, 1)
    assert after.instalments == told([money("A", day, 1205_41)]).instalments


def test_the_money_over_a_settlement_is_the_borrowers() -> None:
    day = LENT_ON + timedelta(days=14)
    assert told([money("A", day, 1300_00)], pay_off("A", day)).credit_fen == 1300_00 - 1205_42


def test_a_late_loan_pays_its_penalty_with_the_settlement() -> None:
    day = date(2026, 2, 25)  # ten days late with 195.06 of principal: 0.97 of penalty
    after = told([money("A", day, 2000_00)], pay_off("A", day))
    assert after.outcomes[0].amounts == (1200_00, 12_00 + 3_59, 0, 97)  # 10 of 28 days of 10.05


def test_a_partial_prepayment_keeps_the_due_dates_and_asks_for_less() -> None:
    day = date(2026, 2, 15)
    after = told([money("A", day, 207_06 + 500_00)], prepay("A", day, c.KEEP_TERM))
    first = build(TERMS).rows[0]
    rows = by("prepay A", after)[1:]
    assert after.outcomes[0].amounts[0] == 207_06 + 500_00 - first.total_fen
    assert [row.due_on for row in rows] == [row.due_on for row in build(TERMS).rows[1:]]
    assert sum(row.owed[0] for row in rows) == 1200_00 - first.principal_fen - after.outcomes[0].amounts[0]
    assert max(sum(row.owed) for row in rows) - min(sum(row.owed) for row in rows) <= 5


def test_a_partial_prepayment_keeps_the_instalment_and_ends_sooner() -> None:
    day = date(2026, 2, 15)
    after = told([money("A", day, 207_06 + 500_00)], prepay("A", day, c.KEEP_INSTALMENT))
    rows = by("prepay A", after)[1:]
    assert len(rows) == 3
    assert max(sum(row.owed) for row in rows) <= max(row.total_fen for row in build(TERMS).rows)


def test_what_does_not_reach_the_principal_is_no_prepayment() -> None:
    day = date(2026, 2, 15)
    after = told([money("A", day, 100_00)], prepay("A", day, c.KEEP_TERM))
    assert (after.outcomes[0].code, after.outcomes[0].missing_fen) == (c.NOT_COVERED, 107_06 + 1)


def replanned(day: date, *, months: int = 6, **more: int) -> c.Replan:
    dates = tuple(day + timedelta(days=30 * k) for k in range(1, months + 1))
    return c.Replan(name="hardship", at=at(day), on=day, due_on=dates, rate=Decimal("0.06"), **more)


def test_a_new_plan_closes_the_old_one_and_carries_all_that_was_owed() -> None:
    day = date(2026, 4, 1)
    after = told([], replanned(day, waive_penalty_fen=1_00))
    rows = by("hardship", after)
    principal, interest, fee, penalty = after.outcomes[0].amounts
    before = told([], c.Waive(name="w", at=at(day), on=day, penalty_fen=0)).instalments
    assert principal == 1200_00 == sum(row.owed[0] for row in rows)
    assert penalty == sum(row.owed[3] for row in before) - 1_00 == sum(row.owed[3] for row in rows)
    assert fee == 0
    assert interest == 12_00 + 10_05 + 4_43  # two due, and 17 of 31 days of 8.08 of the third
    assert oldest_unpaid(rows) == day + timedelta(days=30)
    assert all(row.left == 0 and row.closed_by == "hardship" for row in after.instalments[:6])


def test_a_write_off_keeps_the_claim_stops_penalty_and_makes_later_money_recovery() -> None:
    day = date(2026, 12, 1)
    gone = c.WriteOff(name="gone", at=at(day), on=day)
    after = told([money("A", day + timedelta(days=100), 10_00)], gone)
    assert after.is_written_off
    assert after.recovered == {"A"}
    assert sum(after.outcomes[0].amounts) == left(after) + 10_00
    assert told([], gone, replanned(day + timedelta(days=1))).outcomes[1].code == c.WRITTEN_OFF


def test_credit_paid_back_is_gone_and_a_shortfall_has_its_name() -> None:
    day = LENT_ON + timedelta(days=14)
    back = c.PayBack(name="back", at=at(day + timedelta(days=1)), on=day + timedelta(days=1), amount_fen=94_58)
    whole = [money("A", day, 1300_00)]
    assert told(whole, pay_off("A", day), back).credit_fen == 0
    lost = told([], pay_off("A", day), back)
    assert [(one.name, one.code, one.missing_fen) for one in lost.outcomes] == [
        ("back", c.CREDIT_SHORT, 94_58),
        ("pay_off A", c.NO_MONEY, 0),
    ]


DAYS = st.integers(1, 260).map(lambda n: LENT_ON + timedelta(days=n))
MONEYS = st.lists(st.tuples(DAYS, st.integers(1, 900_00), st.sampled_from(["", "", "off", "term", "instalment"])), max_size=5)  # fmt: skip  # noqa: E501
OTHERS = st.lists(st.tuples(DAYS, st.sampled_from(["replan", "waive", "write_off", "pay_back"]), st.integers(1, 50_00)), max_size=3)  # fmt: skip  # noqa: E501


def life(payments: list, others: list) -> tuple[list[Money], list[c.Change]]:
    moneys, changes = [], []
    for k, (day, fen, intent) in enumerate(payments):
        moneys.append(money(f"R{k}", day, fen))
        if intent == "off":
            changes.append(pay_off(f"R{k}", day))
        elif intent:
            changes.append(prepay(f"R{k}", day, intent))
    for k, (day, kind, fen) in enumerate(others):
        base = {"name": f"{kind} {k}", "at": at(day), "on": day}
        changes.append(
            {
                "replan": lambda base=base, day=day: c.Replan(
                    **base, due_on=tuple(day + timedelta(days=40 * m) for m in range(1, 5)), rate=Decimal("0.1")
                ),
                "waive": lambda base=base, fen=fen: c.Waive(**base, penalty_fen=fen),
                "write_off": lambda base=base: c.WriteOff(**base),
                "pay_back": lambda base=base, fen=fen: c.PayBack(**base, amount_fen=fen),
            }[kind]()
        )
    numbered = [
        type(one)(**{name: getattr(one, name) for name in one.__dataclass_fields__} | {"first_n": 1000 * (k + 1) + 1})
        for k, one in enumerate(changes)
    ]
    return moneys, numbered


@given(MONEYS, OTHERS)
@FEW
def test_nothing_is_made_or_lost_by_any_change(payments: list, others: list) -> None:
    moneys, changes = life(payments, others)
    after = told(moneys, *changes)
    paid_back = sum(one.amount_fen for one in changes if isinstance(one, c.PayBack))
    assert sum(sum(row.paid) for row in after.instalments) + after.credit_fen + paid_back == sum(
        m.amount_fen for m in moneys
    )
    assert all(0 <= p <= o for row in after.instalments for p, o in zip(row.paid, row.owed, strict=True))
    assert all(row.left == 0 for row in after.instalments if row.closed_by)
    assert len({row.n for row in after.instalments}) == len(after.instalments)
    lent = sum(row.owed[0] for row in after.instalments)
    assert lent == 1200_00  # principal is moved between rows, never changed
    assert {one.name for one in after.outcomes} == {one.name for one in changes}


@given(MONEYS, OTHERS, st.randoms())
@FEW
def test_the_order_of_telling_does_not_matter(payments: list, others: list, dice: random.Random) -> None:
    moneys, changes = life(payments, others)
    first = told(moneys, *changes)
    dice.shuffle(moneys)
    dice.shuffle(changes)
    second = told(moneys, *changes)
    assert (second.instalments, second.received, second.points) == (first.instalments, first.received, first.points)
    assert sorted(second.outcomes, key=lambda o: o.name) == sorted(first.outcomes, key=lambda o: o.name)


@given(
    st.sampled_from(["equal_instalment", "equal_principal", "interest_only", "bullet"]),
    st.sampled_from(["period", "30/360", "actual/365", "actual/360"]),
    st.integers(1, 12), st.integers(1000_00, 50_000_00), st.integers(0, 300), st.integers(0, 3),
)  # fmt: skip
@FEW
def test_a_quote_is_that_of_the_agreed_terms(
    method: str, day_count: str, count: int, principal: int, after_days: int, paid: int
) -> None:
    terms = Terms(principal, Decimal("0.18"), count, LENT_ON, method=method, day_count=day_count)
    rows = opening(terms)
    for row in rows[:paid]:
        row.paid = list(row.owed)
    on = max(LENT_ON + timedelta(days=after_days), rows[min(paid, count) - 1].due_on if paid else LENT_ON)
    contract = c.Contract(LENT_ON, terms.rate, day_count=day_count, method=method)
    quote = quote_of(rows, contract, on=on)
    owed = [Instalment(r.due_on, r.owed[0] - r.paid[0], r.owed[1] - r.paid[1]) for r in rows]
    agreed = payoff_quote(terms, owed, on=on)
    tolerance = 1
    if method == "bullet":
        # its agreed interest is rounded as one sum, and months that count alike there go by days here: the two part
        # within the term and meet at its end
        tolerance += count if day_count.startswith("actual") else principal // 500
    assert abs(quote.total_fen - agreed.total_fen) <= tolerance


def test_a_flat_loan_pays_its_equal_interest_by_days() -> None:
    flat = Terms(1200_00, Decimal("0.12"), 6, LENT_ON, method="flat")
    contract = c.Contract(LENT_ON, flat.rate, method="flat")
    quote = quote_of(opening(flat), contract, on=date(2026, 3, 1))
    assert (quote.due, quote.accrued_fen) == ((200_00, 12_00, 0, 0), 6_00)  # 14 of 28 days of 12.00


@given(st.integers(1, 5), st.integers(0, 27), st.integers(50_00, 900_00), st.sampled_from(["term", "instalment"]))
@FEW
def test_the_new_plan_is_that_of_the_agreed_terms(passed: int, more: int, prepaid: int, keep: str) -> None:
    """Against rules/prepayment.py, which knows the terms instead of the rows."""
    schedule = build(TERMS).rows
    on = schedule[passed - 1].due_on + timedelta(days=more)
    paid = [money(f"R{k}", row.due_on, row.total_fen) for k, row in enumerate(schedule[:passed])]
    balance = sum(row.principal_fen for row in schedule[passed:])
    ahead = [Instalment(r.due_on, r.principal_fen, r.interest_fen) for r in schedule[passed:]]
    quote = payoff_quote(TERMS, [*(Instalment(r.due_on) for r in schedule[:passed]), *ahead], on=on)
    after = told([*paid, money("Z", on, quote.accrued_fen + prepaid)], prepay("Z", on, keep))
    if prepaid >= balance or passed == 6:
        assert left(after) == 0
        return
    got = [(row.due_on, row.owed[0], row.owed[1]) for row in by("prepay Z", after)[1:]]
    real = sum(row.owed[0] for row in by("prepay Z", after)[1:])
    agreed = build(replan(TERMS, on=on, balance_fen=real, keep=keep)).rows
    assert abs(real - (balance - prepaid)) <= 1
    assert got == [(row.due_on, row.principal_fen, row.interest_fen) for row in agreed]
