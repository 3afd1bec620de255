"""What was reported wrongly is corrected by a time, by somebody, and the borrower is told. Nothing is deleted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from jietong.bureau.commands import (
    decide_dispute,
    on_history_rewritten,
    on_repayment_reversed,
    open_dispute,
    own_fault,
    prepare,
    prepare_corrections,
    watch,
)
from jietong.bureau.models import Batch, Correction, Held, Report
from jietong.bureau.tests.world import DUE, OCTOBER, close, lend, news, noon
from jietong.contacts.models import Attempt, StopReason
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.commands import record_repayment, reverse_repayment
from jietong.loans.models import Loan
from jietong.loans.queries.book import loans_of

pytestmark = pytest.mark.django_db
FIRST, LATER = date(2026, 11, 2), date(2026, 11, 12)


@pytest.fixture
def loan() -> Loan:
    """Late since 15 October, told, and reported so for October."""
    loan = lend()
    close(DUE, date(2026, 10, 31))
    prepare(month=OCTOBER, actor="staff:1", now=noon(FIRST))
    return loan


def pay(loan: Loan, receipt: str, on: date, told_on: date, fen: int | None = None) -> None:
    owed = fen or loans_of(loan.borrower_id, on=DUE)[0].due_now_fen
    record_repayment(
        receipt=receipt, loan_ref=loan.ref, amount_fen=owed, paid_at=noon(on), actor="bank", now=noon(told_on)
    )


def correct(on: date) -> Batch | None:
    return prepare_corrections(actor="staff:1", now=noon(on))


def test_money_that_had_come_in_time_makes_a_correction_that_names_the_original(loan: Loan) -> None:
    original = Report.objects.get()
    pay(loan, "A", DUE, LATER)
    event = news("loans.history_rewritten")
    on_history_rewritten(event)
    on_history_rewritten(event)
    found = Correction.objects.get()
    assert (found.cause, found.state, found.report) == ("back_dated", "open", original)
    assert (found.due_at, found.owner_team.code) == (noon(LATER) + timedelta(days=20), "rights")
    assert Attempt.objects.get(key=found.told_open_key).template == "bureau_correction"
    batch = correct(LATER)
    assert batch is not None
    fresh = batch.reports.get()
    assert (fresh.corrects, fresh.version, fresh.days_past_due, fresh.adverse) == (original, 2, 0, False)
    assert Report.objects.filter(pk=original.pk, adverse=True).exists()
    found.refresh_from_db()
    assert (found.state, found.reported_at) == ("reported", noon(LATER))
    assert Attempt.objects.get(key=found.told_done_key).template == "bureau_corrected"
    assert correct(LATER) is None


def test_news_about_days_that_were_never_reported_corrects_nothing(loan: Loan) -> None:
    close(date(2026, 11, 1), LATER)
    pay(loan, "A", date(2026, 11, 3), LATER)
    for event in Event.objects.filter(kind="loans.history_rewritten"):
        on_history_rewritten(event)
    assert not Correction.objects.exists()


def test_a_reversal_makes_a_good_report_wrong_and_what_it_adds_needs_its_notice() -> None:
    loan = lend()
    pay(loan, "A", DUE, DUE)
    close(DUE, date(2026, 10, 31))
    prepare(month=OCTOBER, actor="staff:1", now=noon(FIRST))
    original = Report.objects.get()
    assert (original.adverse, original.days_past_due) == (False, 0)
    reverse_repayment(receipt="A", reason="退票", actor="bank", now=noon(LATER))
    on_repayment_reversed(news("loans.repayment_reversed"))
    on_history_rewritten(news("loans.history_rewritten"))
    assert Correction.objects.get().cause == "reversal"
    correct(LATER)
    blank = Report.objects.get(version=2)
    assert (blank.adverse, blank.withheld, blank.days_past_due) == (False, "no_notice", None)
    assert Held.objects.get().report == blank
    close(LATER, LATER + timedelta(days=6))
    correct(LATER + timedelta(days=6))
    told = Report.objects.get(version=3)
    assert (told.adverse, told.days_past_due, told.corrects) == (True, 16, blank)
    assert told.notice_at < told.reported_at


def test_an_upheld_dispute_strikes_the_adverse_item_whatever_the_book_says(loan: Loan) -> None:
    report = Report.objects.get()
    dispute = open_dispute(
        report_id=report.pk, borrower_id=loan.borrower_id, text="系统扣款失败", actor="borrower:1", now=noon(FIRST)
    )
    told = {"dispute_id": dispute.pk, "upheld": True, "actor": "staff:2", "now": noon(LATER)}
    with pytest.raises(InputError):
        decide_dispute(answer=" ", **told)
    decide_dispute(answer="渠道故障，是我们的问题", **told)
    with pytest.raises(CommandRefused):
        decide_dispute(answer="再来一次", **told)
    assert not StopReason.objects.filter(lifted_at=None).exists()
    assert Correction.objects.get().cause == "dispute"
    correct(LATER)
    struck = Report.objects.get(version=2)
    assert (struck.adverse, struck.withheld, struck.days_past_due) == (False, "struck", None)
    assert not Held.objects.exists()
    pay(loan, "A", LATER, LATER)
    correct(LATER)
    assert Report.objects.count() == 2


def test_a_rejected_dispute_changes_nothing_but_has_its_answer(loan: Loan) -> None:
    report = Report.objects.get()
    dispute = open_dispute(
        report_id=report.pk, borrower_id=loan.borrower_id, text="不是我", actor="borrower:1", now=noon(FIRST)
    )
    decided = decide_dispute(
        dispute_id=dispute.pk, upheld=False, answer="合同和放款都核对过", actor="staff:2", now=noon(LATER)
    )
    assert (decided.state, decided.answer) == ("rejected", "合同和放款都核对过")
    assert not Correction.objects.exists()


def test_our_own_fault_that_turns_out_to_be_none_closes_without_a_report(loan: Loan) -> None:
    report = Report.objects.get()
    own_fault(report_id=report.pk, note="疑似报错债权人", strike=False, actor="staff:1", now=noon(FIRST))
    assert correct(FIRST) is None
    assert Correction.objects.get().state == "not_needed"
    own_fault(report_id=report.pk, note="告知发错了人", strike=True, actor="staff:1", now=noon(FIRST))
    correct(FIRST)
    with pytest.raises(CommandRefused) as refused:
        own_fault(report_id=report.pk, note="再报一次", strike=True, actor="staff:1", now=noon(FIRST))
    assert refused.value.code == "corrected_already"


def test_a_deadline_that_comes_near_is_told_once_to_the_owner_and_once_above(loan: Loan) -> None:
    own_fault(report_id=Report.objects.get().pk, note="报错", strike=True, actor="staff:1", now=noon(FIRST))
    counts = [watch(business_date=FIRST, now=noon(FIRST) + timedelta(days=n)) for n in (5, 13, 14, 17, 18)]
    assert [(c["reminded"], c["escalated"]) for c in counts] == [(0, 0), (1, 0), (0, 0), (0, 1), (0, 0)]
    assert Event.objects.filter(kind__in=["bureau.correction_reminded", "bureau.correction_escalated"]).count() == 2
