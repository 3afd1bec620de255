"""Who speaks for a borrower and what a guarantor is told: entered by operators, read on the desk, not by strangers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from jietong.borrowers import queries as borrowers
from jietong.borrowers.models import Authority, Borrower
from jietong.desk import parties as desk_parties
from jietong.kernel import clock
from jietong.kernel.models import Event
from jietong.loans.commands import Around, Named, arrange
from jietong.loans.models import Party
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db
CODE = "91330100799655058B"
DAY = TODAY.isoformat()
BOSS = {"name": "沈知远", "id_no": "320500198003034417", "since_on": DAY, "source": "营业执照 2026-05-01"}


@pytest.fixture
def operator(client: Client, desk: Team, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(make_member("ding", "丁宁", desk, role="operator"))
    return client


@pytest.fixture
def firm(desk: Team) -> Borrower:
    return make_borrower("苏州一禾商贸有限公司", id_type="uscc", id_no=CODE)


def address(who: Borrower, more: str = "") -> str:
    return f"/console/parties/b/{who.number}/{more}"


def enter(client: Client, who: Borrower, what: str, **values: object) -> str:
    return client.post(address(who, f"enter/{what}/"), values, follow=True).content.decode()


def test_a_firm_gets_its_code_its_representative_and_a_contact_and_the_desk_reads_them(
    operator: Client, firm: Borrower
) -> None:
    assert "个人，只有本人能说话" in operator.get(address(firm)).content.decode()
    assert "校验位不对" in enter(operator, firm, "firm", credit_code=CODE[:-1] + "C")
    assert "接着填谁能代表" in enter(operator, firm, "firm", credit_code=CODE)
    assert "还没有代表人" in operator.get(address(firm)).content.decode()
    page = enter(operator, firm, "representative", **BOSS, phone="15400008888")
    for said in ("已登记代表人", "法定代表人", "整笔借款都可以谈", "154****8888", "现在有效"):
        assert said in page
    assert "沈知远" not in page
    until = (TODAY + timedelta(days=30)).isoformat()
    scope = {"knows": "due", "does": ["pay", "documents"], "until_on": until}
    page = enter(operator, firm, "contact", name="顾兰", since_on=DAY, source="授权书 1 号", **scope)
    assert f"{until} 止" in page
    firm.refresh_from_db()
    told = desk_parties.speakers(firm, TODAY)
    assert [(one["role"], one["until"]) for one in told] == [("代表人", ""), ("授权联系人", f"{until} 止")]
    assert told[1]["scope"] == "可以说到期日和金额 · 要证明、还款"


def test_an_authority_is_ended_from_a_day_and_stays_on_record(operator: Client, firm: Borrower) -> None:
    enter(operator, firm, "firm", credit_code=CODE)
    enter(operator, firm, "representative", **BOSS)
    (one,) = Authority.objects.all()
    early = {"until_on": (TODAY - timedelta(days=1)).isoformat()}
    end = address(firm, f"end/{one.pk}/")
    assert "结束日要在开始之后" in operator.post(end, early, follow=True).content.decode()
    assert "不能再替借款人说话" in operator.post(end, {"until_on": DAY}, follow=True).content.decode()
    assert "已结束" in operator.get(address(firm)).content.decode()
    assert borrowers.authorities(firm.pk, on=TODAY) == []
    assert operator.post(address(make_borrower("孙立"), f"end/{one.pk}/"), {"until_on": DAY}).status_code == 404


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"knows": "due", "does": "sign_in"}, "什么都看得到"),
        ({"knows": "nothing", "does": "arrange"}, "没法约还款"),
        ({"knows": "everything", "does": "sign_in"}, "要填身份证号"),
        ({"knows": "due", "does": "pay", "since_on": ""}, "请填从哪天起"),
        ({"knows": "due", "does": "pay", "source": " "}, "请填凭什么"),
    ],
)
def test_a_scope_that_does_not_hold_together_is_named(
    operator: Client, firm: Borrower, values: dict[str, str], said: str
) -> None:
    enter(operator, firm, "firm", credit_code=CODE)
    sent = {"name": "顾兰", "since_on": DAY, "source": "授权书 1 号"} | values
    assert said in enter(operator, firm, "contact", **sent)
    assert not Authority.objects.exists()


def test_a_guarantor_is_told_of_the_loan_they_answer_for_and_of_no_other(operator: Client, wang: Borrower) -> None:
    loan, other = wang.loans.get(), make_loan(wang, principal_fen=77_777_00, paid=4)
    arrange(
        loan_ref=loan.ref, around=Around(guarantors=(Named("李建军", id_no="320500197001011239"),)),
        since_on=loan.disbursed_on, actor="staff:1", now=NOW,
    )  # fmt: skip
    guard = Party.objects.get(name="李建军")
    page = operator.get(address(wang)).content.decode()
    assert "李建军" not in page
    assert loan.ref in page
    assert other.ref not in page
    told = address(wang, f"told/{loan.ref}/{guard.pk}/")
    assert "按这几项告诉了" in operator.post(told, {"how": "call"}, follow=True).content.decode()
    event = Event.objects.get(kind="loans.guarantor_told")
    assert (event.data["ref"], event.data["days_past_due"], event.borrower_id) == (loan.ref, 9, wang.pk)
    wrong = operator.post(address(wang, f"told/{other.ref}/{guard.pk}/"), {"how": "call"}, follow=True)
    assert "今天不是这笔借款的担保方" in wrong.content.decode()
    stranger = make_borrower("孙立")
    assert operator.post(address(stranger, f"told/{loan.ref}/{guard.pk}/"), {"how": "call"}).status_code == 404
    (line,) = desk_parties.around(loan.pk, TODAY)["told"]
    assert "别的不说" in line
    assert desk_parties.around(other.pk, TODAY)["told"] == []
    assert Event.objects.filter(kind="loans.guarantor_told").count() == 1


def test_one_is_found_by_number_or_phone_without_a_phone_in_an_address(operator: Client, wang: Borrower) -> None:
    phone = wang.contact_points.get(kind="phone").value
    for typed in (wang.number, phone):
        assert operator.post("/console/parties/find/", {"q": typed}).url == reverse(
            "parties:speakers", args=[wang.number]
        )
    assert "没有找到" in operator.post("/console/parties/find/", {"q": "nobody"}, follow=True).content.decode()


def test_strangers(wang: Borrower, lin: Member, qin: Member, desk: Team) -> None:
    assert Client().get(address(wang)).url.startswith("/staff/login/")
    acts = ("enter/firm/", "enter/representative/", "enter/contact/", "end/1/", "told/JT-1/1/")
    for member, reads in ((lin, 403), (qin, 200), (make_member("shen", "沈知行", desk, role="officer"), 200)):
        visitor = Client()
        visitor.force_login(member)
        assert visitor.get(address(wang)).status_code == reads
        assert {visitor.post(address(wang, act)).status_code for act in acts} == {403}
    assert visitor.get(address(Borrower(number="C-NOBODY"))).status_code == 404
