"""The demo phone shows what the demo sent, and does not exist on a real site."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

from jietong.contacts.channels.demo_phone import receive
from jietong.kernel import clock
from jietong.simulator.tests.cast import NOW, make_borrower

pytestmark = pytest.mark.django_db


def arrive(address: str, body: str, *, channel: str = "sms", ref: str = "m1") -> None:
    receive(channel=channel, address=address, subject="", body=body, ref=ref, now=NOW)


@pytest.mark.parametrize("address", ["/demo/", "/demo/phone/", "/demo/phone/?phone=19900001111"])
def test_outside_the_demo_there_is_no_such_page(client: Client, settings, address: str) -> None:
    settings.DEMO = False
    assert client.get(address).status_code == 404


def test_an_empty_phone_says_what_to_do(client: Client) -> None:
    assert "在登录页输入手机号，验证码会出现在这里" in client.get("/demo/phone/").content.decode()


def test_a_code_stands_big_and_whole_and_the_number_is_masked(client: Client) -> None:
    arrive("19900001111", "【青禾】验证码 482913，5 分钟内有效。")
    page = client.get("/demo/phone/").content.decode()
    assert '<span class="hide">验证码 </span>482913</p>' in page
    assert "199****1111" in page
    assert "19900001111" not in page


def test_other_numbers_are_not_taken_for_codes(client: Client) -> None:
    arrive("19900001111", "请致电 4001234567，事项 1124-0003")
    assert "arrived-code" not in client.get("/demo/phone/").content.decode()


def test_one_number_shows_its_own_messages_and_mail_and_no_strangers(client: Client) -> None:
    who = make_borrower("王霞", phone="19900002222")
    email = who.contact_points.get(kind="email").value
    arrive("19900002222", "给她的短信", ref="a")
    arrive(email, "给她的邮件", channel="email", ref="b")
    arrive("19900003333", "给别人的短信", ref="c")
    page = client.get("/demo/phone/?phone=199 0000 2222").content.decode()
    assert "给她的短信" in page
    assert "给她的邮件" in page
    assert "给别人的短信" not in page
    assert "这个号码还没收到过消息" in client.get("/demo/phone/?phone=19900009999").content.decode()


def test_the_open_phone_gets_the_list_alone_newest_first(client: Client) -> None:
    arrive("19900001111", "先到的", ref="a")
    arrive("19900001111", "后到的", ref="b")
    page = client.get("/demo/phone/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert page.index("后到的") < page.index("先到的")


def test_what_a_message_says_is_text_and_never_markup(client: Client) -> None:
    arrive("19900001111", "<script>x</script>")
    assert "<script>x" not in client.get("/demo/phone/").content.decode()


def test_the_start_page_lists_who_the_loader_wrote_down(client: Client, settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "run").mkdir()
    told = {
        "logins": [
            {"role": "supervisor", "name": "秦岚", "username": "qin", "password": "demo-pass-1", "url": "/board/"},
            {"role": "king", "name": "谁", "username": "who"},
        ],
        "borrowers": [
            {"name": "王霞", "phone": "19900002222", "id_tail": "0123", "card_tail": "4567", "note": "逾期 9 天"}
        ],
    }
    (tmp_path / "run" / "demo.json").write_text(json.dumps(told), encoding="utf-8")
    page = client.get("/demo/").content.decode()
    for said in ("秦岚", "demo-pass-1", "主管", "19900002222", "身份证尾号 0123", "银行卡尾号 4567", "逾期 9 天"):
        assert said in page
    assert "谁</b>" not in page


@pytest.mark.parametrize("written", [None, "{", "[]", '{"logins": []}'])
def test_a_missing_or_half_written_list_says_what_to_do(client: Client, settings, tmp_path: Path, written) -> None:
    settings.DATA_DIR = tmp_path
    if written is not None:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "demo.json").write_text(written, encoding="utf-8")
    page = client.get("/demo/").content.decode()
    assert "演示名单还没准备好" in page
    assert "make run" in page


def test_the_demos_core_is_switched_off_and_on_in_the_demo_only(
    client: Client, db: None, settings: object, tmp_path: Path
) -> None:
    from jietong.simulator import core_demo

    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    assert "断开核心系统" not in client.get("/demo/").content.decode()  # the worker has not started it yet
    stand_in = core_demo.StandIn(is_down=core_demo.is_down).start()
    try:
        core_demo.open_links(stand_in, now=clock.now())
        assert "断开核心系统" in client.get("/demo/").content.decode()
        client.post("/demo/core/", {"down": "1"})
        assert "现在断着" in client.get("/demo/").content.decode()
        client.post("/demo/core/", {"down": "0"})
        assert "现在连着" in client.get("/demo/").content.decode()
        assert client.get("/demo/core/").status_code == 405
        settings.DEMO = False  # type: ignore[attr-defined]
        assert client.post("/demo/core/", {"down": "1"}).status_code == 404
    finally:
        stand_in.stop()
