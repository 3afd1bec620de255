"""A guarantor paid a part: what comes afterwards is divided as its contract says, in the ledger too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.commands import (
    Around,
    Named,
    arrange,
    compensate,
    pass_on_parts,
    record_repayment,
    reverse_repayment,
    transfer_claim,
    undo_change,
)
from jietong.loans.commands.certifying import issue_certificate
from jietong.loans.models import ClaimChange, Loan, Posting, Repayment
from jietong.loans.queries import book, dividing
from jietong.loans.queries.certificates import certificate_of
from jietong.loans.queries.shares import split_of
from jietong.loans.tests.replay_world import LENT_ON, agree, balance, lend, live_until, noon

pytestmark = pytest.mark.django_db
FIRST, GUARD, FUND = "青禾消费金融有限公司", "恒信融资担保有限公司", "远山资产管理有限公司"
BANK = "云岫银行股份有限公司"
TODAY = date(2026, 3, 20)
BY = {"actor": "staff:1", "now": noon(TODAY)}


@pytest.fixture
def loan() -> Loan:
    made = lend()
    around = Around(funders=((BANK, 700_000), (FIRST, 300_000)), guarantors=(Named(GUARD),))
    arrange(loan_ref=made.ref, around=around, since_on=LENT_ON, **BY)
    live_until(made, TODAY)
    return made


def pay_part(loan: Loan, fen: int, division: str = "", ref: str = "DC-1", on: date = TODAY) -> ClaimChange:
    return compensate(
        loan_ref=loan.ref, guarantor=GUARD, amount_fen=fen, paid_on=on, reference=ref, division=division,
        hotline="400-820-0000", **BY,
    )  # fmt: skip


def repay(loan: Loan, fen: int, receipt: str = "R1", on: date = TODAY) -> Repayment:
    return record_repayment(
        receipt=receipt, loan_ref=loan.ref, amount_fen=fen, paid_at=noon(on), actor="bank", now=noon(TODAY)
    )


def night(day: date = TODAY) -> dict[str, int]:
    return pass_on_parts(business_date=day, now=noon(day))


def test_side_by_side_each_gets_its_proportion_and_the_night_hands_it_on(loan: Loan) -> None:
    owed = book.loan(loan.pk, on=TODAY).outstanding_fen
    made = pay_part(loan, 1000_00, "pro_rata")
    assert (made.division, made.rest_fen) == ("pro_rata", owed - 1000_00)
    money = repay(loan, 600_00)
    share = 600_00 * 1000_00 // owed
    (part,) = dividing.of_loan(loan.pk, on=TODAY).parts
    assert (part.holder, part.got_fen, part.handed_fen, part.waits_fen) == (GUARD, share, 0, share)
    assert night() == {"loans": 1, "fen": share}
    assert night() == {"loans": 0, "fen": 0}
    assert balance(loan, "partner_clearing") == 1000_00 - share == -balance(loan, "claims_passed_on")
    told = dict(split_of(money, on=TODAY))
    assert (told[GUARD], sum(told.values())) == (share, 600_00)
    assert told[BANK] == round((600_00 - share) * 0.7)
    agree(loan)


def test_without_a_word_in_the_contract_the_creditor_comes_first(loan: Loan) -> None:
    owed = book.loan(loan.pk, on=TODAY).outstanding_fen
    assert pay_part(loan, 1000_00).division == "creditor"
    repay(loan, owed - 1000_00)
    assert dividing.of_loan(loan.pk, on=TODAY).parts[0].got_fen == 0
    repay(loan, 1000_00, "R2")
    (part,) = dividing.of_loan(loan.pk, on=TODAY).parts
    assert (part.got_fen, part.left_fen) == (1000_00, 0)
    night()
    assert balance(loan, "partner_clearing") == 0 == balance(loan, "claims_passed_on")
    issue_certificate(loan_ref=loan.ref, borrower_id=loan.borrower_id, actor="borrower:1", now=noon(TODAY))
    paper = certificate_of(loan.pk)
    assert paper is not None
    assert paper.creditor == f"{FIRST}、{GUARD}"
    assert paper.parts == ((GUARD, 1000_00),)


def test_money_that_did_not_stay_is_taken_back_and_late_money_handed_on(loan: Loan) -> None:
    pay_part(loan, 1000_00, "guarantor", on=TODAY - timedelta(days=5))
    repay(loan, 400_00)
    night()
    assert balance(loan, "partner_clearing") == 600_00
    reverse_repayment(receipt="R1", reason="退票", actor="staff:1", now=noon(TODAY))
    assert night()["fen"] == 400_00
    assert balance(loan, "partner_clearing") == 1000_00
    repay(loan, 100_00, "R2", on=TODAY - timedelta(days=3))  # told late: it came after the part was paid
    repay(loan, 70_00, "R0", on=TODAY - timedelta(days=6))  # and this one before
    night()
    shares = [(one.receipt, one.shares) for one in dividing.of_loan(loan.pk, on=TODAY).paid]
    assert shares == [("R2", ((GUARD, 100_00),))]
    assert balance(loan, "partner_clearing") == 900_00
    agree(loan)


def test_a_part_that_was_never_paid_gets_nothing_back(loan: Loan) -> None:
    made = pay_part(loan, 1000_00, "guarantor")
    repay(loan, 400_00)
    night()
    undo_change(change_id=made.pk, reason="付错借据", **BY)
    assert balance(loan, "partner_clearing") == 0 == balance(loan, "claims_passed_on")
    assert dividing.of_loan(loan.pk, on=TODAY).parts == ()
    assert dividing.handed_on(loan.pk) == {made.pk: 0}


def test_a_part_that_was_passed_on_is_repaid_to_whoever_has_it_now(loan: Loan) -> None:
    pay_part(loan, 300_00, "guarantor", on=TODAY - timedelta(days=4))
    repay(loan, 100_00, "R1", on=TODAY - timedelta(days=2))
    transfer_claim(
        loan_ref=loan.ref, giver=GUARD, taker=FUND, effective_on=TODAY, reference="ZR-1", hotline="400", **BY
    )  # fmt: skip
    repay(loan, 100_00, "R2")
    found = dividing.of_loan(loan.pk, on=TODAY)
    assert found.parts[0].holder == FUND
    assert [one.shares for one in found.paid] == [((GUARD, 100_00),), ((FUND, 100_00),)]


def test_an_unknown_order_and_the_same_payment_with_another_one_are_refused(loan: Loan) -> None:
    with pytest.raises(InputError) as wrong:
        pay_part(loan, 100_00, "whoever is first")
    assert (wrong.value.field, wrong.value.code) == ("division", "unknown")
    pay_part(loan, 100_00, "guarantor")
    with pytest.raises(CommandRefused) as refused:
        pay_part(loan, 100_00, "pro_rata")
    assert refused.value.code == "reference_reused"
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimChange.objects.create(
            loan=loan, borrower_id=loan.borrower_id, kind="transfer", on=TODAY, giver=FIRST, taker=FUND, at=noon(TODAY),
            actor="x", reference="ZR", division="guarantor",
        )  # fmt: skip


def test_where_nobody_paid_a_part_nothing_is_divided(loan: Loan) -> None:
    repay(loan, 100_00)
    assert dividing.of_loan(loan.pk, on=TODAY) == dividing.Division((), ())
    assert night() == {"loans": 0, "fen": 0}
    assert not Posting.objects.filter(kind="pass_on").exists()
