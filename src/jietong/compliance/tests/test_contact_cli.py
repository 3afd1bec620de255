"""`jietong rules contact`, as the contract has it: one line in, one line out."""

import io
import json
import subprocess
import sys

import pytest

from jietong.compliance.cli import answer, contact
from jietong.kernel.jsonlines import serve

EXAMPLE = (
    '{"id":"3","pack":"cn","channel":"voice","purpose":"collection","now":"2026-11-24T22:10:00+08:00",'
    '"borrower":{"time_zone":"Asia/Shanghai","flags":[]},"party":"borrower","history":[]}'
)


def ask(*cases):
    sink = io.StringIO()
    lines = "\n".join(case if isinstance(case, str) else json.dumps(case) for case in cases)
    status = serve(answer, source=io.BytesIO(lines.encode()), sink=sink)
    return status, [json.loads(line) for line in sink.getvalue().splitlines()]


def case(**changes):
    borrower = {"time_zone": "Asia/Shanghai", "flags": []} | changes.pop("borrower", {})
    plain = {"id": "1", "pack": "cn", "channel": "voice", "purpose": "collection", "now": "2026-11-24T10:00:00+08:00"}
    return plain | {"party": "borrower", "history": [], "borrower": borrower} | changes


def test_the_example_of_the_contract():
    status, [reply] = ask(EXAMPLE)
    source = reply.pop("source")
    assert reply == {
        "id": "3",
        "allowed": False,
        "refusal": "quiet_hours",
        "rule": "cn.hours.quiet",
        "retry_at": "2026-11-25T08:00:00+08:00",
    }
    assert "GB/T 45251-2025" in source
    assert status == 0


def test_the_program_answers_without_django_or_numpy():
    code = (
        "import sys; from jietong.config.cli import main; status = main(['rules', 'contact']);"
        "assert not {'django', 'numpy'} & set(sys.modules); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=EXAMPLE, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["refusal"] == "quiet_hours"


def test_an_allowed_attempt_says_only_that():
    assert ask(case())[1] == [{"id": "1", "allowed": True}]


def test_retry_is_told_on_the_borrowers_clock():
    away = case(pack="us", now="2026-11-24T04:10:00Z", borrower={"time_zone": "America/New_York"})
    assert ask(away)[1][0]["retry_at"] == "2026-11-24T08:00:00-05:00"


def test_agreed_hours_open_the_night():
    late = {"now": "2026-11-24T22:10:00+08:00"}
    agreed = case(**late, borrower={"agreed_hours": [["20:00", "22:30"]]})
    over_midnight = case(**late, borrower={"agreed_hours": [["21:00", "00:30"]]})
    to_the_end = case(**late, borrower={"agreed_hours": [["22:00", "24:00"]]})
    other = case(**late, borrower={"agreed_hours": [["20:00", "22:10"]]})
    assert [reply["allowed"] for reply in ask(agreed, over_midnight, to_the_end, other)[1]] == [True, True, True, False]


def test_the_seventh_dial_of_the_day_is_refused():
    dials = [
        {"at": f"2026-11-24T08:0{n}:00+08:00", "channel": "voice", "outcome": "dialled", "by": "a"} for n in range(6)
    ]
    five, six = ask(case(history=dials[:5]), case(history=dials))[1]
    assert five["allowed"]
    assert (six["refusal"], six["rule"]) == ("dial_cap", "cn.freq.unanswered_dials_day")
    assert six["retry_at"] == "2026-11-25T08:00:00+08:00"


def test_our_own_defaults_decide_only_when_asked():
    sent = [{"at": "2026-11-24T09:00:00+08:00", "channel": "sms", "outcome": "sent", "by": "lender"}]
    hard, soft = ask(case(channel="sms", history=sent), case(channel="sms", history=sent, policy=True))[1]
    assert hard["allowed"]
    assert (soft["refusal"], soft["rule"]) == ("message_cap", "cn.freq.messages_day")


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"pack": "fr"}, "pack", "unknown_pack"),
        ({"pack": "../cn"}, "pack", "unknown_pack"),
        ({"pack": None}, "pack", "missing"),
        ({"pack": 7}, "pack", "not_text"),
        ({"channel": "fax"}, "channel", "unknown"),
        ({"channel": ["voice"]}, "channel", "unknown"),
        ({"channel": None}, "channel", "missing"),
        ({"purpose": "chat"}, "purpose", "unknown"),
        ({"party": "neighbour"}, "party", "unknown"),
        ({"now": "2026-11-24T10:00:00"}, "now", "no_offset"),
        ({"now": "yesterday"}, "now", "not_an_instant"),
        ({"now": 5}, "now", "not_text"),
        ({"now": "9999-12-31T23:59:59+08:00"}, "now", "out_of_range"),
        ({"policy": "yes"}, "policy", "not_a_bool"),
        ({"borrower": {"time_zone": "Mars/Olympus"}}, "borrower.time_zone", "unknown_zone"),
        ({"borrower": {"time_zone": "Asia"}}, "borrower.time_zone", "unknown_zone"),
        ({"borrower": {"time_zone": 8}}, "borrower.time_zone", "not_text"),
        ({"borrower": {"time_zone": None}, "pack": "us"}, "borrower.time_zone", "missing"),
        ({"borrower": {"flags": "deceased"}}, "borrower.flags", "not_a_list"),
        ({"borrower": {"flags": [1]}}, "borrower.flags", "not_text"),
        ({"borrower": {"agreed_hours": [["25:00", "26:00"]]}}, "borrower.agreed_hours.0", "not_a_time"),
        ({"borrower": {"agreed_hours": [["20:00"]]}}, "borrower.agreed_hours.0", "not_a_span"),
        ({"borrower": {"agreed_hours": [["20:00", "20:00"]]}}, "borrower.agreed_hours.0", "empty_span"),
        ({"history": None}, "history", "not_a_list"),
        ({"history": ["x"]}, "history.0", "not_an_object"),
        ({"history": [{"at": "2026-11-24T09:00:00+08:00", "channel": "voice"}]}, "history.0.outcome", "missing"),
        ({"history": [{"channel": "voice", "outcome": "dialled"}]}, "history.0.at", "missing"),
    ],
)
def test_a_case_that_makes_no_sense_names_its_field(changes, field, code):
    status, [wrong, right] = ask(case(**changes), EXAMPLE)
    assert (wrong["error"]["field"], wrong["error"]["code"]) == (field, code)
    assert right["id"] == "3"
    assert status == 1


def test_what_is_optional_may_be_absent_or_null():
    bare = {"pack": "cn", "channel": "app_push", "now": "2026-11-24T10:00:00Z", "borrower": {"agreed_hours": None}}
    assert ask(bare)[1] == [{"id": None, "allowed": True}]


def test_a_borrower_is_needed():
    assert ask({"id": "x", "pack": "cn"})[1][0]["error"]["field"] == "borrower"


def test_china_needs_no_zone_to_be_stated():
    assert ask(case(now="2026-11-24T14:30:00Z", borrower={"time_zone": None}))[1][0]["refusal"] == "quiet_hours"


def test_arguments_are_refused():
    with pytest.raises(SystemExit, match="takes no arguments"):
        contact(["--pack", "cn"])
