"""A danger that was named stays in sight: on the offer, in the list and over the talk, with what comes first."""

from __future__ import annotations

import pytest

from jietong.desk.tests.helpers import ask, signed_in
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import make_borrower

pytestmark = pytest.mark.django_db
HELP_LINE = "12356"


def offered(borrower, member, now, code):
    contact = ask(borrower, "活着没意思")
    if code:
        factors = [{"code": code, "points": 100, "params": {}}]
        Waiting.objects.filter(contact=contact).update(factors=factors)
    routing.set_presence(member_id=member.pk, state="ready", now=now)
    routing.dispatch(now=now)
    return contact


@pytest.mark.parametrize(("code", "says"), [("self_harm", HELP_LINE), ("fraud", "停止转账")])
def test_the_offer_and_the_conversation_say_what_comes_first(lin, wang, at_ten, code, says):
    contact = offered(wang, lin, at_ten, code)
    client = signed_in(lin)
    assert says in client.get("/desk/").content.decode()
    offer = routing_queries.open_offer(lin.pk, now=at_ten)
    routing.accept(offer_id=offer.pk, member_id=lin.pk, now=at_ten)
    page = client.get(f"/desk/c/{contact.ref}/").content.decode()
    assert says in page
    assert "grave-mark" in page
    assert says in client.get(f"/desk/c/{contact.ref}/parts/").content.decode()


def test_an_everyday_matter_carries_no_alarm(lin, wang, at_ten):
    offered(wang, lin, at_ten, "")
    page = signed_in(lin).get("/desk/").content.decode()
    assert 'class="grave"' not in page
    assert HELP_LINE not in page


def test_it_is_not_shown_to_another_team(lin, zhou, wang, at_ten):
    contact = offered(wang, lin, at_ten, "self_harm")
    assert HELP_LINE not in signed_in(zhou).get("/desk/").content.decode()
    assert signed_in(zhou).get(f"/desk/c/{contact.ref}/").status_code == 404


def test_who_is_full_reads_how_many_wait(lin, in_hand, at_ten):
    for name in ("李二", "张三", "赵四", "钱五"):
        ask(make_borrower(name))
    for _turn in range(2):
        routing.dispatch(now=at_ten)
        routing.accept(offer_id=routing_queries.open_offer(lin.pk, now=at_ten).pk, member_id=lin.pk, now=at_ten)
    routing.dispatch(now=at_ten)
    page = signed_in(lin).get("/desk/").content.decode()
    assert "手上已满 3/3" in page
    assert "组里还有 2 位在等" in page
    assert "没有等候的人" not in page
