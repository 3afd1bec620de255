"""A change of creditor is told before anybody reminds of the debt, by an attempt like any; a mistake too."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from jietong.borrowers.models import Borrower, Circumstance
from jietong.contacts import commands, queries
from jietong.contacts.commands import notices
from jietong.contacts.commands.attempts import Plan
from jietong.contacts.models import Attempt, Decision
from jietong.contacts.texts import catalogue, render
from jietong.kernel.models import Event
from jietong.loans import commands as loans
from jietong.loans.models import ChangeNotice, ClaimChange, Loan
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.django_db
TAKER = "远山资产管理有限公司"


def change(who: Borrower, *, on_day: object = TODAY, pay_to: str = "", reference: str = "ZR-1") -> ClaimChange:
    return loans.transfer_claim(
        loan_ref=Loan.objects.get(borrower=who).ref, taker=TAKER, effective_on=on_day, reference=reference,
        hotline="400-820-0000", pay_to=pay_to, actor="staff:1", now=NOW,
    )  # fmt: skip


def hear(kind: str) -> None:
    for event in Event.objects.filter(kind=kind):
        handler = notices.on_creditor_changed if kind == "loans.creditor_changed" else notices.on_creditor_change_undone
        handler(event)


def send_all(now: datetime = NOW) -> None:
    commands.release_due(now=now)
    for key in Attempt.objects.filter(state="sending", provider_ref="").values_list("pk", flat=True):
        commands.send_attempt(attempt_id=key, now=now)


def remind(who: Borrower, key: str, *, now: datetime = NOW) -> Attempt:
    wanted = Plan(
        key=key, borrower_id=who.pk, channel="sms", purpose="collection", template="past_due_1", not_before=now,
        expires_at=now + timedelta(hours=6),
    )  # fmt: skip
    commands.plan(wanted, now=now)
    commands.release_due(now=now)
    return Attempt.objects.get(key=key)


def test_the_notice_says_from_when_whom_how_and_who_answers_and_no_amount(wang: Borrower, settings) -> None:
    settings.DEMO = True
    made = change(wang, pay_to="远山资产对公账户 310000，附言写借据号")
    hear("loans.creditor_changed")
    hear("loans.creditor_changed")
    sms = Attempt.objects.get(channel="sms")
    assert (sms.template, sms.purpose, Attempt.objects.count()) == ("claim_transferred", "service", 2)
    commands.release_due(now=NOW)
    commands.send_attempt(attempt_id=sms.pk, now=NOW)
    sms.refresh_from_db()
    for word in ("2026 年 11 月 24 日", "青禾消费金融有限公司", TAKER, "附言写借据号", "400-820-0000", "债权转让通知"):
        assert word in sms.body
    assert not [word for word in ("¥", "元", "逾期", "欠") if word in sms.body]
    assert Decision.objects.filter(attempt=sms, allowed=True).count() == 1
    assert list(ChangeNotice.objects.values_list("change", "how")) == [(made.pk, "sms")]


def test_nobody_reminds_of_the_debt_before_the_borrower_was_told(wang: Borrower, settings) -> None:
    settings.DEMO = True
    change(wang)
    held = remind(wang, "before")
    assert (held.state, held.refusal, held.rule) == ("refused", "transfer_not_told", "cn.id.transfer_notice")
    hear("loans.creditor_changed")
    Attempt.objects.filter(channel="email").delete()
    send_all()
    after = remind(wang, "after", now=NOW + timedelta(minutes=5))
    assert after.state == "sending"
    assert TAKER in after.body


def test_a_change_announced_for_later_holds_nothing_up_and_the_reminder_names_the_creditor_of_its_day(
    wang: Borrower,
) -> None:
    change(wang, on_day=TODAY + timedelta(days=10))
    sent = remind(wang, "now")
    assert sent.state == "sending"
    assert "青禾消费金融有限公司" in sent.body
    assert TAKER not in sent.body
    assert "debt_transfer_not_told" in queries.flags(wang.pk, now=NOW + timedelta(days=10))


def test_an_undone_change_that_was_not_told_is_never_told(wang: Borrower) -> None:
    made = change(wang)
    hear("loans.creditor_changed")
    loans.undo_change(change_id=made.pk, reason="录错", actor="staff:1", now=NOW)
    hear("loans.creditor_change_undone")
    assert set(Attempt.objects.values_list("state", "error")) == {("expired", "the change was undone")}
    assert remind(wang, "goes").state == "sending"


def test_an_undone_change_that_was_told_is_corrected_once(wang: Borrower, settings) -> None:
    settings.DEMO = True
    made = change(wang)
    hear("loans.creditor_changed")
    Attempt.objects.filter(channel="email").delete()
    send_all()
    loans.undo_change(change_id=made.pk, reason="录错", actor="staff:1", now=NOW)
    hear("loans.creditor_change_undone")
    hear("loans.creditor_change_undone")
    later = NOW + timedelta(minutes=1)
    commands.release_due(now=later)
    corrected = Attempt.objects.get(template="creditor_change_undone", channel="sms")
    assert "作废" in corrected.body
    assert "权利人仍是青禾消费金融有限公司" in corrected.body


def test_a_notice_is_refused_like_any_attempt_and_the_refusal_is_named(wang: Borrower) -> None:
    Circumstance.objects.create(borrower=wang, kind="deceased", source="family", since=NOW)
    made = change(wang)
    hear("loans.creditor_changed")
    commands.release_due(now=NOW)
    assert {(one.state, one.refusal) for one in queries.creditor_notices(made.pk)} == {("refused", "deceased")}
    assert not ChangeNotice.objects.exists()


def test_two_creditors_are_both_named_and_a_settled_loans_is_not(wang: Borrower) -> None:
    make_loan(wang, paid=12)
    second = make_loan(wang, paid=4)
    loans.transfer_claim(
        loan_ref=second.ref, taker=TAKER, effective_on=TODAY, reference="ZR-9", hotline="4008", actor="staff:1", now=NOW
    )
    loans.record_notice(change_id=ClaimChange.objects.get().pk, how="letter", actor="staff:1", now=NOW)
    assert f"青禾消费金融有限公司、{TAKER}" in remind(wang, "k").body


def test_a_strangers_change_holds_up_nobody_else(wang: Borrower) -> None:
    stranger = make_borrower("赵强")
    make_loan(stranger, paid=4)
    change(stranger)
    assert remind(wang, "k").state == "sending"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_notice_can_be_filled_in_both_languages(language: str) -> None:
    told = dict.fromkeys(("tail", "day", "giver", "taker", "pay", "hotline", "creditor"), "x")
    for code in (*commands.attempts.NOTICES, "creditor_change_undone"):
        filled = render(code, told, language=language)
        assert filled.subject
        assert "$" not in filled.body
    assert catalogue("zh").keys() == catalogue("en").keys()
