"""The board answers "is anyone left waiting?" with figures that the rows themselves confirm."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.borrowers.queries import points
from jietong.console import floor
from jietong.console.views.floor import moves_the_board
from jietong.contacts.commands.attempts import Plan, plan, release_due
from jietong.contacts.models import Attempt, Contact, Decision
from jietong.kernel import clock
from jietong.kernel.live import News
from jietong.routing import commands
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_member
from jietong.staff.models import Member

pytestmark = pytest.mark.django_db
PAGES = ["/board/", "/board/live/", "/board/c/1124-0001/"]


@pytest.fixture(autouse=True)
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def ask(borrower: Borrower, *, text: str = "想找人工", intent: str = "amount_due", ago: float = 0) -> Contact:
    return commands.ask_for_person(
        borrower_id=borrower.pk, channel="web", intent=intent, text=text, actor=f"borrower:{borrower.pk}",
        now=NOW - timedelta(minutes=ago),
    )  # fmt: skip


def signed_in(client: Client, member: Member) -> Client:
    client.force_login(member)
    return client


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_sent_to_the_door_and_a_specialist_is_refused(client: Client, lin: Member, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/staff/login/?next=")
    assert signed_in(client, lin).get(address).status_code == 403


@pytest.mark.parametrize("role", ["supervisor", "officer", "operator"])
def test_those_who_watch_may_see_the_board(client: Client, desk, role: str) -> None:
    answer = signed_in(client, make_member("watch", "何敏", desk, role)).get("/board/")
    assert answer.status_code == 200
    assert 'data-live="/board/live/"' in answer.content.decode()


def test_a_calm_board_says_so(client: Client, qin: Member) -> None:
    page = text_of(signed_in(client, qin).get("/board/").content.decode())
    assert "没有人在等" in page
    assert "今天还没有人找过我们" in page
    assert "位快到时限" not in page


def test_the_headline_counts_who_waits_and_who_is_near_their_time(client: Client, qin: Member, wang: Borrower) -> None:
    early, late = make_borrower("冯玲"), make_borrower("邓超")
    for one in (early, late):
        make_loan(one, paid=4)
    ask(early, ago=1)
    ask(late, ago=24)
    ask(wang, ago=5)
    waiting = Contact.objects.filter(state="waiting")
    classes = dict(Waiting.objects.values_list("contact_id", "urgency"))
    limits = {"A": 180, "B": 600, "C": 1800, "D": 14400}
    near = [c for c in waiting if 0 < (c.reply_by - NOW).total_seconds() <= limits[classes[c.pk]] / 4]
    assert len(near) == 1
    page = text_of(signed_in(client, qin).get("/board/").content.decode())
    assert f"{waiting.count()} 位在等，{len(near)} 位快到时限，人人有负责人和时间" in page


def test_the_class_cards_agree_with_the_rows(wang: Borrower, qin: Member) -> None:
    other = make_borrower("冯玲")
    make_loan(other, paid=4)
    ask(wang, ago=12)
    ask(other, intent="security_fraud", ago=1)
    seen = floor.seen_at(NOW)
    for card in seen["cards"]:
        rows = Waiting.objects.filter(left_at=None, urgency=card.letter).select_related("contact")
        assert card.waiting == len(rows)
        longest = max(((NOW - row.contact.waiting_since).total_seconds() for row in rows), default=0)
        assert card.longest_seconds == longest
        assert card.first_at == NOW - timedelta(seconds=longest)
    assert seen["waiting"] == 2


def test_the_list_is_sorted_by_reply_by_and_masks_names(client: Client, qin: Member) -> None:
    for name, minutes in (("王丽霞", 2), ("冯玉玲", 20), ("邓超", 9)):
        who = make_borrower(name)
        make_loan(who, paid=4)
        ask(who, text=f"{name[0]}的事", ago=minutes)
    page = signed_in(client, qin).get("/board/").content.decode()
    for name in ("王丽霞", "冯玉玲", "邓超"):
        assert name not in page
    places = [page.index(title) for title in ("冯的事", "邓的事", "王的事")]
    assert places == sorted(places)


def test_a_missed_time_is_said_first_and_counted(client: Client, qin: Member, wang: Borrower) -> None:
    contact = ask(wang, ago=60)
    commands.tick(NOW)
    contact.refresh_from_db()
    assert contact.breaches == 1
    page = text_of(signed_in(client, qin).get("/board/").content.decode())
    assert "1 位过了原定时限，主管已在跟进" in page
    seen = floor.seen_at(NOW)
    assert [one.pk for one, _ in seen["breaches"]] == [contact.pk]


def test_a_booked_callback_is_no_wait_but_is_promised(wang: Borrower, qin: Member) -> None:
    point = points(wang.pk)[0]
    commands.book_callback(
        borrower_id=wang.pk, channel="web", intent="amount_due", text="请回电", slot_from=NOW + timedelta(hours=2),
        slot_to=NOW + timedelta(hours=2, minutes=30), point_id=point.pk, actor="borrower", now=NOW,
    )  # fmt: skip
    seen = floor.seen_at(NOW)
    assert (seen["waiting"], seen["booked"], seen["near"]) == (0, 1, 0)
    assert {k: seen["callbacks"][k] for k in ("promised", "taken", "ahead", "late")} == {
        "promised": 1, "taken": 0, "ahead": 1, "late": 0,
    }  # fmt: skip


def test_outbound_counts_what_left_and_names_what_was_refused(wang: Borrower, qin: Member) -> None:
    for n, channel in enumerate(["sms", "sms", "wechat"]):
        plan(
            Plan(
                key=f"t:{n}", borrower_id=wang.pk, channel=channel, purpose="reminder", template="past_due_1",
                not_before=NOW, expires_at=NOW + timedelta(hours=3),
            ),
            now=NOW,
        )  # fmt: skip
    release_due(now=NOW)
    seen = floor.seen_at(NOW)["outbound"]
    assert seen["sent"] == Attempt.objects.filter(state__in=["sending", "sent"]).count() > 0
    assert seen["refused"] == Decision.objects.filter(allowed=False).values("attempt").distinct().count() > 0
    assert sum(count for _, count in seen["reasons"]) == seen["refused"]
    assert "今日已发到上限" in dict(seen["reasons"])


def test_people_stand_under_what_they_do(lin: Member, zhou: Member, qin: Member, wang: Borrower) -> None:
    ask(wang)
    commands.set_presence(member_id=lin.pk, state="ready", now=NOW)
    commands.dispatch(now=NOW)
    offer = lin.offers.get()
    commands.accept(offer_id=offer.pk, member_id=lin.pk, now=NOW)
    groups = {
        str(group["label"]): [one.name for one in group["who"]] for group in floor.seen_at(NOW)["people"]["groups"]
    }
    assert groups["办理中"] == ["林芳"]
    assert groups["未连接"] == ["周凯"]
    assert all("秦岚" not in who for who in groups.values())


def test_the_open_page_gets_the_tiles_and_the_sentence(client: Client, qin: Member, wang: Borrower) -> None:
    ask(wang)
    answer = signed_in(client, qin).get("/board/", headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert "<html" not in html
    assert 'id="board-say" hx-swap-oob="true"' in html
    assert "1 位在等" in html


def test_only_news_of_contacts_and_routing_moves_the_board() -> None:
    def heard(kind: str) -> str | None:
        return moves_the_board(News(1, kind, "x:1", None, {}, 1))

    assert heard("contacts.contact_opened") == heard("routing.offered") == "board-changed"
    assert heard("dayend.step_finished") is None


@pytest.mark.parametrize(
    ("share", "shown"), [(None, "—"), (1.0, "100"), (0.9999, "99.9"), (0.8361, "83.6"), (0.0, "0.0")]
)
def test_a_share_is_never_rounded_up_to_all(share: float | None, shown: str) -> None:
    assert floor.percent(share) == shown
