"""The borrower signs, limits and takes back the leave to debit each card, and reads why nothing is debited."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from jietong.borrowers.commands import record_circumstance
from jietong.borrowers.models import Borrower, BoundCard
from jietong.contacts import commands as contacts
from jietong.contacts.models import Attempt
from jietong.deduction import queries
from jietong.deduction.models import Debit, Mandate, Refund
from jietong.deduction.tests.world import leave, owing
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db


def fields(page: str) -> dict[str, str]:
    found = re.search(r'name="shown" value="([0-9a-f]+)"', page)
    assert found is not None
    return {"shown": found[1]}


def mandate_code() -> str:
    return Attempt.objects.filter(template="mandate_code").latest("pk").variables["code"]


def sign(page: Client, card: BoundCard, **more: str) -> str:
    address = f"/auto/sign/{card.pk}/"
    told = fields(page.get(address).content.decode()) | {"agree": "yes", **more}
    page.post(address, told | {"send": "1"})
    answer = page.post(address, told | {"code": mandate_code()}, follow=True)
    return answer.content.decode()


def test_a_card_is_signed_from_the_page_and_stands_last(wang_page: Client, wang: Borrower) -> None:
    card = wang.cards.get()
    front = wang_page.get("/auto/").content.decode()
    assert f"/auto/sign/{card.pk}/" in front
    assert "一天最多试 3 次" in front
    page = wang_page.get(f"/auto/sign/{card.pk}/").content.decode()
    assert "不扣别的" in page
    assert 'value="yes" checked' not in page  # consent is never given beforehand
    assert card.number not in page
    assert "授权好了" in sign(wang_page, card, limit="500", day_limit="800")
    row = Mandate.objects.get()
    assert (row.limit_fen, row.day_limit_fen, row.card_id) == (500_00, 800_00, card.pk)
    assert wang_page.get(f"/auto/sign/{card.pk}/").url == "/auto/"  # type: ignore[attr-defined]


def test_what_was_typed_stays_while_the_code_is_sent_and_nothing_is_signed_by_halves(
    wang_page: Client, wang: Borrower
) -> None:
    address = f"/auto/sign/{wang.cards.get().pk}/"
    told = fields(wang_page.get(address).content.decode()) | {"limit": "12.34"}
    shown = wang_page.post(address, told | {"send": "1"}).content.decode()
    assert 'value="12.34"' in shown
    assert "验证码发到了" in shown
    for wrong, said in (
        ({"code": mandate_code()}, "勾上同意"),
        ({"agree": "yes", "code": "12"}, "验证码不对"),
        ({"agree": "yes", "code": mandate_code(), "limit": "-5"}, "限额要大于 0"),
        ({"agree": "yes", "code": mandate_code(), "limit": "9", "day_limit": "8"}, "不能比每次的还小"),
    ):
        answer = wang_page.post(address, told | wrong)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert not Mandate.objects.exists()


def test_limits_and_the_end_of_the_leave(wang_page: Client, wang: Borrower) -> None:
    sign(wang_page, wang.cards.get(), limit="500")
    row = Mandate.objects.get()
    address = f"/auto/card/{row.pk}/"
    page = wang_page.get(address).content.decode()
    assert "我设的限额：每次 ¥500.00" in page
    assert 'value="500.00"' in page
    assert wang_page.post(address, {"limit": "300"}).url == "/auto/"  # type: ignore[attr-defined]
    assert "调高要用验证码" in wang_page.post(address, {"limit": "400"}).content.decode()
    assert "授权解除了" in wang_page.post(f"{address}end/", follow=True).content.decode()
    assert queries.mandates(wang.pk) == []
    assert wang_page.get(address).status_code == 404


def test_a_strangers_card_is_not_there(wang_page: Client, wang: Borrower) -> None:
    stranger, _loan = owing("别人")
    row, card = leave(stranger), BoundCard.objects.get(borrower=stranger)
    for address in (f"/auto/sign/{card.pk}/", f"/auto/card/{row.pk}/"):
        assert wang_page.get(address).status_code == 404
        assert wang_page.post(address, {"send": "1"}).status_code == 404
        assert Client().get(address).status_code == 302
    assert wang_page.post(f"/auto/card/{row.pk}/end/").status_code == 404
    row.refresh_from_db()
    assert row.ended_at is None
    assert not Attempt.objects.filter(template="mandate_code").exists()


@pytest.mark.parametrize(
    ("reason", "refusal", "said"),
    [
        ("hardship_plan", "plan", "按约定的还"),
        ("open_dispute", "dispute", "处理完之前不扣"),
        ("promise_active", "promised", "约好了日子"),
        ("deceased", "deceased", "专员先看一看"),
    ],
)
def test_whatever_stops_contact_for_the_borrowers_sake_stops_debits_and_is_shown(
    wang_page: Client, wang: Borrower, reason: str, refusal: str, said: str
) -> None:
    leave(wang)
    if reason == "deceased":
        record_circumstance(borrower_id=wang.pk, kind=reason, source="test", actor="staff:1", now=NOW)
    else:
        contacts.place_stop(borrower_id=wang.pk, reason=reason, source="plan:1", actor="staff:1", now=NOW)
    assert queries.stopped(wang.pk, now=NOW) == refusal
    page = wang_page.get("/auto/").content.decode()
    assert "没在扣" in page
    assert said in page


def test_money_that_went_twice_is_on_the_loans_page_until_it_is_back(wang_page: Client, wang: Borrower) -> None:
    row, loan = leave(wang), wang.loans.get()
    debit = Debit.objects.create(
        key="K1", borrower_id=wang.pk, loan=loan, business_date=TODAY, cause="due", planned_at=NOW, not_before=NOW,
        expires_at=NOW, mandate=row, state="succeeded", amount_fen=100, taken_fen=100, paid_at=NOW, claimed_at=NOW,
    )  # fmt: skip
    refund = Refund.objects.create(
        key="RK1-1", debit=debit, borrower_id=wang.pk, amount_fen=100_00, reason="double", of_ref="C2", ordered_at=NOW,
        due_by=NOW + timedelta(hours=5), next_at=NOW,
    )  # fmt: skip
    page = f"/loans/{loan.ref}/"
    assert "扣了两次，¥100.00 正在退回，今天办" in wang_page.get(page).content.decode()
    Refund.objects.filter(pk=refund.pk).update(state="done", done_at=NOW)
    assert "退回</p>" in wang_page.get(page).content.decode()
