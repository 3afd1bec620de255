"""Money that came earlier than we were told, and money that was taken back: worked examples, refusals, and news."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.commands import ReceiptReused, record_repayment, reverse_repayment
from jietong.loans.importing.tapes import import_tape
from jietong.loans.models import BucketMove, Loan, LoanHead, Opening, Posting, Repayment
from jietong.loans.queries.book import bucket_history, paid_between, repayments_of
from jietong.loans.tape import read
from jietong.loans.tests.replay_world import agree, balance, day, figures, lend, live_until, moves, noon
from jietong.loans.tests.test_importing import loan_line, write

pytestmark = pytest.mark.django_db

DUE = date(2026, 2, 15)


@pytest.fixture
def loan() -> Loan:
    """1,000.00 for one month at 14.4 % a year: 12.00 of interest, all of it due on 15 February."""
    return lend(instalments=1, principal_fen=1000_00)


def pay(loan: Loan, receipt: str, fen: int, on: date, told_on: date | None = None, **more: object) -> Repayment:
    return record_repayment(
        receipt=receipt, loan_ref=loan.ref, amount_fen=fen, paid_at=noon(on), actor="bank",
        now=noon(told_on or on), **more,
    )  # fmt: skip


def take_back(receipt: str, on: date, reason: str = "退票") -> Repayment:
    return reverse_repayment(receipt=receipt, reason=reason, actor="operator:wu", now=noon(on))


def test_money_that_was_there_in_time_leaves_no_penalty_and_no_arrears(loan: Loan) -> None:
    late = date(2026, 3, 27)
    live_until(loan, late)
    pay(loan, "B", 1_00, late)
    # forty days at 1.5 × 14.4 % / 360 = 0.06 % a day of 1,000.00: 24.00
    assert loan.instalments.get().penalty_fen == 24_00
    pay(loan, "A", 1012_00, DUE, told_on=late)
    row = loan.instalments.get()
    assert (row.penalty_fen, row.penalty_paid_fen, row.penalty_through_on) == (0, 0, None)
    assert Repayment.objects.get(receipt="B").credit_fen == 1_00
    assert Repayment.objects.get(receipt="B").split == []
    assert moves(loan) == []
    assert (LoanHead.objects.get(loan=loan).bucket, Loan.objects.get().status) == ("M0", "settled")
    assert balance(loan, "penalty_income") == 0
    agree(loan)


def test_what_was_believed_before_is_marked_and_kept(loan: Loan) -> None:
    late = date(2026, 3, 27)
    live_until(loan, late)
    believed = moves(loan)
    assert believed == [(date(2026, 2, 16), "M0", "M1"), (date(2026, 3, 18), "M1", "M2")]
    pay(loan, "A", 1012_00 + 6_00, date(2026, 2, 25), told_on=late)  # ten days late: 6.00 of penalty
    rows = BucketMove.objects.filter(loan=loan).order_by("pk")
    assert [(m.on, m.to_bucket, m.cause, m.superseded_at) for m in rows] == [
        (date(2026, 2, 16), "M1", "dayend", None),
        (date(2026, 3, 18), "M2", "dayend", noon(late)),
        (date(2026, 2, 25), "M0", "backdated", None),
    ]
    assert [m.to_bucket for m in bucket_history(loan.pk)] == ["M1", "M0"]
    told = Event.objects.get(kind="loans.history_rewritten")
    assert told.data == {"receipt": "A", "from_on": "2026-02-25"}


def test_a_cheque_that_bounces_makes_the_loan_late_since_its_due_date(loan: Loan) -> None:
    pay(loan, "A", 1012_00, DUE)
    later = date(2026, 3, 27)
    live_until(loan, later)
    assert moves(loan) == []
    take_back("A", later)
    assert moves(loan) == [(date(2026, 2, 16), "M0", "M1"), (date(2026, 3, 18), "M1", "M2")]
    assert set(BucketMove.objects.values_list("cause", flat=True)) == {"reversal"}
    assert (LoanHead.objects.get(loan=loan).bucket, Loan.objects.get().status) == ("M2", "active")
    assert (balance(loan, "cash"), balance(loan, "loan_principal")) == (0, 1000_00)
    agree(loan)


def test_a_reversal_mirrors_the_postings_last_step_first(loan: Loan) -> None:
    pay(loan, "A", 1013_00, DUE)
    steps = Posting.objects.filter(loan=loan, kind="repayment").order_by("pk")
    booked = list(steps.values_list("debit", "credit", "amount_fen"))
    take_back("A", DUE)
    undone = Posting.objects.filter(loan=loan, kind="correction").order_by("pk")
    assert list(undone.values_list("credit", "debit", "amount_fen")) == booked[::-1]
    assert undone.values("entry").distinct().count() == 1
    assert len(booked) == 3  # interest, principal, credit


def test_interest_earned_by_prepaying_waits_for_its_due_date_again(loan: Loan) -> None:
    pay(loan, "A", 1012_00, day(10))
    assert balance(loan, "interest_income") == -12_00
    take_back("A", day(11))
    assert (balance(loan, "interest_income"), loan.instalments.get().interest_booked) == (0, False)
    live_until(loan, DUE)
    assert balance(loan, "interest_income") == -12_00


def test_the_same_reversal_twice_is_one(loan: Loan) -> None:
    pay(loan, "A", 500_00, DUE)
    first = take_back("A", DUE)
    after = figures(loan)
    again = take_back("A", day(90))
    assert (again.pk, again.reversed_at) == (first.pk, first.reversed_at)
    assert figures(loan) == after
    assert Event.objects.filter(kind="loans.repayment_reversed").count() == 1
    with pytest.raises(CommandRefused) as refused:
        take_back("A", DUE, reason="another one")
    assert refused.value.code == "already_reversed"


@pytest.mark.parametrize(("receipt", "reason", "said"), [("Z", "退票", ("receipt", "unknown")), ("A", " ", ("reason", "missing"))])  # fmt: skip  # noqa: E501
def test_a_reversal_without_receipt_or_reason_is_an_error(
    loan: Loan, receipt: str, reason: str, said: tuple[str, str]
) -> None:
    pay(loan, "A", 500_00, DUE)
    with pytest.raises(InputError) as error:
        take_back(receipt, DUE, reason=reason)
    assert (error.value.field, error.value.code) == said
    assert Repayment.objects.get().reversed_at is None


def test_a_reversed_receipt_is_booked_again_only_when_told_so(loan: Loan) -> None:
    pay(loan, "A", 500_00, DUE)
    before = figures(loan)
    take_back("A", DUE)
    with pytest.raises(CommandRefused) as refused:
        pay(loan, "A", 500_00, DUE)
    assert refused.value.code == "receipt_reversed"
    with pytest.raises(ReceiptReused):
        pay(loan, "A", 501_00, DUE, again=True)
    assert pay(loan, "A", 500_00, DUE, again=True).reversed_at is None
    assert figures(loan) == before
    agree(loan)


def test_reversed_money_is_shown_and_counted_no_more(loan: Loan) -> None:
    pay(loan, "A", 500_00, DUE)
    pay(loan, "B", 12_00, day(40))
    take_back("A", day(41))
    assert [row.receipt for row in repayments_of(loan.borrower_id)] == ["B"]
    assert paid_between(loan.borrower_id, noon(day(0)), noon(day(60))) == 12_00
    fact = Repayment.objects.get(receipt="A")
    assert (fact.amount_fen, fact.paid_at, fact.reverse_reason) == (500_00, noon(DUE), "退票")


def test_money_from_before_the_loan_is_an_error(loan: Loan) -> None:
    with pytest.raises(InputError) as error:
        pay(loan, "A", 1_00, date(2025, 2, 15))
    assert (error.value.field, error.value.code) == ("paid_at", "before_loan")
    assert not Repayment.objects.exists()


def test_two_payments_on_one_day_need_no_correction(loan: Loan) -> None:
    live_until(loan, date(2026, 2, 20))
    pay(loan, "A", 1015_00, date(2026, 2, 20))
    pay(loan, "B", 1_00, date(2026, 2, 20))
    assert not Posting.objects.filter(kind="correction").exists()
    assert not BucketMove.objects.exclude(superseded_at=None).exists()
    assert not Event.objects.filter(kind="loans.history_rewritten").exists()


def tape(folder: Path, *, own_figures: bool) -> Loan:
    """500.00 and 500.00, due in July and August; the first was paid on its day by receipt R1, says the lender."""
    path = write(folder / "tape.csv", [loan_line(1, 期数="2", **{"本金(元)": "1000.00"})])
    money = folder / "repayments.csv"
    money.write_text("流水号,借据号,还款日期,还款金额(元)\nR1,JT000001,2026-07-15,512.00\n", "utf-8")
    paid = "500.00,12.00,0.00" if own_figures else "0.00,0.00,0.00"
    rows = folder / "instalments.csv"
    rows.write_text(
        "借据号,期次,应还日期,应还本金(元),应还利息(元),应还罚息(元),已还本金(元),已还利息(元),已还罚息(元)\n"
        f"JT000001,1,2026-07-15,500.00,12.00,0.00,{paid}\n"
        "JT000001,2,2026-08-15,500.00,6.00,0.00,0.00,0.00,0.00\n",
        "utf-8",
    )
    if own_figures:
        money = None
    done = import_tape(
        read(path, instalments=rows, repayments=money), file_name="tape.csv", as_of=day(250), actor="test",
        now=noon(day(250)),
    )  # fmt: skip
    assert done.refused == 0, done.errors
    return Loan.objects.get()


def test_a_receipt_of_the_tape_can_be_taken_back(tmp_path: Path) -> None:
    loan = tape(tmp_path, own_figures=False)
    agree(loan)
    take_back("R1", day(251))
    agree(loan)
    assert LoanHead.objects.get().oldest_unpaid_due_on == date(2026, 7, 15)
    assert balance(loan, "cash") == 0
    assert not Opening.objects.exists()
    pay(loan, "R2", 512_00, date(2026, 7, 14), told_on=day(252))
    agree(loan)
    assert moves(loan) == [] or moves(loan)[-1][2] == LoanHead.objects.get().bucket


def test_the_lenders_own_figures_are_a_floor(tmp_path: Path) -> None:
    """Money from before the tape is put on top of what the lender says is paid; penalty starts at the tape's date."""
    loan = tape(tmp_path, own_figures=True)
    pay(loan, "B", 1_00, day(255))
    assert Opening.objects.get().on == day(250)
    booked = loan.instalments.get(n=2).penalty_fen
    assert booked == 1_50  # five days on 500.00 at 0.06 % a day
    pay(loan, "A", 506_00, date(2026, 8, 1), told_on=day(256))
    first, second = loan.instalments.order_by("n")
    assert (first.principal_paid_fen, first.penalty_fen) == (500_00, 0)
    assert (second.principal_paid_fen, second.interest_paid_fen, second.penalty_fen) == (500_00, 6_00, 0)
    assert Repayment.objects.get(receipt="B").credit_fen == 1_00
    assert Loan.objects.get().status == "settled"
    agree_without_opening = balance(loan, "cash")
    assert agree_without_opening == 512_00 + 506_00 + 1_00
    take_back("A", day(257))
    assert loan.instalments.get(n=1).principal_paid_fen == 500_00
    assert loan.instalments.get(n=2).penalty_fen == 1_50
    agree(loan)


def test_a_receipt_inside_the_lenders_figures_is_not_ours_to_reverse(loan: Loan) -> None:
    """Figures that its repayments do not explain: what is in them was told by somebody else."""
    pay(loan, "A", 100_00, DUE)
    row = loan.instalments.get()
    row.fee_fen, row.fee_paid_fen = 5_00, 5_00
    row.save(update_fields=["fee_fen", "fee_paid_fen"])
    with pytest.raises(CommandRefused) as refused:
        take_back("A", DUE)
    assert refused.value.code == "receipt_in_opening"
    assert Repayment.objects.get().reversed_at is None
