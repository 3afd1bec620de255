"""Borrowing on the phone: chosen, decided in plain words, read, signed, on its way, arrived, taken back."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.loans.models import Loan
from jietong.origination import commands as origination
from jietong.origination import queries
from jietong.origination.channels import Answer
from jietong.origination.commands import By
from jietong.origination.models import Application
from jietong.origination.tests.world import code_sent, grant, offer
from jietong.portal.tests.conftest import Watch, sign_in
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhao(desk: object, watch: Watch) -> Borrower:
    """Has a limit of ¥10,000 and owes nothing."""
    offer()
    who = make_borrower("赵强")
    grant(who, 10_000_00)
    return who


@pytest.fixture
def zhao_page(client: Client, zhao: Borrower) -> Client:
    return sign_in(client, zhao)


def wish(who: Borrower, **more: str) -> dict[str, str]:
    card = str(who.cards.get().pk)
    return {"product": "JB", "amount": "3000", "instalments": "6", "purpose": "daily", "card": card, **more}


def drafted(page: Client, who: Borrower, **more: str) -> str:
    answer = page.post("/borrow/", wish(who, **more))
    assert answer.status_code == 302, answer.content.decode()
    return answer.url


def text(page: Client, url: str) -> str:
    return page.get(url).content.decode()


def to_sign(page: Client, url: str) -> str:
    return page.post(f"{url}price/").url


def test_from_the_amount_to_money_that_has_arrived(zhao_page: Client, zhao: Borrower, watch: Watch) -> None:
    assert "¥10,000.00" in text(zhao_page, "/borrow/")
    assert "14.40%" in text(zhao_page, "/borrow/quote/?product=JB&amount=3000&instalments=6")
    url = drafted(zhao_page, zhao)
    assert "第 6 期" in text(zhao_page, url)
    zhao_page.post(f"{url}submit/")
    assert "可以借" in text(zhao_page, url)
    sign = to_sign(zhao_page, url)
    table = text(zhao_page, sign)
    assert "年化综合成本（单利）" in table
    assert "请先读 10 秒" in table
    early = zhao_page.post(sign)
    assert early.status_code == 422
    assert "再读" in early.content.decode()
    watch.forward(seconds=11)
    assert "请先读" not in zhao_page.get(sign, headers={"HX-Request": "true"}).content.decode()
    zhao_page.post(sign)
    assert "钱在路上" in text(zhao_page, url)
    for _ in range(5):
        watch.forward(seconds=20)
        origination.move_transfers(now=watch())
    made = Application.objects.get()
    if made.state == "payout_failed":  # one of twenty keys of the demo's channel: the page says so and offers a way on
        assert "没有到账" in text(zhao_page, url)
        return
    assert "到账了" in text(zhao_page, url)
    assert f'href="/borrow/{made.ref}/"' in text(zhao_page, f"/loans/{made.ref}/")
    assert "¥7,000.00" in text(zhao_page, "/limit/")


def test_a_loan_is_taken_back_within_the_days(zhao_page: Client, zhao: Borrower, watch: Watch) -> None:
    url = drafted(zhao_page, zhao)
    ref = url.strip("/").rpartition("/")[2]
    zhao_page.post(f"{url}submit/")
    sign = to_sign(zhao_page, url)
    watch.forward(seconds=11)
    zhao_page.post(sign)
    order = queries.transfer(queries.application(ref).pk)
    origination.hear(key=order.key, answer=Answer("succeeded", paid_at=watch()), now=watch())
    watch.forward(days=2)
    zhao_page = sign_in(Client(), zhao)
    page = text(zhao_page, f"{url}cancel/")
    assert "¥3,002.40" in page
    assert "¥2.40" in page
    zhao_page.post(f"{url}cancel/")
    assert "正在撤销" in text(zhao_page, url)
    back = queries.transfer(queries.application(ref).pk, "back")
    origination.hear(key=back.key, answer=Answer("succeeded", paid_at=watch()), now=watch())
    assert "两清了" in text(zhao_page, url)
    assert Loan.objects.get(ref=ref).cancelled_on is not None


def test_a_refusal_says_why_and_what_to_do_and_a_person_can_look_again(
    client: Client, desk: object, watch: Watch
) -> None:
    offer()
    who = make_borrower("赵强")
    make_loan(who, paid=4)
    grant(who, 30_000_00)
    page = sign_in(client, who)
    url = drafted(page, who)
    page.post(f"{url}submit/")
    told = text(page, url)
    assert "您有一期已过还款日还没还。" in told
    assert "先把这一期还上" in told
    assert not [word for word in ("逾期客户", "案件", "催收", "评分", "拦截") if word in told]
    page.post(f"{url}again/", {"text": "工资后天到"})
    assert "专员在看" in text(page, url)


def test_a_larger_amount_is_signed_with_a_code(zhao_page: Client, zhao: Borrower, watch: Watch) -> None:
    url = drafted(zhao_page, zhao, amount="8,000")
    zhao_page.post(f"{url}submit/")
    sign = to_sign(zhao_page, url)
    watch.forward(minutes=2)
    wrong = zhao_page.post(sign, {"code": "000000"})
    assert "验证码不对" in wrong.content.decode()
    zhao_page.post(f"{sign}code/")
    zhao_page.post(sign, {"code": code_sent(zhao)})
    assert Application.objects.get().state == "signed"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "99999"}, "这个产品没有这么多"),
        ({"amount": "1"}, "比最少能借的还少"),
        ({"amount": "三千"}, "请填数字"),
        ({"instalments": "7"}, "请选一个期数"),
        ({"card": "999999"}, "请选一张自己的卡"),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field(zhao_page: Client, zhao: Borrower, typed: dict, said: str) -> None:
    answer = zhao_page.post("/borrow/", wish(zhao, **typed))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_the_limit_says_what_changed_and_why_and_a_frozen_one_how_it_is_freed(
    zhao_page: Client, zhao: Borrower
) -> None:
    by = By(actor="system:limits", reason="arrears", rule="freeze_arrears")
    origination.freeze(borrower_id=zhao.pk, by=by, now=NOW)
    cut = origination.set_limit(
        borrower_id=zhao.pk, kind="cut", to_fen=4000_00, by=By("staff:1", "risk", "内部备注"), now=NOW
    )
    page = text(zhao_page, "/limit/")
    assert "还清过期的部分，当晚自动解冻。" in page
    assert "-¥6,000.00" in page
    assert "内部备注" not in page
    assert "已冻结" in page
    origination.take_back(change_id=cut.pk, by=By("staff:1", "corrected"), now=NOW)
    assert "恢复原样" in text(zhao_page, "/limit/")
    assert "借一笔" not in re.sub(r"<title>.*?</title>", "", text(zhao_page, "/limit/"))


def test_anothers_application_does_not_exist(zhao_page: Client, zhao: Borrower, watch: Watch) -> None:
    url = drafted(zhao_page, zhao)
    stranger = make_borrower("钱多")
    other = sign_in(Client(), stranger)
    for path in (url, f"{url}cancel/"):
        assert other.get(path).status_code == 404
    for path in ("submit/", "price/", "withdraw/", "again/", "cancel/", "sign/1/", "sign/1/code/"):
        assert other.post(f"{url}{path}").status_code == 404
    assert "¥3,000.00" not in text(other, "/limit/")
    anybody = Client()
    for path in ("/limit/", "/borrow/", "/borrow/quote/", url):
        assert "/login/" in anybody.get(path).url


def test_without_a_limit_there_is_a_way_to_a_person(client: Client, desk: object, watch: Watch) -> None:
    offer()
    page = sign_in(client, make_borrower("赵强"))
    for path in ("/limit/", "/borrow/"):
        assert "您现在还没有额度" in text(page, path)
    assert "/limit/" in text(page, "/")
