"""A code proves the phone, a second fact the person; before both nothing is named, and nothing tells who is known."""

from __future__ import annotations

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower, ContactPoint, Device, LoginCode, ProofTry
from jietong.contacts.commands import release_due
from jietong.contacts.models import Attempt
from jietong.portal.access import DEVICE_COOKIE
from jietong.portal.tests.conftest import Watch, code_sent, phone_of, sign_in, to_second_fact
from jietong.simulator.tests.cast import make_borrower, make_loan

pytestmark = pytest.mark.django_db
#: nothing of this may stand on a page before the person is proved
NAMES_A_DEBT = ("王霞", "¥", "借款", "还款", "逾期", "欠", "JT-")


def names_nothing(response) -> bool:
    text = response.content.decode()
    return not any(word in text for word in NAMES_A_DEBT)


def test_phone_code_and_last_four_let_in(client: Client, wang: Borrower, watch: Watch) -> None:
    sign_in(client, wang)
    assert "王霞" in client.get("/").content.decode()


def test_the_code_goes_to_the_phone_that_was_typed(client: Client, wang: Borrower, watch: Watch) -> None:
    second = ContactPoint.objects.create(
        borrower=wang, kind="phone", value="19911112222", display="199****2222", source="borrower", rank=5
    )
    client.post("/login/", {"phone": "+86 199-1111-2222"})
    release_due(now=watch())
    attempt = Attempt.objects.get(template="login_code")
    assert (attempt.point, attempt.purpose, attempt.state) == (second, "service", "sending")
    assert attempt.expires_at == LoginCode.objects.get().expires_at


def test_a_known_browser_needs_only_the_code(client: Client, wang: Borrower, watch: Watch) -> None:
    sign_in(client, wang)
    cookie = client.cookies[DEVICE_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert not Device.objects.filter(token_hash=cookie.value).exists()  # only its hash is kept
    client.post("/logout/")
    watch.forward(minutes=2)
    client.post("/login/", {"phone": phone_of(wang)})
    assert client.post("/login/code/", {"code": code_sent()}).url == "/"


def test_a_recycled_number_is_told_apart_by_the_second_fact(client: Client, wang: Borrower, watch: Watch) -> None:
    newer = make_borrower("赵强", phone=phone_of(wang))
    make_loan(newer, paid=5)
    to_second_fact(client, phone_of(wang))
    assert client.post("/login/who/", {"tail": newer.id_no[-4:]}).url == "/"
    page = client.get("/").content.decode()
    assert "赵强" in page
    assert "王霞" not in page


def test_with_only_the_code_nobody_and_no_debt_is_named(client: Client, wang: Borrower, watch: Watch) -> None:
    assert names_nothing(client.get("/login/"))
    client.post("/login/", {"phone": phone_of(wang)})
    assert names_nothing(client.get("/login/code/"))
    client.post("/login/code/", {"code": code_sent()})
    assert names_nothing(client.get("/login/who/"))
    assert names_nothing(client.post("/login/who/", {"tail": "0000"}))
    for address in ("/", "/chat/", "/matters/", "/callback/", "/form/", "/ways/"):
        response = client.get(address, follow=True)
        assert response.redirect_chain[0][0].startswith("/login/")
        assert names_nothing(response)


def test_a_code_works_once(client: Client, wang: Borrower, watch: Watch) -> None:
    to_second_fact(client, phone_of(wang))
    used, again = code_sent(), Client()
    watch.forward(seconds=10)
    again.post("/login/", {"phone": phone_of(wang)})
    assert again.post("/login/code/", {"code": used}).status_code == 422


def test_after_a_used_code_the_next_comes_at_once(client: Client, wang: Borrower, watch: Watch) -> None:
    newer = make_borrower("赵强", phone=phone_of(wang))
    sign_in(client, wang)
    watch.forward(seconds=5)
    sign_in(Client(), newer)  # two people on one number, within one minute
    assert Attempt.objects.filter(template="login_code").count() == 2


def test_a_code_tried_five_times_is_void_and_says_so(client: Client, wang: Borrower, watch: Watch) -> None:
    answers = []
    for number in (phone_of(wang), "19955556666"):
        page = Client()
        page.post("/login/", {"phone": number})
        told = [page.post("/login/code/", {"code": "000000x"}).content.decode() for _ in range(5)]
        answers.append(["已经作废" in text for text in told])
    assert answers == [[False] * 4 + [True]] * 2  # the same words whether or not the number is known
    client.post("/login/", {"phone": phone_of(wang)})  # a void code does not keep a new one waiting
    assert client.post("/login/code/", {"code": code_sent()}).url == "/login/who/"


def test_an_old_code_does_not_work(client: Client, wang: Borrower, watch: Watch) -> None:
    client.post("/login/", {"phone": phone_of(wang)})
    watch.forward(minutes=5, seconds=1)
    assert client.post("/login/code/", {"code": code_sent()}).status_code == 422


def test_five_wrong_second_facts_lock_the_number(client: Client, wang: Borrower, watch: Watch) -> None:
    to_second_fact(client, phone_of(wang))
    for _ in range(4):
        assert "对不上" in client.post("/login/who/", {"tail": "9999"}).content.decode()
    assert "先停一小时" in client.post("/login/who/", {"tail": "9999"}).content.decode()
    locked = client.post("/login/who/", {"tail": wang.id_no[-4:]})
    assert locked.status_code == 422
    for page in (locked.content.decode(), client.get("/login/who/").content.decode()):
        assert "先停一小时" in page
        assert 'name="tail"' not in page  # nothing that could be filled in vain
        assert "不是我，我不认识你们" in page
    assert ProofTry.objects.filter(passed=False).count() == 5
    watch.forward(minutes=20)
    client.get("/login/who/")
    assert client.post("/login/who/", {"tail": wang.id_no[-4:]}).status_code == 422


def test_an_unknown_number_looks_exactly_like_a_known_one(wang: Borrower, watch: Watch) -> None:
    answers = []
    for number in (phone_of(wang), "19955556666"):
        client = Client()
        first = client.post("/login/", {"phone": number})
        page = client.get("/login/code/")
        wrong = client.post("/login/code/", {"code": "000000x"})
        text = [_plain(r.content.decode(), number) for r in (page, wrong)]
        cookies = sorted((name, morsel["max-age"]) for name, morsel in client.cookies.items())
        lengths = len(client.session["portal_phone"])
        answers.append((first.status_code, first.url, page.status_code, wrong.status_code, text, cookies, lengths))
    assert answers[0] == answers[1]
    assert LoginCode.objects.count() == 2
    assert Attempt.objects.count() == 1


def _plain(text: str, number: str) -> str:
    import re

    text = re.sub(r'(csrfmiddlewaretoken" value|csrf-token" content)="[^"]+"', "", text)
    return text.replace(number[-4:], "").replace(number[:3], "")


def test_asking_too_often_is_answered_calmly(client: Client, wang: Borrower, watch: Watch) -> None:
    for _ in range(5):
        assert client.post("/login/", {"phone": phone_of(wang)}).status_code == 302
        watch.forward(seconds=61)
    refused = client.post("/login/", {"phone": phone_of(wang)})
    assert refused.status_code == 422
    assert "请过一小时再来" in refused.content.decode()


def test_a_wrong_number_is_said_beside_the_field(client: Client, desk: object, watch: Watch) -> None:
    response = client.post("/login/", {"phone": "12345"})
    assert response.status_code == 422
    assert "请填 11 位手机号" in response.content.decode()
    assert LoginCode.objects.count() == 0


def test_another_code_can_be_sent_after_a_minute(client: Client, wang: Borrower, watch: Watch) -> None:
    client.post("/login/", {"phone": phone_of(wang)})
    watch.forward(seconds=20)
    assert "过 40 秒再点一次" in client.post("/login/again/", follow=True).content.decode()
    watch.forward(seconds=41)
    assert "又发了一条" in client.post("/login/again/", follow=True).content.decode()
    assert Attempt.objects.filter(template="login_code").count() == 2


@pytest.mark.parametrize("where", ["code", "who"])
def test_whoever_does_not_know_us_stops_the_number(client: Client, wang: Borrower, watch: Watch, where: str) -> None:
    number = phone_of(wang)
    client.post("/login/", {"phone": number})
    if where == "code":
        response = client.post("/login/code/", {"code": code_sent(), "not_me": "1"})
    else:
        client.post("/login/code/", {"code": code_sent()})
        response = client.post("/login/not-me/")
    assert names_nothing(response)
    assert "不再向" in response.content.decode()
    point = wang.contact_points.get(kind="phone")
    assert (point.stop_reason, point.stopped_at) == ("wrong_person", watch())
    assert client.get("/login/who/").url == "/login/"


def test_nobody_stops_a_number_without_its_code(client: Client, wang: Borrower, watch: Watch) -> None:
    client.post("/login/", {"phone": phone_of(wang)})
    assert client.post("/login/not-me/").url == "/login/"
    assert client.post("/login/code/", {"code": "1", "not_me": "1"}).status_code == 422
    assert wang.contact_points.get(kind="phone").stopped_at is None


def test_signing_in_changes_the_session_key_and_signing_out_clears_it(wang_page: Client) -> None:
    inside = wang_page.session.session_key
    assert wang_page.session["portal_borrower"]
    assert "portal_phone" not in wang_page.session
    wang_page.post("/logout/")
    assert wang_page.session.session_key != inside
    assert not [key for key, _ in wang_page.session.items() if key.startswith("portal_")]
    assert wang_page.get("/").url == "/login/"


def test_after_half_an_hour_of_silence_one_signs_in_again(wang_page: Client, watch: Watch) -> None:
    watch.forward(minutes=29)
    assert wang_page.get("/").status_code == 200
    for _ in range(4):  # what the page fetches by itself does not count as somebody being there
        watch.forward(minutes=9)
        last = wang_page.get("/chat/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/chat/"})
    assert last.headers["HX-Redirect"] == "/login/?next=%2Fchat%2F"


def test_one_comes_back_to_the_page_that_was_asked_for(client: Client, wang: Borrower, watch: Watch) -> None:
    assert client.get("/matters/").url == "/login/?next=%2Fmatters%2F"
    client.get("/login/?next=/matters/")
    to_second_fact(client, phone_of(wang))
    assert client.post("/login/who/", {"tail": wang.cards.get().number[-4:]}).url == "/matters/"


def test_nobody_is_sent_elsewhere_after_signing_in(client: Client, wang: Borrower, watch: Watch) -> None:
    client.get("/login/?next=https://evil.example/")
    sign_in(client, wang)


def test_the_number_in_the_session_is_sealed(client: Client, wang: Borrower, watch: Watch) -> None:
    client.post("/login/", {"phone": phone_of(wang)})
    assert phone_of(wang) not in str(dict(client.session))


def test_writes_need_the_csrf_token(wang: Borrower, watch: Watch) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/login/", {"phone": phone_of(wang)}).status_code == 403
    assert LoginCode.objects.count() == 0
