"""The promise form says what will be owed on the chosen day; addresses that only take forms can be read again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.desk.tests.helpers import signed_in
from jietong.kernel.money import show_yuan, yuan
from jietong.loans.queries import book as loans
from jietong.simulator.tests.cast import TODAY

pytestmark = pytest.mark.django_db


def owed(borrower, days):
    day = TODAY + timedelta(days=days)
    return sum(view.due_now_fen for view in loans.loans_of(borrower.pk, on=day))


def test_the_amount_grows_with_the_penalty_until_the_chosen_day(lin, wang, in_hand):
    today, later = owed(wang, 0), owed(wang, 2)
    a_day = sum(view.penalty_per_day_fen for view in loans.loans_of(wang.pk, on=TODAY))
    assert 0 < later - today <= 2 * a_day + 2
    client, address = signed_in(lin), f"/desk/c/{in_hand.ref}/owed/"
    asked = {"due_on": (TODAY + timedelta(days=2)).isoformat(), "amount": yuan(today), "suggested": yuan(today)}
    answer = client.get(address, asked).content.decode()
    assert show_yuan(later) in answer
    assert f'value="{yuan(later)}" data-key="p" hx-swap-oob="true"' in answer
    typed = client.get(address, asked | {"amount": "100"}).content.decode()
    assert show_yuan(later) in typed
    assert "hx-swap-oob" not in typed


@pytest.mark.parametrize("day", ["", "soon", "2020-01-01", "2999-01-01"])
def test_a_day_that_cannot_be_promised_is_told_as_today(lin, wang, in_hand, day):
    answer = signed_in(lin).get(f"/desk/c/{in_hand.ref}/owed/", {"due_on": day}).content.decode()
    assert show_yuan(owed(wang, 0)) in answer


def test_a_stranger_learns_no_amount(client, zhou, in_hand):
    address = f"/desk/c/{in_hand.ref}/owed/"
    assert client.get(address).status_code == 302
    assert signed_in(zhou).get(address).status_code == 404


def test_the_addresses_of_forms_can_be_read_again(lin, in_hand):
    client = signed_in(lin)
    page = client.get("/desk/search/?q=王霞")
    assert page.status_code == 200
    assert "C0" not in page.content.decode().split("在上面的框里写")[1].split("</main>")[0]
    assert client.get(f"/desk/c/{in_hand.ref}/promise/")["Location"] == f"/desk/c/{in_hand.ref}/"


def test_a_stranger_is_sent_away_from_them(client, zhou, in_hand):
    assert client.get("/desk/search/").status_code == 302
    assert signed_in(zhou).get(f"/desk/c/{in_hand.ref}/promise/").status_code == 404


def test_without_the_script_one_button_settles(lin, in_hand):
    page = signed_in(lin).get(f"/desk/c/{in_hand.ref}/").content.decode()
    assert '<noscript><link rel="stylesheet" href="/static/desk/nojs' in page
    assert page.count('class="btn no-js"') == 1
