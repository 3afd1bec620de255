"""What makes a loan unsound: the rule by hand, and the database by the rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jietong.loans.commands import check
from jietong.loans.models import Instalment, LoanHead, SetAside
from jietong.loans.rules.soundness import Part, Told, fault
from jietong.loans.tests.replay_world import LENT_ON, lend, noon

LENT = date(2026, 1, 15)
PARTS = tuple(Part(n, LENT + timedelta(days=30 * n), (100_00, 10_00, 0, 0), (0, 0, 0, 0)) for n in (1, 2, 3))
HEAD = Told(330_00, 300_00, PARTS[0].due_on, "M0")


def test_a_sound_loan_has_no_fault() -> None:
    assert fault(HEAD, PARTS, lent_on=LENT) is None
    paid = replace(PARTS[0], paid=PARTS[0].owed)
    assert fault(Told(220_00, 200_00, PARTS[1].due_on, "M0"), (paid, *PARTS[1:]), lent_on=LENT) is None
    assert fault(Told(0, 0, None, "M0"), (paid,), lent_on=LENT) is None


@pytest.mark.parametrize(
    ("head", "parts", "wanted"),
    [
        (HEAD, (), "no_instalments"),
        (HEAD, (replace(PARTS[0], owed=(100_00, -1, 0, 0)), *PARTS[1:]), "negative_amount"),
        (HEAD, (replace(PARTS[0], paid=(100_01, 0, 0, 0)), *PARTS[1:]), "paid_beyond_owed"),
        (HEAD, (replace(PARTS[0], due_on=LENT - timedelta(days=1)), *PARTS[1:]), "due_before_lent"),
        (HEAD, (replace(PARTS[0], due_on=PARTS[2].due_on), *PARTS[1:]), "oldest_disagrees"),
        (replace(HEAD, outstanding_fen=330_01), PARTS, "head_disagrees"),
        (replace(HEAD, outstanding_principal_fen=0), PARTS, "head_disagrees"),
        (replace(HEAD, oldest_unpaid_due_on=None), PARTS, "oldest_disagrees"),
        (replace(HEAD, bucket="M9"), PARTS, "unknown_bucket"),
    ],
)
def test_each_fault_has_its_name(head: Told, parts: tuple[Part, ...], wanted: str) -> None:
    assert fault(head, parts, lent_on=LENT) == wanted


#: changes to the rows of a loan that came with one instalment paid: (what, which instalment, by how much)
changes = st.lists(
    st.tuples(
        st.sampled_from(["interest", "paid", "due", "head", "principal", "oldest", "bucket", "gone"]),
        st.integers(1, 3),
        st.sampled_from([-70, -1, 0, 1, 40]),
    ),
    max_size=3,
)


def spoil(loan_id: int, what: str, n: int, by: int) -> None:
    head, row = LoanHead.objects.get(pk=loan_id), Instalment.objects.filter(loan_id=loan_id, n=n).first()
    if what == "gone":
        Instalment.objects.filter(loan_id=loan_id, n__gte=n).delete()
    elif what == "head":
        LoanHead.objects.filter(pk=loan_id).update(outstanding_fen=head.outstanding_fen + by)
    elif what == "principal":
        LoanHead.objects.filter(pk=loan_id).update(outstanding_principal_fen=head.outstanding_principal_fen + by)
    elif what == "oldest":
        LoanHead.objects.filter(pk=loan_id).update(oldest_unpaid_due_on=None)
    elif what == "bucket":
        LoanHead.objects.filter(pk=loan_id).update(bucket="M1" if by > 0 else "W")
    elif row is not None:
        row.interest_fen += by if what == "interest" and row.interest_fen + by >= row.interest_paid_fen else 0
        row.principal_paid_fen += by if what == "paid" and row.principal_paid_fen + by <= row.principal_fen else 0
        row.due_on += timedelta(days=by if what == "due" else 0)
        row.save()


@pytest.mark.django_db
@given(changes)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_judges_as_the_rule_does(told: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        loan = lend(instalments=3, principal_fen=1_00, paid=1)
        for what, n, by in told:
            spoil(loan.pk, what, n, by)
        head = LoanHead.objects.get(loan=loan)
        parts = [
            Part(
                row.n, row.due_on, (row.principal_fen, row.interest_fen, row.fee_fen, row.penalty_fen),
                (row.principal_paid_fen, row.interest_paid_fen, row.fee_paid_fen, row.penalty_paid_fen),
            )
            for row in loan.instalments.all()
        ]  # fmt: skip
        wanted = fault(
            Told(head.outstanding_fen, head.outstanding_principal_fen, head.oldest_unpaid_due_on, head.bucket),
            parts,
            lent_on=LENT_ON,
        )
        check(business_date=date(2027, 1, 1), now=noon(LENT_ON))
        found = SetAside.objects.filter(loan=loan, ended_at=None).values_list("reason", flat=True).first()
        assert found == wanted
        transaction.set_rollback(True)
