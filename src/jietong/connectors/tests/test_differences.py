"""What core and book say otherwise: the statement names what the rule names, and each difference has an owner."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jietong.connectors import queries
from jietong.connectors.commands import (
    explain_difference,
    open_source,
    process_due,
    receive,
    reconcile,
    reopen_difference,
    take_difference,
)
from jietong.connectors.models import CoreLoan, Difference, Discrepancy, ReconciliationRun, Source
from jietong.connectors.rules import reconcile as rules
from jietong.connectors.rules.values import dump
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.models import Loan, LoanHead, Repayment
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan, make_member
from jietong.staff.models import Team

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
AT = datetime.fromisoformat("2026-11-20T10:00:00+08:00")


@pytest.fixture
def link(db: None) -> Source:
    found = open_source(code="core", name="核心", kind="files", mode="feed", actor="t", now=NOW - timedelta(days=2))
    Source.objects.filter(pk=found.pk).update(last_ok_at=NOW)
    return Source.objects.get(pk=found.pk)


def told(source: Source, ref: str, principal: int, left: int, *, is_open: bool = True, moneys: Any = ()) -> CoreLoan:
    return CoreLoan.objects.create(
        source=source, external_id=ref, ref=ref, seen_at=NOW, told_at=NOW, principal_left_fen=principal, left_fen=left,
        is_open=is_open, moneys=[list(one) for one in moneys],
    )  # fmt: skip


def book(ref: str, principal: int, left: int, *, is_open: bool = True, moneys: Any = ()) -> Loan:
    """A loan whose head says these figures, as if the book had come to them."""
    loan = make_loan(make_borrower(f"B{ref}"))
    Repayment.objects.filter(loan=loan).delete()
    Loan.objects.filter(pk=loan.pk).update(ref=ref, status="active" if is_open else "settled")
    LoanHead.objects.filter(pk=loan.pk).update(outstanding_principal_fen=principal, outstanding_fen=left)
    for receipt, fen in moneys:
        Repayment.objects.create(receipt=receipt, loan=loan, amount_fen=fen, paid_at=AT, booked_at=AT)
    return loan


FEN = st.integers(0, 3)
SIDE = st.tuples(FEN, FEN, st.booleans())
MONEY = st.dictionaries(st.sampled_from("abc"), st.tuples(st.sampled_from("xyz"), st.integers(1, 2)), max_size=3)
SIDES = st.fixed_dictionaries({name: st.tuples(st.none() | SIDE, st.none() | SIDE) for name in "xyz"})


@pytest.fixture
def three(link: Source) -> tuple[Source, dict[str, Loan]]:
    return link, {ref: book(ref, 0, 0) for ref in "xyz"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SIDES, MONEY, MONEY)
def test_the_database_names_what_the_rule_names(
    three: tuple[Source, dict[str, Loan]], sides: Any, core_paid: Any, book_paid: Any
) -> None:
    link, loans = three
    for model in (Difference, Discrepancy, ReconciliationRun):
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
    CoreLoan.objects.all().delete()
    Repayment.objects.all().delete()
    for name, loan in loans.items():
        ours = sides[name][1]
        Loan.objects.filter(pk=loan.pk).update(
            ref=name if ours else f"{name}-none", status="active" if ours and ours[2] else "settled"
        )
        figures = ours or (0, 0, False)
        LoanHead.objects.filter(pk=loan.pk).update(outstanding_principal_fen=figures[0], outstanding_fen=figures[1])
    has_core, has_book = ({n for n in "xyz" if sides[n][side]} for side in range(2))
    core_paid = {r: (n, fen) for r, (n, fen) in core_paid.items() if n in has_core}
    # the book's loans are compared when the core has ever told of them, and so is their money
    has_book &= has_core
    book_paid = {r: (n, fen) for r, (n, fen) in book_paid.items() if n in has_book}
    for name in has_core:
        mine = [(f"R{r}", DAY.isoformat(), fen) for r, (n, fen) in core_paid.items() if n == name]
        principal, left, is_open = sides[name][0]
        told(link, name, principal, left, is_open=is_open, moneys=mine)
    for receipt, (name, fen) in book_paid.items():
        Repayment.objects.create(
            receipt=f"R{receipt}", loan=loans[name], amount_fen=fen, paid_at=AT, booked_at=AT
        )  # fmt: skip
    run = reconcile(code="core", on=DAY, actor="t", now=NOW)
    theirs = {n: rules.Side(*sides[n][0]) for n in has_core}
    ours = {n: rules.Side(*sides[n][1]) for n in has_book}
    paid = {f"R{r}": rules.Paid(*one) for r, one in core_paid.items()}
    got = {f"R{r}": rules.Paid(*one) for r, one in book_paid.items()}
    wanted = rules.in_order([*rules.loans(theirs, ours), *rules.repayments(paid, got)])
    found = [rules.Found(d.code, d.ref, d.receipt, d.core_fen, d.book_fen) for d in queries.differences(run.pk)]
    assert found == wanted
    assert (run.core, run.book) == (rules.totals(theirs, paid), rules.totals(ours, got))


def test_a_difference_stands_over_the_days_until_both_sides_agree(link: Source) -> None:
    book("A", 100, 120)
    row = told(link, "A", 100, 130)
    first = reconcile(code="core", on=TODAY, actor="t", now=NOW)
    second = reconcile(code="core", on=TODAY, actor="t", now=NOW + timedelta(days=1))
    one = Discrepancy.objects.get()
    assert {first.differences.get().discrepancy_id, second.differences.get().discrepancy_id} == {one.pk}
    assert (one.found_at, one.state, one.owner_role, one.gap_fen) == (NOW, "open", "operator", 10)
    CoreLoan.objects.filter(pk=row.pk).update(left_fen=120)
    third = reconcile(code="core", on=TODAY, actor="t", now=NOW + timedelta(days=2))
    one.refresh_from_db()
    assert (third.agrees, one.state, one.gone_at) == (True, "gone", NOW + timedelta(days=2))
    CoreLoan.objects.filter(pk=row.pk).update(left_fen=130)  # the same again is a new one: somebody looks again
    reconcile(code="core", on=TODAY, actor="t", now=NOW + timedelta(days=3))
    assert Discrepancy.objects.filter(state="open").count() == 1
    assert Discrepancy.objects.count() == 2
    data = Event.objects.filter(kind="connectors.reconciled").order_by("-seq").values_list("data", flat=True)[0]
    assert (data["new"], data["gone"]) == (1, 0)


def test_an_explanation_holds_for_the_figures_it_was_given_for(link: Source, desk: Team) -> None:
    book("A", 100, 120)
    row = told(link, "A", 100, 130)
    reconcile(code="core", on=TODAY, actor="t", now=NOW)
    one = Discrepancy.objects.get()
    qin = make_member("qin2", "秦", desk, role="operator")
    take_difference(discrepancy_id=one.pk, member_id=qin.pk, actor="staff:1", now=NOW)
    for reason, code in (("  ", "missing"), ("长" * 201, "too_long")):
        with pytest.raises(InputError) as refused:
            explain_difference(discrepancy_id=one.pk, reason=reason, actor="staff:1", now=NOW)
        assert (refused.value.field, refused.value.code) == ("reason", code)
    explain_difference(discrepancy_id=one.pk, reason="核心把手续费记在次日", actor="staff:1", now=NOW)
    run = reconcile(code="core", on=TODAY, actor="t", now=NOW)
    one.refresh_from_db()
    assert (run.agrees, one.state, one.owner_id) == (False, "explained", qin.pk)  # still named, with its reason
    assert queries.discrepancy_counts() == {"explained": 1}
    CoreLoan.objects.filter(pk=row.pk).update(left_fen=140)
    reconcile(code="core", on=TODAY, actor="t", now=NOW)
    one.refresh_from_db()
    assert (one.state, one.reason, one.core_fen) == ("open", "核心把手续费记在次日", 140)
    assert list(queries.open_discrepancies_of({"A"})) == ["A"]


def test_what_agrees_again_is_not_explained_any_more(link: Source) -> None:
    book("A", 100, 120)
    row = told(link, "A", 100, 130)
    reconcile(code="core", on=TODAY, actor="t", now=NOW)
    one = Discrepancy.objects.get()
    explain_difference(discrepancy_id=one.pk, reason="在查", actor="staff:1", now=NOW)
    assert reopen_difference(discrepancy_id=one.pk, actor="staff:1", now=NOW).state == "open"
    CoreLoan.objects.filter(pk=row.pk).update(left_fen=120)
    reconcile(code="core", on=TODAY, actor="t", now=NOW)
    with pytest.raises(CommandRefused) as refused:
        explain_difference(discrepancy_id=one.pk, reason="太晚了", actor="staff:1", now=NOW)
    assert refused.value.code == "gone"
    with pytest.raises(InputError):
        take_difference(discrepancy_id=one.pk + 1, member_id=1, actor="staff:1", now=NOW)


def test_a_repayment_of_a_former_day_is_looked_at_again_with_every_run(link: Source) -> None:
    loan = book("A", 100, 120)
    told(link, "A", 100, 120, moneys=[("R1", DAY.isoformat(), 50)])
    assert reconcile(code="core", on=DAY, actor="t", now=NOW).differences_count == 1
    later = reconcile(code="core", on=TODAY, actor="t", now=NOW)
    assert (later.agrees, Discrepancy.objects.get().state) == (True, "open")  # not of that day, and not forgotten
    Repayment.objects.create(receipt="R1", loan=loan, amount_fen=50, paid_at=AT, booked_at=NOW)
    reconcile(code="core", on=TODAY, actor="t", now=NOW)
    assert Discrepancy.objects.get().state == "gone"


def test_a_core_that_only_sends_events_says_nothing_by_silence(db: None) -> None:
    source = open_source(code="push", name="推送", kind="webhook", mode="mirror", secret="k" * 40, actor="t", now=NOW)
    loan = {
        "loan_no": "W-1", "product": "JB", "principal": "1000.00", "rate": "0.144", "method": "equal_principal",
        "disbursed_on": "2026-10-24", "instalments": [{"due_on": "2026-12-24", "principal": "1000.00"}],
        "borrower": {"number": "C-7", "name": "林小满"},
    }  # fmt: skip
    receive(source=source, external_id="1", kind="loan", subject="W-1", payload=dump(loan), now=NOW)
    Source.objects.update(last_ok_at=NOW)
    process_due(now=NOW)
    later = NOW + timedelta(hours=3)
    Source.objects.update(last_ok_at=later)  # a heartbeat
    assert reconcile(code="push", on=TODAY, actor="t", now=later).agrees
