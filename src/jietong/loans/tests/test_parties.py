"""Claims that pass, guarantors that pay: who is creditor on which day, what is booked, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.commands import (
    Around,
    Named,
    arrange,
    compensate,
    record_notice,
    record_repayment,
    transfer_claim,
    undo_change,
)
from jietong.loans.models import Arrangement, ClaimChange, Loan, Party, PartyPoint, Posting
from jietong.loans.queries import book as queries
from jietong.loans.queries import parties
from jietong.loans.queries import shares as queries_shares
from jietong.loans.rules.parties import Claim
from jietong.loans.tests.replay_world import LENT_ON, agree, balance, lend, live_until, noon

pytestmark = pytest.mark.django_db

FIRST, GUARD, FUND = "青禾消费金融有限公司", "恒信融资担保有限公司", "远山资产管理有限公司"
TODAY = date(2026, 3, 20)
HOT = {"hotline": "400-820-0000", "pay_to": "还款方式不变，仍在 App 里还"}
BY = {"actor": "staff:1", "now": noon(TODAY)}
AROUND = Around(
    platforms=("小禾科技",),
    funders=(("云岫银行股份有限公司", 700_000), (FIRST, 300_000)),
    guarantors=(Named(GUARD, phone="02155550000"), Named("李建军", id_no="320500197001011239", phone="15400009999")),
)


@pytest.fixture
def loan() -> Loan:
    made = lend()
    arrange(loan_ref=made.ref, around=AROUND, since_on=LENT_ON, **BY)
    return made


def pass_on(loan: Loan, taker: str = FUND, on: date = TODAY, ref: str = "ZR-1", **more: object) -> ClaimChange:
    told = {"loan_ref": loan.ref, "taker": taker, "effective_on": on, "reference": ref, **HOT, **BY, **more}
    return transfer_claim(**told)


def pay_for(loan: Loan, fen: int, on: date = TODAY, ref: str = "DC-1", **more: object) -> ClaimChange:
    told = {"loan_ref": loan.ref, "guarantor": GUARD, "amount_fen": fen, "paid_on": on, "reference": ref, **HOT, **BY}
    return compensate(**{**told, **more})


def test_the_creditor_of_a_day_is_who_held_the_claim_at_its_close(loan: Loan) -> None:
    pass_on(loan, on=TODAY + timedelta(days=10))
    assert parties.creditor_on(loan.pk, TODAY + timedelta(days=9)) == FIRST
    assert parties.creditor_on(loan.pk, TODAY + timedelta(days=10)) == FUND
    assert queries.loan(loan.pk, on=TODAY).creditor == FIRST
    assert queries.loans_of(loan.borrower_id, on=TODAY + timedelta(days=10))[0].creditor == FUND
    now, later = parties.parties_on(loan.pk, TODAY), parties.parties_on(loan.pk, TODAY + timedelta(days=10))
    assert ([one.taker for one in now.coming], now.changes) == ([FUND], ())
    assert ([one.taker for one in later.changes], later.coming) == ([FUND], ())
    assert [(one.name, one.shown) for one in now.funders] == [("云岫银行股份有限公司", "70%"), (FIRST, "30%")]
    assert later.funders == ()
    assert (later.platforms, [one.name for one in later.guarantors]) == (("小禾科技",), [GUARD, "李建军"])


def test_a_guarantor_is_owed_what_it_paid_and_the_borrower_owes_the_same(loan: Loan) -> None:
    live_until(loan, TODAY)
    before = queries.loan(loan.pk, on=TODAY)
    pay_for(loan, 1_000_00)
    assert parties.parties_on(loan.pk, TODAY).claims == (Claim(FIRST), Claim(GUARD, 1_000_00))
    after = queries.loan(loan.pk, on=TODAY)
    assert (after.outstanding_fen, after.creditor) == (before.outstanding_fen, FIRST)
    assert balance(loan, "partner_clearing") == 1_000_00 == -balance(loan, "claims_passed_on")
    agree(loan)
    pay_for(loan, after.outstanding_fen, ref="DC-2", whole=True)
    assert parties.parties_on(loan.pk, TODAY).claims == (Claim(GUARD),)
    assert parties.creditors_named(loan.borrower_id, TODAY) == [GUARD]
    agree(loan)


def test_an_undone_compensation_books_its_money_back_and_stays_on_record(loan: Loan) -> None:
    made = pay_for(loan, 500_00)
    undo = undo_change(change_id=made.pk, reason="付错借据", **BY)
    assert undo_change(change_id=made.pk, reason="又一次", **BY).pk == undo.pk
    assert parties.parties_on(loan.pk, TODAY).claims == (Claim(FIRST),)
    assert balance(loan, "partner_clearing") == 0 == balance(loan, "claims_passed_on")
    assert list(Posting.objects.filter(loan=loan, kind="correction").values_list("debit", "amount_fen")) == [
        ("claims_passed_on", 500_00)
    ]
    (told,) = parties.newest_changes()
    assert (told.change_id, told.is_undone, told.undone_because) == (made.pk, True, "付错借据")
    with pytest.raises(CommandRefused, match="not undone") as refused:
        undo_change(change_id=undo.pk, reason="x", **BY)
    assert refused.value.code == "is_correction"


def test_what_later_changes_rest_on_is_undone_last(loan: Loan) -> None:
    first = pass_on(loan)
    second = pass_on(loan, taker="第三家资产管理有限公司", on=TODAY + timedelta(days=5), ref="ZR-2")
    with pytest.raises(CommandRefused) as refused:
        undo_change(change_id=first.pk, reason="错", **BY)
    assert refused.value.code == "contradicts_later"
    with pytest.raises(CommandRefused) as early:
        pass_on(loan, taker="插队的有限公司", on=TODAY - timedelta(days=5), ref="ZR-0")
    assert early.value.code == "contradicts_later"
    assert not ClaimChange.objects.filter(reference="ZR-0").exists()
    undo_change(change_id=second.pk, reason="错", **BY)
    undo_change(change_id=first.pk, reason="错", **BY)
    assert parties.creditor_on(loan.pk, date.max) == FIRST


def test_the_same_agreement_told_again_is_one_change_and_other_content_is_an_error(loan: Loan) -> None:
    made = pass_on(loan)
    assert pass_on(loan).pk == made.pk
    assert Event.objects.filter(kind="loans.creditor_changed").count() == 1
    with pytest.raises(CommandRefused) as refused:
        pass_on(loan, on=TODAY + timedelta(days=1))
    assert refused.value.code == "reference_reused"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"loan_ref": "nobody"}, ("loan_ref", "unknown")),
        ({"taker": " "}, ("taker", "missing")),
        ({"taker": FIRST}, ("taker", "is_creditor")),
        ({"reference": ""}, ("reference", "missing")),
        ({"giver": "路人有限公司"}, ("giver", "holds_nothing")),
        ({"effective_on": LENT_ON - timedelta(days=1)}, ("effective_on", "before_loan")),
        ({"effective_on": TODAY + timedelta(days=400)}, ("effective_on", "too_late")),
        ({"price_fen": -1}, ("price", "negative")),
        ({"price_fen": 1, "effective_on": TODAY + timedelta(days=1)}, ("price", "in_future")),
        ({"hotline": ""}, ("hotline", "missing")),
        ({"hotline": "4" * 41}, ("hotline", "too_long")),
    ],
)
def test_a_transfer_that_makes_no_sense_is_named_and_leaves_nothing(loan: Loan, values: dict, told: tuple) -> None:
    with pytest.raises(InputError) as refused:
        pass_on(loan, **values)
    assert (refused.value.field, refused.value.code) == told
    assert not ClaimChange.objects.exists()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"amount_fen": 0}, ("amount", "not_positive")),
        ({"amount_fen": 9_999_00_00}, ("amount", "too_large")),
        ({"amount_fen": 1_00, "whole": True}, ("amount", "less_than_principal")),
        ({"guarantor": FUND}, ("guarantor", "not_a_guarantor")),
        ({"paid_on": TODAY + timedelta(days=1)}, ("paid_on", "in_future")),
        ({"paid_on": LENT_ON - timedelta(days=1)}, ("paid_on", "before_loan")),
    ],
)
def test_a_compensation_that_makes_no_sense_is_named_and_leaves_nothing(loan: Loan, values: dict, told: tuple) -> None:
    with pytest.raises(InputError) as refused:
        pay_for(loan, 100_00, **values)
    assert (refused.value.field, refused.value.code) == told
    assert balance(loan, "partner_clearing") == 0


def test_nothing_passes_of_a_settled_loan(loan: Loan) -> None:
    record_repayment(
        receipt="ALL", loan_ref=loan.ref, amount_fen=9_000_00, paid_at=noon(TODAY), actor="bank", now=noon(TODAY)
    )
    with pytest.raises(InputError) as refused:
        pass_on(loan)
    assert refused.value.code == "settled"


def test_a_price_that_moved_is_booked(loan: Loan) -> None:
    pass_on(loan, price_fen=3_000_00)
    assert balance(loan, "partner_clearing") == 3_000_00
    agree(loan)


def test_the_history_cannot_be_edited_by_the_application(loan: Loan) -> None:
    made = pass_on(loan)
    for statement in ("UPDATE loans_claimchange SET taker = 'x'", "DELETE FROM loans_loanarrangement"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ClaimChange.objects.get().pk == made.pk


def test_loans_share_an_arrangement_and_a_new_one_counts_from_its_day(loan: Loan) -> None:
    other = lend()
    arrange(loan_ref=other.ref, around=AROUND, since_on=LENT_ON, **BY)
    arrange(loan_ref=other.ref, around=AROUND, since_on=TODAY, **BY)
    assert (Arrangement.objects.count(), other.arrangements.count()) == (1, 1)
    arrange(loan_ref=other.ref, around=Around(funders=((FIRST, 1_000_000),)), since_on=TODAY, **BY)
    assert [one.share for one in parties.parties_on(other.pk, TODAY).funders] == [1_000_000]
    assert len(parties.parties_on(other.pk, TODAY - timedelta(days=1)).funders) == 2
    with pytest.raises(InputError) as refused:
        arrange(loan_ref=other.ref, around=Around(funders=((FIRST, 999_999),)), since_on=TODAY, **BY)
    assert (refused.value.field, refused.value.code) == ("funders", "not_whole")


def test_a_repayment_is_shared_among_funders_to_the_fen_by_the_day_of_payment(loan: Loan) -> None:
    for receipt, fen, on in (("A", 100_01, TODAY), ("B", 33, TODAY + timedelta(days=2))):
        record_repayment(
            receipt=receipt, loan_ref=loan.ref, amount_fen=fen, paid_at=noon(on), actor="bank", now=noon(on)
        )
    pass_on(loan, on=TODAY + timedelta(days=1))
    shared = queries_shares.shared_out([loan.ref], noon(TODAY), noon(TODAY + timedelta(days=3)))
    assert shared == {"云岫银行股份有限公司": 70_01, FIRST: 30_00, FUND: 33}


def test_a_guarantor_knows_the_loan_they_answer_for_and_a_stranger_nothing(loan: Loan) -> None:
    stranger = Party.objects.create(name="路人有限公司", created_at=noon(TODAY))
    person = Party.objects.get(kind="person")
    told = queries_shares.guarantor_may_know(loan.pk, person.pk, on=TODAY)
    assert told is not None
    assert (told.ref, told.creditor, told.days_past_due) == (loan.ref, FIRST, 33)
    assert queries_shares.guarantor_may_know(loan.pk, stranger.pk, on=TODAY) is None
    assert queries_shares.guarantor_may_know(lend().pk, person.pk, on=TODAY) is None
    shown = {one.name: one.ways for one in parties.parties_on(loan.pk, TODAY).guarantors}
    assert shown == {GUARD: ("021****0000",), "李建军": ("154****9999",)}
    assert PartyPoint.objects.get(party=person).value == "15400009999"


def test_a_change_is_untold_until_somebody_was_told_and_a_stranger_cannot_say_so(loan: Loan) -> None:
    made = pass_on(loan)
    assert parties.untold_change(loan.borrower_id, TODAY)
    assert not parties.untold_change(loan.borrower_id, TODAY - timedelta(days=1))
    stranger = lend().borrower_id
    with pytest.raises(InputError):
        record_notice(change_id=made.pk, how="read", actor="borrower:0", now=noon(TODAY), borrower_id=stranger)
    assert record_notice(change_id=made.pk, how="sms", **BY)
    assert not record_notice(change_id=made.pk, how="sms", **BY)
    assert not parties.untold_change(loan.borrower_id, TODAY)
    assert [how for how, _ in parties.change(made.pk).told] == ["sms"]


def test_a_person_who_guarantees_becomes_creditor_as_that_person(loan: Loan) -> None:
    made = pay_for(loan, 200_00, guarantor="李建军")
    assert made.taker_party.kind == "person"
    assert not Party.objects.filter(kind="firm", name="李建军").exists()


def test_a_loan_that_was_written_off_is_still_somebodys_claim(loan: Loan) -> None:
    Loan.objects.filter(pk=loan.pk).update(status=Loan.Status.WRITTEN_OFF)
    pass_on(loan)
    assert parties.creditors_named(loan.borrower_id, TODAY) == [FUND]
    assert parties.untold_change(loan.borrower_id, TODAY)
    Loan.objects.filter(pk=loan.pk).update(status=Loan.Status.RECOVERED)
    assert parties.creditors_named(loan.borrower_id, TODAY) == []
    with pytest.raises(InputError) as refused:
        pass_on(loan, taker="第三家有限公司", ref="ZR-2")
    assert refused.value.code == "settled"
