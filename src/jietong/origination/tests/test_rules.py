"""Limits add up, decisions name their reasons, applications move by the table, unknown payments are not repeated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.kernel.errors import CommandRefused, InputError
from jietong.origination import labels
from jietong.origination.rules import application, decision, disclosure, limits, transfers, watch
from jietong.origination.rules.limits import Change, Standing

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
GOOD = decision.Facts(
    amount_fen=3000_00, has_limit=True, room_fen=10_000_00, is_frozen=False, days_past_due=0, circumstances=frozenset(),
    age_years=36, information_days=10, is_offered=True, is_above_cap=False,
)  # fmt: skip

STEP = st.one_of(
    st.tuples(st.sampled_from(["grant", "cut", "draw", "repay"]), st.integers(0, 50)),
    st.tuples(st.sampled_from(["freeze", "take_back"]), st.integers(0, 8)),
)


@given(st.lists(STEP, max_size=40))
def test_no_draw_goes_above_what_is_granted_and_only_a_cut_leaves_the_use_above_it(steps: list) -> None:
    """Whatever happens in whatever order: an allowed draw leaves the use at or below the granted amount; the use stands
    above it only since a cut (or an undone raise), and then nothing can be drawn."""
    changes: list[Change] = []
    used, was_lowered = 0, False
    for what, number in steps:
        now = limits.standing(changes)
        fen = number * 100
        try:
            if what in {"grant", "cut"}:
                kind = "raise" if what == "grant" else "cut"
                changes.append(Change(len(changes), kind, "r", limits.delta_to(now, kind, fen)))
                was_lowered = was_lowered or what == "cut"
            elif what == "freeze":
                changes.append(Change(len(changes), "freeze", f"r{number}"))
            elif what == "take_back" and number < len(changes):
                _take_back(changes, number, now)
                was_lowered = True
        except (InputError, CommandRefused):
            pass  # refused: nothing changed
        after = limits.standing(changes)
        if what == "draw" and 0 < fen <= limits.room_fen(after, used):
            used += fen
            was_lowered = False
            assert used <= after.granted_fen
            assert not after.is_frozen
        elif what == "repay":
            used = max(used - fen, 0)
        assert after.granted_fen == sum(change.delta_fen for change in changes) >= 0
        assert used <= after.granted_fen or (was_lowered and limits.room_fen(after, used) == 0)


def _take_back(changes: list[Change], number: int, now: Standing) -> None:
    target = changes[number]
    if any(change.undoes == target.key for change in changes):
        return
    if target.kind == "freeze":
        changes.append(Change(len(changes), "release", "r", undoes=target.key))
    else:
        delta = limits.undo_delta(now, target)
        changes.append(Change(len(changes), "undo", "r", delta, undoes=target.key))


def test_a_freeze_holds_until_its_own_release() -> None:
    two = [Change(1, "grant", "first", 100), Change(2, "freeze", "arrears"), Change(3, "freeze", "fraud_suspected")]
    assert limits.room_fen(limits.standing([*two, Change(4, "release", "cleared", undoes=2)]), 0) == 0
    both = [*two, Change(4, "release", "cleared", undoes=2), Change(5, "release", "cleared", undoes=3)]
    assert limits.room_fen(limits.standing(both), 40) == 60


@pytest.mark.parametrize(
    ("change", "outcome", "reasons"),
    [
        ({}, "approved", ()),
        ({"amount_fen": 10_000_01}, "declined", ("over_limit",)),
        ({"amount_fen": 10_000_00}, "approved", ()),
        ({"room_fen": 0, "is_frozen": True}, "declined", ("frozen",)),
        ({"has_limit": False, "room_fen": 0}, "declined", ("no_limit",)),
        ({"days_past_due": 1}, "declined", ("arrears",)),
        ({"circumstances": frozenset({"deceased"}), "days_past_due": 9}, "declined", ("deceased", "arrears")),
        ({"circumstances": frozenset({"hardship_plan"})}, "in_review", ("hardship_plan",)),
        ({"age_years": 17}, "declined", ("minor",)),
        ({"age_years": None}, "approved", ()),
        ({"information_days": None}, "in_review", ("information_old",)),
        ({"information_days": 366}, "in_review", ("information_old",)),
        ({"is_offered": False}, "declined", ("not_offered",)),
        ({"is_above_cap": True}, "declined", ("above_cap",)),
        ({"amount_fen": 40_000_00, "room_fen": 50_000_00}, "in_review", ("large",)),
    ],
)
def test_a_decision_names_its_reasons_gravest_first(change: dict, outcome: str, reasons: tuple) -> None:
    assert decision.decide(replace(GOOD, **change)) == decision.Verdict(outcome, reasons)


def test_hard_reasons_bind_a_person_too_and_unknown_ones_count_as_hard() -> None:
    assert decision.may_be_set_aside(["arrears", "information_old"])
    assert not decision.may_be_set_aside(["arrears", "frozen"])
    assert not decision.may_be_set_aside(["something_new"])
    assert decision.still_binding(["large", "arrears", "frozen"]) == ("arrears", "frozen")


def test_age_by_the_resident_id_turns_on_the_birthday() -> None:
    assert decision.age_on("resident_id", "110101200811240018", 2026, (11, 24)) == 18
    assert decision.age_on("resident_id", "110101200811250018", 2026, (11, 24)) == 17
    assert decision.age_on("passport", "E12345678", 2026, (11, 24)) is None


def test_every_reason_and_state_has_its_words() -> None:
    assert set(decision.REASONS) <= set(labels.REASONS)
    assert set(application.MOVES) == set(labels.STATES)
    assert {reason for row in labels.CHOICES.values() for reason in row} <= set(labels.LIMIT_REASONS)
    assert {*watch.CIRCUMSTANCES, "arrears", "long_arrears"} <= set(labels.LIMIT_REASONS)
    assert set(labels.CHANGES) == limits.KINDS


def test_the_table_of_moves_is_closed_and_its_ends_are_ends() -> None:
    named = set(application.MOVES)
    assert all(to <= named for to in application.MOVES.values())
    assert not application.may_move("disbursed", "withdrawn")
    assert not application.may_move("declined", "approved")
    assert set(application.LASTS) == {state for state, to in application.MOVES.items() if "expired" in to}


@pytest.mark.parametrize(
    ("facts", "actions"),
    [
        (watch.Facts(100, 40, 2), []),
        (watch.Facts(100, 40, 3), [("freeze", "arrears")]),
        (watch.Facts(100, 40, 3, freezes_by_rule={"arrears": 7}), []),
        (watch.Facts(100, 40, 1, freezes_by_rule={"arrears": 7}), []),
        (watch.Facts(100, 40, 0, freezes_by_rule={"arrears": 7}), [("release", "arrears")]),
        (watch.Facts(100, 40, 61, freezes_by_rule={"arrears": 7}), [("cut", "long_arrears")]),
        (watch.Facts(40, 40, 61, freezes_by_rule={"arrears": 7}), []),
        (watch.Facts(100, 0, 0, frozenset({"deceased"})), [("freeze", "deceased")]),
    ],
)
def test_what_the_watching_rules_ask_for(facts: watch.Facts, actions: list) -> None:
    assert [(one.kind, one.reason) for one in watch.review(facts)] == actions


def test_an_unknown_payment_is_asked_about_and_never_heard_of_is_no_only_after_a_while() -> None:
    sent = {"sent_at": AT}
    assert transfers.outcome("unknown", **sent, now=AT + timedelta(days=9)) == "asking"
    assert transfers.outcome("pending", **sent, now=AT + timedelta(days=9)) == "asking"
    assert transfers.outcome("never_seen", **sent, now=AT + timedelta(minutes=9)) == "asking"
    assert transfers.outcome("never_seen", **sent, now=AT + timedelta(minutes=10)) == "failed"
    assert transfers.pause(0) < transfers.pause(3) < transfers.pause(60) == timedelta(minutes=5)


def test_the_price_is_read_for_its_time_and_small_loans_are_signed_by_a_known_browser() -> None:
    assert disclosure.seconds_left(AT, AT) == 10
    assert disclosure.seconds_left(AT, AT + timedelta(seconds=9, milliseconds=1)) == 1
    assert disclosure.seconds_left(AT, AT + timedelta(seconds=10)) == 0
    assert disclosure.device_may_sign(5000_00, AT - timedelta(days=30), AT)
    assert not disclosure.device_may_sign(5000_01, AT, AT)
    assert not disclosure.device_may_sign(1, AT - timedelta(days=31), AT)
    assert not disclosure.device_may_sign(1, None, AT)
