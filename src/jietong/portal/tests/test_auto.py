"""自动扣款: the borrower sees what is on its way, what failed and what to do, and holds the switch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from jietong.contacts.models import Contact
from jietong.deduction import commands as deduction
from jietong.deduction import queries
from jietong.deduction.models import Debit, Mandate, Suspension
from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.tests.world import leave, owing, planned
from jietong.routing import commands as routing
from jietong.simulator.tests.cast import NOW

pytestmark = pytest.mark.django_db


def on_its_way(who) -> Debit:
    """A debit that the channel has."""
    leave(who)
    debit = planned(who.loans.get())
    assert deduction.sending.claim(debit.pk, now=NOW, channel_is_set=True) is not None
    return Debit.objects.get(pk=debit.pk)


def fails(debit: Debit, code: str) -> None:
    deduction.take_answer(Told(debit.key, Outcome.FAILED, code), source="query", now=NOW)


def test_money_on_its_way_is_shown_so_that_nobody_pays_it_twice(wang_page: Client, wang) -> None:
    debit = on_its_way(wang)
    amount = f"¥{debit.amount_fen / 100:,.2f}"
    for address in ("/", "/ways/", "/auto/"):
        assert f"正在扣款 {amount}，请别重复还" in wang_page.get(address).content.decode()


def test_a_failed_debit_says_why_and_what_now_on_the_front_page(wang_page: Client, wang) -> None:
    fails(on_its_way(wang), "51")
    home = wang_page.get("/").content.decode()
    assert "自动扣款没扣成：余额不足" in home
    assert "往这张卡里存够钱" in home
    page = wang_page.get("/auto/").content.decode()
    assert "没扣成：余额不足" in page
    assert "尾号 0001" in page


def test_cards_stand_in_the_borrowers_order_and_only_their_ends_are_shown(wang_page: Client, wang) -> None:
    first, second = leave(wang, tail="1111"), leave(wang, tail="2222")
    number = wang.cards.get().number
    page = wang_page.get("/auto/").content.decode()
    assert page.index("尾号 1111") < page.index("尾号 2222")
    assert number not in page
    assert wang_page.post("/auto/order/", {"card": second.pk}).url == "/auto/"
    assert [row.pk for row in queries.mandates(wang.pk)] == [second.pk, first.pk]


def test_switching_off_says_what_follows_and_can_be_undone(wang_page: Client, wang) -> None:
    leave(wang)
    page = wang_page.get("/auto/off/").content.decode()
    assert "要还的钱一分不少" in page
    wang_page.post("/auto/off/")
    assert queries.stopped(wang.pk, now=NOW) == "switched_off"
    assert "打开自动扣款" in wang_page.get("/auto/").content.decode()
    wang_page.post("/auto/on/")
    assert queries.stopped(wang.pk, now=NOW) == ""


def test_i_have_paid_stops_debits_and_has_an_owner_and_a_time(wang_page: Client, wang, desk) -> None:
    leave(wang)
    answer = wang_page.post("/auto/paid/")
    contact = Contact.objects.get()
    assert answer.url == f"/matters/{contact.ref}/"
    assert contact.reply_by > NOW
    assert contact.owner_team == desk
    held = Suspension.objects.get()
    assert (held.reason, held.source) == ("claims_paid", f"contact:{contact.pk}")
    assert "专员正在查" in wang_page.get("/auto/").content.decode()


def test_the_form_of_who_has_paid_stops_debits_too(wang_page: Client, wang, desk) -> None:
    wang_page.post("/form/", {"topic": "paid", "text": "昨天已经还了"})
    assert queries.stopped(wang.pk, now=NOW) == "claims_paid"


def test_debits_go_on_when_the_claim_was_looked_at(wang, desk, lin) -> None:
    from jietong.deduction.commands import on_contact_settled
    from jietong.kernel.models import Event

    contact = routing.ask_for_person(
        borrower_id=wang.pk, channel="form", intent="repay_failed", text="还了", actor="borrower", now=NOW
    )
    deduction.claim_paid(borrower_id=wang.pk, source=f"contact:{contact.pk}", actor="borrower", now=NOW)
    event = Event(kind="contacts.contact_settled", subject=f"contact:{contact.pk}", borrower_id=wang.pk,
                  actor="staff:1", at=NOW + timedelta(hours=1))  # fmt: skip
    for _ in range(2):
        on_contact_settled(event)
    assert queries.stopped(wang.pk, now=NOW + timedelta(hours=1)) == ""


def test_once_more_now_is_the_borrowers_own_word(wang_page: Client, wang) -> None:
    leave(wang)
    ref = wang.loans.get().ref
    assert "现在再扣一次" in wang_page.get("/auto/").content.decode()
    wang_page.post("/auto/again/", {"ref": ref})
    debit = Debit.objects.get()
    assert (debit.cause, debit.state) == ("asked", "planned")
    assert debit.consent
    wang_page.post("/auto/off/")
    Debit.objects.update(state="withheld")
    page = wang_page.post("/auto/again/", {"ref": ref}, follow=True).content.decode()
    assert "现在没有扣：自动扣款已关闭" in page


def test_a_stranger_changes_nothing_of_anothers(wang_page: Client, wang) -> None:
    stranger, loan = owing("别人")
    card = leave(stranger)
    other = leave(stranger, tail="2222")
    for address in ("/auto/order/", "/auto/well/"):
        for value in (other.pk, "x", "9" * 30):
            wang_page.post(address, {"card": value})
    wang_page.post("/auto/again/", {"ref": loan.ref})
    assert [row.pk for row in queries.mandates(stranger.pk)] == [card.pk, other.pk]
    assert not Debit.objects.exists()
    page = wang_page.get("/auto/").content.decode()
    assert not [tail for tail in (card.tail, other.tail) if f"尾号 {tail}" in page]
    assert Client().get("/auto/").status_code == 302
    assert Mandate.objects.filter(out_since=None).count() == 2
