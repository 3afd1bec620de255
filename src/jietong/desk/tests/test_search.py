"""Finding a borrower: masked, opened with a reason, and never what belongs to another team."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.borrowers import queries as borrowers
from jietong.desk import access, book
from jietong.desk.tests.helpers import ask, signed_in
from jietong.kernel import clock
from jietong.kernel.models import Event
from jietong.loans.queries import book as loans
from jietong.simulator.tests.cast import TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db(transaction=False)


def find(client, text):
    return client.post("/desk/search/", {"q": text}).content.decode()


def test_by_name_phone_number_and_loan_always_masked(lin, wang, at_ten):
    desk = signed_in(lin)
    phone = borrowers.point_for(wang.pk, "phone")
    loan = loans.loans_of(wang.pk, on=TODAY)[0].ref
    for text in ("王霞", phone.value, wang.number, loan.lower()):
        page = find(desk, text)
        results = page[page.index("找借款人</h1>") :]
        assert wang.number in results, text
        assert phone.display in results
        assert "王霞" not in results
        assert phone.value not in results


def test_one_character_is_not_enough_and_nobody_found_says_what_to_do(lin, wang, at_ten):
    desk = signed_in(lin)
    assert "再多写一点" in find(desk, "王")
    assert "没有找到" in find(desk, "欧阳不存在")
    assert wang.number not in desk.get("/desk/search/?q=王霞").content.decode()  # only by POST: see test_owed


def test_a_borrower_opens_with_a_reason_for_one_shift(lin, zhou, wang, at_ten, monkeypatch):
    desk, address = signed_in(lin), f"/desk/b/{wang.number}/"
    assert "借据 JT-" not in desk.get(address).content.decode()
    desk.post(address + "open/", {"reason": "curious"})
    assert not Event.objects.filter(kind="desk.borrower_opened").exists()
    opened = desk.post(address + "open/", {"reason": "caller"}, follow=True).content.decode()
    assert "借据 JT-" in opened
    assert "只读" in opened
    event = Event.objects.get(kind="desk.borrower_opened")
    assert (event.borrower_id, event.actor, event.data) == (wang.pk, f"staff:{lin.pk}", {"reason": "caller"})
    assert "借据 JT-" not in signed_in(zhou).get(address).content.decode()
    monkeypatch.setattr(clock, "now", lambda: at_ten + access.OPENED_FOR + timedelta(minutes=1))
    assert "借据 JT-" not in desk.get(address).content.decode()


def test_an_unknown_number_is_not_found(lin, at_ten):
    desk = signed_in(lin)
    assert desk.get("/desk/b/C999999/").status_code == 404
    assert desk.post("/desk/b/C999999/open/", {"reason": "caller"}).status_code == 404


def test_what_another_team_handles_is_left_out(lin, zhou, at_ten):
    other = make_borrower("马文")
    ask(other, "有人冒充你们让我转账", intent="security_fraud")
    desk = signed_in(lin)
    desk.post(f"/desk/b/{other.number}/open/", {"reason": "caller"})
    page = desk.get(f"/desk/b/{other.number}/").content.decode()
    assert "冒充" not in page
    assert book.history(lin, other.pk, now=at_ten)["rows"] == []
    assert book.history(zhou, other.pk, now=at_ten)["total"] == 1


def test_lateness_older_than_the_strip_keeps_its_true_day(lin, at_ten):
    old = make_borrower("赵志远")
    make_loan(old, paid=1)
    told = book.history(lin, old.pk, now=at_ten)["lanes"]
    assert told.late_since_at.date() == loans.loans_of(old.pk, on=TODAY)[0].oldest_late_on
    assert told.late_since_at < told.start_at
