"""The clock of the desk's tests stands at ten in the morning of the cast's Tuesday; a contact in Lin's hands."""

from __future__ import annotations

import pytest

from jietong.desk.tests.helpers import ask
from jietong.kernel import clock
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries
from jietong.simulator.tests.cast import NOW


@pytest.fixture
def at_ten(monkeypatch):
    """The views' clock; tests that move it patch it again."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW


@pytest.fixture
def in_hand(lin, wang, at_ten):
    """Wang asked, and Lin accepted."""
    contact = ask(wang, "能不能晚几天还", intent="extend_hardship")
    routing.set_presence(member_id=lin.pk, state="ready", now=at_ten)
    routing.dispatch(now=at_ten)
    offer = routing_queries.open_offer(lin.pk, now=at_ten)
    routing.accept(offer_id=offer.pk, member_id=lin.pk, now=at_ten)
    contact.refresh_from_db()
    return contact
