"""A loan that the core keeps: its figures replace ours, version by version, and the ledger agrees each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from hypothesis import given
from hypothesis import strategies as st

from jietong.borrowers.models import Borrower
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.commands import age, mirror_loan, record_repayment, reverse_repayment
from jietong.loans.models import BucketMove, Loan, LoanHead, Mirror, MirrorVersion, Posting, Repayment
from jietong.loans.queries.book import loan as view_of
from jietong.loans.rules.mirror import ToldInstalment, ToldLoan, ToldMoney, check, ledger_steps, spread
from jietong.loans.tests.replay_world import agree, balance, noon
from jietong.simulator.tests.cast import make_borrower

LENT = date(2026, 6, 15)
TODAY = date(2026, 11, 24)


def row(n: int, principal: int, interest: int, paid: tuple[int, int, int, int] = (0, 0, 0, 0), penalty: int = 0):
    due = date(2026, 6 + n, 15) if n < 7 else date(2027, n - 6, 15)
    return ToldInstalment(n, due, (principal, interest, 0, penalty), paid)


def told(**changes: object) -> ToldLoan:
    """3 000 yuan over six months; the first three are paid, the fourth (15 October) is late with 12 yuan of penalty."""
    paid = [row(n, 500_00, 30_00, (500_00, 30_00, 0, 0)) for n in (1, 2, 3)]
    late = row(4, 500_00, 30_00, penalty=12_00)
    coming = [row(n, 500_00, 30_00) for n in (5, 6)]
    moneys = tuple(ToldMoney(f"core-{n}", date(2026, 6 + n, 15), 530_00, (500_00, 30_00, 0, 0)) for n in (1, 2, 3))
    fields: dict[str, object] = {
        "ref": "F-1", "product_code": "core.7", "product_name": "消费贷", "creditor": "青禾消费金融有限公司",
        "principal_fen": 3000_00, "rate": Decimal("0.12"), "rate_unit": "year", "method": "equal_principal",
        "disbursed_on": LENT, "as_of": TODAY, "instalments": (*paid, late, *coming), "moneys": moneys,
    }  # fmt: skip
    return ToldLoan(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def who(db: None) -> Borrower:
    return make_borrower()


def tell(loan: ToldLoan, who: Borrower, at: datetime | None = None, source: str = "core"):
    return mirror_loan(loan, borrower_id=who.pk, source=source, actor="system:core", now=at or noon(TODAY))


def test_a_new_loan_shows_the_cores_figures_and_no_penalty_of_ours(who: Borrower) -> None:
    loan = tell(told(), who).loan
    agree(loan)
    head = LoanHead.objects.get(loan=loan)
    assert (head.outstanding_fen, head.bucket, head.oldest_unpaid_due_on) == (
        3 * 530_00 + 12_00,
        "M2",
        date(2026, 10, 15),
    )
    later = view_of(loan.pk, on=TODAY + timedelta(days=60))
    assert sum(i.penalty_left_fen for i in later.instalments) == 12_00
    assert Repayment.objects.filter(loan=loan).count() == 3


def test_the_same_telling_again_changes_nothing_but_when_we_heard(who: Borrower) -> None:
    loan = tell(told(), who).loan
    before = Posting.objects.count()
    again = tell(replace(told(), as_of=TODAY + timedelta(days=1)), who, noon(TODAY) + timedelta(days=1))
    assert (again.version, again.differences, Posting.objects.count()) == (1, (), before)
    assert Mirror.objects.get(loan=loan).told_at == noon(TODAY) + timedelta(days=1)


def test_a_new_schedule_is_a_new_version_and_each_difference_is_named(who: Borrower) -> None:
    first = tell(told(), who)
    paid = told().instalments[:3]
    rescheduled = (*paid, row(4, 250_00, 30_00), row(5, 250_00, 40_00), row(6, 500_00, 40_00), row(7, 500_00, 40_00))
    second = tell(told(instalments=rescheduled), who, noon(TODAY) + timedelta(hours=1))
    agree(second.loan)
    assert second.version == 2
    named = {one.field: (one.book, one.core) for one in second.differences}
    assert named["instalments.4.principal"] == (str(500_00), str(250_00))
    assert named["instalments.4.penalty"] == (str(12_00), "0")
    assert named["instalments.7"] == ("", f"2027-01-15 {540_00}")
    versions = list(MirrorVersion.objects.filter(loan=first.loan).order_by("version"))
    assert [len(one.instalments) for one in versions] == [6, 7]
    assert versions[1].differences == [one.as_list() for one in second.differences]
    third = tell(told(), who, noon(TODAY) + timedelta(hours=2))
    agree(third.loan)
    gone = third.loan.instalments.get(n=7)
    assert gone.principal_fen + gone.interest_fen == 0  # asks for nothing, and its number stays
    assert [i.n for i in view_of(third.loan.pk, on=TODAY).instalments] == [1, 2, 3, 4, 5, 6]


def test_versions_cannot_be_edited(who: Borrower) -> None:
    tell(told(), who)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE loans_mirrorversion SET version = 9")


def test_a_repayment_of_the_core_is_news_and_moves_the_bucket_once_a_day(who: Borrower) -> None:
    loan = tell(told(), who).loan
    money = ToldMoney("core-4", TODAY, 542_00, (500_00, 30_00, 0, 12_00))
    rows = list(told().instalments)
    rows[3] = replace(rows[3], paid=(500_00, 30_00, 0, 12_00))
    paid = told(instalments=tuple(rows), moneys=(*told().moneys, money))
    tell(paid, who, noon(TODAY) + timedelta(hours=1))
    agree(loan)
    assert Repayment.objects.get(receipt="core-4").split == [
        [4, "principal", 500_00], [4, "interest", 30_00], [4, "penalty", 12_00]
    ]  # fmt: skip
    assert list(BucketMove.objects.filter(superseded_at=None).values_list("from_bucket", "to_bucket")) == [("M2", "M1")]
    tell(told(), who, noon(TODAY) + timedelta(hours=2))  # the core took it back: it does not have it any more
    agree(loan)
    assert Repayment.objects.get(receipt="core-4").reversed_at is not None
    assert not BucketMove.objects.filter(superseded_at=None).exists()


def test_money_of_ours_stays_on_top_until_the_core_tells_it(who: Borrower) -> None:
    loan = tell(told(), who).loan
    at = noon(TODAY) + timedelta(minutes=5)
    record_repayment(receipt="D-1", loan_ref="F-1", amount_fen=542_00, paid_at=at, actor="deduction", now=at)
    agree(loan)
    moved = told(instalments=(*told().instalments[:5], row(6, 500_00, 25_00)))  # the core changes something else
    tell(moved, who, noon(TODAY) + timedelta(hours=1))
    agree(loan)
    assert LoanHead.objects.get(loan=loan).oldest_unpaid_due_on == date(2026, 11, 15)
    rows = list(moved.instalments)
    rows[3] = replace(rows[3], paid=(500_00, 30_00, 0, 12_00))
    heard = replace(
        moved,
        instalments=tuple(rows),
        moneys=(*moved.moneys, ToldMoney("D-1", TODAY, 542_00, (500_00, 30_00, 0, 12_00))),
    )
    tell(heard, who, noon(TODAY) + timedelta(hours=2))
    agree(loan)
    assert Repayment.objects.filter(loan=loan, reversed_at=None).count() == 4
    with pytest.raises(CommandRefused, match="figures") as refused:
        reverse_repayment(receipt="D-1", reason="错账", actor="staff", now=noon(TODAY) + timedelta(hours=3))
    assert refused.value.code == "receipt_in_opening"


def test_what_the_core_counts_as_paid_without_money_is_no_cash(who: Borrower) -> None:
    rows = list(told().instalments)
    rows[3] = replace(rows[3], paid=(0, 30_00, 0, 12_00))  # a goodwill credit
    loan = tell(told(instalments=tuple(rows)), who).loan
    assert balance(loan, "cash") == 3 * 530_00
    assert balance(loan, "core_clearing") == 42_00


def test_written_off_principal_is_a_loss(who: Borrower) -> None:
    loan = tell(told(), who).loan
    rows = (*told().instalments[:3], *(replace(r, owed=(0, 0, 0, 0)) for r in told().instalments[3:]))
    tell(told(instalments=rows, written_off_fen=1500_00), who, noon(TODAY) + timedelta(hours=1))
    assert (balance(loan, "loan_principal"), balance(loan, "credit_loss")) == (0, 1500_00)
    assert Loan.objects.get(pk=loan.pk).status == "settled"


def test_a_stranger_or_another_link_cannot_take_a_loan_over(who: Borrower) -> None:
    tell(told(), who)
    with pytest.raises(InputError) as other:
        tell(told(overpaid_fen=1), make_borrower("赵敏"))
    with pytest.raises(CommandRefused) as link:
        tell(told(overpaid_fen=1), who, source="other")
    with pytest.raises(InputError) as terms:
        tell(told(disbursed_on=date(2026, 6, 14)), who)
    codes = other.value.code, link.value.code, terms.value.code
    assert codes == ("other_borrower", "kept_by_another", "loan_booked_with_other_terms")


def test_day_end_ages_a_mirrored_loan_like_any_other(who: Borrower) -> None:
    loan = tell(told(), who).loan
    day = LoanHead.objects.get(loan=loan).next_change_on
    assert day is not None
    age(business_date=day, now=noon(day))
    assert LoanHead.objects.get(loan=loan).aged_on == day
    agree(loan)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"principal_fen": 2000_00}, "instalments", "instalments_do_not_sum"),
        ({"principal_fen": 0}, "principal", "not_positive"),
        ({"rate": Decimal("-0.1")}, "rate", "negative"),
        ({"instalments": ()}, "instalments", "missing"),
        ({"instalments": (row(2, 3000_00, 0),)}, "instalments.0.n", "instalment_gap"),
        ({"instalments": (row(1, 3000_00, 0, (3000_01, 0, 0, 0)),)}, "instalments.0.principal", "paid_more_than_due"),
        ({"disbursed_on": date(2026, 8, 1)}, "instalments.0.due_on", "date_order"),
        ({"moneys": (ToldMoney("a", LENT - timedelta(1), 1, (1, 0, 0, 0)),)}, "repayments.0.date", "before_loan"),
        ({"moneys": (ToldMoney("a", TODAY + timedelta(1), 1, (1, 0, 0, 0)),)}, "repayments.0.date", "in_the_future"),
        ({"moneys": (ToldMoney("a", TODAY, 2, (1, 0, 0, 0)),)}, "repayments.0.amount", "parts_do_not_sum"),
        ({"moneys": (ToldMoney("a", TODAY, 1, (1, 0, 0, 0)),) * 2}, "repayments.1.receipt", "duplicate_receipt"),
    ],
)
def test_figures_that_contradict_themselves_are_refused(changes: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        check(told(**changes))
    assert (refused.value.field, refused.value.code) == (field, code)


@st.composite
def tellings(draw: st.DrawFn) -> ToldLoan:
    """Any state of one loan: paid in any way, partly written off, some of it without a receipt."""
    rows = []
    for n in range(1, 4):
        owed = tuple(draw(st.integers(0, 5000)) for _ in range(4))
        paid = tuple(draw(st.integers(0, fen)) for fen in owed)
        rows.append(ToldInstalment(n, date(2026, 6 + n, 15), owed, paid))  # type: ignore[arg-type]
    asked = sum(one.owed[0] for one in rows)
    amounts = draw(st.lists(st.integers(1, 4000), max_size=3))
    moneys = tuple(ToldMoney(str(k), TODAY, fen, (fen, 0, 0, 0)) for k, fen in enumerate(amounts))
    changes = {"instalments": tuple(rows), "moneys": moneys, "overpaid_fen": draw(st.integers(0, 900))}
    return told(principal_fen=20_000, written_off_fen=20_000 - asked, **changes)


@given(st.lists(tellings(), min_size=1, max_size=4))
def test_after_any_sequence_of_tellings_the_accounts_say_what_the_last_one_says(sequence: list[ToldLoan]) -> None:
    balances: dict[str, int] = {}
    for one in sequence:
        booked = [sum(r.paid) > 0 for r in one.instalments]
        for debit, credit, fen in ledger_steps(one, balances, booked=booked):
            assert fen > 0
            assert debit != credit
            balances[debit] = balances.get(debit, 0) + fen
            balances[credit] = balances.get(credit, 0) - fen
        assert sum(balances.values()) == 0
        assert balances.get("loan_principal", 0) == one.principal_left_fen
        assert balances.get("credit_loss", 0) == one.written_off_fen
        assert -balances.get("borrower_credit", 0) == one.overpaid_fen
        assert balances.get("cash", 0) == sum(m.amount_fen for m in one.moneys)
        for place, part in ((1, "interest"), (2, "fee")):
            left = sum(r.owed[place] - r.paid[place] for r, b in zip(one.instalments, booked, strict=True) if b)
            assert balances.get(f"{part}_receivable", 0) == left


@given(tellings())
def test_a_spread_never_pays_more_than_an_instalment_has_paid(one: ToldLoan) -> None:
    paid: dict[tuple[object, object], int] = {}
    for split in spread(one).values():
        for n, part, fen in split:
            paid[n, part] = paid.get((n, part), 0) + int(str(fen))
    for instalment in one.instalments:
        for place, part in enumerate(("principal", "interest", "fee", "penalty")):
            assert paid.get((instalment.n, part), 0) <= instalment.paid[place]
