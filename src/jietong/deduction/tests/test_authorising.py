"""Leave to debit is signed by the borrower with a code, narrowed by a word, taken back at once; what was too much
stands in the ledger until it has gone back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from jietong.borrowers.models import Borrower, BoundCard
from jietong.borrowers.queries import bound_cards
from jietong.contacts.models import Attempt
from jietong.deduction import authorisation, commands, queries
from jietong.deduction.models import Authorisation, Debit, Mandate, Refund
from jietong.deduction.policies import policy
from jietong.deduction.rules import limits
from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.tests.world import leave, owing, planned
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.models import Posting
from jietong.loans.tests.replay_world import balance
from jietong.simulator.tests.cast import NOW, make_borrower

FEN = st.none() | st.integers(1, 5)


@settings(deadline=None)
@given(FEN, FEN)
def test_more_leave_is_named_more_and_never_both_ways(old: int | None, new: int | None) -> None:
    whole = 10**9
    assert limits.widens(old, new) == ((new or whole) > (old or whole))
    assert not (limits.widens(old, new) and limits.widens(new, old))


def code_of(who: Borrower) -> str:
    commands.send_mandate_code(borrower_id=who.pk, tail="1234", now=NOW)
    return Attempt.objects.filter(template="mandate_code").latest("pk").variables["code"]


def shown(card: tuple[str, str]) -> str:
    return authorisation.fingerprint(authorisation.paragraphs(bank=card[0], tail=card[1], policy=policy()))


def authorise(who: Borrower, code: str, *, key: int | None = None, text: str = "", **more: int) -> Mandate:
    cards = bound_cards(who.pk)
    key = key or next(iter(cards))
    return commands.authorise_card(
        borrower_id=who.pk, card_id=key, shown=text or shown(cards.get(key, ("", ""))), code=code, actor="borrower",
        now=NOW, **more,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_card_is_signed_with_the_text_the_limits_and_a_code(wang: Borrower) -> None:
    row = authorise(wang, code_of(wang), limit_fen=500_00, day_limit_fen=800_00)
    number = BoundCard.objects.get(borrower=wang).number
    kept = Authorisation.objects.get(mandate=row)
    assert (kept.limit_fen, kept.day_limit_fen, kept.proved_by, kept.language) == (500_00, 800_00, "code", "zh-hans")
    assert kept.sha256 == authorisation.fingerprint(kept.text)
    assert "每次 ¥500.00；每天 ¥800.00" in kept.text[-1]
    assert f"尾号 {row.tail}" in kept.text[0]
    assert "08:00 到 20:00" in kept.text[1]
    assert number not in str(kept.text)
    with pytest.raises(CommandRefused) as refused:
        authorise(wang, code_of_later(wang))
    assert refused.value.code == "card_has_mandate"
    with pytest.raises(ProgrammingError), transaction.atomic():
        Authorisation.objects.update(limit_fen=None)


def code_of_later(who: Borrower) -> str:
    from jietong.borrowers.models import LoginCode

    LoginCode.objects.update(sent_at=NOW - timedelta(hours=2))
    return code_of(who)


@pytest.mark.django_db
def test_nothing_is_signed_without_the_right_code_text_or_card(wang: Borrower) -> None:
    code = code_of(wang)
    stranger = make_borrower("别人")
    theirs = BoundCard.objects.get(borrower=stranger).pk
    for change, error in (
        ({"code": "000000" if code != "000000" else "111111"}, ("code", "wrong")),
        ({"code": ""}, ("code", "wrong")),
        ({"key": theirs}, ("card", "unknown")),
        ({"limit_fen": 0}, ("limit", "not_positive")),
        ({"limit_fen": 5, "day_limit_fen": 4}, ("day_limit", "below_single")),
    ):
        with pytest.raises(InputError) as wrong:
            authorise(wang, **({"code": code} | change))
        assert (wrong.value.field, wrong.value.code) == error
    with pytest.raises(CommandRefused) as refused:
        authorise(wang, code, text="0" * 64)
    assert refused.value.code == "show_again"
    assert not Mandate.objects.exists()
    with pytest.raises(InputError):  # another's code signs nothing of mine
        authorise(stranger, code)


@pytest.mark.django_db
def test_limits_are_lowered_by_a_word_and_raised_by_a_code(wang: Borrower) -> None:
    row = authorise(wang, code_of(wang), limit_fen=500_00)

    def change(limit: int | None, code: str = "", who: Borrower = wang) -> Mandate:
        return commands.change_limits(
            borrower_id=who.pk, mandate_id=row.pk, limit_fen=limit, day_limit_fen=None, code=code, actor="b", now=NOW
        )

    assert change(300_00).limit_fen == 300_00
    for wider in (400_00, None):
        with pytest.raises(InputError) as wrong:
            change(wider)
        assert wrong.value.field == "code"
    assert change(None, code_of_later(wang)).limit_fen is None
    assert list(Authorisation.objects.order_by("pk").values_list("proved_by", flat=True)) == [
        "code", "narrower", "code",
    ]  # fmt: skip
    with pytest.raises(InputError) as theirs:
        change(100, who=make_borrower("别人"))
    assert theirs.value.field == "mandate"


@pytest.mark.django_db
def test_a_card_that_was_taken_back_is_not_debited_and_may_be_given_again(wang: Borrower) -> None:
    row = authorise(wang, code_of(wang))
    debit = planned(wang.loans.get())
    commands.end_mandate(borrower_id=wang.pk, mandate_id=row.pk, reason="borrower", actor="borrower", now=NOW)
    assert commands.sending.claim(debit.pk, now=NOW, channel_is_set=True) is None
    debit.refresh_from_db()
    assert (debit.state, debit.reason) == ("withheld", "no_mandate")
    again = authorise(wang, code_of_later(wang))
    assert (again.agreement, again.pk == row.pk) == (row.agreement, False)  # the channel knows the card as before


@pytest.mark.django_db
def test_what_was_debited_twice_stands_in_the_ledger_until_it_has_gone_back() -> None:
    who, loan = owing()
    leave(who)
    debit = planned(loan)
    assert commands.sending.claim(debit.pk, now=NOW, channel_is_set=True) is not None
    debit = Debit.objects.get(pk=debit.pk)
    for ref in ("CH1", "CH2", "CH2"):
        told = Told(debit.key, Outcome.SUCCEEDED, "00", debit.amount_fen, ref, NOW)
        commands.take_answer(told, source="notice", now=NOW)
    refund = Refund.objects.get()
    fen = refund.amount_fen
    assert (balance(loan, "channel_clearing"), balance(loan, "refund_payable")) == (fen, -fen)
    cash = balance(loan, "cash")
    commands.paid_back_by_hand(key=refund.key, channel_ref="B-77", actor="staff:1", now=NOW + timedelta(hours=1))
    assert (balance(loan, "channel_clearing"), balance(loan, "refund_payable"), balance(loan, "cash")) == (0, 0, cash)
    assert Posting.objects.filter(loan=loan, kind="refund").count() == 2
    assert Event.objects.filter(kind="deduction.refunded", borrower_id=who.pk).count() == 1
    assert [one.pk for one in queries.refunds_of_loan(loan.pk)] == [refund.pk]
