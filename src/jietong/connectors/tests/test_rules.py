"""The pure rules: comparing, pausing, signing, and how fresh a figure is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.connectors.rules import backoff, fineract, reconcile, signature, values
from jietong.connectors.rules.freshness import Fresh, fresh, worst
from jietong.kernel.errors import InputError

AT = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
sides = st.builds(reconcile.Side, st.integers(0, 3), st.integers(0, 3), st.booleans())
books = st.dictionaries(st.sampled_from("ABCDE"), sides)
paids = st.dictionaries(st.sampled_from("123"), st.builds(reconcile.Paid, st.sampled_from("AB"), st.integers(1, 3)))


@given(books, books, paids, paids)
def test_nothing_is_named_exactly_when_both_sides_are_equal(core, book, core_paid, book_paid) -> None:
    found = [*reconcile.loans(core, book), *reconcile.repayments(core_paid, book_paid)]
    assert (found == []) == (core == book and core_paid == book_paid)
    assert all(one.code in reconcile.CODES for one in found)
    named = {one.ref for one in reconcile.loans(core, book)}
    assert named == {ref for ref in core.keys() | book.keys() if core.get(ref) != book.get(ref)}


@given(books, books)
def test_the_gaps_of_loans_on_both_sides_add_up_to_the_gap_of_the_sums(core, book) -> None:
    gap = reconcile.totals(core, {})["left_fen"] - reconcile.totals(book, {})["left_fen"]
    named = 0
    for one in reconcile.loans(core, book):
        if one.code in {"left", "loan_missing_in_book", "loan_missing_in_core"}:
            named += (one.core_fen or 0) - (one.book_fen or 0)
    assert named == gap


def test_pauses_grow_and_end_for_events_and_never_for_links() -> None:
    pauses = [backoff.next_try(n, AT) for n in range(1, 8)]
    assert pauses[-1] is None
    assert pauses[:-1] == sorted(pauses[:-1])  # type: ignore[type-var]
    every = timedelta(seconds=60)
    assert [(backoff.next_pull(n, AT, every=every) - AT).seconds for n in (0, 1, 2, 9)] == [60, 5, 15, 600]


def test_a_signature_is_that_of_the_published_algorithm() -> None:
    """RFC 4231, test case 2: HMAC-SHA-256 with key Jefe; our message is `<timestamp>.<body>`."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    import hashlib
    import hmac

    assert hmac.new(b"Jefe", b"what do ya want for nothing?", hashlib.sha256).hexdigest() == expected
    ours = hmac.new(b"Jefe", b"1.what", hashlib.sha256).hexdigest()
    assert signature.sign("Jefe", "1", b"what") == f"v1={ours}"


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(-900, 900))
def test_only_the_very_body_within_the_window_is_believed(body: bytes, other: bytes, seconds: int) -> None:
    stamp = str(int(AT.timestamp()) + seconds)
    given_signature = signature.sign("key", stamp, body)
    found = signature.fault("key", stamp, given_signature, other, at=AT)
    if body != other:
        assert found == "signature"
    else:
        assert found == (None if abs(seconds) <= 300 else "too_old")
    assert signature.fault(None, stamp, given_signature, body, at=AT) == "signature"


def test_a_timestamp_that_is_no_number_is_not_believed() -> None:
    assert signature.fault("key", "noon", signature.sign("key", "noon", b""), b"", at=AT) == "signature"


def test_of_several_links_the_gravest_speaks_and_of_equals_the_oldest() -> None:
    old, new = AT - timedelta(hours=2), AT - timedelta(minutes=1)
    up = fresh(last_ok_at=new, failing_since=None, stale_after=timedelta(minutes=15), at=AT)
    stale = fresh(last_ok_at=old, failing_since=None, stale_after=timedelta(minutes=15), at=AT)
    down = fresh(last_ok_at=new, failing_since=AT, stale_after=timedelta(minutes=15), at=AT)
    never = fresh(last_ok_at=None, failing_since=None, stale_after=timedelta(minutes=15), at=AT)
    assert [one.state for one in (up, stale, down, never)] == ["up", "stale", "down", "stale"]
    assert worst([up, stale, down]) == down
    assert worst([stale, never, up]) == never
    assert worst([up, Fresh(old, "up")]) == Fresh(old, "up")
    assert worst([]) is None


@pytest.mark.parametrize(
    ("raw", "fen"),
    [("530.10", 530_10), (Decimal("0.000000"), 0), (7, 7_00), ("1.5E3", 1500_00), (None, 0), (Decimal("-1.00"), -1_00)],
)
def test_an_amount_is_read_exactly(raw: object, fen: int) -> None:
    assert values.fen({"a": {"b": raw}}, "a.b") == fen


@pytest.mark.parametrize(
    ("raw", "code"), [("1.001", "too_precise"), ("NaN", "not_an_amount"), ("1e30", "too_large"), ([], "not_an_amount")]
)
def test_an_amount_that_is_none_names_its_field(raw: object, code: str) -> None:
    with pytest.raises(InputError) as refused:
        values.fen({"a": raw}, "a", where="rows.3.")
    assert (refused.value.field, refused.value.code) == ("rows.3.a", code)


@given(st.integers(0, 10**13))
def test_json_keeps_every_fen(fen: int) -> None:
    told = values.load(f'{{"a": {fen // 100}.{fen % 100:02d}}}')
    assert values.fen(told, "a") == fen
    assert values.fen(values.load(values.dump(told)), "a") == fen


@pytest.mark.parametrize("raw", [[2026, 2, 28], "2026-02-28"])
def test_a_date_is_three_numbers_or_iso(raw: object) -> None:
    assert values.the_day({"d": raw}, "d") == date(2026, 2, 28)


@pytest.mark.parametrize("raw", [[2026, 2, 30], [2026, 2], "28.2.2026", 5, {}])
def test_a_day_that_is_none_is_refused(raw: object) -> None:
    with pytest.raises(InputError) as refused:
        values.the_day({"d": raw}, "d")
    assert refused.value.code == "not_a_date"


def test_what_was_waived_or_written_off_is_not_asked_for() -> None:
    period = {
        "period": 1, "dueDate": [2026, 7, 15], "principalDue": 100, "principalWrittenOff": 40, "interestDue": 10,
        "interestWaived": 3, "penaltyChargesDue": 5, "penaltyChargesWaived": 5, "principalPaid": 20,
    }  # fmt: skip
    data = {
        "accountNo": "000000001", "externalId": None, "loanProductId": 7, "loanProductName": "x",
        "annualInterestRate": 12, "currency": {"decimalPlaces": 2}, "summary": {"principalDisbursed": 100,
        "principalWrittenOff": 40}, "timeline": {"actualDisbursementDate": [2026, 6, 15]},
        "repaymentSchedule": {"periods": [{"dueDate": [2026, 6, 15]}, period]},
    }  # fmt: skip
    told = fineract.loan(data, source="core", creditor="x", as_of=date(2026, 11, 24))
    assert told.ref == "000000001"
    assert told.instalments[0].owed == (60_00, 7_00, 0, 0)
    assert told.instalments[0].paid == (20_00, 0, 0, 0)
    assert told.written_off_fen == 40_00
