"""Products, limits and applications for the people who answer for them; a specialist has no business here."""

from __future__ import annotations

import pytest
from django.test import Client

from jietong.approvals import commands as approving
from jietong.approvals import queries as approvals
from jietong.borrowers.models import Borrower
from jietong.kernel import clock
from jietong.loans.models import ProductVersion
from jietong.origination import queries
from jietong.origination.models import Application, LimitChange
from jietong.origination.tests.world import apply, grant, offer, proved
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db
TYPED = {
    "rate": "12.6", "rate_unit": "year", "day_count": "period", "method": "equal_instalment", "note": "降价",
    "instalment_counts": "3,6,12", "fee_rate": "0", "amount_min": "500", "amount_max": "50000", "principal_grace": "0",
    "interest_grace": "0", "penalty_multiple": "1.5", "allocation_order": "fee,penalty,interest,principal",
    "cooling_off_days": "7", "cancel_interest": "to_the_day", "is_revolving": "1",
}  # fmt: skip


@pytest.fixture
def ding(desk: Team, monkeypatch: pytest.MonkeyPatch) -> Member:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_member("ding", "丁宁", desk, role="operator")


@pytest.fixture
def page(client: Client, ding: Member, qin: Member) -> Client:
    client.force_login(ding)
    return client


def agree(qin: Member) -> None:
    """The supervisor agrees to all that waits, as they see it."""
    for asked in approvals.waiting():
        _rows, seen, _problem = approving.preview(request_id=asked.pk, now=NOW)
        approving.confirm(request_id=asked.pk, by=qin.pk, seen=seen, now=NOW)


def text(page: Client, path: str) -> str:
    answer = page.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_new_version_is_worked_out_drafted_and_put_in_force(page: Client, qin: Member) -> None:
    first = offer()
    assert "14.4" in text(page, "/console/products/")
    worked = page.post("/console/products/JB/", TYPED).content.decode()
    assert "12.60%" in worked
    assert "14.40%" in worked
    assert ProductVersion.objects.count() == 1
    url = page.post("/console/products/JB/", TYPED | {"save": "1"}).url
    assert "草稿" in text(page, url)
    asked = page.post(f"{url}put/", {"from_on": "2026-12-01"}, follow=True).content.decode()
    assert asked.count("等秦主管") == 2  # said once, and shown where the button was
    agree(qin)
    fresh = ProductVersion.objects.exclude(pk=first.pk).get()
    assert (str(fresh.in_force_from), fresh.put_in_force_by.partition(":")[0]) == ("2026-12-01", "staff")
    page.post(f"{url}take-back/")
    fresh.refresh_from_db()
    assert fresh.in_force_from is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rate": "36"}, "超过了规则的上限"),
        ({"rate": "abc"}, "利率要填"),
        ({"penalty_multiple": "3"}, "最高倍数"),
        ({"instalment_counts": "3,3"}, "期数用逗号隔开"),
        ({"amount_max": "1"}, "最大金额"),
        ({"note": " ", "save": "1"}, "为什么改"),
    ],
)
def test_bad_terms_are_named_and_nothing_is_written(page: Client, change: dict, said: str) -> None:
    offer()
    answer = page.post("/console/products/JB/", TYPED | change)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert ProductVersion.objects.count() == 1


def test_a_limit_is_frozen_cut_and_given_back_with_reasons(page: Client) -> None:
    who, _ = proved()
    url = f"/console/limits/b/{who.number}/"
    page.post(f"{url}change/", {"kind": "freeze", "reason": "risk", "note": "复查"})
    page.post(f"{url}change/", {"kind": "cut", "amount": "4000", "reason": "risk"})
    view = queries.limit(who.pk)
    assert (view.granted_fen, view.is_frozen) == (4000_00, True)
    freeze = LimitChange.objects.get(kind="freeze")
    page.post(f"{url}change/", {"kind": "take_back", "change": str(freeze.pk), "reason": "cleared"})
    assert not queries.limit(who.pk).is_frozen
    shown = text(page, url)
    assert "复查" in shown
    assert who.name not in shown
    wrong = page.post(f"{url}change/", {"kind": "cut", "amount": "9000", "reason": "risk"}, follow=True)
    assert "要比现在小" in wrong.content.decode()
    other, _ = proved("钱多")
    theirs = LimitChange.objects.filter(limit__borrower=other).get()
    answer = page.post(f"{url}change/", {"kind": "take_back", "change": str(theirs.pk), "reason": "cleared"})
    assert answer.status_code == 404


def test_the_rules_are_shown_before_they_act(page: Client) -> None:
    who = make_borrower()
    make_loan(who, paid=4)
    grant(who, 20_000_00)
    assert "有一期已过还款日几天没还" in text(page, "/console/limits/")
    assert not queries.limit(who.pk).is_frozen
    page.post("/console/limits/watch/")
    assert queries.limit(who.pk).is_frozen
    assert "没有要动的" in text(page, "/console/limits/")


def test_a_list_is_tried_first_and_each_line_names_what_stands_in_its_way(page: Client, qin: Member) -> None:
    (one, _), (two, _), bare = proved(), proved("钱多", limit_fen=3000_00), make_borrower("孙立")
    numbers = f"{one.number}\n{two.number} {bare.number}\nC-NOBODY {one.number}"
    typed = {"numbers": numbers, "kind": "cut", "amount": "4000", "reason": "risk", "note": "名单复查"}
    tried = page.post("/console/limits/list/", typed).content.decode()
    assert [tried.count(said) for said in ("要比现在小", "还没有额度", "没有这个客户号")] == [1, 1, 1]
    assert "提出降低这 1 位" in tried
    assert queries.limit(one.pk).granted_fen == 10_000_00
    asked = page.post("/console/limits/list/", typed | {"do": "1"}).content.decode()
    assert "已提出，等秦主管" in asked
    assert queries.limit(one.pk).granted_fen == 10_000_00
    agree(qin)
    assert [queries.limit(who.pk).granted_fen for who in (one, two)] == [4000_00, 3000_00]
    freeze = typed | {"kind": "freeze", "do": "1"}
    assert "已经为这个原因冻结了" not in page.post("/console/limits/list/", freeze).content.decode()
    assert "已经为这个原因冻结了" in page.post("/console/limits/list/", freeze).content.decode()
    assert queries.limit(two.pk).is_frozen
    page.post("/console/limits/list/", typed | {"kind": "release", "reason": "cleared", "do": "1"})
    assert not queries.limit(two.pk).is_frozen
    assert page.post("/console/limits/list/", typed | {"numbers": " "}).status_code == 422


def test_a_borrower_is_found_without_the_number_in_an_address(page: Client) -> None:
    who: Borrower = make_borrower()
    answer = page.post("/console/limits/find/", {"q": who.contact_points.get(kind="phone").value})
    assert answer.url == f"/console/limits/b/{who.number}/"
    assert "给额度" in text(page, answer.url)


def test_a_person_decides_what_waits_for_a_person(page: Client) -> None:
    offer()
    who, _ = proved(limit_fen=40_000_00)
    asked = apply(who, amount_fen=35_000_00)
    assert asked.ref in text(page, "/console/applications/")
    page.post(f"/console/applications/{asked.ref}/decide/", {"answer": "yes", "note": "收入核实过"})
    asked.refresh_from_db()
    assert (asked.state, asked.decision_note) == ("approved", "收入核实过")
    assert Application.objects.count() == 1


def test_a_specialist_sees_none_of_it_and_an_officer_changes_nothing(ding: Member, lin: Member, desk: Team) -> None:
    who, _ = proved()
    offer()
    pages = ("/console/products/", "/console/products/JB/", "/console/limits/", "/console/applications/")
    visitor = Client()
    visitor.force_login(lin)
    assert {visitor.get(path).status_code for path in pages} == {403}
    officer = Client()
    officer.force_login(make_member("shen", "沈知行", desk, role="officer"))
    assert {officer.get(path).status_code for path in pages} == {200}
    assert officer.get("/console/limits/list/").status_code == 403
    change = f"/console/limits/b/{who.number}/change/"
    assert officer.post(change, {"kind": "freeze", "reason": "risk"}).status_code == 403
    assert officer.post("/console/products/JB/1/put/", {"from_on": "2026-12-01"}).status_code == 403
    assert 'name="save"' not in officer.get("/console/products/JB/").content.decode()
    assert "/staff/login/" in Client().get("/console/limits/").url
