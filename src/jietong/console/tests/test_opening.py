"""The page of opening hours: who may set them, what is refused and why, what stays."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from jietong.simulator.tests.cast import make_member
from jietong.staff import queries as staff
from jietong.staff.models import CalendarDay, Member, Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def ding(desk: Team) -> Member:
    return make_member("ding", "丁宁", desk, role="operator")


def test_an_operator_sets_the_hours_and_sees_them(client: Client, ding: Member, desk: Team) -> None:
    client.force_login(ding)
    typed = {"workday": "08:30-12:00，13:00-21:00", "weekend": "10:00-18:00", "holiday": ""}
    page = client.post(f"/console/opening/{desk.pk}/", typed, follow=True).content.decode()
    assert "08:30-12:00, 13:00-21:00" in page
    assert staff.hours_of(desk).spans.keys() == {"workday", "weekend"}


def test_what_is_refused_comes_back_as_typed_with_the_reason(client: Client, ding: Member, desk: Team) -> None:
    client.force_login(ding)
    answer = client.post(f"/console/opening/{desk.pk}/", {"workday": "八点到十点", "weekend": "", "holiday": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "八点到十点" in page
    assert "08:00-12:00, 13:30-22:00" in page
    assert not desk.hours.exists()


def test_a_day_is_set_with_its_reason_and_cleared_again(client: Client, ding: Member) -> None:
    client.force_login(ding)
    client.post("/console/opening/day/", {"day": "2026-12-25", "kind": "holiday", "note": "系统大修"})
    assert CalendarDay.objects.get().note == "系统大修"
    assert "系统大修" in client.get("/console/opening/").content.decode()
    assert client.post("/console/opening/day/", {"day": "2026-12-26", "kind": "holiday"}).status_code == 422
    client.post("/console/opening/day/", {"day": "2026-12-25", "clear": "1"})
    assert not CalendarDay.objects.filter(day=date(2026, 12, 25)).exists()


def test_others_may_look_or_not_at_all_and_set_nothing(client: Client, qin: Member, lin: Member, desk: Team) -> None:
    assert client.get("/console/opening/").status_code == 302
    client.force_login(lin)
    assert client.get("/console/opening/").status_code == 403
    client.force_login(qin)
    assert "保存" not in client.get("/console/opening/").content.decode()
    assert client.post(f"/console/opening/{desk.pk}/", {"workday": "09:00-10:00"}).status_code == 403
    assert (
        client.post("/console/opening/day/", {"day": "2026-12-25", "kind": "holiday", "note": "x"}).status_code == 403
    )
    assert not desk.hours.exists()
