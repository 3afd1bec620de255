"""Who speaks for a firm: the representative's ID opens its pages; a credit code, a card or a stranger does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jietong.borrowers import commands, queries
from jietong.borrowers.commands_authority import appoint_representative, authorise, describe_firm, end_authority
from jietong.borrowers.models import Authority, Borrower, Device
from jietong.borrowers.rules.authority import DOES, WHOLE, scope_of
from jietong.kernel.errors import InputError
from jietong.kernel.models import Event
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower

pytestmark = pytest.mark.django_db
CODE = "91330100799655058B"
TAKEN = {"source": "授权书 2026-1", "actor": "staff:1", "now": NOW}


@pytest.fixture
def firm(desk: object) -> Borrower:
    who = make_borrower("苏州一禾商贸有限公司", id_type="uscc", id_no=CODE)
    return describe_firm(borrower_id=who.pk, credit_code=CODE, actor="staff:1", now=NOW)


def prove(who: Borrower, tail: str) -> tuple[int, str] | None:
    phone = who.contact_points.get(kind="phone").value
    return commands.prove_person(phone=phone, candidates=[who.pk], tail=tail, now=NOW)


def appoint(firm: Borrower, name: str = "沈知远", id_no: str = "320500198003034417", on: date = TODAY) -> Authority:
    return appoint_representative(borrower_id=firm.pk, name=name, id_no=id_no, since_on=on, **TAKEN)


def test_a_company_is_proved_by_its_representatives_id_and_by_nothing_public(firm: Borrower) -> None:
    assert prove(firm, CODE[-4:]) is None
    appoint(firm)
    assert prove(firm, CODE[-4:]) is None
    assert prove(firm, firm.cards.get().number[-4:]) is None
    assert prove(firm, "4417") == (firm.pk, "rep_tail")


def test_a_shop_is_proved_by_its_operators_id_or_card() -> None:
    shop = make_borrower("沈记面馆", id_type="uscc", id_no="92320500MA1XXXXX0T")
    Borrower.objects.filter(pk=shop.pk).update(kind="sole_trader")
    appoint(shop)
    assert prove(shop, "4417") == (shop.pk, "rep_tail")
    assert prove(shop, shop.cards.get().number[-4:]) == (shop.pk, "card_tail")
    assert prove(shop, "XX0T") is None


def test_the_next_representative_ends_the_one_before_and_browsers_forget_them(firm: Borrower) -> None:
    first = appoint(firm, on=TODAY - timedelta(days=400))
    commands.remember_device(borrower_id=firm.pk, proven_by="rep_tail", now=NOW)
    appoint(firm, name="顾兰", id_no="320500198505052269")
    first.refresh_from_db()
    assert first.until_on == TODAY
    assert Device.objects.get().revoked_at == NOW
    assert prove(firm, "4417") is None
    assert prove(firm, "2269") == (firm.pk, "rep_tail")
    assert [one.name for one in queries.authorities(firm.pk, on=TODAY - timedelta(days=1))] == ["沈知远"]
    kinds = Event.objects.filter(kind__startswith="borrowers.authority").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == [f"borrowers.authority_{word}" for word in ("given", "ended", "given")]


def test_a_contact_does_what_the_firm_said_and_signs_in_only_if_it_said_so(firm: Borrower) -> None:
    pays = authorise(
        borrower_id=firm.pk,
        name="会计小周",
        id_no="320500199001011234",
        knows="due",
        does=["pay"],
        since_on=TODAY,
        **TAKEN,
    )
    assert (queries.may(pays, "pay"), queries.may(pays, "documents")) == (True, False)
    assert prove(firm, "1234") is None
    opens = authorise(
        borrower_id=firm.pk, name="财务总监", id_no="320500198801015678", knows="everything", does=["sign_in"],
        since_on=TODAY, until_on=TODAY + timedelta(days=1), **TAKEN,
    )  # fmt: skip
    assert prove(firm, "5678") == (firm.pk, "rep_tail")
    end_authority(authority_id=opens.pk, until_on=TODAY, actor="staff:1", now=NOW)
    assert prove(firm, "5678") is None
    end_authority(authority_id=opens.pk, until_on=TODAY + timedelta(days=9), actor="staff:1", now=NOW)
    opens.refresh_from_db()
    assert opens.until_on == TODAY


def test_a_stranger_firms_representative_opens_nothing_here(firm: Borrower) -> None:
    other = make_borrower("杭州别家有限公司", id_type="uscc", id_no="9144030071526726XG")
    Borrower.objects.filter(pk=other.pk).update(kind="company")
    appoint(other)
    assert prove(firm, "4417") is None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"knows": "due", "does": ["sign_in"]}, ("does", "sign_in_shows_everything")),
        ({"knows": "nothing", "does": ["arrange"]}, ("does", "arranges_what_they_do_not_know")),
        ({"knows": "gossip", "does": []}, ("knows", "unknown")),
        ({"knows": "due", "does": ["marry"]}, ("does", "unknown")),
        ({"knows": "everything", "does": ["sign_in"], "id_no": ""}, ("id_no", "missing")),
        ({"knows": "due", "does": [], "name": " "}, ("name", "missing")),
        ({"knows": "due", "does": [], "until_on": TODAY}, ("until_on", "before_since")),
    ],
)
def test_a_scope_that_does_not_hold_together_is_refused(firm: Borrower, values: dict, told: tuple[str, str]) -> None:
    given = {"name": "周", "id_no": "320500199001011234", "since_on": TODAY, **TAKEN, **values}
    with pytest.raises(InputError) as refused:
        authorise(borrower_id=firm.pk, **given)
    assert (refused.value.field, refused.value.code) == told
    assert not Authority.objects.exists()


def test_a_person_speaks_for_themselves(wang: Borrower) -> None:
    with pytest.raises(InputError, match="speaks for themselves"):
        appoint(wang)
    with pytest.raises(InputError) as refused:
        describe_firm(borrower_id=wang.pk, credit_code="91330100799655058C", actor="staff:1", now=NOW)
    assert refused.value.code == "check_digit"


def test_the_representative_may_do_everything() -> None:
    assert WHOLE.fault() is None
    assert scope_of("everything", DOES) == WHOLE
