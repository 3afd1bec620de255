"""`jietong rules schedule | allocate | age` as the contract writes them, and what they say to bad input."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import Any

import pytest

from jietong.config.cli import main

SCHEDULE: dict[str, Any] = {
    "id": "1",
    "principal": "1000.00",
    "rate": "0.12",
    "rate_unit": "year",
    "day_count": "period",
    "method": "equal_instalment",
    "every": 1,
    "unit": "month",
    "instalments": 3,
    "disbursed_on": "2026-01-15",
}
AGE: dict[str, Any] = {
    "id": "2",
    "instalments": [{"due_on": "2026-01-01", "amount": "100.00"}, {"due_on": "2026-02-01", "amount": "100.00"}],
    "repayments": [{"on": "2026-01-20", "amount": "100.00"}],
    "as_of": "2026-02-11",
    "grace_days": 3,
    "buckets": [{"name": "R1", "min": 1, "max": 30}],
    "pauses": [],
}
ALLOCATE: dict[str, Any] = {
    "id": "a",
    "instalments": [
        {"due_on": "2026-01-01", "principal": "80", "interest": "10", "fee": "5", "penalty": "5"},
        {"due_on": "2026-02-01", "principal": "80.00", "interest": "10.00"},
    ],
    "repayments": [{"on": "2026-01-20", "amount": "150.00"}],
    "as_of": "2026-02-11",
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def answer(command: str, *cases: Any) -> tuple[int, list[Any]]:
        lines = "\n".join(case if isinstance(case, str) else json.dumps(case) for case in cases)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
        status = main(["rules", command])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return answer


def test_the_schedule_of_the_contract(run: Any) -> None:
    status, (answer,) = run("schedule", SCHEDULE)
    cost = answer.pop("apr")
    assert status == 0
    assert answer == {
        "id": "1",
        "rows": [
            {
                "n": 1,
                "due_on": "2026-02-15",
                "days": 31,
                "principal": "330.02",
                "interest": "10.00",
                "total": "340.02",
                "balance": "669.98",
            },
            {
                "n": 2,
                "due_on": "2026-03-15",
                "days": 28,
                "principal": "333.32",
                "interest": "6.70",
                "total": "340.02",
                "balance": "336.66",
            },
            {
                "n": 3,
                "due_on": "2026-04-15",
                "days": 31,
                "principal": "336.66",
                "interest": "3.37",
                "total": "340.03",
                "balance": "0.00",
            },
        ],
        "total_interest": "20.07",
    }
    assert cost == pytest.approx(0.12, abs=1e-4)


def test_the_ageing_of_the_contract(run: Any) -> None:
    expected = {
        "id": "2",
        "days_past_due": 10,
        "delinquent_on": "2026-02-04",
        "delinquent_days": 7,
        "overdue_amount": "100.00",
        "bucket": "R1",
    }
    assert run("age", AGE) == (0, [expected])


def test_classes_come_from_the_rule_pack(run: Any) -> None:
    late = AGE | {"pack": "cn", "repayments": [], "as_of": "2026-05-15"}  # 134 days
    status, answers = run("age", late | {"profile": "loan"}, late | {"profile": "card"})
    assert status == 0
    assert [answer["asset_class"] for answer in answers] == ["次级", "可疑"]
    assert "asset_class" not in run("age", late)[1][0]


def test_pauses_and_open_buckets(run: Any) -> None:
    case = AGE | {
        "pauses": [{"from": "2026-02-05", "to": "2026-02-08"}],
        "buckets": [{"name": "X", "min": 4, "max": None}],
    }
    _, (answer,) = run("age", case)
    assert (answer["delinquent_days"], answer["bucket"]) == (4, "X")
    assert run("age", {"id": 3, "as_of": "2026-02-11"})[1][0]["bucket"] is None


def test_allocation_tells_splits_and_states(run: Any) -> None:
    status, (answer,) = run("allocate", ALLOCATE)
    assert status == 0
    assert answer["repayments"] == [
        {
            "on": "2026-01-20",
            "amount": "150.00",
            "split": {"fee": "5.00", "penalty": "5.00", "interest": "20.00", "principal": "120.00"},
            "left_over": "0.00",
        }
    ]
    states = [{k: v for k, v in state.items() if k != "outstanding_split"} for state in answer["instalments"]]
    assert states == [
        {"due_on": "2026-01-01", "paid": "100.00", "in_advance": "0.00", "late": "100.00", "outstanding": "0.00"},
        {"due_on": "2026-02-01", "paid": "50.00", "in_advance": "50.00", "late": "0.00", "outstanding": "40.00"},
    ]
    assert answer["instalments"][1]["outstanding_split"]["principal"] == "40.00"


def test_options_reach_the_engine(run: Any) -> None:
    case = SCHEDULE | {
        "decimals": 0,
        "principal": "100000",
        "rounding": "half_even",
        "instalment_multiple": "100",
        "smooth_last": False,
        "first_due_on": "2026-02-28",
        "month_end": "first_of_next",
        "interest_grace": None,
    }
    _, (answer,) = run("schedule", case)
    assert [row["total"] for row in answer["rows"]] == ["34000", "34000", "34007"]
    assert [row["due_on"] for row in answer["rows"]] == ["2026-02-28", "2026-03-28", "2026-04-28"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"rate": "-0.12"}, "rate", "negative"),
        ({"rate": True}, "rate", "not_a_number"),
        ({"rate": "NaN"}, "rate", "not_a_number"),
        ({"rate": "1_0"}, "rate", "not_a_number"),
        ({"rate": None}, "rate", "missing"),
        ({"principal": "-1"}, "principal", "negative"),
        ({"principal": "1.005"}, "principal", "too_precise"),
        ({"principal": []}, "principal", "not_a_number"),
        ({"principal": "1e40"}, "principal", "too_large"),
        ({"instalments": 1201}, "instalments", "too_large"),
        ({"instalments": 2.5}, "instalments", "not_whole"),
        ({"instalments": -3}, "instalments", "negative"),
        ({"method": "balloon"}, "method", "unknown"),
        ({"method": 3}, "method", "not_text"),
        ({"smooth_last": "yes"}, "smooth_last", "not_a_boolean"),
        ({"disbursed_on": "2026-02-30"}, "disbursed_on", "not_a_date"),
        ({"disbursed_on": "20260115"}, "disbursed_on", "not_a_date"),
        ({"disbursed_on": "9999-12-31"}, "disbursed_on", "out_of_range"),
        ({"first_due_on": "2026-01-15"}, "first_due_on", "out_of_order"),
        ({"instalment_multiple": "0"}, "instalment_multiple", "zero"),
        ({"instalment_multiple": "0.015"}, "instalment_multiple", "too_precise"),
        ({"decimals": 9}, "decimals", "too_large"),
    ],
)
def test_a_senseless_case_is_answered_and_the_others_go_on(
    run: Any, changes: dict[str, Any], field: str, code: str
) -> None:
    status, (refused, fine) = run("schedule", SCHEDULE | changes, SCHEDULE)
    assert status == 1
    assert refused["id"] == "1"
    assert (refused["error"]["field"], refused["error"]["code"]) == (field, code)
    assert refused["error"]["message"]
    assert len(fine["rows"]) == 3


@pytest.mark.parametrize(
    ("command", "case", "field", "code"),
    [
        ("age", AGE | {"as_of": None}, "as_of", "missing"),
        ("age", AGE | {"grace_days": -1}, "grace_days", "negative"),
        ("age", AGE | {"grace_days": 3_000_000}, "grace_days", "too_large"),
        ("age", AGE | {"pauses": [{"from": "2026-02-05", "to": "2026-02-01"}]}, "pauses.0.to", "out_of_order"),
        ("age", AGE | {"buckets": [{"name": "R", "min": 5, "max": 1}]}, "buckets.0.max", "out_of_order"),
        ("age", AGE | {"instalments": [{"due_on": "2026-01-01"}]}, "instalments.0.amount", "missing"),
        ("age", AGE | {"instalments": "none"}, "instalments", "not_a_list"),
        ("age", AGE | {"pack": "cn", "profile": "mortgage"}, "profile", "unknown"),
        ("age", AGE | {"pack": "xx", "profile": "loan"}, "pack", "unknown_pack"),
        ("age", AGE | {"pack": "us", "profile": "loan"}, "pack", "no_classification"),
        ("allocate", ALLOCATE | {"order": ["tax"]}, "order.0", "unknown"),
        (
            "allocate",
            ALLOCATE | {"repayments": [{"on": "2026-01-01", "amount": "-1"}]},
            "repayments.0.amount",
            "negative",
        ),
        ("allocate", ALLOCATE | {"repayments": [7]}, "repayments.0", "not_an_object"),
    ],
)
def test_errors_name_the_field(run: Any, command: str, case: dict[str, Any], field: str, code: str) -> None:
    status, (answer,) = run(command, case)
    assert status == 1
    assert (answer["error"]["field"], answer["error"]["code"]) == (field, code)


def test_the_commands_need_no_framework() -> None:
    code = (
        "import sys, jietong.loans.cli.rules, jietong.loans.rules;"
        "print({'django', 'numpy', 'psycopg'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_arguments_are_refused_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "age", "cases.jsonl"]) == 2
    assert "usage: jietong rules age" in capsys.readouterr().out
