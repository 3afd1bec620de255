"""The staff's door: who comes in, who does not, and how often one may guess."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from jietong.kernel import clock
from jietong.kernel.models import Event
from jietong.simulator.tests.cast import NOW, make_member

pytestmark = pytest.mark.django_db(transaction=False)
PASSWORD = "green-field-27"  # of the cast, nowhere else


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """The real hasher takes a second a try, on purpose; how often one may try does not depend on it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def somebody(desk):
    member = make_member("lan", "蓝欣", desk)
    member.set_password(PASSWORD)
    member.save(update_fields=["password"])
    return member


@pytest.fixture
def at(monkeypatch):
    def move(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    move(NOW)
    return move


def enter(client, password, **more):
    return client.post("/staff/login/", {"username": "lan", "password": password, **more})


@pytest.mark.parametrize(
    ("role", "first_page"),
    [("specialist", "/desk/"), ("supervisor", "/board/"), ("officer", "/board/"), ("operator", "/board/")],
)
def test_each_role_comes_to_its_first_page(client, somebody, at, role, first_page):
    somebody.role = role
    somebody.save(update_fields=["role"])
    assert enter(client, PASSWORD).headers["Location"] == "/staff/"
    assert client.get("/staff/").headers["Location"] == first_page
    assert Event.objects.filter(kind="staff.signed_in", actor=f"staff:{somebody.pk}").count() == 1


def test_a_wrong_password_says_one_sentence_whoever_it_was(client, somebody, at):
    known = enter(client, "wrong")
    unknown = client.post("/staff/login/", {"username": "nobody", "password": "wrong"})
    for answer in (known, unknown):
        assert answer.status_code == 422
        assert "用户名或密码不对" in answer.content.decode()


def test_after_five_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour(client, somebody, at):
    for _ in range(5):
        assert enter(client, "wrong").status_code == 422
    refused = enter(client, PASSWORD)
    assert refused.status_code == 429
    assert "先歇 15 分钟" in refused.content.decode()
    assert client.get("/staff/").headers["Location"] == "/staff/login/"
    at(NOW + timedelta(minutes=15, seconds=1))
    assert enter(client, PASSWORD).status_code == 302


def test_a_name_that_nobody_has_is_slowed_just_the_same(client, desk, at):
    told = [client.post("/staff/login/", {"username": " Ghost", "password": "x"}).status_code for _ in range(6)]
    assert told == [422] * 5 + [429]


def test_the_right_password_clears_the_count(client, somebody, at):
    for _ in range(4):
        enter(client, "wrong")
    assert enter(client, PASSWORD).status_code == 302
    client.post("/staff/logout/")
    assert [enter(client, "wrong").status_code for _ in range(5)] == [422] * 5


def test_an_account_that_was_switched_off_stays_out(client, somebody, at):
    somebody.is_active = False
    somebody.save(update_fields=["is_active"])
    assert enter(client, PASSWORD).status_code == 422


def test_one_is_led_on_inside_the_house_only(client, somebody, at):
    assert enter(client, PASSWORD, next="/desk/c/1124-0001/").headers["Location"] == "/desk/c/1124-0001/"
    assert enter(Client(), PASSWORD, next="https://evil.example/").headers["Location"] == "/staff/"
    assert enter(Client(), PASSWORD, next="//evil.example/").headers["Location"] == "/staff/"


def test_signing_out_is_a_post_and_ends_the_session(client, somebody, at):
    enter(client, PASSWORD)
    assert client.get("/staff/logout/").status_code == 405
    assert client.post("/staff/logout/").headers["Location"] == "/staff/login/"
    assert client.get("/desk/").headers["Location"].startswith("/staff/login/")


def test_the_door_wants_the_csrf_token(somebody, at):
    assert enter(Client(enforce_csrf_checks=True), PASSWORD).status_code == 403


def test_a_part_asked_after_the_session_ended_opens_the_door_as_a_page(client, desk):
    answer = client.get("/staff/login/", headers={"HX-Request": "true", "HX-Current-URL": "http://x/desk/c/1124-0001/"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/staff/login/?next=%2Fdesk%2Fc%2F1124-0001%2F"


def test_the_demo_lists_its_logins_and_a_real_site_never_does(client, desk, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert "演示环境" not in client.get("/staff/login/").content.decode()
    (tmp_path / "run").mkdir()
    lin = {"role": "specialist", "username": "lin", "password": "demo-1234", "url": "/desk/"}
    listed = [lin, {"role": "主管", "name": "秦岚", "username": "qin", "password": "demo-1234"}, {"role": "主管"}]
    (tmp_path / "run" / "demo.json").write_text(json.dumps({"logins": listed}), encoding="utf-8")
    page = client.get("/staff/login/").content.decode()
    assert "lin · demo-1234" in page
    assert "?u=lin" in page
    assert "秦岚" in page
    assert 'value="lin"' in client.get("/staff/login/?u=lin").content.decode()
    settings.DEMO = False
    assert "demo-1234" not in client.get("/staff/login/").content.decode()
    (tmp_path / "run" / "demo.json").write_text("{half", encoding="utf-8")
    settings.DEMO = True
    assert client.get("/staff/login/").status_code == 200
