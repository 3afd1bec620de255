"""While talking, the specialist sees whose claim it is, whether the borrower knows, and who may speak for a firm."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from jietong.borrowers.commands_authority import appoint_representative, authorise
from jietong.borrowers.models import Borrower
from jietong.desk import book, parties
from jietong.loans import commands as loans
from jietong.loans.models import Loan
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db
BY = {"actor": "staff:1", "now": NOW}


def test_the_card_names_everybody_around_the_loan_and_whether_the_borrower_knows(wang: Borrower) -> None:
    loan = Loan.objects.get(borrower=wang)
    around = loans.Around(
        platforms=("小禾科技",), funders=(("云岫银行", 700_000), ("青禾", 300_000)),
        guarantors=(loans.Named("李建军", id_no="320500197001011239", phone="15400009999"),),
    )  # fmt: skip
    loans.arrange(loan_ref=loan.ref, around=around, since_on=loan.disbursed_on, **BY)
    rows = dict(parties.around(loan.pk, TODAY)["rows"])
    assert rows == {
        "出借人": "青禾消费金融有限公司",
        "出资": "云岫银行 70%、青禾 30%",
        "平台": "小禾科技",
        "担保": "李*军 154****9999",
    }
    made = loans.transfer_claim(
        loan_ref=loan.ref, taker="远山资产", effective_on=TODAY, reference="Z", hotline="400", **BY
    )
    (told,) = parties.around(loan.pk, TODAY)["changes"]
    assert (told["tone"], "远山资产" in told["text"]) == ("warn", True)
    loans.record_notice(change_id=made.pk, how="sms", **BY)
    assert parties.around(loan.pk, TODAY)["changes"][0]["tone"] == "good"


def test_who_speaks_for_a_firm_is_listed_with_what_they_may_know(lin: Member) -> None:
    firm = make_borrower("苏州一禾商贸有限公司", kind="company", credit_code="91330100799655058B")
    make_loan(firm, paid=4)
    nobody = render_to_string("desk/_facts.html", {"facts": book.facts(firm, now=NOW)})
    assert "没有登记代表人" in nobody
    appoint_representative(
        borrower_id=firm.pk, name="沈知远", id_no="320500198003034417", since_on=TODAY, source="章程", **BY
    )
    authorise(borrower_id=firm.pk, name="周会计", knows="due", does=["pay"], since_on=TODAY, source="授权书", **BY)
    page = render_to_string("desk/_facts.html", {"facts": book.facts(firm, now=NOW)})
    assert "谁能代表" in page
    assert "沈知远" not in page
    told = book.facts(firm, now=NOW)
    assert told["person"]["name"] == "苏州***有限公司"
    assert [(one["role"], one["name"], one["scope"]) for one in told["speakers"]] == [
        ("代表人", "沈*远", "都可以谈"),
        ("授权联系人", "周*计", "可以说到期日和金额 · 还款"),
    ]


def test_a_person_has_no_one_to_speak_for_them_and_a_stranger_is_not_listed(wang: Borrower) -> None:
    told = book.facts(wang, now=NOW)
    assert (told["speakers"], told["person"]["kind"]) == ([], "")
