"""The month's moves between classes with the loans behind them; a person's word has a reason, a day and a way back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.dayend.commands import close_day
from jietong.kernel import clock
from jietong.loans.models import ClassOverride, Loan
from jietong.loans.queries.classes import class_on
from jietong.simulator.tests.cast import NOW, TODAY, make_member
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def loan(wang: Borrower) -> Loan:
    close_day(TODAY, now=NOW)
    return Loan.objects.get(borrower=wang)


def test_strangers_see_nothing_and_only_those_who_may_decide_write(client: Client, lin: Member, loan: Loan) -> None:
    page = f"/console/loans/{loan.ref}/class/"
    for address in ("/console/classes/", page):
        assert client.get(address).status_code == 302
    client.force_login(lin)
    assert client.get("/console/classes/").status_code == 403
    operator = make_member("wu", "吴宁", lin.team, role="operator")
    client.force_login(operator)
    assert "记下认定" not in client.get(page).content.decode()
    assert client.post(f"{page}override/", {}).status_code == 403
    assert client.get("/console/loans/NO-SUCH/class/").status_code == 404


def test_a_figure_leads_to_its_loans(client: Client, qin: Member, loan: Loan) -> None:
    client.force_login(qin)
    page = client.get("/console/classes/").content.decode()
    assert "1 笔变差" in page
    found = client.get("/console/classes/?month=2026-11&from=normal&to=special_mention").content.decode()
    assert f"/console/loans/{loan.ref}/class/" in found
    assert client.get("/console/classes/?month=nonsense&from=x&to=y").status_code == 200


def test_a_word_is_kept_with_its_reason_and_ended_by_another_person(client: Client, qin: Member, loan: Loan) -> None:
    page = f"/console/loans/{loan.ref}/class/"
    client.force_login(qin)
    told = {"asset_class": "doubtful", "reason": "insolvent", "note": "法院裁定", "since": TODAY.isoformat()}
    assert "请写明凭什么" in client.post(f"{page}override/", told | {"note": ""}, follow=True).content.decode()
    shown = client.post(f"{page}override/", told, follow=True).content.decode()
    assert "可疑" in shown
    assert "法院裁定" in shown
    assert class_on(loan.pk, TODAY) == "doubtful"
    mistaken = {"condition": "set_by_mistake", "note": "看错了人"}
    assert "另一个人" in client.post(f"{page}end/", mistaken, follow=True).content.decode()
    other = make_member("shen", "沈洁", qin.team, role="officer")
    client.force_login(other)
    client.post(f"{page}end/", mistaken)
    assert ClassOverride.objects.get().ended_by == f"staff:{other.pk}"
    assert class_on(loan.pk, TODAY + timedelta(days=1)) == "special_mention"
