"""From a wish to a signature: decided by named reasons, disclosed before it is signed, held against the limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from jietong.contacts.models import Attempt
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.origination import commands, queries
from jietong.origination.commands import By, Proof
from jietong.origination.models import Application, ApplicationMove, Disclosure, Transfer
from jietong.origination.tests.world import READ, TERMS, apply, code_sent, offer, proved, sign, wish
from jietong.simulator.tests.cast import NOW, make_loan

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


def refused(call: object, **values: object) -> str:
    with pytest.raises((CommandRefused, InputError)) as caught:
        call(**values)  # type: ignore[operator]
    return caught.value.code


def test_a_good_wish_is_approved_at_once_and_every_move_is_a_row() -> None:
    offer()
    who, _ = proved()
    done = apply(who)
    assert (done.state, done.reasons, done.decided_by) == ("approved", [], "system:rules")
    moves = ApplicationMove.objects.filter(application=done).values_list("from_state", "to_state")
    assert list(moves) == [("draft", "submitted"), ("submitted", "approved")]
    assert Event.objects.filter(kind="origination.application_moved", borrower_id=who.pk).count() == 2
    assert commands.submit(application=done, now=NOW).state == "approved"


def test_a_draft_is_written_anew_and_takes_only_what_is_lent() -> None:
    offer()
    who, _ = proved()
    stranger, _ = proved("赵敏")
    first = commands.draft(borrower_id=who.pk, wish=wish(who), now=NOW)
    second = commands.draft(borrower_id=who.pk, wish=wish(who, amount_fen=4000_00, instalments=12), now=NOW)
    assert (first.pk, second.amount_fen) == (second.pk, 4000_00)
    mine = wish(who)
    bad = [
        (replace(mine, product_code="NO"), "product"),
        (replace(mine, amount_fen=499_99), "principal"),
        (replace(mine, instalments=9), "instalments"),
        (replace(mine, purpose="stocks"), "purpose"),
        (replace(mine, card_id=wish(stranger).card_id), "card"),
    ]
    for one, field in bad:
        with pytest.raises(InputError) as caught:
            commands.draft(borrower_id=who.pk, wish=one, now=NOW)
        assert caught.value.field == field


def test_the_late_are_declined_with_the_reason_and_a_person_may_look_again_once() -> None:
    offer()
    who, _ = proved(limit_fen=30_000_00)
    make_loan(who, paid=4)
    done = apply(who)
    assert (done.state, done.reasons) == ("declined", ["arrears"])
    asked = commands.ask_again(application=done, text="工资后天到", now=NOW)
    assert asked.state == "in_review"
    assert refused(commands.decide, application=asked, approve=True, note=" ", actor="staff:1", now=NOW) == "missing"
    back = commands.decide(application=asked, approve=False, note="先还逾期", actor="staff:1", now=NOW)
    assert back.state == "declined"
    assert refused(commands.ask_again, application=back, text="再看看", now=NOW) == "already_looked_at"
    assert Attempt.objects.filter(borrower=who, template="application_decided").count() == 1


def test_a_person_sets_arrears_aside_and_it_can_be_signed() -> None:
    offer()
    who, token = proved(limit_fen=30_000_00)
    make_loan(who, paid=4)
    asked = commands.ask_again(application=apply(who), text="", now=NOW)
    yes = commands.decide(application=asked, approve=True, note="已核实在途还款", actor="staff:1", now=NOW)
    assert yes.state == "approved"
    assert sign(yes, token).state == "signed"


def test_a_person_cannot_set_a_hard_reason_aside() -> None:
    offer()
    who, _ = proved(limit_fen=40_000_00)
    asked = apply(who, amount_fen=35_000_00)
    assert (asked.state, asked.reasons) == ("in_review", ["large"])
    commands.freeze(borrower_id=who.pk, by=By("staff:1", "risk"), now=NOW)
    assert (
        refused(commands.decide, application=asked, approve=True, note="x", actor="staff:1", now=NOW) == "hard_reason"
    )


def test_signing_wants_the_price_read_first_and_not_too_long_ago() -> None:
    offer()
    who, token = proved()
    done = apply(who)
    shown = commands.show_price(application=done, now=NOW)
    told = {"application": done, "disclosure_id": shown.pk, "proof": Proof(device_token=token)}
    assert refused(commands.sign, **told, now=NOW + timedelta(seconds=9)) == "read_first"
    assert refused(commands.sign, **told, now=NOW + timedelta(minutes=31)) == "show_again"
    assert refused(commands.sign, **{**told, "disclosure_id": 0}, now=NOW) == "missing"
    signed = commands.sign(**told, now=NOW + READ)
    assert signed.state == "signed"
    kept = Disclosure.objects.get(pk=shown.pk)
    assert (kept.confirmed_at, kept.proof, kept.text_version) == (NOW + READ, "device", "2026-11-24")
    assert dict(kept.lines)["年化综合成本（单利）"] == "14.40%"
    assert [label for label, _text in kept.lines][:3] == ["产品", "出借人", "借款金额"]  # as it was shown
    assert dict(kept.lines)["逾期时的年利率"] == "21.90%"
    assert commands.sign(**told, now=NOW + READ).pk == signed.pk
    assert Transfer.objects.filter(application=signed).count() == 1


def test_a_larger_loan_wants_a_code_sent_for_signing() -> None:
    offer()
    who, token = proved(limit_fen=20_000_00)
    done = apply(who, amount_fen=8000_00)
    shown = commands.show_price(application=done, now=NOW)
    told = {"application": done, "disclosure_id": shown.pk}
    at = NOW + READ
    assert refused(commands.sign, **told, proof=Proof(device_token=token), now=at) == "wrong"
    masked = commands.send_code(application=done, now=NOW)
    assert "****" in masked
    assert refused(commands.sign, **told, proof=Proof(code="000000"), now=at) == "wrong"
    signed = commands.sign(**told, proof=Proof(code=code_sent(who)), now=at)
    assert (signed.state, queries.confirmed_disclosure(signed.pk).proof) == ("signed", "code")


def test_a_code_for_signing_in_does_not_sign_and_another_borrowers_code_neither() -> None:
    from jietong.borrowers.commands import issue_code
    from jietong.borrowers.queries import point_for

    offer()
    who, _ = proved(limit_fen=20_000_00)
    other, _ = proved("赵敏")
    done = apply(who, amount_fen=8000_00)
    shown = commands.show_price(application=done, now=NOW)
    login = issue_code(phone=point_for(who.pk, "phone").value, now=NOW).code
    theirs = apply(other, amount_fen=1000_00)
    commands.send_code(application=theirs, now=NOW)
    for code in (login, code_sent(other)):
        told = {"application": done, "disclosure_id": shown.pk, "proof": Proof(code=code)}
        assert refused(commands.sign, **told, now=NOW + READ) == "wrong"


def test_what_changed_since_the_approval_binds_at_the_signature() -> None:
    offer()
    who, token = proved()
    done = apply(who)
    freeze = commands.freeze(borrower_id=who.pk, by=By("staff:1", "risk"), now=NOW)
    assert refused(sign, application=done, token=token) == "frozen"
    commands.take_back(change_id=freeze.pk, by=By("staff:1", "cleared"), now=NOW)
    commands.set_limit(borrower_id=who.pk, kind="cut", to_fen=2999_99, by=By("staff:1", "risk"), now=NOW)
    assert refused(sign, application=done, token=token) == "over_limit"
    assert queries.limit(who.pk).held_fen == 0


def test_a_signed_amount_is_held_so_a_second_draw_gets_only_the_rest() -> None:
    offer()
    who, token = proved(limit_fen=5000_00)
    one, two = apply(who, amount_fen=3000_00), apply(who, amount_fen=3000_00)
    assert one.state == two.state == "approved"  # an approval holds nothing yet
    sign(one, token)
    view = queries.limit(who.pk)
    assert (view.held_fen, view.room_fen) == (3000_00, 2000_00)
    assert refused(sign, application=two, token=token) == "over_limit"


def test_a_new_version_does_not_change_what_was_applied_for() -> None:
    version = offer()
    who, token = proved()
    done = apply(who)
    offer(replace(TERMS, rate=Decimal("0.2")), from_on=(NOW + DAY).date(), now=NOW)
    later = sign(done, token, now=NOW + 2 * DAY)
    assert (later.state, later.version_id) == ("signed", version.pk)


def test_what_nobody_comes_back_to_expires_and_what_is_signed_cannot_be_withdrawn() -> None:
    offer()
    who, token = proved()
    waiting, draft = apply(who), commands.draft(borrower_id=who.pk, wish=wish(who), now=NOW)
    assert commands.expire_due(now=NOW + 6 * DAY) == 0
    assert commands.expire_due(now=NOW + 8 * DAY) == 2
    assert set(Application.objects.values_list("state", flat=True)) == {"expired"}
    assert refused(commands.withdraw, application=draft, now=NOW) == "too_late"
    assert refused(sign, application=waiting, token=token) == "not_approved"
    fresh = apply(who)
    assert commands.withdraw(application=fresh, now=NOW).state == "withdrawn"
    signed = sign(apply(who), token)
    assert refused(commands.withdraw, application=signed, now=NOW) == "too_late"


def test_an_application_exists_for_its_borrower_only() -> None:
    offer()
    who, _ = proved()
    stranger, _ = proved("赵敏")
    done = apply(who)
    assert queries.application(done.ref, borrower_id=stranger.pk) is None
    assert queries.applications_of(stranger.pk) == []
