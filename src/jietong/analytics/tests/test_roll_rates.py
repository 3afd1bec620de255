"""Roll rates: worked examples, an independent count with dictionaries, months in every spelling, odd histories."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.analytics.cli import roll_rates
from jietong.analytics.rules.months import month_numbers
from jietong.kernel.errors import InputError

OPTIONS = ["--account", "id", "--month", "m", "--status", "s", "--order", "0,1,2,3", "--cured", "C", "--none", "X"]


@pytest.fixture
def ask(tmp_path, capsys):
    def run(rows, *options, expect=0, header="id,m,s"):
        path = tmp_path / "book.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        assert roll_rates([str(path), *(options or OPTIONS)]) == expect
        return json.loads(capsys.readouterr().out)

    return run


def codes(answer):
    return {(w["code"], w.get("direction") or w.get("state")): w["count"] for w in answer["warnings"]}


def test_pairs_of_consecutive_months_are_counted_in_the_order_of_time(ask):
    answer = ask(["7,0,1", "7,-1,0", "7,-2,0", "8,-1,C", "8,-2,1"])
    assert answer["counts"]["0"] == {"0": 1, "1": 1, "2": 0, "3": 0, "X": 0, "C": 0}
    assert answer["counts"]["1"]["C"] == 1
    assert answer["rates"]["0"]["1"] == 0.5
    assert answer["rates"]["2"] == {}
    assert (answer["accounts"], answer["months"]) == (2, 3)


def test_a_missing_month_breaks_the_pair_and_is_flagged(ask):
    answer = ask(["7,2023-11,0", "7,2023-12,0", "7,2024-02,1", "7,2024-03,X"])
    assert answer["counts"]["0"]["0"] == 1
    assert answer["counts"]["0"]["1"] == 0
    assert answer["counts"]["1"]["X"] == 1
    assert codes(answer)["gap", None] == 1


def test_jumps_reopened_and_absorbing_states_are_flagged_with_account_ids(ask):
    answer = ask(["a,1,0", "a,2,2", "a,3,0", "b,1,C", "b,2,1", "c,1,3", "c,2,3", "d,1,X", "d,2,1"])
    found = codes(answer)
    assert found["jump", "worse"] == 1
    assert found["jump", "better"] == 1
    assert found["arrears_after_cured", None] == 1
    assert found["absorbing_state", "3"] == 1
    assert answer["warnings"][0]["examples"] == ["a"]


def test_of_two_states_in_one_month_the_worse_stands(ask):
    answer = ask(["7,2,1", "7,1,0", "7,2,2", "7,1,0"])
    assert answer["counts"]["0"]["2"] == 1
    assert codes(answer)["duplicate", None] == 1
    assert codes(answer)["conflicting_duplicate", None] == 1


def test_an_unknown_state_is_no_observation(ask):
    answer = ask(["7,1,0", "7,2,Z", "7,3,0", "7,4,0"])
    assert sum(sum(row.values()) for row in answer["counts"].values()) == 1
    assert codes(answer)["unknown_state", None] == 1


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefghij"), st.integers(-8, 3), st.sampled_from(["0", "1", "2", "3", "C", "X"])),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_counts_equal_a_count_by_dictionary(tmp_path_factory, rows):
    import contextlib
    import io

    path = tmp_path_factory.mktemp("book") / "book.csv"
    path.write_text("id,m,s\n" + "".join(f"{a},{m},{s}\n" for a, m, s in rows), encoding="utf-8")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert roll_rates([str(path), *OPTIONS]) == 0
    states = {(a, m): s for a, m, s in rows}
    expected = Counter((s, states[a, m + 1]) for (a, m), s in states.items() if (a, m + 1) in states)
    counts = json.loads(out.getvalue())["counts"]
    assert {(f, t): n for f, row in counts.items() for t, n in row.items() if n} == dict(expected)


@pytest.mark.parametrize(
    ("december", "january"),
    [
        ("-1", "0"),
        ("202312", "202401"),
        ("20231231", "20240131"),
        ("2023-12", "2024-01"),
        ("2023/12", "2024/1"),
        ("2023-12-31", "2024-01-31"),
        ("2023-12-01 00:00:00", "2024-01-01 00:00:00"),
        ("2023年12月", "2024年1月"),
        ("31/12/2023", "31/01/2024"),
        ("12/31/2023", "1/31/2024"),
        ("Dec-23", "Jan-24"),
        ("-1.0", "0.0"),
    ],
)
def test_the_year_turns_without_a_gap(december, january):
    first, second = month_numbers([december, january])
    assert second - first == 1


@pytest.mark.parametrize("labels", [["x"], ["2024-13"], ["1", "2024-01"], ["03/04/2024", "05/06/2024"], ["1.5"]])
def test_what_is_no_month_is_refused(labels):
    with pytest.raises(InputError) as caught:
        month_numbers(labels)
    assert caught.value.field == "month"


@pytest.mark.parametrize(
    ("rows", "header", "field", "code"),
    [
        ([], "id,m,s", "file", "empty"),
        (["1,1,0"], "id,m,t", "s", "missing_column"),
        (["1,1,Q"], "id,m,s", "status", "unknown_state"),
        (["1,1"], "id,m,s", "file", "short_row"),
        ([",1,0"], "id,m,s", "id", "blank"),
        (["1,,0"], "id,m,s", "m", "blank"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(ask, rows, header, field, code):
    error = ask(rows, expect=1, header=header)["error"]
    assert (error["field"], error["code"]) == (field, code)


def test_bad_usage_exits_with_two(ask):
    assert ask(["1,1,0"], "--account", "id", expect=2)["error"]["code"] == "usage"


def test_a_state_named_twice_is_refused(ask):
    options = [*OPTIONS[:-1], "C"]
    assert ask(["1,1,0"], *options, expect=1)["error"]["code"] == "duplicate"
