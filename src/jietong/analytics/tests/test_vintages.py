"""Vintage curves: a worked example and what must hold of any book."""

import contextlib
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from jietong.analytics.cli import vintages

OPTIONS = ["--account", "id", "--month", "m", "--status", "s", "--order", "0,1,2", "--cured", "C", "--none", "X"]


def ask(folder, rows):
    path = folder / "book.csv"
    path.write_text("id,m,s\n" + "".join(f"{a},{m},{s}\n" for a, m, s in rows), encoding="utf-8")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert vintages([str(path), *OPTIONS]) == 0
    return json.loads(out.getvalue())


def test_ever_counts_from_each_accounts_own_first_month(tmp_path):
    rows = [("a", 1, "0"), ("a", 2, "1"), ("a", 3, "0"), ("b", 5, "0"), ("b", 6, "0"), ("c", 9, "2")]
    answer = ask(tmp_path, rows)
    # Month 0: a, b, c at risk; month 1: a and b; month 2: a alone.
    assert answer["at_risk"] == {"0": 3, "1": 2, "2": 1}
    assert answer["ever"]["1"] == {"0": 1 / 3, "1": 0.5, "2": 1.0}
    assert answer["ever"]["2"] == {"0": 1 / 3, "1": 0.0, "2": 0.0}


def test_paid_off_and_no_loan_are_no_arrears(tmp_path):
    answer = ask(tmp_path, [("a", 1, "X"), ("a", 2, "C"), ("b", 1, "0"), ("b", 2, "C")])
    assert answer["ever"]["0"] == {"0": 0.5, "1": 0.5}
    assert answer["ever"]["1"] == {"0": 0.0, "1": 0.0}


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 7), st.sampled_from(["0", "1", "2", "C", "X"])),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_curves_equal_a_count_account_by_account(tmp_path_factory, rows):
    answer = ask(tmp_path_factory.mktemp("book"), rows)
    books = {}
    for account, month, state in rows:
        books.setdefault(account, {})[month] = state
    for worst, state in enumerate(["0", "1", "2"]):
        for k, share in answer["ever"][state].items():
            seen = [book for book in books.values() if max(book) - min(book) >= int(k)]
            hit = [b for b in seen if any(s in "012"[worst:] and m - min(b) <= int(k) for m, s in b.items())]
            assert share == len(hit) / len(seen)
