"""Late work orders on the supervisor's board: counted, listed, and hidden from whom the contact complains of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.contacts import commands as contacts
from jietong.desk.tests.helpers import ask, signed_in
from jietong.kernel import clock
from jietong.simulator.tests.cast import NOW, make_member, make_team
from jietong.workorders import commands as workorders

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def late(lin, wang, monkeypatch):
    make_team("finance", "财务组")
    contact = ask(wang, "还了没到账", intent="repay_failed", now=NOW)
    contacts.take(contact_id=contact.pk, member_id=lin.pk, actor="t", now=NOW)
    contact.refresh_from_db()
    order = workorders.open_order(contact=contact, kind="trace_payment", question="查流水", member=lin, now=NOW)
    monkeypatch.setattr(clock, "now", lambda: order.due_at + timedelta(minutes=30))
    workorders.tick(clock.now())
    return order


def test_the_board_says_it_and_lists_it(qin, late):
    supervisor = signed_in(qin)
    assert "1 张工单过了时限" in supervisor.get("/board/").content.decode()
    page = supervisor.get("/board/orders/").content.decode()
    assert late.ref in page
    assert "财务组" in page
    assert "王霞" not in page  # masked


def test_whom_it_complains_of_and_specialists_do_not_see_it(lin, qin, desk, late):
    contacts.recuse(contact=late.contact, member_id=qin.pk, now=NOW)
    assert late.ref not in signed_in(qin).get("/board/orders/").content.decode()
    assert (
        late.ref in signed_in(make_member("q2", "钱玲", desk, role="supervisor")).get("/board/orders/").content.decode()
    )
    assert signed_in(lin).get("/board/orders/").status_code == 403
