"""Presence and offers on the desk: taken, let pass, too late; nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.desk.tests.helpers import ask, signed_in
from jietong.kernel import clock
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries
from jietong.routing.models import Offer
from jietong.routing.rules.urgency import CLASSES

pytestmark = pytest.mark.django_db(transaction=False)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def offered(lin, wang, at_ten):
    ask(wang, "今天约好还款，扣款失败了", intent="repay_failed")
    routing.set_presence(member_id=lin.pk, state="ready", now=at_ten)
    routing.dispatch(now=at_ten)
    return routing_queries.open_offer(lin.pk, now=at_ten)


def test_the_card_says_why_and_its_factors_add_up_to_the_score(lin, wang, offered, at_ten):
    from jietong.desk.screen import offer_card

    card = offer_card(offered, now=at_ten)
    assert card.score == offered.waiting.score > 0
    assert card.borrower == "王*"
    assert str(int(CLASSES[card.urgency].longest_wait_seconds // 60)) in card.guarantee
    page = signed_in(lin).get("/desk/").content.decode()
    assert "要办：还款没扣成" in page
    assert "你空得最久" in page


def test_nobody_waiting_and_not_yet_ready_are_told_apart(lin, at_ten):
    desk = signed_in(lin)
    assert "还没开始接待" in desk.get("/desk/").content.decode()
    # With nothing chosen the middle speaks of my state too, so the whole screen comes anew.
    assert desk.post("/desk/presence/", {"state": "ready"}, headers=HTMX).headers["HX-Redirect"] == "/desk/"
    page = desk.get("/desk/").content.decode()
    assert "没有等候的人" in page
    assert "会话 0/3" in page
    assert "在等下一位" in page
    desk.post("/desk/presence/", {"state": "break"}, headers=HTMX)
    assert "休息中" in desk.get("/desk/").content.decode()
    assert desk.post("/desk/presence/", {"state": "asleep"}, follow=True).status_code == 200
    assert routing_queries.presence(lin.pk).state == "break"


def test_letting_pass_gives_it_back_to_the_queue(lin, wang, offered):
    desk = signed_in(lin)
    answer = desk.post(f"/desk/offers/{offered.pk}/decline/", headers=HTMX)
    assert answer.status_code == 204
    assert "live:offer-changed" in answer.headers["HX-Trigger"]
    offered.refresh_from_db()
    assert offered.state == Offer.State.DECLINED
    assert routing_queries.place_of(offered.contact_id) is not None


def test_accepting_too_late_is_said_calmly_and_changes_nothing(lin, wang, offered, at_ten, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at_ten + timedelta(seconds=46))
    desk = signed_in(lin)
    answer = desk.post(f"/desk/offers/{offered.pk}/accept/", follow=True)
    assert "这一单的时间到了" in answer.content.decode()
    by_htmx = desk.post(f"/desk/offers/{offered.pk}/accept/", headers=HTMX)
    assert by_htmx.status_code == 204
    assert "toast" in by_htmx.headers["HX-Trigger"]
    assert offered.contact.owner_id is None


def test_another_persons_offer_can_be_neither_taken_nor_declined(zhou, wang, offered):
    stranger = signed_in(zhou)
    stranger.post(f"/desk/offers/{offered.pk}/accept/")
    stranger.post(f"/desk/offers/{offered.pk}/decline/")
    offered.refresh_from_db()
    assert offered.state == Offer.State.OPEN
    assert "王*" not in stranger.get("/desk/").content.decode()


def test_the_heartbeat_keeps_the_desk_alive(lin, at_ten, monkeypatch):
    routing.set_presence(member_id=lin.pk, state="ready", now=at_ten)
    monkeypatch.setattr(clock, "now", lambda: at_ten + timedelta(seconds=50))
    assert signed_in(lin).post("/desk/heartbeat/").status_code == 204
    assert routing_queries.presence(lin.pk).alive_until == at_ten + timedelta(seconds=110)


def test_three_ignored_offers_are_explained(lin, at_ten):
    routing.set_presence(member_id=lin.pk, state="ready", now=at_ten)
    presence = routing_queries.presence(lin.pk)
    presence.state, presence.away_reason = "away", "ignored_offers"
    presence.save(update_fields=["state", "away_reason"])
    assert "连着三单没接" in signed_in(lin).get("/desk/").content.decode()
