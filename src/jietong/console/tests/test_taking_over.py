"""The board's two acts: taking a contact over and giving it to a named person, and who may do neither."""

from __future__ import annotations

import pytest

from jietong.contacts import commands as contacts
from jietong.kernel import clock
from jietong.routing import commands
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import NOW, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(wang, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return commands.ask_for_person(
        borrower_id=wang.pk, channel="web", intent="extend_hardship", text="想延几天", actor="borrower", now=NOW
    )


def test_the_supervisor_takes_it_over_and_comes_to_the_desk(client, qin, asked):
    client.force_login(qin)
    assert "接过来" in client.get(f"/board/c/{asked.ref}/").content.decode()
    answer = client.post(f"/board/c/{asked.ref}/take-over/")
    assert answer["Location"] == f"/desk/c/{asked.ref}/"
    assert client.get(answer["Location"]).status_code == 200
    asked.refresh_from_db()
    assert (asked.state, asked.owner) == ("in_service", qin)
    again = client.post(f"/board/c/{asked.ref}/take-over/", follow=True).content.decode()
    assert "已经在你手上了" in again


def test_it_is_given_to_a_specialist_whom_the_page_offers(client, qin, lin, asked):
    client.force_login(qin)
    assert f'<option value="{lin.pk}">林芳' in client.get(f"/board/c/{asked.ref}/").content.decode()
    page = client.post(f"/board/c/{asked.ref}/assign/", {"to": lin.pk}, follow=True).content.decode()
    assert "已指定林芳" in page
    assert Waiting.objects.get(contact=asked, left_at=None).prefer == lin


@pytest.mark.parametrize("to", ["", "x", "999999"])
def test_nobody_else_can_be_named(client, qin, zhou, asked, to):
    client.force_login(qin)
    for name in (to, str(zhou.pk)):
        page = client.post(f"/board/c/{asked.ref}/assign/", {"to": name}, follow=True).content.decode()
        assert "请选本组的一位专员" in page
    assert Waiting.objects.get(contact=asked, left_at=None).prefer is None


def test_strangers_change_nothing(client, desk, lin, zhou, asked):
    acts = (f"/board/c/{asked.ref}/take-over/", f"/board/c/{asked.ref}/assign/")
    assert all(client.post(act, {"to": lin.pk}).status_code == 302 for act in acts)
    client.force_login(lin)
    assert all(client.post(act, {"to": lin.pk}).status_code == 403 for act in acts)
    for who in (make_member("boss", "柳青", zhou.team, "supervisor"), make_member("shen", "沈", desk, "officer")):
        client.force_login(who)
        assert "接过来" not in client.get(f"/board/c/{asked.ref}/").content.decode()
        for act in acts:
            client.post(act, {"to": lin.pk})
    asked.refresh_from_db()
    assert asked.owner is None
    assert Waiting.objects.get(contact=asked, left_at=None).prefer is None


def test_it_does_not_exist_for_the_supervisor_complained_of(client, qin, lin, asked):
    contacts.recuse(contact=asked, member_id=qin.pk, now=NOW)
    client.force_login(qin)
    assert client.post(f"/board/c/{asked.ref}/take-over/").status_code == 404
    assert client.post(f"/board/c/{asked.ref}/assign/", {"to": lin.pk}).status_code == 404


def test_looking_at_the_addresses_changes_nothing(client, qin, asked):
    client.force_login(qin)
    assert client.get(f"/board/c/{asked.ref}/take-over/").status_code == 405
    assert client.get(f"/board/c/{asked.ref}/assign/").status_code == 405
