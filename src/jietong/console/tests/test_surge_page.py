"""The surge page: seen by who sees the board, set by the team's own supervisor."""

from __future__ import annotations

import pytest
from django.test import Client

from jietong.routing.models import Surge
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db


def test_a_supervisor_holds_the_floor_and_the_board_says_so(client: Client, qin: Member, desk: Team) -> None:
    client.force_login(qin)
    assert "不在高峰" in client.get("/board/surge/").content.decode()
    page = client.post("/board/surge/set/", {"mode": "on"}, follow=True).content.decode()
    assert "正在执行" in page
    assert Surge.objects.get(team=desk).mode == "on"
    assert "A 类先接" in client.get("/board/").content.decode()


def test_what_does_not_exist_changes_nothing(client: Client, qin: Member) -> None:
    client.force_login(qin)
    client.post("/board/surge/set/", {"mode": "maybe"})
    assert not Surge.objects.filter(in_force=True).exists()


def test_strangers(client: Client, lin: Member, qin: Member) -> None:
    assert client.get("/board/surge/").status_code == 302
    client.force_login(lin)
    assert client.get("/board/surge/").status_code == 403
    assert client.post("/board/surge/set/", {"mode": "on"}).status_code == 403
    assert not Surge.objects.exists()
