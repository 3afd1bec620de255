"""Stop reasons, third parties, purposes: what time never heals, gravest first."""

import json
from dataclasses import replace

import pytest

from jietong.compliance.rules.compiled import compiled
from jietong.compliance.rules.decision import decide, known_flags
from jietong.compliance.rules.refusals import Refusal
from jietong.compliance.tests.cast import NEW_YORK, america, attempt, china, entries
from jietong.packs.queries import names, pack

# The stop list of the reference, in its own words, and the refusal that each must lead to.
STOP_LIST = {
    "paid": "paid",
    "active_hardship_plan": "hardship_plan",
    "hardship_plan": "hardship_plan",
    "hardship_request_pending": "hardship_request_pending",
    "open_dispute_or_complaint_on_item": "dispute",
    "identity_theft_claim": "identity_theft",
    "deceased": "deceased",
    "serious_illness_or_minor": "minor",
    "represented_by_lawyer_or_aid": "represented",
    "represented": "represented",
    "moratorium_or_insolvency": "moratorium",
    "disaster_area": "disaster_area",
    "opt_out_of_channel": "opted_out",
    "opted_out": "opted_out",
}


@pytest.mark.parametrize(("flag", "refusal"), STOP_LIST.items())
@pytest.mark.parametrize("name", ["cn", "us"])
@pytest.mark.parametrize("purpose", ["collection", "reminder"])
def test_each_stop_reason_stops_for_good(name, flag, refusal, purpose):
    zone = NEW_YORK if name == "us" else "Asia/Shanghai"
    decision = decide(attempt(zone=zone, purpose=purpose, flags=[flag]), pack(name))
    assert (decision.refusal, decision.retry_at, decision.strength) == (refusal, None, "hard")
    assert decision.rule in pack(name).rules
    assert decision.source


def test_the_gravest_reason_is_the_one_recorded():
    night = attempt(
        "2026-11-24 23:00", flags=["paid", "dispute", "deceased"], history=entries(*["2026-11-24 09:00"] * 6)
    )
    assert china(night).refusal is Refusal.DECEASED
    assert china(replace(night, flags=frozenset({"paid", "dispute"}))).refusal is Refusal.DISPUTE
    assert china(replace(night, flags=frozenset())).refusal is Refusal.QUIET_HOURS


def test_where_the_law_has_a_rule_that_rule_is_cited():
    assert china(attempt(flags=["hardship_plan"])).rule == "cn.hardship.stop_collection"
    assert america(attempt(zone=NEW_YORK, flags=["represented"])).rule == "us.attorney"
    assert china(attempt(flags=["deceased"])).rule == "cn.stop.deceased"


def test_a_flag_nobody_knows_may_be_a_reason_to_stop():
    decision = china(attempt(flags=["haunted"]))
    assert (decision.refusal, decision.rule, decision.retry_at) == (
        Refusal.RULES_NOT_EVALUABLE,
        "cn.stop.unrecognised",
        None,
    )
    assert "haunted" not in known_flags(pack("cn"))


def test_opting_out_of_one_channel_leaves_the_others():
    for flag in ("opted_out:sms", "opted_out_sms"):
        assert china(attempt(channel="sms", flags=[flag])).refusal is Refusal.OPTED_OUT
        assert china(attempt(channel="email", flags=[flag])).allowed
    assert china(attempt(channel="email", flags=["opted_out"])).refusal is Refusal.OPTED_OUT


def test_a_promise_stops_calls_and_not_its_own_reminder():
    assert china(attempt(flags=["promise_active"])).refusal is Refusal.PROMISE_ACTIVE
    assert china(attempt(purpose="reminder", flags=["promise_active"])).allowed


@pytest.mark.parametrize("purpose", ["collection", "reminder", "service"])
def test_a_stranger_is_not_contacted_without_a_stated_fact(purpose):
    decision = china(attempt(party="third_party", purpose=purpose))
    assert (decision.refusal, decision.rule, decision.retry_at) == (
        Refusal.NO_GATE_FOR_THIRD_PARTY,
        "cn.third.contact_gate",
        None,
    )


@pytest.mark.parametrize(
    "fact",
    [
        "debtor_number_invalid",
        "three_consecutive_failed_contacts",
        "debtor_deceased",
        "deceased",
        "debtor_lacks_capacity",
    ],
)
def test_each_fact_of_the_gate_opens_it_for_the_third_party(fact):
    assert china(attempt(party="third_party", flags=[fact])).allowed
    assert china(attempt("2026-11-24 22:00", party="third_party", flags=[fact])).refusal is Refusal.QUIET_HOURS
    assert china(attempt("2026-11-24 22:00", party="third_party", purpose="service", flags=[fact])).retry_at is not None


def test_a_contact_who_refused_is_left_alone_for_good():
    flags = ["debtor_number_invalid", "third_party_refused"]
    assert china(attempt(party="third_party", flags=flags)).refusal is Refusal.THIRD_PARTY_REFUSED
    assert china(attempt(flags=flags)).allowed


def test_an_open_gate_does_not_lift_a_plan():
    facts = attempt(party="third_party", flags=["debtor_number_invalid", "hardship_plan"])
    assert china(facts).refusal is Refusal.HARDSHIP_PLAN


def test_america_opens_to_persons_who_stand_for_the_consumer_only():
    assert america(attempt(zone=NEW_YORK, party="third_party", flags=["debtor_number_invalid"])).rule == "us.third.gate"
    assert america(attempt(zone=NEW_YORK, party="third_party", flags=["deceased", "executor_or_administrator"])).allowed


def test_what_the_borrower_asked_for_is_not_held_up():
    code = attempt(
        "2026-11-24 23:30", channel="sms", purpose="service", flags=["hardship_plan", "opted_out"], policy=True
    )
    assert china(code).allowed
    assert china(replace(code, flags=frozenset({"deceased"}))).refusal is Refusal.DECEASED
    assert china(replace(code, flags=frozenset({"wrong_person"}))).refusal is Refusal.WRONG_PERSON


def test_reminders_keep_the_night():
    assert china(attempt("2026-11-24 23:30", purpose="reminder", channel="app")).refusal is Refusal.QUIET_HOURS


@pytest.mark.parametrize(
    "change", [{"time_zone": "Mars/Olympus"}, {"channel": "fax"}, {"purpose": ""}, {"party": "aunt"}]
)
def test_what_cannot_be_evaluated_is_refused(change):
    decision = china(replace(attempt(), **change))
    assert (decision.allowed, decision.refusal, decision.retry_at) == (False, Refusal.RULES_NOT_EVALUABLE, None)


def test_a_pack_that_the_engine_does_not_understand_is_refused():
    whole = pack("cn")
    rule = whole.rules["cn.freq.unanswered_dials_day"]
    strange = replace(rule, value=rule.value | {"counts": "sighs"})
    decision = decide(attempt(), replace(whole, rules=dict(whole.rules) | {rule.id: strange}))
    assert decision.refusal is Refusal.RULES_NOT_EVALUABLE
    assert "cn.freq.unanswered_dials_day" in decision.source


@pytest.mark.parametrize("name", names())
def test_every_pack_that_ships_is_understood_and_every_refusal_has_an_id(name):
    rules = compiled(pack(name))
    assert {stop.refusal for stop in rules.stops} | {rule.refusal for rule in rules.timed} <= set(Refusal)
    assert len(rules.timed) == sum(
        1 for rule in pack(name).of_kind("contact_hours") if {"deny", "allow"} & rule.value.keys()
    ) + len(pack(name).of_kind("frequency_caps"))
    assert json.dumps([rule.value for rule in pack(name).rules.values()])
