"""A loan is booked once with a ledger that says so, and a cancelled one ends at principal and interest to the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.commands import (
    book_loan,
    cancel_loan,
    cancellation,
    draft_version,
    put_in_force,
    record_repayment,
    reverse_repayment,
    take_back,
    uncancel_loan,
)
from jietong.loans.models import Loan, LoanHead, Posting, Product, ProductVersion
from jietong.loans.queries import book as queries
from jietong.loans.queries import lending as queries_lending
from jietong.loans.queries import products as queries_products
from jietong.loans.rules.products import ProductTerms
from jietong.loans.tests.replay_world import agree, balance, figures
from jietong.simulator.tests.cast import make_borrower

pytestmark = pytest.mark.usefixtures("db")
TERMS = ProductTerms(Decimal("0.144"), (3, 6, 12), 500_00, 50_000_00)
LENT_ON = date(2026, 11, 1)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


def offer(terms: ProductTerms = TERMS, *, from_on: date = LENT_ON, code: str = "JB") -> ProductVersion:
    Product.objects.get_or_create(code=code, defaults={"name": "随借随还"})
    version = draft_version(code=code, terms=terms, note="首版", actor="staff:1", now=noon(from_on))
    return put_in_force(version_id=version.pk, from_on=from_on, actor="staff:2", now=noon(from_on))


def lend(version: ProductVersion, *, ref: str = "JT-NEW-1", principal_fen: int = 6000_00, count: int = 6) -> Loan:
    return book_loan(
        ref=ref,
        borrower_id=make_borrower().pk,
        version_id=version.pk,
        creditor="青禾消费金融有限公司",
        principal_fen=principal_fen,
        instalments=count,
        disbursed_on=LENT_ON,
        actor="system:payout",
        now=noon(LENT_ON),
    )


def test_a_loan_is_booked_with_schedule_head_postings_and_news() -> None:
    loan = lend(offer(replace(TERMS, fee_rate=Decimal("0.001"))))
    rows = list(loan.instalments.all())
    assert sum(row.principal_fen for row in rows) == 6000_00
    assert [row.fee_fen for row in rows] == [6_00] * 6
    assert rows[0].due_on == date(2026, 12, 1)
    head = LoanHead.objects.get(loan=loan)
    assert (head.bucket, head.outstanding_principal_fen, head.next_change_on) == ("M0", 6000_00, date(2026, 12, 1))
    assert balance(loan, "loan_principal") == -balance(loan, "disbursement_clearing") == 6000_00
    assert Event.objects.filter(kind="loans.loan_booked", borrower_id=loan.borrower_id).count() == 1


def test_the_same_reference_books_once_and_other_content_is_refused() -> None:
    version = offer()
    loan = lend(version)
    same = book_loan(
        ref=loan.ref, borrower_id=loan.borrower_id, version_id=version.pk, creditor="x", principal_fen=6000_00,
        instalments=6, disbursed_on=LENT_ON, actor="a", now=noon(LENT_ON),
    )  # fmt: skip
    assert same.pk == loan.pk
    assert Posting.objects.filter(loan=loan).count() == 1
    with pytest.raises(CommandRefused) as caught:
        lend(version, principal_fen=7000_00)
    assert caught.value.code == "ref_reused"


def test_a_loan_keeps_the_terms_of_its_version_when_the_product_moves_on() -> None:
    loan = lend(offer())
    order = ("interest", "penalty", "fee", "principal")
    cheaper = replace(TERMS, rate=Decimal("0.108"), penalty_multiple=Decimal("1.3"), allocation_order=order)
    offer(cheaper, from_on=LENT_ON + timedelta(days=10))
    loan = Loan.objects.get(pk=loan.pk)
    assert loan.penalty_multiple == Decimal("1.5")
    assert loan.allocation_order[0] == "fee"
    assert loan.rate == Decimal("0.144")
    day = LENT_ON + timedelta(days=9)
    assert queries_products.version_in_force("JB", on=day).number == 1
    assert queries_products.version_in_force("JB", on=day + timedelta(days=1)).rate == Decimal("0.108")
    assert [row.number for row in queries_products.lent_on(day + timedelta(days=1))] == [2]


def test_terms_of_a_version_cannot_be_written_again_even_by_hand() -> None:
    version = offer()
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE loans_productversion SET rate = 0.01 WHERE id = %s", [version.pk])


def test_when_a_version_may_be_put_in_force_and_taken_back() -> None:
    now = noon(LENT_ON)
    begun = offer()
    later = draft_version(code="JB", terms=TERMS, note="调整", actor="staff:1", now=now)
    with pytest.raises(InputError, match="past"):
        put_in_force(version_id=later.pk, from_on=LENT_ON - timedelta(days=1), actor="staff:1", now=now)
    with pytest.raises(InputError, match="taken"):
        put_in_force(version_id=later.pk, from_on=LENT_ON, actor="staff:1", now=now)
    put_in_force(version_id=later.pk, from_on=LENT_ON + timedelta(days=3), actor="staff:1", now=now)
    assert take_back(version_id=later.pk, actor="staff:1", now=now).in_force_from is None
    with pytest.raises(CommandRefused, match="in force"):
        take_back(version_id=begun.pk, actor="staff:1", now=now)
    with pytest.raises(InputError, match="say why"):
        draft_version(code="JB", terms=TERMS, note=" ", actor="staff:1", now=now)
    with pytest.raises(InputError, match="no product"):
        draft_version(code="NO", terms=TERMS, note="x", actor="staff:1", now=now)


@pytest.mark.parametrize(("days", "interest"), [(0, 0), (5, 12_00), (7, 16_80)])
def test_cancelling_costs_principal_and_interest_to_the_day(days: int, interest: int) -> None:
    """¥6,000 at 14.4 %: 72.00 for November's 30 days, so 2.40 a day."""
    loan = lend(offer())
    on = LENT_ON + timedelta(days=days)
    quote = cancellation(loan.ref, on=on)
    assert (quote.principal_fen, quote.interest_fen) == (6000_00, interest)
    cancel_loan(
        ref=loan.ref, asked_on=on, receipt="BACK-1", paid_at=noon(on), reason="不需要了", actor="b", now=noon(on)
    )
    cancel_loan(
        ref=loan.ref, asked_on=on, receipt="BACK-1", paid_at=noon(on), reason="不需要了", actor="b", now=noon(on)
    )
    loan.refresh_from_db()
    assert (loan.status, loan.cancelled_on) == ("settled", on)
    assert balance(loan, "loan_principal") == 0
    assert balance(loan, "interest_income") == -interest
    assert balance(loan, "borrower_credit") == 0
    agree(loan)
    assert queries_lending.drawn([loan.borrower_id])[loan.borrower_id][0].used_fen == 0
    assert queries.loan(loan.pk, on=on).cancelled_on == on


def test_a_product_may_waive_the_interest_of_a_cancellation() -> None:
    loan = lend(offer(replace(TERMS, cancel_interest="none")))
    assert cancellation(loan.ref, on=LENT_ON + timedelta(days=4)).total_fen == 6000_00


def test_cancelling_ends_with_the_cooling_off_days_and_with_the_first_money() -> None:
    loan = lend(offer())
    for on, code in ((LENT_ON + timedelta(days=8), "too_late"), (LENT_ON - timedelta(days=1), "too_early")):
        with pytest.raises(CommandRefused) as caught:
            cancellation(loan.ref, on=on)
        assert caught.value.code == code
    at = noon(LENT_ON + timedelta(days=2))
    record_repayment(receipt="P1", loan_ref=loan.ref, amount_fen=100_00, paid_at=at, actor="bank", now=at)
    with pytest.raises(CommandRefused) as caught:
        cancellation(loan.ref, on=LENT_ON + timedelta(days=3))
    assert caught.value.code == "already_repaid"


def test_a_cancellation_whose_money_did_not_stay_is_undone_to_the_fen() -> None:
    loan = lend(offer())
    before, plan = figures(loan), list(loan.instalments.values_list("n", "principal_fen", "interest_fen"))
    on = LENT_ON + timedelta(days=3)
    cancel_loan(ref=loan.ref, asked_on=on, receipt="BACK", paid_at=noon(on), reason="x", actor="b", now=noon(on))
    with pytest.raises(CommandRefused, match="reverse it first"):
        uncancel_loan(ref=loan.ref, reason="退票", actor="bank", now=noon(on))
    reverse_repayment(receipt="BACK", reason="退票", actor="bank", now=noon(on))
    uncancel_loan(ref=loan.ref, reason="退票", actor="bank", now=noon(on))
    loan.refresh_from_db()
    assert (loan.status, loan.cancelled_on) == ("active", None)
    assert list(loan.instalments.values_list("n", "principal_fen", "interest_fen")) == plan
    assert figures(loan) == before


def test_repaid_principal_of_a_revolving_loan_is_free_again_and_of_another_is_not() -> None:
    revolving = lend(offer())
    fixed = lend(offer(replace(TERMS, is_revolving=False), code="XF"), ref="JT-NEW-2")
    at = noon(date(2026, 12, 1))
    for loan in (revolving, fixed):
        first = loan.instalments.get(n=1)
        total = first.principal_fen + first.interest_fen
        record_repayment(receipt=loan.ref, loan_ref=loan.ref, amount_fen=total, paid_at=at, actor="bank", now=at)
    used = {
        loan.pk: queries_lending.drawn([loan.borrower_id])[loan.borrower_id][0].used_fen for loan in (revolving, fixed)
    }
    assert used[revolving.pk] == 6000_00 - revolving.instalments.get(n=1).principal_fen
    assert used[fixed.pk] == 6000_00
