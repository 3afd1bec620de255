"""Whom one owes, who it was before, and the paper at the end that anybody can verify without learning more."""

from __future__ import annotations

import pytest
from django.test import Client

from jietong.borrowers.commands_authority import appoint_representative
from jietong.borrowers.models import Borrower
from jietong.loans import commands as loans
from jietong.loans.commands.certifying import issue_certificate
from jietong.loans.models import Certificate, ChangeNotice, ClaimChange, Loan
from jietong.portal.tests.conftest import Watch, sign_in, to_second_fact
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db
FUND, GUARD = "远山资产管理有限公司", "恒信融资担保有限公司"


def transfer(loan: Loan, **more: object) -> ClaimChange:
    told = {"taker": FUND, "effective_on": TODAY, "reference": "ZR-1", "hotline": "400-820-0000", **more}
    return loans.transfer_claim(loan_ref=loan.ref, actor="staff:1", now=NOW, **told)


@pytest.fixture
def loan(wang: Borrower) -> Loan:
    return Loan.objects.get(borrower=wang)


@pytest.fixture
def settled(wang: Borrower) -> Loan:
    made = make_loan(wang, paid=11)
    loans.record_repayment(
        receipt="LAST", loan_ref=made.ref, amount_fen=2_000_00, paid_at=NOW, actor="bank", now=NOW
    )  # fmt: skip
    return Loan.objects.get(pk=made.pk)


def test_everybody_around_the_loan_is_named(wang_page: Client, loan: Loan) -> None:
    around = loans.Around(
        platforms=("小禾科技",), funders=(("云岫银行", 700_000), ("青禾消费金融有限公司", 300_000)),
        guarantors=(loans.Named(GUARD), loans.Named("李建军", id_no="320500197001011239")),
    )  # fmt: skip
    loans.arrange(loan_ref=loan.ref, around=around, since_on=loan.disbursed_on, actor="staff:1", now=NOW)
    page = wang_page.get(f"/loans/{loan.ref}/").content.decode()
    for words in ("出借人", "青禾消费金融有限公司", "小禾科技", "云岫银行 70%", GUARD, "李*军"):
        assert words in page
    assert "李建军" not in page


def test_a_change_of_creditor_is_told_plainly_until_it_is_read(wang_page: Client, wang: Borrower, loan: Loan) -> None:
    transfer(loan, pay_to="对公账户 310000")
    assert "请看一份通知" in wang_page.get("/").content.decode()
    page = wang_page.get(f"/loans/{loan.ref}/").content.decode()
    for words in (
        "出借人变更通知",
        "今天起",
        FUND,
        "对公账户 310000",
        "400-820-0000",
        "金额、日期和利率都不变",
        "我知道了",
    ):
        assert words in page
    assert not [word for word in ("案件", "催收", "逾期") if word in page]
    change = ClaimChange.objects.get()
    after = wang_page.post(f"/loans/{loan.ref}/changes/{change.pk}/read/", follow=True).content.decode()
    assert "出借人变更通知" in after
    assert "我知道了" not in after
    assert ChangeNotice.objects.get().how == "read"
    assert "请看一份通知" not in wang_page.get("/").content.decode()


def test_a_guarantor_who_paid_is_told_with_the_amount(wang_page: Client, loan: Loan) -> None:
    around = loans.Around(guarantors=(loans.Named(GUARD),))
    loans.arrange(loan_ref=loan.ref, around=around, since_on=loan.disbursed_on, actor="staff:1", now=NOW)
    loans.compensate(
        loan_ref=loan.ref, guarantor=GUARD, amount_fen=1_234_50, paid_on=TODAY, reference="DC-1", hotline="400",
        actor="staff:1", now=NOW,
    )  # fmt: skip
    page = wang_page.get(f"/loans/{loan.ref}/").content.decode()
    assert "替您付给了青禾消费金融有限公司 ¥1,234.50" in page
    assert "替您付过的担保方" in page


def test_a_change_that_was_a_mistake_is_called_one(wang_page: Client, loan: Loan) -> None:
    made = transfer(loan)
    loans.record_notice(change_id=made.pk, how="sms", actor="system", now=NOW)
    loans.undo_change(change_id=made.pk, reason="录错", actor="staff:1", now=NOW)
    page = wang_page.get(f"/loans/{loan.ref}/").content.decode()
    assert "那份通知作废" in page
    assert "录错" not in page  # why is our own affair


def test_a_stranger_cannot_say_that_they_read_it(client: Client, loan: Loan, watch: Watch) -> None:
    made = transfer(loan)
    stranger = make_borrower("赵强")
    own = make_loan(stranger, paid=5)
    sign_in(client, stranger)
    assert client.post(f"/loans/{loan.ref}/changes/{made.pk}/read/").status_code == 404
    assert client.post(f"/loans/{own.ref}/changes/{made.pk}/read/").status_code == 404
    assert not ChangeNotice.objects.exists()


def test_a_settled_loan_gives_a_certificate_once(wang_page: Client, settled: Loan) -> None:
    assert "开结清证明" in wang_page.get(f"/loans/{settled.ref}/").content.decode()
    assert wang_page.get(f"/loans/{settled.ref}/certificate/").status_code == 302
    for _ in range(2):
        page = wang_page.post(f"/loans/{settled.ref}/certificate/", follow=True).content.decode()
    paper = Certificate.objects.get()
    for words in ("王霞", settled.ref, "2026-11-24", "青禾消费金融有限公司", paper.code[:4], "/verify/"):
        assert words in page


def test_while_something_is_owed_there_is_none(wang_page: Client, loan: Loan) -> None:
    assert "开结清证明" not in wang_page.get(f"/loans/{loan.ref}/").content.decode()
    page = wang_page.post(f"/loans/{loan.ref}/certificate/", follow=True).content.decode()
    assert "还没有结清" in page
    assert not Certificate.objects.exists()


def test_anybody_can_verify_and_learns_no_more_than_a_masked_name(client: Client, settled: Loan, watch: Watch) -> None:
    paper = issue_certificate(
        loan_ref=settled.ref, borrower_id=settled.borrower_id, actor="borrower:1", now=NOW
    )  # fmt: skip
    page = client.get("/verify/", {"code": paper.code.lower()}).content.decode()
    for words in ("证明有效", "王*", settled.ref[-4:], "青禾消费金融有限公司", "2026-11-24"):
        assert words in page
    for words in ("王霞", settled.ref, "12,000", settled.borrower.number):
        assert words not in page
    assert "没有这份证明" in client.get("/verify/", {"code": "ABCDEFGHJKMNPQRS"}).content.decode()
    loans.reverse_repayment(receipt="LAST", reason="退票", actor="staff:1", now=NOW)
    assert "已经失效" in client.get("/verify/", {"code": paper.code}).content.decode()
    assert "证明上的编号" in client.get("/verify/").content.decode()


def test_a_stranger_gets_no_certificate_of_anothers_loan(client: Client, settled: Loan, watch: Watch) -> None:
    sign_in(client, make_borrower("赵强"))
    assert client.post(f"/loans/{settled.ref}/certificate/").status_code == 404
    assert client.get(f"/loans/{settled.ref}/certificate/").status_code == 404


def test_a_company_signs_in_by_its_representative_and_not_by_its_public_code(client: Client, watch: Watch) -> None:
    code = "91330100799655058B"
    firm = make_borrower("苏州一禾商贸有限公司", id_type="uscc", id_no=code, kind="company", credit_code=code)
    make_loan(firm, paid=4)
    appoint_representative(
        borrower_id=firm.pk, name="沈知远", id_no="320500198003034417", since_on=TODAY, source="章程", actor="staff:1",
        now=NOW,
    )  # fmt: skip
    to_second_fact(client, firm.contact_points.get(kind="phone").value)
    assert "法定代表人" in client.get("/login/who/").content.decode()
    assert client.post("/login/who/", {"tail": code[-4:]}).status_code == 422
    assert client.post("/login/who/", {"tail": "4417"}).url == "/"
    assert "苏州一禾商贸有限公司" in client.get("/").content.decode()
