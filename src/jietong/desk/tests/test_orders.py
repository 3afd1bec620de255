"""Work orders on screen: asked in two clicks, answered by the other desk, seen by the borrower, by no stranger."""

from __future__ import annotations

import pytest

from jietong.desk.tests.helpers import signed_in
from jietong.desk.views.orders import match_for
from jietong.kernel.live import News
from jietong.simulator.tests.cast import make_member, make_team
from jietong.workorders.models import WorkOrder

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def tang(desk, at_ten):
    return make_member("tang", "唐慧", make_team("finance", "财务组"))


def asked(lin, in_hand):
    page = signed_in(lin)
    answer = page.post(f"/orders/ask/{in_hand.ref}/", {"kind": "check_charges", "question": "罚息算得对吗？"})
    assert answer.url == f"/desk/c/{in_hand.ref}/"
    return WorkOrder.objects.get()


def test_asking_takes_two_clicks(lin, tang, in_hand):
    page = signed_in(lin).get(f"/desk/c/{in_hand.ref}/").content.decode()
    assert 'data-dialog="#order"' in page  # the first; the second sends what is filled in already
    assert page.count('name="kind" value=') == 7
    assert "checked" in page.split('value="trace_payment"')[1][:40]  # of a need that no kind names
    assert "能不能晚几天还" in page.split('id="order-question"')[1][:200]
    order = asked(lin, in_hand)
    shown = signed_in(lin).get(f"/desk/c/{in_hand.ref}/").content.decode()
    assert f"/orders/{order.ref}/" in shown


def test_the_other_desk_answers_and_the_asker_ends_it(lin, tang, in_hand):
    order = asked(lin, in_hand)
    theirs, mine = signed_in(tang), signed_in(lin)
    assert "罚息算得对吗" in theirs.get("/orders/").content.decode()
    theirs.post(f"/orders/{order.ref}/take/")
    theirs.post(f"/orders/{order.ref}/answer/", {"text": "复核过，没错"})
    assert "复核过，没错" in mine.get(f"/orders/{order.ref}/").content.decode()
    assert "复核过，没错" in mine.get(f"/desk/c/{in_hand.ref}/parts/").content.decode()
    mine.post(f"/orders/{order.ref}/finish/")
    order.refresh_from_db()
    assert order.state == "done"


def test_an_empty_answer_keeps_the_page_and_says_so(lin, tang, in_hand):
    order = asked(lin, in_hand)
    answer = signed_in(tang).post(f"/orders/{order.ref}/answer/", {"text": " "})
    assert answer.status_code == 422
    assert "先写点什么再发" in answer.content.decode()
    assert signed_in(tang).post(f"/orders/{order.ref}/steal/").status_code == 404


def test_strangers_find_no_order(lin, tang, zhou, desk, in_hand, client):
    order = asked(lin, in_hand)
    for stranger in (zhou, make_member("xu", "徐鹏", desk)):
        page = signed_in(stranger)
        assert page.get(f"/orders/{order.ref}/").status_code == 404
        assert page.post(f"/orders/{order.ref}/finish/").status_code == 404
        assert order.ref not in page.get("/orders/").content.decode()
        assert page.post(f"/orders/ask/{in_hand.ref}/", {"kind": "refund", "question": "x"}).status_code == 404
    assert client.get("/orders/").url.startswith("/staff/login/")
    officer = make_member("shen", "沈知行", desk, role="officer")
    assert signed_in(officer).get("/orders/").status_code == 403


def test_the_supervisor_of_the_asking_team_reads_and_may_end_it(lin, qin, tang, in_hand):
    order = asked(lin, in_hand)
    assert order.ref in signed_in(qin).get("/orders/").content.decode()
    assert signed_in(qin).get(f"/orders/{order.ref}/").status_code == 200


def test_news_reaches_those_whom_it_concerns():
    news = News(
        seq=1,
        kind="workorders.late",
        subject="order:1",
        borrower_id=1,
        data={"team": 7, "asking_team": 2, "staff": [5]},
        position=1,
    )
    assert match_for(1, 7)(news) == match_for(1, 2)(news) == match_for(5, 9)(news) == "orders-changed"
    assert match_for(1, 9)(news) is None
