"""One contact on the desk: who may read it, who may write, what is promised and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from jietong.contacts import queries as contacts
from jietong.contacts.models import Contact
from jietong.desk.tests.helpers import signed_in
from jietong.kernel import clock
from jietong.recovery import queries as recovery
from jietong.routing import commands as routing
from jietong.simulator.tests.cast import TODAY, make_member

pytestmark = pytest.mark.django_db(transaction=False)
HTMX = {"HX-Request": "true"}


def day(ahead):
    return (TODAY + timedelta(days=ahead)).isoformat()


def test_another_team_does_not_learn_that_it_exists(zhou, in_hand):
    stranger = signed_in(zhou)
    base = f"/desk/c/{in_hand.ref}/"
    assert [stranger.get(base + part).status_code for part in ("", "parts/", "settle/")] == [404, 404, 404]
    for part in ("say/", "note/", "promise/", "settle/"):
        assert stranger.post(base + part, {"text": "x", "outcome": "answered"}).status_code == 404
    assert contacts.unread(in_hand) == 1


def test_a_colleague_does_not_read_it_and_the_supervisor_reads_without_writing(qin, desk, in_hand):
    base = f"/desk/c/{in_hand.ref}/"
    assert signed_in(make_member("xu", "许静", desk)).get(base).status_code == 404
    supervisor = signed_in(qin)
    page = supervisor.get(base).content.decode()
    assert "只读" in page
    assert "能不能晚几天还" in page
    assert 'name="text"' not in page
    refused = supervisor.post(base + "say/", {"text": "我来答"}, follow=True).content.decode()
    assert "不在你手上" in refused
    supervisor.post(base + "promise/", {"amount": "1", "due_on": day(1)})
    assert recovery.active_promise(in_hand.borrower_id) is None


def test_a_borrowers_session_opens_no_staff_page(in_hand, wang):
    borrower = Client()
    session = borrower.session
    session["borrower_id"] = wang.pk
    session.save()
    assert borrower.get(f"/desk/c/{in_hand.ref}/").headers["Location"].startswith("/staff/login/")


def test_every_write_wants_the_csrf_token(lin, in_hand, wang):
    desk = signed_in(lin, enforce_csrf_checks=True)
    base = f"/desk/c/{in_hand.ref}/"
    writes = [base + part for part in ("say/", "note/", "promise/", "settle/")]
    writes += ["/desk/presence/", "/desk/heartbeat/", "/desk/offers/1/accept/", "/desk/offers/1/decline/"]
    writes += ["/desk/search/", f"/desk/b/{wang.number}/open/"]
    assert [desk.post(address, {"text": "x"}).status_code for address in writes] == [403] * len(writes)
    assert contacts.unread(in_hand) == 1


def test_nothing_is_written_by_looking(lin, in_hand):
    desk = signed_in(lin)
    for part in ("say/", "note/"):
        assert desk.get(f"/desk/c/{in_hand.ref}/{part}").status_code == 405


def test_a_reply_comes_back_in_the_part_and_an_empty_one_beside_the_box(lin, in_hand):
    desk = signed_in(lin)
    said = desk.post(f"/desk/c/{in_hand.ref}/say/", {"text": "可以约 28 日"}, headers=HTMX)
    assert said.status_code == 200
    assert "可以约 28 日" in said.content.decode()
    assert 'hx-swap-oob="innerHTML"' in said.content.decode()
    empty = desk.post(f"/desk/c/{in_hand.ref}/say/", {"text": "  "}, headers=HTMX)
    assert empty.status_code == 422
    assert empty.headers["HX-Retarget"] == "#say-error"
    assert "先写点什么" in empty.content.decode()


def test_a_note_is_seen_by_colleagues_and_never_by_the_borrower(lin, in_hand, wang):
    desk = signed_in(lin)
    desk.post(f"/desk/c/{in_hand.ref}/note/", {"text": "工资 28 日到账"})
    assert "工资 28 日到账" in desk.get(f"/desk/c/{in_hand.ref}/").content.decode()
    for seen in (contacts.timeline(wang.pk, for_borrower=True), contacts.conversation(in_hand, for_borrower=True)):
        assert "工资 28 日到账" not in [entry.text for entry in seen]
    assert contacts.contact(in_hand.pk).answered_at is None


@pytest.mark.parametrize(
    ("amount", "ahead", "words"),
    [
        ("", 2, "填上承诺还多少"),
        ("abc", 2, "这里填数字"),
        ("12.345", 2, "最多写到分"),
        ("0", 2, "金额要大于 0"),
        ("999999", 2, "超过现在应还的两倍"),
        ("100", -1, "这一天已经过去了"),
        ("100", 8, "这个阶段约不了这么晚"),
    ],
)
def test_what_is_wrong_with_a_promise_stands_beside_its_field(lin, in_hand, amount, ahead, words):
    answer = signed_in(lin).post(
        f"/desk/c/{in_hand.ref}/promise/", {"amount": amount, "due_on": day(ahead)}, headers=HTMX
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert f'value="{amount}"' in page
    assert recovery.active_promise(in_hand.borrower_id) is None


def test_a_promise_is_recorded_once_and_the_tiles_say_so(lin, in_hand):
    desk = signed_in(lin)
    first = desk.post(f"/desk/c/{in_hand.ref}/promise/", {"amount": "500", "due_on": day(7)}, headers=HTMX)
    assert "履约中" in first.content.decode()
    assert "承诺期内不催" in first.content.decode()
    second = desk.post(f"/desk/c/{in_hand.ref}/promise/", {"amount": "400", "due_on": day(3)})
    assert second.status_code == 422
    assert recovery.active_promise(in_hand.borrower_id).amount_fen == 500_00


def test_a_settled_contact_can_be_read_and_not_written_to(lin, in_hand):
    desk = signed_in(lin)
    base = f"/desk/c/{in_hand.ref}/"
    assert desk.post(base + "settle/", {}).status_code == 422
    assert desk.post(base + "settle/", {"outcome": "answered"}).headers["Location"] == "/desk/"
    page = desk.get(base).content.decode()
    assert "已办结，等借款人确认" in page
    assert 'name="text"' not in page
    desk.post(base + "say/", {"text": "补一句"})
    desk.post(base + "settle/", {"outcome": "other"})
    assert Contact.objects.get(pk=in_hand.pk).matters.get().outcome == "answered"
    assert "补一句" not in [entry.text for entry in contacts.timeline(in_hand.borrower_id)]


def test_when_it_goes_back_to_the_queue_the_open_page_is_led_away(lin, in_hand, monkeypatch):
    from jietong.contacts import commands

    commands.return_to_queue(contact=in_hand, next_step="in_queue", actor="x", now=clock.now())
    answer = signed_in(lin).get(f"/desk/c/{in_hand.ref}/parts/", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (404, "/desk/?gone=1")
    assert "已不在你手上" in signed_in(lin).get("/desk/?gone=1").content.decode()
    assert "能不能" not in answer.content.decode()


def test_an_answer_within_a_quarter_of_an_hour_counts_in_ones_own_day(lin, in_hand):
    routing.specialist_said(contact=in_hand, member_id=lin.pk, text="好", now=clock.now())
    day_so_far = contacts.own_day(lin.pk, clock.now() - timedelta(hours=2))
    assert (day_so_far.answered, day_so_far.within, day_so_far.settled) == (1, 1, 0)
