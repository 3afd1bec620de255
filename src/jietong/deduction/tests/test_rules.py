"""The room's pure rules: who may be debited, from which card, and what an answer is worth."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.deduction.rules.choosing import Purse, choose, usable
from jietong.deduction.rules.decision import Facts, may_debit, next_try, opening
from jietong.deduction.rules.judging import Known, Outcome, Told, Worth, judge
from jietong.deduction.rules.policy import read
from jietong.deduction.rules.refusals import Refusal
from jietong.deduction.rules.states import IN_FLIGHT, MOVES, State, may_move
from jietong.kernel.errors import InputError
from jietong.packs.queries import pack

RAW = tomllib.loads(resources.files("jietong.deduction").joinpath("policy.toml").read_text("utf-8"))
POLICY = read(RAW)
SHANGHAI = ZoneInfo("Asia/Shanghai")
TEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FACTS = Facts(
    now=TEN,
    zone=SHANGHAI,
    expires_at=TEN + timedelta(hours=10),
    flags=frozenset(),
    due_fen=1000_00,
    attempts=0,
    usable=1,
)


def test_an_ordinary_morning_debits() -> None:
    assert may_debit(FACTS, POLICY).refusal is None


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"flags": frozenset({"deceased"})}, Refusal.DECEASED),
        ({"flags": frozenset({"open_dispute", "plan_active"})}, Refusal.DISPUTE),
        ({"flags": frozenset({"hardship_plan"})}, Refusal.PLAN),
        ({"flags": frozenset({"claims_paid", "switched_off"})}, Refusal.CLAIMS_PAID),
        ({"flags": frozenset({"opted_out"})}, None),
        ({"flags": frozenset({"a_flag_of_next_year"})}, Refusal.CANNOT_EVALUATE),
        ({"due_fen": 0}, Refusal.NOTHING_DUE),
        ({"usable": 0}, Refusal.NO_MANDATE),
        ({"attempts": 3}, Refusal.ATTEMPTS_USED),
        ({"now": TEN - timedelta(hours=3)}, Refusal.OUTSIDE_HOURS),
        ({"now": TEN + timedelta(hours=10)}, Refusal.EXPIRED),
        ({"channel_is_set": False}, Refusal.CHANNEL_NOT_SET),
    ],
)
def test_each_refusal_has_its_name(change: dict, refusal: Refusal | None) -> None:
    assert may_debit(replace(FACTS, **change), POLICY).refusal == refusal


def test_without_a_policy_nothing_is_debited() -> None:
    assert may_debit(FACTS, None).refusal is Refusal.CANNOT_EVALUATE


def test_every_flag_of_the_rule_pack_is_known_to_the_policy() -> None:
    flags = {
        f for rule in pack("cn").rules.values() if isinstance(rule.value, dict) for f in rule.value.get("flags", [])
    }
    assert len(flags) > 20
    assert sorted(flags - POLICY.flags.keys()) == []


@pytest.mark.parametrize(
    ("part", "entry", "value", "field"),
    [
        ("hours", "opens", "25:00", "hours.opens"),
        ("hours", "closes", "07:00", "hours"),
        ("attempts", "a_day", 0, "attempts.a_day"),
        ("attempts", "partial", "yes", "attempts.partial"),
        ("asking", "after_seconds", [], "asking.after_seconds"),
        ("flags", "plan", ["deceased"], "flags.plan"),
        ("flags", "because", ["x"], "flags.because"),
    ],
)
def test_half_a_policy_is_none(part: str, entry: str, value: object, field: str) -> None:
    with pytest.raises(InputError) as wrong:
        read({**RAW, part: {**RAW[part], entry: value}})
    assert wrong.value.field == field


def test_a_policy_names_each_refusal() -> None:
    with pytest.raises(InputError) as wrong:
        read({**RAW, "flags": {name: flags for name, flags in RAW["flags"].items() if name != "deceased"}})
    assert wrong.value.field == "flags.deceased"


moments = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@settings(deadline=None)
@given(moments)
def test_hours_open_when_they_say(at: datetime) -> None:
    opens = opening(at, POLICY, SHANGHAI)
    local = opens.astimezone(SHANGHAI).time()
    assert opens >= at
    assert time(8) <= local < time(20)
    assert opens == at or local == time(8)
    again = next_try(at, same_card=True, policy=POLICY, zone=SHANGHAI)
    if again is not None:
        assert again >= at + timedelta(hours=3)
        assert again.astimezone(SHANGHAI).date() == at.astimezone(SHANGHAI).date()
        assert time(8) <= again.astimezone(SHANGHAI).time() < time(20)


purses = st.lists(
    st.builds(
        Purse,
        mandate_id=st.integers(1, 9),
        rank=st.integers(0, 4),
        limit_fen=st.none() | st.integers(1, 3000_00),
        day_limit_fen=st.none() | st.integers(1, 3000_00),
        taken_fen=st.integers(0, 2000_00),
        tried=st.integers(0, 3),
        is_out=st.booleans(),
    ),
    max_size=5,
)


@settings(deadline=None)
@given(purses, st.integers(1, 5000_00))
def test_a_choice_keeps_every_limit_and_never_more_than_due(held: list[Purse], due_fen: int) -> None:
    choice = choose(held, due_fen, POLICY)
    if choice is None:
        assert all(p.is_out or p.room_fen(due_fen) < POLICY.smallest_fen for p in held)
        return
    assert POLICY.smallest_fen <= choice.amount_fen <= due_fen
    fits = [p for p in held if p.mandate_id == choice.mandate_id and p.room_fen(due_fen) == choice.amount_fen]
    assert any(not p.is_out for p in fits)
    fresh = [p for p, _room in usable(held, due_fen, POLICY) if p.tried == 0]
    if fresh:
        assert choice.mandate_id == min(fresh, key=lambda p: (p.rank, p.mandate_id)).mandate_id


answers = st.builds(
    Told,
    key=st.just("K"),
    outcome=st.sampled_from(Outcome),
    code=st.sampled_from(["", "51", "62", "99"]),
    amount_fen=st.none() | st.sampled_from([1000_00, 1000_01]),
    channel_ref=st.sampled_from(["", "R1", "R2"]),
    paid_at=st.none() | st.just(TEN),
)


@settings(deadline=None)
@given(st.lists(answers, max_size=8), st.integers(0, 90))
def test_no_order_of_answers_takes_money_twice_or_out_of_nothing(told: list[Told], minutes: int) -> None:
    state, refs, booked, doubles = State.CLAIMED, set(), [], []
    for one in told:
        known = Known(state, 1000_00, TEN, frozenset(refs))
        judged = judge(one, known, now=TEN + timedelta(minutes=minutes), policy=POLICY)
        if judged.worth in (Worth.TAKEN, Worth.TAKEN_AFTER_ALL):
            assert one.amount_fen == 1000_00
            assert may_move(state, State.SUCCEEDED)
            booked.append(one.channel_ref)
            refs.add(one.channel_ref)
        elif judged.worth is Worth.DOUBLE:
            doubles.append(one.channel_ref)
            refs.add(one.channel_ref)
        assert judged.state is state or may_move(state, judged.state) or judged.state in IN_FLIGHT
        state = judged.state
    assert len(booked) <= 1
    assert len(set(doubles) | set(booked)) == len(doubles) + len(booked)
    assert (state is State.SUCCEEDED) == bool(booked)


def test_never_heard_of_it_is_believed_only_after_half_an_hour() -> None:
    known = Known(State.ASKED, 1000_00, TEN, frozenset())
    told = Told("K", Outcome.NOT_FOUND)
    soon = judge(told, known, now=TEN + timedelta(minutes=29), policy=POLICY)
    late = judge(told, known, now=TEN + timedelta(minutes=30), policy=POLICY)
    assert (soon.worth, soon.state) == (Worth.WAITS, State.UNKNOWN)
    assert (late.worth, late.reason) == (Worth.FAILED, "never_arrived")


def test_money_that_was_taken_stays_taken() -> None:
    assert MOVES[State.SUCCEEDED] == frozenset()
    known = Known(State.SUCCEEDED, 1000_00, TEN, frozenset({"R1"}))
    denied = judge(Told("K", Outcome.FAILED, "51"), known, now=TEN, policy=POLICY)
    assert (denied.worth, denied.state) == (Worth.CONTRADICTS, State.SUCCEEDED)
