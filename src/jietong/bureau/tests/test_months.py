"""A month's run: said once, nothing adverse before its notice, what is held has an owner and a time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from jietong.bureau.commands import open_dispute, plan_notices, prepare, prepare_corrections
from jietong.bureau.models import Batch, Held, Notice, Report
from jietong.bureau.tests.world import DUE, OCTOBER, close, given, lend, noon, send_all
from jietong.contacts.models import Attempt, Decision, StopReason
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.commands import record_repayment, transfer_claim
from jietong.loans.queries.book import loans_of

pytestmark = pytest.mark.django_db
FIRST = date(2026, 11, 2)


def run(on: date = FIRST) -> Batch:
    return prepare(month=OCTOBER, actor="staff:1", now=noon(on))


def test_the_ordinary_way_a_notice_goes_out_by_itself_and_the_month_is_told_whole() -> None:
    loan = lend()
    close(DUE, date(2026, 10, 31))
    notice = Notice.objects.get(loan=loan)
    assert (notice.state, notice.ended_on) == ("sent", None)
    assert notice.sent_at == noon(DUE + timedelta(days=3))
    attempt = Attempt.objects.get(key=notice.attempt_key)
    assert (attempt.template, attempt.purpose) == ("bureau_notice", "service")
    assert Decision.objects.filter(attempt=attempt, allowed=True).exists()
    assert notice.evidence["attempt"] == attempt.pk
    assert notice.evidence["to"] == attempt.point.display
    assert "信用报送" in notice.evidence["text"]
    batch = run()
    (report,) = batch.reports.all()
    assert (report.days_past_due, report.asset_class, report.adverse) == (16, "special_mention", True)
    assert report.notice == notice
    view = loans_of(loan.borrower_id, on=date(2026, 10, 31))[0]
    assert report.balance_fen == view.outstanding_principal_fen
    assert report.overdue_fen == view.overdue_fen - view.penalty_now_fen
    assert batch.counts == {
        "rows": 1, "adverse": 1, "held": 0, "disputed": 0, "balance_fen": report.balance_fen,
        "overdue_fen": report.overdue_fen, "left_out": 0,
    }  # fmt: skip


def test_a_second_run_changes_nothing() -> None:
    lend()
    close(DUE, date(2026, 10, 31))
    first = run()
    assert run(date(2026, 11, 20)).pk == first.pk
    assert (Batch.objects.count(), Report.objects.count()) == (1, 1)


def test_a_month_that_is_not_closed_is_refused() -> None:
    lend()
    close(DUE, date(2026, 10, 30))
    with pytest.raises(InputError) as refused:
        run()
    assert refused.value.code == "not_over"


def test_without_a_notice_the_adverse_item_is_left_blank_and_held_with_owner_and_time() -> None:
    loan = lend()
    close(date(2026, 10, 31), date(2026, 10, 31))  # its notice left only today
    (report,) = run().reports.all()
    assert (report.adverse, report.withheld, report.days_past_due, report.asset_class) == (False, "waiting", None, "")
    assert report.balance_fen > 0
    held = Held.objects.get(report=report)
    assert (held.owner_team.code, held.due_at) == ("rights", noon(FIRST) + timedelta(days=10))
    assert prepare_corrections(actor="staff:1", now=noon(FIRST)) is None
    close(date(2026, 11, 1), date(2026, 11, 6))
    batch = prepare_corrections(actor="staff:1", now=noon(date(2026, 11, 6)))
    assert batch is not None
    (later,) = batch.reports.all()
    assert (later.corrects, later.version, later.adverse, later.days_past_due) == (report, 2, True, 16)
    held.refresh_from_db()
    assert held.outcome == "reported"
    assert prepare_corrections(actor="staff:1", now=noon(date(2026, 11, 7))) is None
    assert loan.pk == later.loan_id


def test_who_pays_while_it_is_held_is_never_reported_adversely() -> None:
    loan = lend()
    close(date(2026, 10, 31), date(2026, 10, 31))
    run()
    paid = noon(date(2026, 11, 3))
    owed = loans_of(loan.borrower_id, on=date(2026, 11, 3))[0].due_now_fen
    record_repayment(receipt="A", loan_ref=loan.ref, amount_fen=owed, paid_at=paid, actor="bank", now=paid)
    close(date(2026, 11, 1), date(2026, 11, 10))
    assert prepare_corrections(actor="staff:1", now=noon(date(2026, 11, 10))) is None
    assert Held.objects.get().outcome == "paid"
    assert not Report.objects.filter(adverse=True).exists()
    assert Notice.objects.get().ended_on is not None


def test_money_after_the_month_does_not_change_what_the_month_was() -> None:
    loan = lend()
    close(DUE, date(2026, 10, 31))
    before = loans_of(loan.borrower_id, on=date(2026, 10, 31))[0]
    paid = noon(date(2026, 11, 1))
    record_repayment(receipt="A", loan_ref=loan.ref, amount_fen=13_000_00, paid_at=paid, actor="bank", now=paid)
    (report,) = run().reports.all()
    assert (report.status, report.days_past_due) == ("active", 16)
    assert report.balance_fen == before.outstanding_principal_fen
    assert report.overdue_fen == before.overdue_fen - before.penalty_now_fen


def test_a_settled_loan_is_told_once_in_the_month_in_which_it_was_settled() -> None:
    loan = lend()
    paid = noon(date(2026, 10, 20))
    record_repayment(receipt="A", loan_ref=loan.ref, amount_fen=13_000_00, paid_at=paid, actor="bank", now=paid)
    close(date(2026, 10, 31), date(2026, 11, 30))
    (report,) = run().reports.all()
    assert (report.status, report.balance_fen, report.adverse) == ("settled", 0, False)
    november = prepare(month=date(2026, 11, 1), actor="staff:1", now=noon(date(2026, 12, 1)))
    assert november.counts["rows"] == 0


def test_a_report_names_the_creditor_of_its_day() -> None:
    loan = lend()
    close(DUE, date(2026, 10, 31))
    transfer_claim(
        loan_ref=loan.ref, taker="和信资产", effective_on=date(2026, 11, 1), reference="T-1", hotline="400-000-0000",
        actor="staff:1", now=noon(FIRST),
    )  # fmt: skip
    assert run().reports.get().creditor == "青禾消费金融有限公司"
    close(date(2026, 11, 1), date(2026, 11, 30))
    november = prepare(month=date(2026, 11, 1), actor="staff:1", now=noon(date(2026, 12, 1)))
    assert november.reports.get().creditor == "和信资产"


def test_a_message_that_does_not_arrive_goes_another_way_and_is_evidence_of_nothing() -> None:
    loan = lend()
    loan.borrower.contact_points.filter(kind="phone").update(stopped_at=noon(DUE))
    close(DUE, DUE + timedelta(days=3))
    notice = Notice.objects.get()
    assert (notice.state, notice.channel) == ("planned", "sms")
    plan_notices(business_date=DUE + timedelta(days=4), now=noon(DUE + timedelta(days=4)))
    notice.refresh_from_db()
    assert (notice.channel, notice.tries, notice.sent_at) == ("email", 2, None)
    send_all(noon(DUE + timedelta(days=4)))
    plan_notices(business_date=DUE + timedelta(days=5), now=noon(DUE + timedelta(days=5)))
    notice.refresh_from_db()
    assert notice.sent_at is None or notice.evidence["channel"] == "email"


def test_an_open_dispute_is_marked_and_stops_reminders() -> None:
    loan = lend()
    close(DUE, date(2026, 10, 31))
    (report,) = run().reports.all()
    told = {"report_id": report.pk, "text": "我十月已经还了", "actor": "borrower:1", "now": noon(FIRST)}
    with pytest.raises(CommandRefused) as refused:
        open_dispute(borrower_id=loan.borrower_id + 1, **told)
    assert refused.value.code == "not_yours"
    dispute = open_dispute(borrower_id=loan.borrower_id, **told)
    assert dispute.due_at == noon(FIRST) + timedelta(days=20)
    assert StopReason.objects.get(lifted_at=None).reason == "open_dispute"
    with pytest.raises(CommandRefused) as refused:
        open_dispute(borrower_id=loan.borrower_id, **told)
    assert refused.value.code == "open_already"
    close(date(2026, 11, 1), date(2026, 11, 30))
    november = prepare(month=date(2026, 11, 1), actor="staff:1", now=noon(date(2026, 12, 1)))
    assert november.reports.get().disputed


def test_the_database_itself_refuses_what_must_not_be_said() -> None:
    loan = lend()
    close(DUE, date(2026, 10, 31))
    (report,) = run().reports.all()
    fields = {
        "batch": report.batch, "row": 2, "loan": loan, "borrower_id": loan.borrower_id, "month": date(2026, 9, 1),
        "as_of": date(2026, 9, 30), "status": "active", "creditor": "甲", "balance_fen": 1, "reported_at": noon(FIRST),
    }  # fmt: skip
    late = {"days_past_due": 5, "overdue_fen": 5, "asset_class": "special_mention", "adverse": True}
    after = given(lend(), FIRST + timedelta(days=1))
    for wrong in (
        late,
        late | {"notice": after, "notice_at": after.sent_at},
        {"adverse": False, "withheld": "no_notice", "days_past_due": 0},
        {"adverse": False, "version": 2},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.create(**fields, **wrong)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(adverse=False)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Report.objects.filter(pk=report.pk).delete()
